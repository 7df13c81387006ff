"""What a busy machine explains is no difference between two runs; everything else stays one."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat_v5.parity.before_after import compare_runs, excuse_timing
from compat_v5.parity.exchange_record import against_exchange
from compat_v5.parity.program import Run
from compat_v5.parity.verdict import Verdict
from tests.compat_v5.parity.streams import recording, stream, ticker

SENT = [ticker(number) for number in range(100)]
TRUTH = {("ticker", "KRW-BTC"): stream(SENT)}
Frames = list[dict[str, object]]


def judged(before: Frames, after: Frames, truth: object = None) -> Verdict:
    runs = [
        Run(recording(label, frames, ended_itself=True), Path("unused.log"))
        for label, frames in (("before", before), ("after", after))
    ]
    faulty = {item.topic for run in runs for item in against_exchange(run.recording, TRUTH)}
    sent = TRUTH if truth is None else truth
    return excuse_timing(compare_runs(*runs), faulty, sent)  # type: ignore[arg-type]


def test_two_equal_runs_need_no_excuse() -> None:
    verdict = judged(SENT, SENT)
    assert (verdict.differences, verdict.notes) == ((), ())


@pytest.mark.parametrize(
    ("before", "after"),
    [(SENT[10:16], SENT[2:6]), (SENT[10:16], SENT[14:20]), (SENT[:6], SENT[50:56])],
    ids=["earlier and shorter", "hardly overlapping", "far later"],
)
def test_another_stretch_of_the_feed_is_a_note(before: Frames, after: Frames) -> None:
    verdict = judged(before, after)
    assert verdict.differences == ()
    assert "different stretches of the feed, each as it was sent" in verdict.notes[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SENT[10:50], SENT[60:70]),
        (SENT[:60], SENT[:10]),
        (SENT[:20], [frame | {"timestamp": 7} for frame in SENT[:20]]),
        (SENT[:20], [*SENT[40:50], *SENT[51:60]]),
        (SENT[:20], [frame | {"odd": 1} for frame in SENT[40:60]]),
        (SENT[:40], [*SENT[:10], *SENT[25:40]]),
    ],
    ids=["much shorter", "broken off", "altered", "a loss", "other keys", "a gap"],
)
def test_what_time_does_not_explain_stays(before: Frames, after: Frames) -> None:
    verdict = judged(before, after)
    assert verdict.differences
    assert verdict.notes == ()


def test_without_a_record_of_the_exchange_nothing_is_excused() -> None:
    assert judged(SENT[10:16], SENT[2:6], truth={}).differences
