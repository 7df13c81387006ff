"""What the oracle owes: what was sent, and what happened while somebody could have been told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from tests.reliability import oracle as oracle_module
from tests.reliability.oracle import Oracle

SETTLED = 2.0
ALWAYS: list[tuple[float, float, int | None]] = [(0.0, 100.0, None)]


@dataclass
class Person:
    """A component as the oracle sees it."""

    spans: list[tuple[float, float, int | None]] = field(default_factory=lambda: list(ALWAYS))
    seen: Counter[int] = field(default_factory=Counter)
    number: int = 1
    temper: str = "fast"
    code: str = "KRW-BTC"
    lossless: bool = True


class Night:
    """An exchange whose clock is set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(oracle_module, "monotonic", lambda: self.now)
        self.oracle = Oracle(SETTLED)
        self._open: list[Any] = []

    def connect(self, at: float, kind: str = "public") -> Any:
        self.now = at
        connection = SimpleNamespace(number=len(self._open) + 1, kind=kind, open=True)
        self._open.append(connection)
        self.oracle.watch(self._open)
        return connection

    def end(self, at: float, connection: Any) -> None:
        self.now, connection.open = at, False
        self.oracle.watch(self._open)

    def trade(self, at: float, number: int, *connections: Any) -> None:
        self.now = at
        self.oracle.on_trade("KRW-BTC", number)
        stream = SimpleNamespace(data_type="trade", code="KRW-BTC")
        frame = SimpleNamespace(values={"stream_type": "REALTIME", "sequential_id": number})
        for connection in connections:
            self.oracle.on_frame(connection, stream, frame)

    def owed(self, person: Person) -> int:
        tally = self.oracle.judge_trades([person])
        assert tally.lost == tally.owed  # it has seen nothing
        return tally.owed


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> Night:
    return Night(monkeypatch)


def test_what_is_sent_on_a_connection_that_lives_is_owed(night: Night) -> None:
    night.trade(1.0, 1, night.connect(0.0))
    assert night.owed(Person()) == 1


def test_a_topic_that_nobody_asks_for_any_more_is_owed(night: Night) -> None:
    night.end(10.0, night.connect(0.0))
    night.trade(11.0, 1)
    night.connect(12.0)
    night.trade(13.0, 2)
    night.trade(14.5, 3)
    night.trade(20.0, 4)
    assert (
        night.owed(Person()) == 2
    )  # in the outage, and before the new connection had settled: none


def test_a_private_connection_brings_no_trades(night: Night) -> None:
    night.connect(0.0, "private")
    night.trade(10.0, 1)
    assert night.owed(Person()) == 0


def test_a_fault_ends_what_is_certain(night: Night) -> None:
    night.connect(0.0)
    night.now = 10.0
    night.oracle.faulted("public")
    night.trade(9.0, 1)
    night.trade(11.0, 2)
    assert night.owed(Person()) == 1


def test_what_the_exchange_itself_forgot_is_owed_by_nobody(night: Night) -> None:
    night.connect(0.0)
    for at in (10.0, 20.0, 30.0):
        night.trade(at, int(at))
    night.oracle.excuse("KRW-BTC", 15.0, 25.0)
    assert night.owed(Person()) == 2


def test_only_who_is_subscribed_is_owed(night: Night) -> None:
    night.connect(0.0)
    for at in (10.0, 20.0, 30.0):
        night.trade(at, int(at))
    assert night.owed(Person(spans=[(5.0, 25.0, None)])) == 2
    assert night.owed(Person(spans=[(19.0, 40.0, None)])) == 1  # subscribed a moment before
    assert night.owed(Person(spans=[(5.0, 40.0, 20)])) == 1  # it left in the callback of trade 20


def test_what_was_seen_is_not_lost(night: Night) -> None:
    night.connect(0.0)
    night.trade(10.0, 1)
    night.trade(11.0, 2)
    tally = night.oracle.judge_trades([Person(seen=Counter({1: 1, 2: 2}))])
    assert (tally.owed, tally.lost, tally.duplicated) == (2, 0, 1)
