"""A verdict as text for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .known_defects import DEFECTS
from .verdict import Difference, SideSummary, TopicResult, Verdict

__all__ = ["headline", "in_words", "memory_words", "milliseconds", "socket_words", "table"]


def headline(verdict: Verdict) -> str:
    """The verdict in one line."""
    compared = sum(result.compared for result in verdict.topics)
    scope = f"{_count(len(verdict.topics), 'topic')}, {_count(compared, 'frame')} compared"
    if verdict.same:
        known = f", {_count(len(verdict.known), 'known defect')} of the old package"
        return f"SAME: {scope}, no difference{known if verdict.known else ''}"
    kinds = sorted({item.kind.value for item in verdict.failures})
    return f"DIFFERENT: {scope}, {_count(len(verdict.failures), 'difference')}: {', '.join(kinds)}"


def in_words(verdict: Verdict) -> str:
    """The whole verdict: headline, table, sockets, memory, differences, notes."""
    lines = [headline(verdict), "", *table(verdict), ""]
    lines.append(f"sockets  {_both(verdict, socket_words)}")
    if verdict.left.memory_bytes is not None:
        lines.append(f"memory   {_both(verdict, memory_words)}")
    if verdict.failures:
        lines += ["", "Differences"]
        lines += [line for item in verdict.failures for line in _difference(item)]
    if verdict.known:
        lines += ["", "Known defects of the old package (not counted)"]
        for item in verdict.known:
            about = DEFECTS.get(item.defect or "", "")
            lines += [f"  {item.defect}  {about}", f"       seen: {item.detail}"]
    if verdict.notes:
        lines += ["", "Notes", *(f"  {note}" for note in verdict.notes)]
    return "\n".join(lines)


def table(verdict: Verdict) -> Iterator[str]:
    """One line per topic, left and right side by side."""
    left, right = verdict.left.label, verdict.right.label
    width = max([5, *(len(str(result.topic)) for result in verdict.topics)])
    pair = f"{left}/{right}"
    timed = any(value is not None for result in verdict.topics for value in result.first_data)
    first = f"  {f'first data {pair}':>24}" if timed else ""
    yield (
        f"{'topic':<{width}}  {f'frames {pair}':>19}  {'compared':>8}  {f'missing {pair}':>20}  "
        f"{f'repeated {pair}':>21}  {'order':>5}{first}"
    )
    for result in verdict.topics:
        first = " / ".join(milliseconds(value) for value in result.first_data)
        yield f"{result.topic!s:<{width}}  {_row(result)}{f'  {first:>24}' if timed else ''}"


def _row(result: TopicResult) -> str:
    return (
        f"{_pair(result.frames):>19}  {result.compared:>8}  {_pair(result.missing):>20}  "
        f"{_pair(result.duplicated):>21}  {result.out_of_order:>5}"
    )


def milliseconds(seconds: float | None) -> str:
    """``12.3 ms``; a dash when not measured."""
    return "-" if seconds is None else f"{seconds * 1000:.1f} ms"


def socket_words(side: SideSummary) -> str:
    """``1 public, 1 private``."""
    return ", ".join(f"{n} {kind}" for kind, n in sorted(side.sockets.items())) or "not counted"


def memory_words(side: SideSummary) -> str:
    """``1,024 KiB``; says so when not measured."""
    return "not measured" if side.memory_bytes is None else f"{side.memory_bytes / 1024:,.0f} KiB"


def _both(verdict: Verdict, words: Callable[[SideSummary], str]) -> str:
    sides = (verdict.left, verdict.right)
    return "   ".join(f"{side.label}: {words(side)}" for side in sides)


def _difference(item: Difference) -> Iterator[str]:
    yield f"  {item.kind.value:<13}{item.detail}"
    yield from (f"    {line}" for line in item.context)


def _pair(values: tuple[int, int]) -> str:
    return f"{values[0]} / {values[1]}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
