"""The difference between two byte strings as hunks, and as a patch `git apply` takes as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from codemods.paths import quoted_for_patch

__all__ = ["Hunk", "hunks", "patch"]

_NO_NEWLINE = b"\\ No newline at end of file\n"


@dataclass(frozen=True, slots=True)
class Hunk:
    """A run of changed lines with their surroundings.

    Attributes:
        old_start, new_start: number of the first line on each side, from 1.
        lines: pairs of ``" "``, ``"-"`` or ``"+"`` and the line with its line end; only the last
            line of a file may lack one.
    """

    old_start: int
    new_start: int
    lines: tuple[tuple[str, bytes], ...]

    @property
    def old_count(self) -> int:
        """Lines on the old side."""
        return sum(sign != "+" for sign, _ in self.lines)

    @property
    def new_count(self) -> int:
        """Lines on the new side."""
        return sum(sign != "-" for sign, _ in self.lines)

    def header(self, shift: int = 0) -> str:
        """``@@ -1,3 +1,4 @@``; *shift* is added to the new side, for hunks left out before."""
        new = _range(self.new_start + shift, self.new_count)
        return f"@@ -{_range(self.old_start, self.old_count)} +{new} @@"


def hunks(before: bytes, after: bytes, context: int = 3) -> list[Hunk]:
    """The hunks from *before* to *after*, with *context* unchanged lines around each.

    Lines end with a line feed; a carriage return before it is content, as it is for git.
    """
    old, new = _lines(before), _lines(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [_hunk(group, old, new) for group in matcher.get_grouped_opcodes(context)]


def patch(path: str, shown: Sequence[Hunk], *, all_hunks: Sequence[Hunk]) -> bytes:
    """*shown* as the patch of one file; empty if nothing is shown.

    Args:
        path: with forward slashes, relative to where the patch is applied.
        all_hunks: all hunks of the file in order; *shown* may leave some of them out.
    """
    if not shown:
        return b""
    old, new = quoted_for_patch(f"a/{path}"), quoted_for_patch(f"b/{path}")
    # git ends a name that holds a blank with a tab, so that no reader takes the rest for a date.
    end = b"\t\n" if " " in path else b"\n"
    # No "diff --git" line: it would make git read the paths from the top of the repository, and
    # not from the working directory.
    parts = [b"--- ", old, end, b"+++ ", new, end]
    shift = 0
    for hunk in all_hunks:
        if hunk not in shown:
            shift -= hunk.new_count - hunk.old_count
            continue
        parts.append(hunk.header(shift).encode("ascii") + b"\n")
        parts.extend(_patch_lines(hunk.lines))
    return b"".join(parts)


def _patch_lines(lines: Iterable[tuple[str, bytes]]) -> Iterable[bytes]:
    for sign, line in lines:
        yield sign.encode("ascii") + line
        if not line.endswith(b"\n"):
            yield b"\n" + _NO_NEWLINE


def _lines(content: bytes) -> list[bytes]:
    """Split at line feeds only: ``bytes.splitlines`` also splits at lone carriage returns."""
    lines = content.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def _hunk(
    group: Sequence[tuple[str, int, int, int, int]], old: list[bytes], new: list[bytes]
) -> Hunk:
    lines: list[tuple[str, bytes]] = []
    for tag, old_from, old_to, new_from, new_to in group:
        if tag == "equal":
            lines += [(" ", line) for line in old[old_from:old_to]]
            continue
        lines += [("-", line) for line in old[old_from:old_to]]
        lines += [("+", line) for line in new[new_from:new_to]]
    return Hunk(group[0][1] + 1, group[0][3] + 1, tuple(lines))


def _range(start: int, count: int) -> str:
    """git and diff name the line *before* an empty range."""
    if count == 0:
        return f"{start - 1},0"
    return f"{start}" if count == 1 else f"{start},{count}"
