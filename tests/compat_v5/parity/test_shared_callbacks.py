"""Components of one class share a callback's name: who started when is no difference between runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat_v5.parity.before_after import compare_runs
from compat_v5.parity.program import Run
from compat_v5.parity.verdict import Kind, Verdict
from tests.compat_v5.parity.streams import recording, ticker

FRAMES = [ticker(number) for number in range(40)]
Frames = list[dict[str, object]]


def twice_from(start: int, end: int = 40) -> Frames:
    """One component has every frame, a second one those of a stretch."""
    return [
        frame
        for number, frame in enumerate(FRAMES)
        for _ in range(2 if start <= number < end else 1)
    ]


def judged(before: Frames, after: Frames) -> Verdict:
    return compare_runs(
        Run(recording("before", before), Path("unused.log")),
        Run(recording("after", after), Path("unused.log")),
    )


def test_components_that_start_alike_need_no_excuse() -> None:
    verdict = judged(twice_from(3), twice_from(3))
    assert (verdict.differences, verdict.notes) == ((), ())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (twice_from(3), twice_from(2)),
        (twice_from(2), twice_from(9)),
        (twice_from(0, 30), twice_from(5, 37)),
    ],
    ids=["one frame earlier", "later", "another stretch"],
)
def test_another_start_is_a_note(before: Frames, after: Frames) -> None:
    verdict = judged(before, after)
    assert verdict.same
    assert "several components share this callback" in verdict.notes[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (FRAMES, twice_from(39)),
        (FRAMES, twice_from(0)),
        (twice_from(3), [*twice_from(3), *FRAMES[-1:]]),
        (twice_from(30), [*twice_from(30), FRAMES[4], FRAMES[9], FRAMES[14]]),
    ],
    ids=["one frame twice", "all twice", "one frame three times", "here and there"],
)
def test_what_no_start_explains_stays(before: Frames, after: Frames) -> None:
    verdict = judged(before, after)
    assert Kind.DUPLICATED in {item.kind for item in verdict.differences}


def test_components_may_take_turns_otherwise() -> None:
    one, two, three = FRAMES[:3]
    verdict = judged([one, one, two, two, three, three], [one, two, one, three, two, three])
    assert verdict.same


def test_each_component_keeps_its_order() -> None:
    one, two, three = FRAMES[:3]
    verdict = judged([one, one, two, two, three, three], [one, three, one, two, three, two])
    assert [item.kind for item in verdict.differences] == [Kind.OUT_OF_ORDER]
