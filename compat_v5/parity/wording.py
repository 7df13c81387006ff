"""A verdict as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator

from .known_defects import DEFECTS
from .verdict import Difference, SideSummary, TopicResult, Verdict

__all__ = ["headline", "in_words", "memory_words", "milliseconds", "socket_words", "table"]

WIDTH = 80  # columns, of the table
SHORTEST = 20  # columns a sentence gets on however narrow a terminal
GAP = "  "


def headline(verdict: Verdict) -> str:
    """The verdict in one line."""
    compared = sum(result.compared for result in verdict.topics)
    scope = f"{_count(len(verdict.topics), 'topic')}, {_count(compared, 'frame')} compared"
    if verdict.same:
        known = f", {_count(len(verdict.known), 'known defect')} of the old package"
        return f"SAME: {scope}, no difference{known if verdict.known else ''}"
    kinds = sorted({item.kind.value for item in verdict.failures})
    return f"DIFFERENT: {scope}, {_count(len(verdict.failures), 'difference')}: {', '.join(kinds)}"


def in_words(verdict: Verdict, width: int | None = None) -> str:
    """The whole verdict: headline, table, sockets, memory, differences, notes.

    Args:
        width: of the terminal; sentences are broken to fit it. ``None``: one line each.
    """
    lines = [*_wrapped(headline(verdict), "", width), "", *table(verdict), ""]
    lines.append(f"sockets  {_both(verdict, socket_words)}")
    if verdict.left.memory_bytes is not None:
        lines.append(f"memory   {_both(verdict, memory_words)}")
    if verdict.failures:
        lines += ["", "Differences"]
        lines += [line for item in verdict.failures for line in _difference(item, width)]
    if verdict.known:
        lines += ["", "Known defects of the old package (not counted)"]
        for item in verdict.known:
            about = DEFECTS.get(item.defect or "", "")
            lines += _wrapped(about, f"  {item.defect}  ", width)
            lines += _wrapped(f"seen: {item.detail}", "       ", width)
    if verdict.notes:
        lines += ["", "Notes"]
        lines += [line for note in verdict.notes for line in _wrapped(note, "  - ", width)]
    return "\n".join(lines)


def _wrapped(text: str, start: str, width: int | None) -> list[str]:
    """*text* behind *start*, its further lines below its first word."""
    if width is None:
        return [start + text]
    wide = max(width, len(start) + SHORTEST)
    behind = " " * len(start)
    return textwrap.wrap(
        text,
        wide,
        initial_indent=start,
        subsequent_indent=behind,
        break_long_words=False,
        break_on_hyphens=False,
    )


def table(verdict: Verdict) -> Iterator[str]:
    """Per topic one line that a terminal of 80 columns holds, or two where its name is long."""
    timed = any(value is not None for result in verdict.topics for value in result.first_data)
    names = ["frames", "compared", "missing", "repeated", "order"]
    rows = [_cells(result) for result in verdict.topics]
    if timed:
        names.append("first data")
        rows = [[*row, _times(result)] for row, result in zip(rows, verdict.topics, strict=True)]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    topics = [str(result.topic) for result in verdict.topics]
    room = WIDTH - sum(widths) - len(GAP) * len(widths)
    first = max([len("topic"), *(len(topic) for topic in topics if len(topic) <= room)])
    if any(len(topic) > room for topic in topics):
        first = room
    yield GAP.join([f"{'topic':<{first}}", *map(str.rjust, names, widths)])
    for topic, row in zip(topics, rows, strict=True):
        if len(topic) > first:
            yield topic
            topic = ""
        yield GAP.join([f"{topic:<{first}}", *map(str.rjust, row, widths)])
    yield f"Two numbers are {verdict.left.label}/{verdict.right.label}."


def _cells(result: TopicResult) -> list[str]:
    return [
        _pair(result.frames),
        str(result.compared),
        _pair(result.missing),
        _pair(result.duplicated),
        str(result.out_of_order),
    ]


def _times(result: TopicResult) -> str:
    shown = ["-" if value is None else f"{value * 1000:.1f}" for value in result.first_data]
    return f"{'/'.join(shown)} ms"


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


def _difference(item: Difference, width: int | None) -> Iterator[str]:
    yield from _wrapped(item.detail, f"  {item.kind.value:<13}", width)
    yield from (f"    {line}" for line in item.context)


def _pair(values: tuple[int, int]) -> str:
    return f"{values[0]}/{values[1]}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
