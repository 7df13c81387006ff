"""How two runs ended: what is a difference, and what is only said."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from compat_v5.parity.before_after import compare_runs
from compat_v5.parity.endings import GRACE, MARGIN, Ending, as_long_as, exit_words
from compat_v5.parity.program import Run
from compat_v5.parity.verdict import Kind, Verdict
from tests.compat_v5.parity.streams import recording, ticker

FRAMES = [ticker(number) for number in range(20)]
CTRL_C = Ending(itself=False, lived=6.0, quiet=5.0, status=-2)
DONE = Ending(itself=True, lived=2.0, quiet=0.5, status=0)
KILLED = dataclasses.replace(CTRL_C, status=-9, killed=True)
BROKEN = dataclasses.replace(CTRL_C, status=1, words=("AttributeError: no 'disconnect'",))


def judged(before: Ending | None, after: Ending | None) -> Verdict:
    runs = [
        Run(recording(label, FRAMES), Path("unused.log"), ending=ending)
        for label, ending in (("before", before), ("after", after))
    ]
    return compare_runs(*runs)


def details(verdict: Verdict) -> str:
    assert {item.kind for item in verdict.differences} <= {Kind.FAILED}
    return "; ".join("\n".join([item.detail, *item.context]) for item in verdict.differences)


@pytest.mark.parametrize("status", [0, -2, 130, None])
def test_two_runs_that_stop_in_order_are_equal(status: int | None) -> None:
    verdict = judged(CTRL_C, dataclasses.replace(CTRL_C, status=status))
    assert verdict.same
    (note,) = verdict.notes
    assert "listened for 6.0 s before and 6.0 s after, the last 5.0 s and 5.0 s without" in note
    assert "was not seen" in note


def test_two_runs_that_end_by_themselves_are_equal() -> None:
    assert (judged(DONE, DONE).differences, judged(DONE, DONE).notes) == ((), ())
    much_later = judged(DONE, dataclasses.replace(DONE, lived=20.0))
    assert much_later.same
    assert much_later.notes == (
        "before ended 2.0 s after its first delivery, after 20.0 s after its first delivery",
    )


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (CTRL_C, DONE, "after ended by itself 2.0 s after its first delivery; before ran on"),
        (DONE, CTRL_C, "before ended by itself 2.0 s after its first delivery; after ran on"),
        (
            CTRL_C,
            dataclasses.replace(DONE, lived=0.1, quiet=None),
            "after ended by itself 0.1 s after its start; before ran on and was interrupted 6.0 s",
        ),
        (CTRL_C, BROKEN, "ended with exit code 1; its last words:\nAttributeError"),
        (CTRL_C, KILLED, f"after did not end within {GRACE:g} s of an interrupt and was killed"),
        (BROKEN, KILLED, "was killed; before ended with exit code 1"),
        (BROKEN, dataclasses.replace(BROKEN, status=3), "ended with exit code 3"),
    ],
)
def test_another_end_is_a_difference(before: Ending, after: Ending, words: str) -> None:
    verdict = judged(before, after)
    assert words in details(verdict)
    assert len(verdict.differences) == 1


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (KILLED, KILLED, "before and after each did not end within"),
        (BROKEN, BROKEN, "before and after each ended with exit code 1"),
        (KILLED, CTRL_C, "had to be killed; after ended in order"),
        (BROKEN, CTRL_C, "before ended with exit code 1; after ended in order"),
        (CTRL_C, dataclasses.replace(DONE, lived=5.5), "after ended by itself, before was inter"),
    ],
)
def test_what_is_bad_before_as_well_or_too_close_to_tell_is_a_note(
    before: Ending, after: Ending, words: str
) -> None:
    verdict = judged(before, after)
    assert verdict.same
    assert words in "; ".join(verdict.notes)


def test_runs_nobody_looked_at_are_not_compared() -> None:
    assert (judged(None, KILLED).differences, judged(KILLED, None).notes) == ((), ())


def test_the_second_run_is_listened_to_as_long_as_the_first() -> None:
    assert as_long_as(None) == 0.0
    assert as_long_as(CTRL_C) == CTRL_C.lived
    assert as_long_as(DONE) > DONE.lived + MARGIN


def test_a_program_that_printed_nothing_has_no_last_words() -> None:
    assert exit_words(3, ()) == "ended with exit code 3 and printed nothing"


def test_an_end_comes_before_what_it_explains() -> None:
    snapshot = ticker(0, stream_type="SNAPSHOT")
    before = Run(recording("before", [snapshot, *FRAMES]), Path("unused.log"), ending=CTRL_C)
    early = recording("after", [snapshot], ended_itself=True)
    after = Run(early, Path("unused.log"), ending=dataclasses.replace(DONE, lived=0.1))
    kinds = [item.kind for item in compare_runs(before, after).differences]
    assert kinds == [Kind.FAILED, Kind.MISSING]
