"""Statements in which connecting is all that happens, in whatever form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

HEAD = """\
import asyncio
from app.net.websocket_v5 import UpbitWebSocketPublicV5

client = UpbitWebSocketPublicV5()
clients = {"KRW-BTC": client}


async def main(flag):
    print(flag)
"""


def body(migrate: Migrate, statement: str, head: str = HEAD) -> tuple[str, set[str]]:
    """The function after the migration, without its first line, and the rules that kept something."""
    first = migrate({"app/module.py": f"{head}    {statement}\n"})
    assert migrate(first.files).text() == first.text()
    return first.text().split("    print(flag)\n")[1], first.rules("kept")


@pytest.mark.parametrize(
    "statement",
    [
        "client.is_connected() or await client.connect()",
        "not client.is_connected() and await client.connect()",
        "client and await client.connect()",
        "client is None or client.is_connected() or await client.connect()",
        "await asyncio.gather(*(c.connect() for c in clients.values()))",
        "await asyncio.gather(*[c.connect() for _, c in clients.items()])",
        "await asyncio.gather(*[clients[k].connect() for k in clients.keys()])",
    ],
)
def test_it_disappears(migrate: Migrate, statement: str) -> None:
    assert body(migrate, statement) == ("", set())


def test_what_else_it_does_is_done(migrate: Migrate) -> None:
    assert body(migrate, "flag() or await client.connect()") == ("    flag() or None\n", set())


def test_a_value_that_is_looked_at_still_decides(migrate: Migrate) -> None:
    _, kept = body(
        migrate, "done = flag or client.is_connected() or await client.connect() or flag"
    )
    assert kept


@pytest.mark.parametrize(
    ("kind", "method", "moves"),
    [("Public", "unsubscribe", True), ("Private", "unsubscribe", False)],
)
def test_the_value_of_unsubscribe_was_none_of_public_clients(
    migrate: Migrate, kind: str, method: str, moves: bool
) -> None:
    head = HEAD.replace("Public", kind)
    text, kept = body(migrate, f"done = await client.{method}('one')", head)
    assert f"done = await client.{method}('one')" in text
    assert (kept == set()) is moves


def test_the_value_of_unsubscribe_all_was_not(migrate: Migrate) -> None:
    _, kept = body(migrate, "done = await client.unsubscribe_all()")
    assert "UWS134" in kept


REBUILT = """\
from app.net.websocket_v5 import UpbitWebSocketPublicV5


class App:
    def __init__(self):
        self.c = UpbitWebSocketPublicV5()

    async def again(self):
        await self.c.disconnect()
        self.c = UpbitWebSocketPublicV5()
"""


def test_one_attribute_that_is_rebuilt_is_one_component(migrate: Migrate) -> None:
    alone = migrate({"app/module.py": REBUILT}).text()
    assert alone.count('WebSocketClientProxy("App", __name__)') == 2
    beside = f"{REBUILT}        self.other = UpbitWebSocketPublicV5()\n"
    text = migrate({"app/module.py": beside}).text()
    assert text.count('WebSocketClientProxy("App.c", __name__)') == 2
    assert text.count('WebSocketClientProxy("App.other", __name__)') == 1
