"""Topics both runs unsubscribe and subscribe again miss frames in between, each its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from compat_v5.parity.before_after import compare_runs, judge_runs
from compat_v5.parity.exchange_record import record_exchange
from compat_v5.parity.pauses import excuse_pauses
from compat_v5.parity.program import Run
from compat_v5.parity.received import Recording
from compat_v5.parity.verdict import Kind, Verdict
from tests.compat_v5.parity.streams import recording, stream, ticker

SENT = [ticker(number) for number in range(100)]
STREAM = ("ticker", "KRW-BTC")
TRUTH = {STREAM: stream(SENT)}
PAUSED = [*SENT[:40], *SENT[60:]]
Frames = list[dict[str, object]]


def judged(before: Frames, after: Frames, slower: float = 1.0) -> Verdict:
    """*slower*: how many times as long each frame took after."""
    sides = [recording("before", before), recording("after", after)]
    frames = tuple(replace(frame, at=frame.at * slower) for frame in sides[1].frames)
    sides[1] = replace(sides[1], frames=frames)
    first, second = (Run(side, Path("unused.log")) for side in sides)
    return excuse_pauses(compare_runs(first, second), sides[0], sides[1], TRUTH)


@pytest.mark.parametrize("slower", [3.0, 4.0])
def test_fewer_frames_in_the_same_time_are_a_busy_machine(slower: float) -> None:
    assert judged(SENT[:60], SENT[:20], slower).differences == ()
    assert judged(SENT[:60], SENT[:20]).differences


@pytest.mark.parametrize(
    "after",
    [
        [*SENT[:43], *SENT[63:]],
        [*SENT[:43], *SENT[52:]],
        [*SENT[:65], *SENT[85:]],
    ],
    ids=["a little later", "shorter", "much later"],
)
def test_a_pause_at_another_frame_is_a_note(after: Frames) -> None:
    verdict = judged(PAUSED, after)
    assert verdict.differences == ()
    assert verdict.notes == (
        "ticker KRW-BTC: both runs stopped receiving it for a time, each at other frames",
    )


@pytest.mark.parametrize("before", [SENT[:44], [*SENT[:20], *SENT[40:70]]])
def test_a_topic_that_both_let_go_of_for_good_ends_anywhere(before: Frames) -> None:
    verdict = judged(before, before[:-2])
    assert verdict.differences == ()
    assert "both runs stopped receiving it" in verdict.notes[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SENT, SENT[:85]),
        (SENT[:85], SENT),
        (SENT, SENT[:98]),
        (SENT[:60], SENT[:20]),
        (SENT[:60], [*SENT[:30], *SENT[31:60]]),
        (PAUSED, SENT),
        (SENT, PAUSED),
        (PAUSED, [*SENT[:43], *SENT[53:70], *SENT[85:]]),
        (PAUSED, [*SENT[:20], *SENT[21:43], *SENT[63:]]),
        (PAUSED, [frame for index, frame in enumerate(SENT) if index % 5]),
        (PAUSED, [*SENT[:10], *SENT[75:]]),
        ([*SENT[:40], *SENT[45:]], [*SENT[:43], *SENT[48:]]),
    ],
    ids=[
        *("only after ends", "only before ends", "two at the end", "much earlier", "a loss inside"),
        *("only before", "only after", "twice after", "a loss beside it", "every fifth"),
        *("most of it", "losses of both"),
    ],
)
def test_what_no_pause_of_both_explains_stays(before: Frames, after: Frames) -> None:
    assert Kind.MISSING in {item.kind for item in judged(before, after).differences}


async def test_a_pause_is_not_held_against_the_run_that_had_the_shorter_one() -> None:
    truth = (await record_exchange({STREAM: 100}, seed=0))[STREAM]
    sides = [
        Run(
            Recording(label, (*truth[:40], *truth[end:])),
            Path("unused.log"),
            frozenset({STREAM}),
            {STREAM: 100},
        )
        for label, end in (("before", 49), ("after", 53))
    ]
    assert (await judge_runs(*sides, seed=0)).differences == ()
