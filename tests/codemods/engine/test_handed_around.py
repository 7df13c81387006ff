"""Classes and functions that make clients, handed around: what is called through them moves with them, or
everything stays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

HEAD = "from app.websocket_v5 import UpbitWebSocketPublicV5 as Client\n"
USE = "async def main():\n    client = await obtain()\n    await client.connect()\n"
SELF_USE = (
    "    async def start(self):\n        await self.client.connect()\n"
    "        await self.client.disconnect()\n"
)

LEFT = re.compile(r"\bV5\b|websocket_v5|compat_v5|\.connect\(|\.disconnect\(|TODO")
MADE = re.compile(r"WebSocketClientProxy")

MOVES = {
    "a class attribute, through the type of the object": (
        "class A:\n    made_by = Client\n    def __init__(self):\n"
        "        self.client = type(self).made_by()\n" + SELF_USE
    ),
    "a class attribute, through the class of the object": (
        "class A:\n    made_by = Client\n    def __init__(self):\n"
        "        self.client = self.__class__.made_by()\n" + SELF_USE
    ),
    "a class method of a subclass": (
        "class A:\n    @classmethod\n    def make(cls):\n        raise NotImplementedError\n"
        "    @classmethod\n    async def main(cls):\n        client = cls.make()\n"
        "        await client.connect()\n"
        "class B(A):\n    @classmethod\n    def make(cls):\n        return Client()\n"
    ),
    "a function that is cached by a call": (
        "from functools import cache\ndef make():\n    return Client()\nget = cache(make)\n"
        "async def main():\n    await get().connect()\n    await get().disconnect()\n"
    ),
    "the type of another client": (
        "class A:\n    def __init__(self):\n        self.client = Client()\n"
        "    def again(self):\n        self.client = type(self.client)()\n" + SELF_USE
    ),
    "the class of another client": (
        "class A:\n    def __init__(self):\n        self.client = Client()\n"
        "    def again(self):\n        self.client = self.client.__class__()\n" + SELF_USE
    ),
    "a factory of a field, by attrs' own function": (
        "import attrs\ndef make():\n    return Client()\n@attrs.define\nclass A:\n"
        "    client: Client = attrs.Factory(make)\n" + SELF_USE
    ),
    "the class as a factory of attrs": (
        "import attr\n@attr.s\nclass A:\n    client = attr.ib(default=attr.Factory(Client))\n"
        + SELF_USE
    ),
    "a default that attrs asks a method for": (
        "import attrs\n@attrs.define\nclass A:\n    client: Client = attrs.field()\n"
        "    @client.default\n    def _make(self):\n        return Client()\n" + SELF_USE
    ),
    "fields of pydantic": (
        "from pydantic import BaseModel, Field, PrivateAttr\nclass A(BaseModel):\n"
        "    client: Client = Field(default_factory=Client)\n"
        "    _own: Client = PrivateAttr(default_factory=lambda: Client())\n"
        "    async def open(self):\n        await self._own.connect()\n" + SELF_USE
    ),
    "a dictionary that makes what it misses": (
        "from collections import defaultdict\nclients = defaultdict(Client)\n"
        "async def main():\n    await clients['a'].connect()\n"
    ),
    "a descriptor": (
        "class Lazy:\n    def __set_name__(self, owner, name):\n        self.name = name\n"
        "    def __get__(self, obj, owner):\n        if self.name not in obj.__dict__:\n"
        "            obj.__dict__[self.name] = Client()\n        return obj.__dict__[self.name]\n"
        "class A:\n    client = Lazy()\n" + SELF_USE
    ),
    "a generic function": (
        "from typing import TypeVar\nT = TypeVar('T')\ndef build(cls: type[T]) -> T:\n"
        "    return cls()\nasync def main():\n    client = build(Client)\n"
        "    await client.connect()\n"
    ),
    "attributes that come as keywords": (
        "class A:\n    def __init__(self, **given):\n        self.__dict__.update(given)\n"
        + SELF_USE
        + "a = A(client=Client())\n"
    ),
    "an attribute with a computed name": (
        "class A:\n    def __init__(self, names):\n        for name in names:\n"
        "            setattr(self, name, Client())\n" + SELF_USE
    ),
    "a class that is bound to arguments": (
        "from functools import partial\nobtain = partial(Client, cleanup_interval=3)\n"
        "async def main():\n    client = obtain()\n    await client.connect()\n"
    ),
    "a class that is bound to arguments, as the factory of a field": (
        "import functools\nfrom dataclasses import dataclass, field\n@dataclass\nclass A:\n"
        "    client: Client = field(default_factory=functools.partial(Client, None))\n" + SELF_USE
    ),
    "a class that is bound to arguments, in a container of providers": (
        "from functools import partial\nclass Container:\n    def __init__(self):\n"
        "        self.providers = {'a': partial(Client)}\n    def get(self, name):\n"
        "        return self.providers[name]()\nasync def main(name):\n"
        "    client = Container().get(name)\n    await client.connect()\n"
    ),
    "keywords whose names are computed": (
        "import inspect\nclass Box:\n    def __init__(self):\n        self.makers = {}\n"
        "    def provide(self, kind, maker):\n        self.makers[kind] = maker\n"
        "    def resolve(self, cls):\n        hints = inspect.get_annotations(cls.__init__)\n"
        "        return cls(**{name: self.makers[kind]() for name, kind in hints.items()})\n"
        "class A:\n    def __init__(self, client: Client):\n        self.client = client\n"
        + SELF_USE
        + "box = Box()\nbox.provide(Client, Client)\nbox.resolve(A)\n"
    ),
    "an attribute that a decorator gives its class": (
        "def with_client(cls):\n    cls.client = Client()\n    return cls\n@with_client\nclass A:\n"
        + SELF_USE
    ),
    "an attribute that a decorator with arguments gives its class": (
        "def with_client(name):\n    def decorate(cls):\n        setattr(cls, 'client', Client())\n"
        "        return cls\n    return decorate\n@with_client('a')\nclass A:\n" + SELF_USE
    ),
    "a runner": (
        "import asyncio\nasync def make():\n    return Client()\nwith asyncio.Runner() as runner:\n"
        "    client = runner.run(make())\n    runner.run(client.disconnect())\n"
    ),
}
STAYS = {
    "a class attribute of something unknown": (
        "class A:\n    made_by = Client\nasync def main(a):\n    client = a.made_by()\n"
        "    await client.connect()\n"
    ),
    "the class is bound to arguments": (
        "from functools import partial\nobtain = partial(Client, *ARGUMENTS)\n"
        "async def main():\n    client = obtain()\n    await client.connect()\n"
    ),
    "the type of a client that stays": (
        "class A:\n    def __init__(self):\n        self.client = Client()\n"
        "        print(self.client.stats)\n    def again(self):\n"
        "        self.spare = type(self.client)()\n"
    ),
    "the class of a client that stays, through a variable": (
        "class A:\n    def __init__(self):\n        self.client = Client()\n"
        "        print(self.client.stats)\n    def again(self):\n"
        "        kind = self.client.__class__\n        self.spare = kind()\n"
    ),
    "a client among the keywords of a call of something unknown": (
        "def build(name, services):\n    given = {'client': Client(), 'sink': print}\n"
        "    return getattr(services, name)(**given)\nclass A:\n"
        "    def __init__(self, client, sink):\n        self.client = client\n" + SELF_USE
    ),
    "a client among the arguments of a call of something unknown": (
        "def build(name, services):\n    given = [Client()]\n"
        "    return getattr(services, name)(*given)\nclass A:\n"
        "    def __init__(self, client):\n        self.client = client\n" + SELF_USE
    ),
    "the class is looked up in its module": (
        "async def main():\n    client = globals()['Client']()\n    await client.connect()\n"
    ),
    "the class is asked of its module": (
        "async def main():\n    client = globals().get('Client')()\n    await client.connect()\n"
    ),
    "the class is bound to some of its arguments": (
        "from functools import partial\nobtain = partial(Client, cleanup_interval=3)\n"
        "async def main():\n    client = obtain(None)\n    await client.connect()\n"
    ),
    "the class is bound to its arguments for a library": (
        "import injector\nfrom functools import partial\n"
        "obtain = injector.provider(partial(Client, cleanup_interval=3))\n" + USE
    ),
    "the class is a member of an enumeration": (
        "import enum\nclass Kind(enum.Enum):\n    PUBLIC = Client\n"
        "async def main():\n    client = Kind.PUBLIC.value()\n    await client.connect()\n"
    ),
    "a function is handed to a library": (
        "import injector\ndef make():\n    return Client()\nobtain = injector.provider(make)\n"
        + USE
    ),
    "a coroutine function is handed to a library": (
        "import injector\nasync def make():\n    return Client()\n"
        "obtain = injector.provider(make)\n" + USE
    ),
    "a lambda is handed to a library": (
        "import injector\nobtain = injector.provider(lambda: Client())\n" + USE
    ),
    "a generator is handed to a library": (
        "import injector\ndef make():\n    yield Client()\nobtain = injector.provider(make)\n" + USE
    ),
    "a method is handed to a library": (
        "import injector\nclass A:\n    def make(self):\n        return [Client()]\n"
        "obtain = injector.provider(A().make)\n" + USE
    ),
    "a client that a library may hand to who asks for one": (
        "import injector\ninjector.bind(Client())\nclass A:\n"
        "    def __init__(self, client: Client):\n        self.client = client\n"
        + SELF_USE
        + "injector.build(A)\n"
    ),
    "a class that a library may make for who asks for one": (
        "import injector\ninjector.bind(Client)\nclass A:\n"
        "    def __init__(self, client: Client):\n        self.client = client\n"
        + SELF_USE
        + "injector.build(A)\n"
    ),
    "a provider, and who asks for what it gives": (
        "from injector import provider\nclass Module:\n    @provider\n"
        "    def client(self) -> Client:\n        return Client()\nclass A:\n"
        "    def __init__(self, client: Client):\n        self.client = client\n" + SELF_USE
    ),
    "an attribute that something unknown is given": (
        "def equip(part):\n    part.client = Client()\nclass A:\n" + SELF_USE
    ),
    "an attribute with a computed name, of something unknown": (
        "async def main(a, names):\n    for name in names:\n        setattr(a, name, Client())\n"
        "    await a.client.connect()\n"
    ),
}


@pytest.mark.parametrize("body", MOVES.values(), ids=MOVES)
def test_everything_moves(migrate: Migrate, body: str) -> None:
    done = migrate({"app/module.py": HEAD + body})
    assert not LEFT.search(done.text()), done.text()
    assert MADE.search(done.text())
    assert not re.search(r"WebSocketClientProxy\(\)|\b\w+\(\)\(\)", done.text()), done.text()
    compile(done.text(), "<after>", "exec")


@pytest.mark.parametrize("body", STAYS.values(), ids=STAYS)
def test_everything_stays_and_is_marked(migrate: Migrate, body: str) -> None:
    done = migrate({"app/module.py": HEAD + body})
    assert not MADE.search(done.text()), done.text()
    assert "__name__" not in done.text(), "the arguments of a proxy"
    assert "TODO(upbit-migrate" in done.text()
    assert migrate({"app/module.py": done.text()}).text() == done.text()
    compile(done.text(), "<after>", "exec")


def test_keys_that_a_class_is_bound_to_become_an_account(migrate: Migrate) -> None:
    text = (
        "from functools import partial\nfrom app.websocket_v5 import UpbitWebSocketPrivateV5\n\n\n"
        "class Container:\n    def __init__(self, config):\n        self.make = partial(\n"
        "            UpbitWebSocketPrivateV5,\n            config.access,\n"
        "            secret_key=config.secret,  # never logged\n        )\n\n"
        "    async def start(self):\n        self.client = self.make()\n"
        "        await self.client.connect()\n"
    )
    done = migrate({"app/module.py": text})
    assert (
        'self.make = partial(\n            WebSocketClientProxy,\n            "Container",\n'
        "            __name__,\n"
        "            account=Credentials(config.access, config.secret),\n        )\n"
    ) in done.text(), done.text()
    assert "# never logged" in done.text()
    assert "self.client = self.make()\n" in done.text()


@pytest.mark.parametrize("written", ["Client", "Client | None", "Optional[Client]", "'Client'"])
def test_what_a_library_hands_in_is_what_the_annotation_says(
    migrate: Migrate, written: str
) -> None:
    body = (
        "import injector\nfrom typing import Optional\ndef on(symbol, kind, data):\n"
        "    print(data['data']['trade_price'])\nclass A:\n"
        f"    def __init__(self, client: {written} = None):\n        self.client = client\n"
        "    async def start(self):\n        await self.client.connect()\n"
        "        await self.client.subscribe_ticker(['KRW-BTC'], on)\ninjector.build(A)\n"
    )
    done = migrate({"app/module.py": HEAD + body})
    assert not LEFT.search(done.text()), done.text()
    assert "print(data['trade_price'])" in done.text()


def test_a_callback_goes_to_the_client_that_an_object_of_a_library_carries(
    migrate: Migrate,
) -> None:
    body = (
        "from fastapi import FastAPI\napp = FastAPI()\ndef on(symbol, kind, data):\n"
        "    print(data['data']['trade_price'])\n"
        "async def start():\n    app.state.client = Client()\n"
        "    await app.state.client.connect()\n"
        "    await app.state.client.subscribe_ticker(['KRW-BTC'], on)\n"
    )
    done = migrate({"app/module.py": HEAD + body})
    assert not LEFT.search(done.text()), done.text()
    assert "print(data['trade_price'])" in done.text()


def test_a_variable_of_that_name_is_not_the_class(migrate: Migrate) -> None:
    body = (
        "from app.websocket_v5 import UpbitWebSocketPublicV5\ndef make(UpbitWebSocketPublicV5):\n"
        "    return UpbitWebSocketPublicV5()\ndef other():\n    UpbitWebSocketPublicV5 = int\n"
        "    return UpbitWebSocketPublicV5()\nclient = UpbitWebSocketPublicV5()\n"
    )
    text = migrate({"app/module.py": body}).text()
    assert "def make(UpbitWebSocketPublicV5):\n    return UpbitWebSocketPublicV5()" in text
    assert "    UpbitWebSocketPublicV5 = int\n    return UpbitWebSocketPublicV5()" in text
    assert "client = WebSocketClientProxy(" in text


def test_the_result_of_a_function_a_library_only_runs_does_not_matter(migrate: Migrate) -> None:
    body = (
        "import atexit\nclient = Client()\ndef close():\n    return client.is_connected()\n"
        "atexit.register(close)\n"
    )
    done = migrate({"app/module.py": HEAD + body})
    assert not LEFT.search(done.text()), done.text()


def test_a_name_read_from_the_class_of_a_client_is_no_mention_of_it(migrate: Migrate) -> None:
    body = "client = Client()\nprint(client.__class__.__name__, type(client).__name__)\n"
    done = migrate({"app/module.py": HEAD + body})
    assert not LEFT.search(done.text()), done.text()
