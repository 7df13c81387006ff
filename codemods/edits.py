"""Replacements in a text, which may nest: an outer one can place the *edited* text of an inner span."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Edit", "EditConflict", "Span", "apply_edits"]


class EditConflict(Exception):
    """Two edits overlap without one containing the other."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of the original text, to be placed with the edits inside it applied."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace ``[start, end)`` by *parts* put one behind the other. ``start == end`` inserts."""

    start: int
    end: int
    parts: tuple[str | Span, ...]

    @property
    def is_insertion(self) -> bool:
        return self.start == self.end


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """*text* with all edits applied. An edit inside a replaced stretch counts only where that stretch
    is placed again by a :class:`Span`, there or by another edit elsewhere.

    Raises:
        EditConflict: two edits cross.
    """
    unique = list(dict.fromkeys(edits))
    ordered = sorted(unique, key=lambda edit: (edit.start, not edit.is_insertion, -edit.end))
    return _render(text, ordered, ordered, 0, len(text))


def _render(
    text: str, everything: Sequence[Edit], ordered: Sequence[Edit], start: int, end: int
) -> str:
    """``text[start:end]`` with *ordered* applied; spans from elsewhere show what *everything* does."""
    out: list[str] = []
    position = start
    index = 0
    while index < len(ordered):
        edit = ordered[index]
        if edit.start < position or edit.start > end:
            if edit.start < position < edit.end:
                raise EditConflict(f"edits cross at offset {edit.start}")
            index += 1
            continue
        if edit.end > end:
            raise EditConflict(f"edit at offset {edit.start} leaves its stretch")
        out.append(text[position : edit.start])
        for part in edit.parts:
            if isinstance(part, str):
                out.append(part)
                continue
            is_own = edit.start <= part.start and part.end <= edit.end
            inner = _within(ordered[index + 1 :] if is_own else everything, part)
            out.append(_render(text, everything, inner, part.start, part.end))
        if not edit.is_insertion:
            crossing = [
                other
                for other in ordered[index + 1 :]
                if edit.start <= other.start < edit.end < other.end
            ]
            if crossing:
                raise EditConflict(f"edits cross at offset {crossing[0].start}")
        position = edit.end
        index += 1
        if not edit.is_insertion:
            while index < len(ordered) and ordered[index].start < position:
                index += 1
    out.append(text[position:end])
    return "".join(out)


def _within(edits: Sequence[Edit], span: Span) -> list[Edit]:
    return [edit for edit in edits if span.start <= edit.start and edit.end <= span.end]
