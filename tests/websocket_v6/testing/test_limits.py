"""Rolling windows alone: docs/emulator.md, "Rate limits"."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.testing.limits import (
    MESSAGES,
    ConnectGate,
    Limit,
    RollingCounter,
    TooManyConnectsError,
)


def test_five_messages_in_a_second_are_allowed_and_the_sixth_is_not():
    counter = RollingCounter(MESSAGES)
    assert [counter.add(n * 0.1) for n in range(6)] == [True] * 5 + [False]


def test_the_window_rolls():
    counter = RollingCounter(MESSAGES)
    for at in (0.0, 0.2, 0.4, 0.6, 0.8):
        assert counter.add(at)
    assert counter.add(1.0)
    assert not counter.add(1.1)


def test_a_hundred_messages_in_a_minute_are_allowed():
    counter = RollingCounter(MESSAGES)
    assert all(counter.add(n * 0.5) for n in range(100))
    assert not counter.add(50.0)
    assert counter.peaks == {MESSAGES[0]: 2, MESSAGES[1]: 101}


@given(st.lists(st.floats(0, 3, allow_nan=False), max_size=60))
def test_the_peak_is_that_of_the_fullest_window(gaps):
    limit = Limit(5, 1.0)
    counter, times, now = RollingCounter((limit,)), [], 0.0
    for gap in gaps:
        now += gap
        times.append(now)
        counter.add(now)
    fullest = max((sum(at - 1.0 < other <= at for other in times) for at in times), default=0)
    assert counter.peaks[limit] == fullest


def test_too_many_connects_get_429_and_going_on_gets_418_for_longer_each_time():
    gate = ConnectGate()
    for _ in range(5):
        gate.enter(0.0)
    statuses = []
    for now in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 5.0):
        with pytest.raises(TooManyConnectsError) as refused:
            gate.enter(now)
        statuses.append(refused.value.status)
    assert statuses == [429] * 5 + [418] * 2
    gate.enter(10.7)
    for _ in range(4):
        gate.enter(10.8)
    for _ in range(6):
        with pytest.raises(TooManyConnectsError) as refused:
            gate.enter(10.9)
    assert refused.value.status == 418
    assert refused.value.seconds > 10


def test_an_origin_header_allows_one_connect_in_ten_seconds():
    gate = ConnectGate()
    gate.enter(0.0, origin=True)
    with pytest.raises(TooManyConnectsError):
        gate.enter(9.9, origin=True)
    gate.enter(9.9)
    gate.enter(20.0, origin=True)


def test_counting_without_enforcing():
    gate = ConnectGate()
    for _ in range(20):
        gate.enter(0.0, enforce=False)
    assert max(gate.connects.peaks.values()) == 20
