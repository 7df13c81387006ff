"""Remembering trades."""

from __future__ import annotations

import struct

import pytest
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


@given(st.integers(-(2**70), 2**70))
def test_an_id_beyond_64_bits_is_known_after_its_arrival(identifier: int) -> None:
    """Two of them may be taken for one: the exchange's fit."""
    trades = RecentTrades(size=2)
    trades.arrival(identifier)
    assert trades.peek(identifier) == 1


@given(
    st.lists(st.integers(1 - 2**63, 2**63 - 1) | st.integers(0, 6), max_size=60), st.integers(1, 8)
)
def test_the_newest_are_known_and_the_others_forgotten(ids: list[int], size: int) -> None:
    trades, arrivals = RecentTrades(size), list[int]()
    for identifier in ids:
        known = identifier in arrivals[-size:]
        assert (trades.peek(identifier) is not None) == known
        assert (trades.arrival(identifier) is not None) == known
        if not known:
            arrivals.append(identifier)
    assert trades.count == len(arrivals)


def test_the_bytes_of_two_neighbours_are_no_third_id() -> None:
    trades = RecentTrades(size=4)
    left, right = 0x0102030405060708, 0x1112131415161718
    between = struct.unpack("q", struct.pack("qq", left, right)[3:11])[0]
    for identifier in (2**62, left, right):
        trades.arrival(identifier)
    assert trades.peek(between) is None
    assert trades.arrival(between) is None
    assert trades.peek(between) == 4


def test_an_id_is_found_right_behind_where_its_bytes_only_seem_to_be() -> None:
    trades = RecentTrades(size=4)
    alike = 0x0101010101010101  # its bytes stand at every offset of two of it
    almost = alike - 1  # and at all but the first of this and the next
    for identifier in (2**62, almost, alike):
        trades.arrival(identifier)
    assert trades.peek(alike) == 3


def test_one_id_far_above_the_rest_is_looked_for_only_while_it_is_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Searching costs ten times the rest: it must not go on for the life of a connection."""
    trades = RecentTrades(size=10)
    searches = list[int]()
    search = RecentTrades._slot
    monkeypatch.setattr(
        RecentTrades, "_slot", lambda self, stored: searches.append(stored) or search(self, stored)
    )
    trades.arrival(10**15)
    for identifier in range(100):
        trades.arrival(identifier)
    assert len(searches) == 10
