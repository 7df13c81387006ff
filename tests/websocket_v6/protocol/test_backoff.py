"""Delays between attempts."""

from __future__ import annotations

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.protocol.backoff import delays


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
