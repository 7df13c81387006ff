"""Topics both runs unsubscribe by the clock end anywhere; every other loss stays a loss."""

from __future__ import annotations

from pathlib import Path

import pytest

from compat_v5.parity.before_after import compare_runs
from compat_v5.parity.program import Run
from compat_v5.parity.verdict import Kind, Verdict
from tests.compat_v5.parity.streams import recording, ticker

SENT = [ticker(number) for number in range(60)]
TICKER = frozenset({("ticker", "KRW-BTC")})
Frames = list[dict[str, object]]


def judged(before: Frames, after: Frames, *released: frozenset[tuple[str, str]]) -> Verdict:
    first, second = released or (TICKER, TICKER)
    log = Path("unused.log")
    return compare_runs(
        Run(recording("before", before), log, TICKER, released=first),
        Run(recording("after", after), log, TICKER, released=second),
    )


@pytest.mark.parametrize(("before", "after"), [(SENT, SENT[:54]), (SENT[:31], SENT)])
def test_a_surplus_at_the_end_is_a_note(before: Frames, after: Frames) -> None:
    verdict = judged(before, after)
    assert verdict.same
    assert "ticker KRW-BTC: both runs unsubscribed it" in verdict.notes[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SENT, [*SENT[:30], *SENT[31:54]]),
        (SENT, SENT[:25]),
        (SENT, [*SENT[:50], SENT[55]]),
    ],
    ids=["a loss inside", "less than half", "a loss before the last common frame"],
)
def test_other_losses_stay(before: Frames, after: Frames) -> None:
    verdict = judged(before, after)
    assert [item.kind for item in verdict.differences] == [Kind.MISSING]


@pytest.mark.parametrize("released", [(TICKER, frozenset()), (frozenset(), TICKER)])
def test_a_topic_one_run_still_holds_has_no_open_end(
    released: tuple[frozenset[tuple[str, str]], ...],
) -> None:
    assert not judged(SENT, SENT[:54], *released).same
