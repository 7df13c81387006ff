"""The same programs in other clothes: the same verdict, or a weaker one with a reason; never silence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
PUBLIC = f"from {V5}.upbit_websocket_public_client import UpbitWebSocketPublicV5"
COMPONENT = f"""\
{PUBLIC}


class Chart:
    def __init__(self):
        self.client = None

    async def start(self, symbol):
        self.client = UpbitWebSocketPublicV5()
        await self.client.connect()
        self.id = await self.client.subscribe_ticker([symbol], self.on_tick)

    async def stop(self):
        if self.client:
            await self.client.unsubscribe(self.id)
            await self.client.disconnect()

    async def on_tick(self, symbol, data_type, data):
        print(data["data"]["trade_price"])
"""
SCRIPT = f"""\
{PUBLIC}


def on_tick(symbol, data_type, data):
    print(data["data"]["trade_price"])


async def main():
    client = UpbitWebSocketPublicV5()
    await client.connect()
    try:
        await client.subscribe_ticker(["KRW-BTC"], on_tick)
    finally:
        await client.disconnect()
"""

LEFT = re.compile(r"websocket_v5|UpbitWebSocketPublicV5|\.connect\(|\.disconnect\(|\[.data.\]\[")


def moved(*texts: str) -> None:
    for text in texts:
        code = "\n".join(line.split("#")[0] for line in text.splitlines())
        assert not LEFT.search(code), text
        compile(text, "<after>", "exec")


def names_changed(source: str) -> str:
    for old, new in (
        ("client", "ws_conn"),
        ("on_tick", "_handle"),
        ("Chart", "PriceWidget"),
        ("data[", "msg["),
    ):
        source = (
            source.replace(old, new).replace("data_type, data)", "kind, msg)")
            if old == "data["
            else re.sub(rf"(?<![\w.]){old}(?!\w)|(?<=self\.){old}(?!\w)", new, source)
        )
    return source


VARIATIONS = {
    "as it is": lambda source: source,
    "names changed": names_changed,
    "import aliased": lambda source: source.replace(PUBLIC, f"{PUBLIC} as Feed").replace(
        "UpbitWebSocketPublicV5()", "Feed()"
    ),
    "module imported": lambda source: source.replace(
        PUBLIC, f"from {V5} import upbit_websocket_public_client as pub"
    ).replace("UpbitWebSocketPublicV5()", "pub.UpbitWebSocketPublicV5()"),
    "package imported": lambda source: source.replace(PUBLIC, f"import {V5} as v5").replace(
        "UpbitWebSocketPublicV5()", "v5.UpbitWebSocketPublicV5()"
    ),
    "star import": lambda source: source.replace(PUBLIC, f"from {V5} import *"),
    "wrapped in a function": lambda source: (
        "def define():\n"
        + "\n".join(f"    {line}" if line else "" for line in source.splitlines())
        + "\n    return locals()\n"
    ),
    "under try": lambda source: source.replace(
        PUBLIC, f"try:\n    {PUBLIC}\nexcept ImportError:\n    raise\n"
    ),
    "tabs": lambda source: source.replace("    ", "\t"),
    "windows": lambda source: source.replace("\n", "\r\n"),
    "getattr": lambda source: source.replace(
        "self.client.disconnect", "getattr(self, 'client').disconnect"
    ),
    "annotated": lambda source: (
        source.replace("self.client = None", "self.client: 'UpbitWebSocketPublicV5 | None' = None")
        if "as Feed" not in source
        else source
    ),
    "keyword arguments": lambda source: source.replace(
        "([symbol], self.on_tick)", "(callback=self.on_tick, symbols=[symbol])"
    ),
    "semicolons": lambda source: source.replace(
        "UpbitWebSocketPublicV5()\n        await", "UpbitWebSocketPublicV5(); await"
    ),
}


@pytest.mark.parametrize("program", [COMPONENT, SCRIPT], ids=["component", "script"])
@pytest.mark.parametrize("change", VARIATIONS.values(), ids=VARIATIONS)
def test_same_verdict(program, change, migrate: Migrate) -> None:
    source = change(program)
    done = migrate({"app/module.py": source})
    moved(done.text())
    assert "unsubscribe_all()" in done.text()
    assert "['trade_price']" in done.text().replace('"', "'")
    assert migrate(done.files).files == done.files


def test_construction_in_another_file(migrate: Migrate) -> None:
    factory = f"{PUBLIC}\n\n\ndef make_client():\n    return UpbitWebSocketPublicV5()\n"
    chart = COMPONENT.replace(PUBLIC, "from .factory import make_client").replace(
        "UpbitWebSocketPublicV5()", "make_client()"
    )
    done = migrate({"app/__init__.py": "", "app/factory.py": factory, "app/module.py": chart})
    moved(done.text(), done.text("app/factory.py"))


def test_handed_in_from_another_file(migrate: Migrate) -> None:
    chart = COMPONENT.replace(f"{PUBLIC}\n", "").replace(
        "def __init__(self):\n        self.client = None",
        "def __init__(self, client):\n        self.client = client",
    )
    chart = chart.replace("        self.client = UpbitWebSocketPublicV5()\n", "")
    main = f"{PUBLIC}\nfrom app.module import Chart\n\nchart = Chart(UpbitWebSocketPublicV5())\n"
    done = migrate({"app/__init__.py": "", "app/module.py": chart, "main.py": main})
    moved(done.text(), done.text("main.py"))


def test_attribute_set_in_a_base_class(migrate: Migrate) -> None:
    body = "    def __init__(self):\n        self.client = UpbitWebSocketPublicV5()\n"
    base = f"{PUBLIC}\n\n\nclass Base:\n{body}"
    chart = COMPONENT.replace(PUBLIC, "from app.base import Base").replace(
        "class Chart:", "class Chart(Base):"
    )
    chart = chart.replace("    def __init__(self):\n        self.client = None\n\n", "")
    chart = chart.replace("        self.client = UpbitWebSocketPublicV5()\n", "")
    done = migrate({"app/__init__.py": "", "app/base.py": base, "app/module.py": chart})
    moved(done.text(), done.text("app/base.py"))


def test_reexported_under_another_name_twice(migrate: Migrate) -> None:
    files = {
        "app/__init__.py": "from .net import Public as Feed\n\n__all__ = ['Feed']\n",
        "app/net.py": f"{PUBLIC} as Public\n",
        "app/module.py": COMPONENT.replace(PUBLIC, "from app import Feed").replace(
            "UpbitWebSocketPublicV5()", "Feed()"
        ),
    }
    done = migrate(files)
    moved(done.text(), done.text("app/net.py"), done.text("app/__init__.py"))
    assert "Feed(" in done.text()


LOOK_ALIKE = """\
class Session:
    async def connect(self): ...
    async def disconnect(self): ...
    def is_connected(self): ...
    async def subscribe_ticker(self, symbols, callback): ...


class Repository:
    def __init__(self):
        self.client = Session()

    async def load(self):
        await self.client.connect()
        await self.client.subscribe_ticker([], print)
        if self.client.is_connected():
            await self.client.disconnect()
"""


def test_look_alikes_in_the_same_file_are_never_touched(migrate: Migrate) -> None:
    done = migrate({"app/module.py": COMPONENT + "\n\n" + LOOK_ALIKE})
    assert LOOK_ALIKE in done.text()
    assert "unsubscribe_all()" in done.text()


def test_library_objects_are_never_touched(migrate: Migrate) -> None:
    other = (
        "import redis\n\n\nasync def use():\n    client = redis.Redis()\n    await client.connect()\n    "
        "await client.disconnect()\n"
    )
    done = migrate({"app/module.py": COMPONENT + "\n\n" + other})
    assert other.split("\n\n\n")[1] in done.text()


def test_unknown_receiver_is_reported_not_rewritten(migrate: Migrate) -> None:
    tail = (
        "\n\nasync def other(thing):\n    await thing.subscribe_ticker(['KRW-BTC'], print)\n"
        "    await thing.disconnect()\n"
    )
    done = migrate({"app/module.py": COMPONENT + tail})
    assert tail in done.text()
    assert any(finding.rule == "UWS190" and finding.outcome == "note" for finding in done.findings)


def test_one_use_that_cannot_move_keeps_the_whole_object(migrate: Migrate) -> None:
    done = migrate(
        {"app/module.py": COMPONENT + "\n    def load(self):\n        return self.client.stats\n"}
    )
    text = done.text()
    assert "from compat_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5" in text
    assert "await self.client.connect()" in text
    assert text.count("# TODO(upbit-migrate UWS141)") == 2
    assert "WebSocketClientProxy" not in text


def test_two_objects_in_one_file_may_part(migrate: Migrate) -> None:
    other = COMPONENT.replace("class Chart", "class Tape").replace(f"{PUBLIC}\n", "")
    done = migrate(
        {
            "app/module.py": COMPONENT
            + "\n    def load(self):\n        return self.client.stats\n"
            + other
        }
    )
    text = done.text()
    assert "from compat_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5" in text
    assert 'WebSocketClientProxy("Tape", __name__)' in text
    assert migrate(done.files).files == done.files
