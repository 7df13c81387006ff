"""How two runs of a program came to their ends, and whether that is the same end."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from .verdict import Difference, Kind

__all__ = [
    "GRACE",
    "LISTEN",
    "MARGIN",
    "Ending",
    "as_long_as",
    "ending_differences",
    "ending_notes",
    "exit_words",
]

LISTEN = 5.0  # seconds without a delivery after which a program is interrupted
GRACE = 5.0  # seconds between asking a program to stop and killing it
MARGIN = 1.0  # seconds by which equal programs may end apart
TAIL = 12  # lines of a program's output that are shown
_IN_ORDER = frozenset({0, -2, 130})  # also what Python makes of an interrupt nobody catches


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of one run.

    Args:
        itself: the program stopped by its own decision; otherwise it was interrupted.
        lived: seconds from its first delivery, or from its start if there was none, to its end or
            its interruption.
        quiet: seconds from its last delivery; ``None`` without any.
        status: exit status, negative for a signal; ``None`` where it says nothing, which is after
            an interrupt on Windows.
        killed: it did not answer the interrupt within ``GRACE``.
        words: the last lines of its output.
    """

    itself: bool
    lived: float
    quiet: float | None = None
    status: int | None = None
    killed: bool = False
    words: tuple[str, ...] = ()

    @property
    def in_order(self) -> bool:
        return not self.killed and (self.status is None or self.status in _IN_ORDER)

    @property
    def when(self) -> str:
        """``2.0 s after its first delivery``."""
        since = "start" if self.quiet is None else "first delivery"
        return f"{self.lived:.1f} s after its {since}"


def as_long_as(ending: Ending | None) -> float:
    """Seconds for which the other program is to be left alone.

    It is listened to as long as the first was, and if that one ended by itself, long enough to see
    whether it does so, too.
    """
    if ending is None:
        return 0.0
    return ending.lived + (2 * MARGIN if ending.itself else 0.0)


def exit_words(status: int, words: tuple[str, ...]) -> str:
    """A bad exit status and, in lines of their own, what the program printed last."""
    if not words:
        return f"ended with exit code {status} and printed nothing"
    shown = textwrap.dedent("\n".join(words[-TAIL:]))
    return f"ended with exit code {status}; its last words:\n{shown}"


def ending_differences(
    before: tuple[str, Ending], after: tuple[str, Ending]
) -> Iterator[Difference]:
    """What the program after does at its end and the one before does not.

    Args:
        before, after: label and ending of a run.
    """
    if before[1].itself and after[1].itself:
        return  # a bad exit status is a problem of its run already
    for this, other in ((before, after), (after, before)):
        if this[1].itself and not other[1].itself and other[1].lived >= this[1].lived + MARGIN:
            detail = (
                f"{this[0]} ended by itself {this[1].when}; {other[0]} ran on and was interrupted "
                f"{other[1].when}"
            )
            yield Difference.of_side(Kind.FAILED, this[0], detail)
    label, ending = after
    if ending.itself or before[1].itself or ending.in_order or _same_answer(before[1], ending):
        return
    if ending.killed:
        detail = (
            f"{label} did not end within {GRACE:g} s of an interrupt and was killed; {before[0]} "
            f"{_answer(before[1])}"
        )
    else:
        words = exit_words(ending.status or 0, ending.words)
        detail = f"{label}, interrupted where {before[0]} {_answer(before[1])}, {words}"
    yield Difference.of_side(Kind.FAILED, label, detail)


def ending_notes(before: tuple[str, Ending], after: tuple[str, Ending]) -> Iterator[str]:
    """What the comparison could not see, and endings that are bad before as well."""
    cut_off = [
        (label, ending.lived, ending.quiet)
        for label, ending in (before, after)
        if not ending.itself and ending.quiet is not None
    ]
    if cut_off:
        lived = " and ".join(f"{lived:.1f} s {label}" for label, lived, _ in cut_off)
        quiet = " and ".join(f"{quiet:.1f} s" for _, _, quiet in cut_off)
        yield (
            f"listened for {lived}, the last {quiet} without a delivery; what starts later was "
            "not seen (--listen waits longer)"
        )
    if before[1].itself and after[1].itself:
        if abs(before[1].lived - after[1].lived) >= MARGIN:
            yield f"{before[0]} ended {before[1].when}, {after[0]} {after[1].when}"
    elif before[1].itself != after[1].itself:
        this, other = (before, after) if before[1].itself else (after, before)
        if other[1].lived < this[1].lived + MARGIN:
            yield f"{this[0]} ended by itself, {other[0]} was interrupted at about that time"
    elif not before[1].itself and not before[1].in_order:
        same = _same_answer(before[1], after[1])
        if same:
            yield f"interrupted, {before[0]} and {after[0]} each {_answer(before[1])}"
        elif after[1].in_order:
            yield f"interrupted, {before[0]} {_answer(before[1])}; {after[0]} ended in order"


def _same_answer(one: Ending, other: Ending) -> bool:
    return (one.killed, one.status) == (other.killed, other.status)


def _answer(ending: Ending) -> str:
    if ending.killed:
        return f"did not end within {GRACE:g} s and had to be killed"
    if ending.in_order:
        return "ended in order"
    return f"ended with exit code {ending.status}"
