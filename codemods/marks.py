"""Comments in the source: marks the tool writes, and ``# uws: keep[...]`` a person writes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from codemods.edits import Edit
from codemods.magics import with_magics
from codemods.source import SourceFile

__all__ = ["MARK", "first_own_line", "is_marked", "kept_deliberately", "mark_edits", "mark_text"]

MARK = re.compile(r"^[ \t\f]*# TODO\(upbit-migrate (UWS\d{3})\): .*$")
_KEEP = re.compile(r"#\s*uws:\s*keep(?:\[([A-Z0-9, ]+)\])?\s*(.*)$")


def kept_deliberately(source: SourceFile, first: int, last: int) -> str | None:
    """The reason of a keep comment on the lines *first* to *last* or the line above, marks aside; ``None``
    without one.

    An empty reason is ``"no reason given"``.
    """
    above = first - 1
    while MARK.match(source.line_text(above)):
        above -= 1
    for line in (above, *range(first, last + 1)):
        text = source.line_text(line)
        match = _KEEP.search(text)
        if match is None or (line == above and not text.lstrip().startswith("#")):
            continue
        return match.group(2).strip() or "no reason given"
    return None


def first_own_line(source: SourceFile, line: int) -> int:
    """The first of the lines above *line* whose comments are about it, or *line* itself."""
    while line > 1 and _is_about_below(source.line_text(line - 1)):
        line -= 1
    return line


def _is_about_below(text: str) -> bool:
    is_keep = text.lstrip().startswith("#") and _KEEP.search(text) is not None
    return is_keep or MARK.match(text) is not None


def is_marked(source: SourceFile, line: int, rule: str) -> bool:
    """Whether a mark of *rule*, of an earlier run, stands above a line."""
    return any(found == rule for _, found in _marks_above(source, line))


def _marks_above(source: SourceFile, line: int) -> Iterator[tuple[int, str]]:
    """``(line, rule)`` of the marks among the comments directly above a line."""
    above = line - 1
    while above >= 1 and source.line_text(above).lstrip().startswith("#"):
        match = MARK.match(source.line_text(above))
        if match is not None:
            yield above, match.group(1)
        above -= 1


def mark_text(rule: str, reason: str) -> str:
    """The comment, without indentation and line end."""
    return f"# TODO(upbit-migrate {rule}): {' '.join(with_magics(reason).split())}"


def mark_edits(source: SourceFile, wanted: Collection[tuple[int, str, str]]) -> list[Edit]:
    """Edits that put ``(line, rule, reason)`` marks above their lines and take marks away that are no
    longer wanted. Marks that already stand there, whatever their words, are left alone."""
    edits: list[Edit] = []
    standing: set[int] = set()
    done: set[tuple[int, str]] = set()
    for line, rule, reason in sorted(wanted):
        if (line, rule) in done:
            continue
        done.add((line, rule))
        found = {above for above, other in _marks_above(source, line) if other == rule}
        standing |= found
        if found:
            continue
        text = source.line_text(line)
        indent = text[: len(text) - len(text.lstrip())].replace("\f", "")
        start = source.line_starts[line - 1]
        edits.append(Edit(start, start, (f"{indent}{mark_text(rule, reason)}{source.newline}",)))
    for number in range(1, len(source.line_starts) + 1):
        if number not in standing and MARK.match(source.line_text(number)):
            start = source.line_starts[number - 1]
            end = (
                source.line_starts[number] if number < len(source.line_starts) else len(source.text)
            )
            edits.append(Edit(start, end, ()))
    return edits
