"""Who is a legacy client: each way a value can take, and how sure the answer is."""

from __future__ import annotations

import ast

import pytest

from codemods.options import Options
from codemods.project import Project
from codemods.receivers import Certainty, Receiver, identify

HEAD = "from app.websocket_v5 import UpbitWebSocketPublicV5 as Client\n"


def receiver(body: str, **others: str) -> Receiver:
    """The receiver of the call ``….probe()`` in *body*."""
    files = {f"{name}.py": text.encode() for name, text in others.items()}
    files["module.py"] = (HEAD + body).encode()
    project = Project.load(files, Options(), ())
    for source in project.sources.values():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute) and node.attr == "probe":
                return identify(project, source, node.value)
    raise AssertionError("no probe")


CERTAIN = {
    "name": "c = Client()\nc.probe()",
    "walrus": "if (c := Client()):\n    c.probe()",
    "unpacked": "a, (b, *c) = 1, (2, Client())\nc[0].probe()",
    "conditional": "c = Client() if HEAD else None\nc.probe()",
    "boolean": "c = None or Client()\nc.probe()",
    "self": (
        "class A:\n    def __init__(self):\n        self.c = Client()\n    def f(self):\n"
        "        self.c.probe()"
    ),
    "class attribute": "class A:\n    c = Client()\nA.c.probe()",
    "class annotation": "class A:\n    c: Client\n    def f(self):\n        self.c.probe()",
    "base class": (
        "class A:\n    def __init__(self):\n        self.c = Client()\nclass B(A):\n"
        "    def f(self):\n        self.c.probe()"
    ),
    "subclass": (
        "class A:\n    def f(self):\n        self.c.probe()\nclass B(A):\n"
        "    def __init__(self):\n        self.c = Client()"
    ),
    "property": "class A:\n    @property\n    def c(self):\n        return Client()\nA().c.probe()",
    "annotation": "def f(c: 'Client | None'):\n    c.probe()",
    "optional": "from typing import Optional\ndef f(c: Optional[Client] = None):\n    c.probe()",
    "parameter": "def f(c):\n    c.probe()\nf(Client())",
    "keyword": "def f(*, c=None):\n    c.probe()\nf(c=Client())",
    "arguments": (
        "def f(*args, **kw):\n    g(*args, **kw)\ndef g(a, c=None):\n    c.probe()\n"
        "f(1, c=Client())"
    ),
    "partial": "from functools import partial\ndef f(c):\n    c.probe()\npartial(f, Client())()",
    "factory": "def make():\n    return Client()\nmake().probe()",
    "coroutine": (
        "async def make():\n    return Client()\nasync def f():\n    c = await make()\n"
        "    c.probe()"
    ),
    "context": (
        "from contextlib import asynccontextmanager\n@asynccontextmanager\nasync def make():\n"
        "    yield Client()\nasync def f():\n    async with make() as c:\n        c.probe()"
    ),
    "with": "async def f():\n    async with Client() as c:\n        c.probe()",
    "list": "cs = [Client()]\ncs.append(Client())\nfor c in cs:\n    c.probe()",
    "zip": "for i, c in zip([1], [Client()]):\n    c.probe()",
    "dictionary": "d = {'a': Client(), 'b': 1}\nd['a'].probe()",
    "items": "d = {'a': Client()}\nfor k, c in d.items():\n    c.probe()",
    "comprehension": "[c.probe() for c in [Client() for _ in range(2)]]",
    "dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    c: object\n"
        "A(Client()).c.probe()"
    ),
    "getattr": "class A:\n    def __init__(self):\n        self.c = Client()\ngetattr(A(), 'c').probe()",
    "global": "c = None\ndef f():\n    global c\n    c = Client()\ndef g():\n    c.probe()",
    "nonlocal": (
        "def f():\n    c = None\n    def g():\n        nonlocal c\n        c = Client()\n"
        "    c.probe()"
    ),
    "fixture": (
        "import pytest\n@pytest.fixture\ndef c():\n    yield Client()\ndef test_a(c):\n"
        "    c.probe()"
    ),
    "singleton": (
        "class A:\n    one = None\n    @classmethod\n    def get(cls):\n"
        "        cls.one = cls.one or cls()\n        return cls.one\n    def __init__(self):\n"
        "        self.c = Client()\nA.get().c.probe()"
    ),
    "except import": (
        "try:\n    from app.websocket_v5 import UpbitWebSocketPublicV5 as K\n"
        "except ImportError:\n    K = None\nK().probe()"
    ),
}


@pytest.mark.parametrize("body", CERTAIN.values(), ids=CERTAIN)
def test_certain(body: str) -> None:
    found = receiver(body + "\n")
    assert found.clients
    assert found.certainty is Certainty.CERTAIN
    assert found.reasons[0].startswith("the public client is")


def test_through_two_other_files() -> None:
    found = receiver(
        "from service import Service\nService().make().c.probe()\n",
        net=HEAD + "class Feed:\n    def __init__(self):\n        self.c = Client()\n",
        service="from net import Feed as F\nclass Service:\n    def make(self):\n        return F()\n",
    )
    assert found.certainty is Certainty.CERTAIN
    assert "net.py:4" in found.reasons[0]


def test_likely_by_the_owners_name() -> None:
    found = receiver(
        "def f(app):\n    app.state.c = Client()\ndef g(request):\n    request.app.state.c.probe()\n"
    )
    assert found.certainty is Certainty.LIKELY
    assert any(reason.startswith("likely") for reason in found.reasons)


UNKNOWN = {
    "parameter": "def f(c):\n    c.probe()",
    "library": "import redis\nc = redis.Redis()\nc.probe()",
    "fake": "class Fake: ...\nc = Client() if HEAD else Fake()\nc.probe()",
    "unseen": "import x\nc = Client() or x.make()\nc.probe()",
    "same method names": "class Session:\n    def connect(self): ...\nc = Session()\nc.probe()",
    "other dictionary key": "d = {'a': Client(), 'b': object()}\nd['b'].probe()",
    "other attribute": (
        "class A:\n    def __init__(self, other):\n        self.a = Client()\n"
        "        self.b = other\nA(1).b.probe()"
    ),
}


@pytest.mark.parametrize("body", UNKNOWN.values(), ids=UNKNOWN)
def test_unknown(body: str) -> None:
    assert receiver(body + "\n").certainty is Certainty.UNKNOWN
