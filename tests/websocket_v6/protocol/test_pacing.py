"""Rolling windows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.protocol.pacing import RollingWindows, TokenBucket, Window


def make() -> RollingWindows:
    return RollingWindows([Window(5, 1.1), Window(95, 61.0)])


def test_the_first_events_wait_for_nothing() -> None:
    windows = make()
    for _ in range(5):
        assert windows.delay(10.0) == 0.0
        windows.record(10.0)
    assert windows.delay(10.0) > 0


def test_the_delay_ends_when_the_oldest_leaves_the_window() -> None:
    windows = make()
    for at in (0.0, 0.2, 0.4, 0.6, 0.8):
        windows.record(at)
    delay = windows.delay(1.0)
    assert abs(delay - 0.1) < 1e-9
    assert windows.delay(1.0 + delay) == 0.0


def test_free_slots() -> None:
    windows = make()
    assert windows.free(0.0) == (5, 95)
    windows.record(0.0)
    assert windows.free(0.5) == (4, 94)
    assert windows.free(2.0) == (5, 94)
    assert windows.free(100.0) == (5, 95)


@given(st.lists(st.floats(0.0, 3.0), max_size=300))
def test_no_window_is_ever_exceeded(gaps: list[float]) -> None:
    windows = make()
    now, sent = 0.0, []
    for gap in gaps:
        now += gap
        if windows.delay(now) <= 0:
            windows.record(now)
            sent.append(now)
    for start in sent:
        assert sum(start <= at < start + 1.1 for at in sent) <= 5
        assert sum(start <= at < start + 61.0 for at in sent) <= 95


def test_of_several_windows_the_longest_wait_counts() -> None:
    windows = RollingWindows([Window(2, 10.0), Window(1, 4.0)])
    windows.record(0.0)
    assert windows.delay(1.0) == 3.0
    windows.record(5.0)
    assert windows.delay(6.0) == 4.0
    assert windows.delay(9.0) == 1.0
    assert windows.delay(10.0) == 0.0


def test_an_event_leaves_its_window_at_the_very_end() -> None:
    windows = RollingWindows([Window(1, 4.0), Window(3, 8.0)])
    windows.record(0.0)
    assert windows.free(3.9) == (0, 2)
    assert windows.free(4.0) == (1, 2)
    assert windows.free(8.0) == (1, 3)


def test_no_more_is_kept_than_the_longest_window_needs() -> None:
    windows = make()
    for now in range(1000):
        windows.record(float(now))
        assert len(windows._events) <= 61
    windows.delay(2000.0)
    assert not windows._events


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = TokenBucket(5, 2.0)
    for _ in range(5):
        assert bucket.delay(10.0) == 0.0
        bucket.record(10.0)
    assert bucket.delay(10.0) == 0.5
    assert bucket.delay(10.5) == 0.0
    bucket.record(10.5)
    assert bucket.delay(10.5) == 0.5


def test_a_bucket_that_rested_is_full_and_not_more() -> None:
    bucket = TokenBucket(2, 1.0)
    bucket.record(0.0)
    for _ in range(2):
        assert bucket.delay(1000.0) == 0.0
        bucket.record(1000.0)
    assert bucket.delay(1000.0) == 1.0


@given(st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=200))
def test_nobody_who_waits_for_the_bucket_waits_longer_than_one_token(gaps: list[float]) -> None:
    bucket = TokenBucket(5, 95 / 61)
    now = 0.0
    for gap in gaps:
        now += gap
        delay = bucket.delay(now)
        assert delay <= 61 / 95 + 1e-9
        now += delay
        assert bucket.delay(now) < 1e-9
        bucket.record(now)


def test_what_a_bucket_has_to_give() -> None:
    bucket = TokenBucket(3, 2.0)
    assert bucket.free(10.0) == 3
    bucket.record(10.0)
    bucket.record(10.0)
    assert bucket.free(10.0) == 1
    assert bucket.free(10.5) == 2
    bucket.record(10.5)
    bucket.record(10.5)
    bucket.record(10.5)
    assert bucket.free(10.5) == 0
    assert bucket.free(1000.0) == 3
