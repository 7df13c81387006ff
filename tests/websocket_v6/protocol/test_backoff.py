"""Delays between attempts."""

from __future__ import annotations

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.config import Config
from websocket_v6.protocol.backoff import configured_delays, delays


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=200, max_size=200))
def test_the_promises_of_the_schedule(randoms: list[float]) -> None:
    source = iter(randoms)
    schedule = list(
        islice(
            delays(
                first=0.2, fast_window=15.0, fast_max_gap=1.0, maximum=30.0, random=source.__next__
            ),
            150,
        )
    )
    assert 0 < schedule[0] <= 0.2
    waited = 0.0
    for delay in schedule:
        if waited < 15.0:
            assert delay <= 1.0
        assert delay <= 30.0
        waited += delay


def test_it_grows_to_its_maximum_and_never_ends() -> None:
    schedule = list(
        islice(
            delays(
                first=0.2, fast_window=15.0, fast_max_gap=1.0, maximum=30.0, random=lambda: 0.999
            ),
            200,
        )
    )
    assert 29 < max(schedule) <= 30.0
    assert schedule[-1] > 29


def fixed(random: float, count: int) -> list[float]:
    schedule = delays(
        first=0.2, fast_window=3.0, fast_max_gap=1.0, maximum=30.0, random=lambda: random
    )
    return list(islice(schedule, count))


def test_without_luck_the_bound_doubles_to_a_second_and_after_the_window_to_the_maximum() -> None:
    assert fixed(1.0, 12) == [0.2, 0.4, 0.8, 1.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_with_all_luck_a_fast_wait_is_halved_and_a_slow_one_vanishes() -> None:
    assert fixed(0.0, 9) == [0.1, 0.2, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5, 0.0]


def test_the_window_ends_when_the_waits_reach_it() -> None:
    schedule = delays(
        first=1.0, fast_window=2.0, fast_max_gap=1.0, maximum=30.0, random=lambda: 1.0
    )
    assert list(islice(schedule, 4)) == [1.0, 1.0, 2.0, 4.0]


def test_each_setting_has_its_place() -> None:
    config = Config.load(
        {
            "reconnect_first": 0.1,
            "reconnect_fast_window": 3.0,
            "reconnect_fast_max_gap": 0.5,
            "reconnect_max_delay": 7.0,
        },
        environ={},
    )
    expected = delays(
        first=0.1, fast_window=3.0, fast_max_gap=0.5, maximum=7.0, random=lambda: 0.75
    )
    assert list(islice(configured_delays(config, lambda: 0.75), 50)) == list(islice(expected, 50))
