"""Base classes that call what their subclasses define: templates, abstract factories, plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
PUBLIC = f"from {V5} import UpbitWebSocketPublicV5\n"
BASE = """\
import abc


class Feed(abc.ABC):
    client = None

    @abc.abstractmethod
    def make_client(self): ...

    async def open(self):
        self.client = self.make_client()
        await self.client.connect()

    async def close(self):
        await self.client.disconnect()
"""
PLUGIN = (
    PUBLIC
    + """\
from app.base import Feed


class Public(Feed):
    def make_client(self):
        return UpbitWebSocketPublicV5()

    async def start(self):
        self.id = await self.client.subscribe_ticker(["KRW-BTC"], self.on_data)

    def on_data(self, symbol, data_type, data):
        print(data["data"]["trade_price"])
"""
)
FAKE = """\
from app.base import Feed


class Session:
    async def connect(self): ...
    async def disconnect(self): ...


class Other(Feed):
    def make_client(self):
        return Session()
"""


def test_the_base_moves_with_the_subclass_that_makes_the_client(migrate: Migrate) -> None:
    done = migrate({"app/__init__.py": "", "app/base.py": BASE, "app/plugin.py": PLUGIN})
    assert ".connect()" not in done.text("app/base.py")
    assert "self.client.unsubscribe_all()" in done.text("app/base.py")
    assert "auto_cleanup" not in done.text("app/plugin.py")  # the base holds and ends it
    assert 'data["trade_price"]' in done.text("app/plugin.py")


def test_a_subclass_with_another_kind_of_client_keeps_all_of_them(migrate: Migrate) -> None:
    files = {
        "app/__init__.py": "",
        "app/base.py": BASE,
        "app/plugin.py": PLUGIN,
        "app/other.py": FAKE,
    }
    done = migrate(files)
    assert "await self.client.connect()" in done.text("app/base.py")
    assert "from compat_v5 import UpbitWebSocketPublicV5" in done.text("app/plugin.py")
    assert done.files["app/other.py"] == FAKE.encode()


def test_a_factory_method_may_be_replaced_by_a_subclass(migrate: Migrate) -> None:
    base = PUBLIC + BASE.replace("    @abc.abstractmethod\n", "").replace(
        "def make_client(self): ...",
        "def make_client(self):\n        return UpbitWebSocketPublicV5()",
    )
    done = migrate({"app/__init__.py": "", "app/base.py": base, "app/other.py": FAKE})
    assert "await self.client.connect()" in done.text("app/base.py")


@pytest.mark.parametrize(
    "line",
    [
        "self.client = self.loop.run_until_complete(self.make())",
        "self.client = asyncio.run(self.make())",
        "self.client = asyncio.run_coroutine_threadsafe(self.make(), self.loop).result(10)",
        "self.client = self.loop.create_task(self.make()).result()",
    ],
)
def test_a_client_that_a_coroutine_returns_to_a_loop(line: str, migrate: Migrate) -> None:
    source = f"""\
import asyncio
{PUBLIC}

class Worker:
    def __init__(self, loop):
        self.loop = loop

    async def make(self):
        client = UpbitWebSocketPublicV5()
        await client.connect()
        return client

    async def run(self):
        {line}
        self.loop.run_until_complete(self.client.disconnect())
"""
    text = migrate({"app/module.py": source}).text()
    assert ".connect()" not in text
    assert "self.loop.run_until_complete(self.client.unsubscribe_all())" in text
    assert line in text
