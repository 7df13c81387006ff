"""Clients that protocols and type variables describe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate, Migration

IMPORT = "from app.net.websocket_v5 import UpbitWebSocketPublicV5\n"
PROTOCOL = """\
from typing import Protocol, runtime_checkable


class Feed(Protocol):
    async def connect(self) -> None: ...
    async def subscribe_ticker(self, symbols, callback=None) -> str: ...


class Bot:
    def __init__(self, feed: Feed) -> None:
        self.feed = feed

    async def go(self):
        await self.feed.connect()
        await self.feed.subscribe_ticker(["KRW-BTC"], print)


bot = Bot(UpbitWebSocketPublicV5())
"""
FAKE = """\


class Fake{base}:
    async def connect(self): ...
    async def subscribe_ticker(self, symbols, callback=None): ...


other = Bot(Fake())
"""


def run_twice(migrate: Migrate, source: str) -> Migration:
    first = migrate({"app/module.py": source})
    second = migrate(first.files)
    assert second.text() == first.text()
    compile(first.text(), "module.py", "exec")
    return first


def test_a_protocol_nothing_else_has_the_members_of_describes_the_client(migrate: Migrate) -> None:
    done = run_twice(migrate, IMPORT + PROTOCOL)
    assert "_v5" not in done.text()
    assert "feed.connect" not in done.text()
    assert done.rules("kept") == set()
    notes = [finding.message for finding in done.findings if finding.outcome == "note"]
    assert notes == ["Feed describes the client and asks for connect(), which v6 has not"]


@pytest.mark.parametrize("base", ["", "(Feed)"])
def test_a_protocol_another_class_has_the_members_of_does_not(migrate: Migrate, base: str) -> None:
    done = run_twice(migrate, IMPORT + PROTOCOL + FAKE.format(base=base))
    assert "websocket_v6" not in done.text()


def test_a_protocol_that_is_checked_at_run_time_does_not(migrate: Migrate) -> None:
    source = PROTOCOL.replace("class Feed(", "@runtime_checkable\nclass Feed(")
    checked = "\n\ndef check(feed):\n    assert isinstance(feed, Feed)\n"
    done = run_twice(migrate, IMPORT + source + checked)
    assert "websocket_v6" not in done.text()


HOLDER = """\
from typing import Generic, TypeVar

C = TypeVar("C", {bound})


class Holder(Generic[C]):
    def __init__(self, client: C) -> None:
        self.client = client

    async def go(self):
        await self.client.connect()


holder = Holder(UpbitWebSocketPublicV5())
"""


@pytest.mark.parametrize(
    "bound",
    [
        "bound=UpbitWebSocketPublicV5",
        'bound="UpbitWebSocketPublicV5"',
        "bound=UpbitWebSocketPublicV5 | None",
        "UpbitWebSocketPublicV5, int",
    ],
)
def test_the_bound_of_a_type_variable_follows_the_clients(migrate: Migrate, bound: str) -> None:
    done = run_twice(migrate, IMPORT + HOLDER.format(bound=bound))
    assert "_v5" not in done.text()
    assert "V5" not in done.text()
    assert bound.replace("UpbitWebSocketPublicV5", "WebSocketClientProxy") in done.text()


def test_the_bound_of_a_type_variable_stays_with_the_clients(migrate: Migrate) -> None:
    source = HOLDER.format(bound="bound=UpbitWebSocketPublicV5")
    done = run_twice(migrate, IMPORT + source + "\n\nprint(holder.client.websocket)\n")
    assert "bound=UpbitWebSocketPublicV5" in done.text()
    assert "websocket_v6" not in done.text()
