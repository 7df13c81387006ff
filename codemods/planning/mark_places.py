"""Marks whose statements go: they follow what is left of these, or go as well."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence

from codemods.edits import Edit, Span
from codemods.source import SourceFile
from codemods.statements import is_gone

__all__ = ["Mark", "standing_marks"]

Mark = tuple[int, str, str]
"""``(line, rule, reason)``."""


def standing_marks(
    source: SourceFile,
    marks: Collection[Mark],
    gone: Mapping[int, ast.stmt],
    edits: Sequence[Edit],
) -> Collection[Mark]:
    """The marks with the lines they are to stand above.

    Args:
        gone: the statements that go, by ``id``.
        edits: of the file; one may place a part of a statement that goes in another statement.
    """
    if not gone or not marks:
        return marks
    beginning: dict[int, list[ast.stmt]] = {}
    for node in source.nodes:
        if isinstance(node, ast.stmt):
            beginning.setdefault(source.line_of(source.start(node)), []).append(node)
    return {
        (new_line, rule, reason)
        for line, rule, reason in marks
        for new_line in _new_lines(source, line, beginning.get(line, ()), gone, edits)
    }


def _new_lines(
    source: SourceFile,
    line: int,
    statements: Sequence[ast.stmt],
    gone: Mapping[int, ast.stmt],
    edits: Sequence[Edit],
) -> Iterator[int]:
    """The line a mark above *line* is to stand above, where *statements* begin; none when it goes."""
    if not statements or not all(is_gone(source, one, gone) for one in statements):
        yield line
        return
    start = min(map(source.start, statements))
    end = max(map(source.end, statements))
    for edit in edits:
        places = any(
            isinstance(part, Span) and start <= part.start and part.end <= end
            for part in edit.parts
        )
        if places and not start <= edit.start < end:
            yield _anchor_at(source, edit.start)
            return


def _anchor_at(source: SourceFile, offset: int) -> int:
    """The line above which a comment about the code at *offset* can stand."""
    around = [
        node
        for node in source.nodes
        if isinstance(node, ast.stmt) and source.start(node) <= offset < source.end(node)
    ]
    return source.anchor_line(around[-1]) if around else source.line_of(offset)
