"""Remembering trades."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.protocol.recent_trades import RecentTrades


@given(st.lists(st.integers(0, 50), max_size=200))
def test_an_id_is_new_once(ids: list[int]) -> None:
    trades, seen = RecentTrades(), set()
    for identifier in ids:
        known = trades.arrival(identifier) is not None
        assert known == (identifier in seen)
        seen.add(identifier)
    assert trades.count == len(seen)


def test_memory_is_bounded_and_recent_ids_stay() -> None:
    trades = RecentTrades(size=10)
    for identifier in range(1000):
        trades.arrival(identifier)
        for recent in range(max(0, identifier - 9), identifier + 1):
            assert trades.peek(recent) is not None
    assert trades.peek(5) is None


def test_as_many_as_the_size_are_remembered_with_their_arrival_numbers() -> None:
    trades = RecentTrades(size=3)
    for identifier in (7, 3, 9, 5, 8):
        trades.arrival(identifier)
    assert [trades.peek(identifier) for identifier in (7, 3, 9, 5, 8)] == [None, None, 3, 4, 5]
    assert trades.arrival(5) == 4
    assert trades.arrival(3) is None, "forgotten, so new again"
    assert trades.peek(3) == trades.count == 6


def test_ids_of_any_size_are_told_apart() -> None:
    trades = RecentTrades(size=10)
    for number, identifier in enumerate((2**63, -(2**70), 0, 2**64 + 5), start=1):
        assert trades.arrival(identifier) is None
        assert trades.arrival(identifier) == number


def test_a_thousand_trades_are_remembered() -> None:
    trades = RecentTrades()
    for identifier in range(2048):
        trades.arrival(identifier)
    assert trades.peek(1023) is None
    assert trades.peek(1024) == 1025
