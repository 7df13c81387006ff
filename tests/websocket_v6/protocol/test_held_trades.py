from __future__ import annotations

from websocket_v6.protocol.held_trades import LIMIT, PATIENCE, HeldTrades


def held(*ids: int) -> HeldTrades:
    trades = HeldTrades(since=100.0)
    for number in ids:
        trades.hold(number, 1000 + number, str(number).encode(), ["late"])
    return trades


def test_what_came_before_the_snapshot_and_it_itself_are_dropped() -> None:
    assert [trade.payload for trade in held(1, 2, 3, 4).after(2, 1002)] == [b"3", b"4"]
    assert held(1, 2).after(2, 1002) == []


def test_a_snapshot_that_is_not_among_them_costs_what_is_older() -> None:
    assert [trade.payload for trade in held(3, 4).after(2, 1002)] == [b"3", b"4"]
    assert [trade.payload for trade in held(3, 4).after(9, 1004)] == [b"4"]
    assert held(3, 4).after(9, 1009) == []
    assert [trade.payload for trade in held(3, 4).after(None, None)] == [b"3", b"4"]


def test_each_is_kept_for_those_who_waited_when_it_came() -> None:
    trades = held(1)
    trades.hold(2, None, b"2", ["late", "later"])
    first, second = trades.all()
    assert (first.keys, second.keys) == ({"late"}, {"late", "later"})
    assert second.payload == b"2"


def test_they_are_not_kept_for_ever() -> None:
    trades = held(1)
    assert not trades.is_overdue(100.0 + PATIENCE - 0.01)
    assert trades.is_overdue(100.0 + PATIENCE)
    assert not held(*range(LIMIT - 1)).is_overdue(100.0)
    assert held(*range(LIMIT)).is_overdue(100.0)
