"""The patch of a run: every hunk, except those that show a literal key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codemods.diff import Hunk, hunks, patch
from codemods.paths import patch_base, printable
from codemods.result import Changed
from codemods.run import Run

__all__ = ["FilePatch", "file_patch", "run_patch", "withheld_notices"]


@dataclass(frozen=True, slots=True)
class FilePatch:
    """One changed file as hunks.

    Attributes:
        path: relative to the root of the run.
        hunks: all hunks in order.
        withheld: those that show a literal key; empty when the user asked to see them.
    """

    path: str
    hunks: tuple[Hunk, ...]
    withheld: frozenset[Hunk]

    @property
    def shown(self) -> tuple[Hunk, ...]:
        """The hunks that may be printed."""
        return tuple(hunk for hunk in self.hunks if hunk not in self.withheld)


def file_patch(run: Run, changed: Changed, *, show_secrets: bool) -> FilePatch:
    """The hunks of one file of *run*."""
    found = tuple(hunks(changed.before, changed.after))
    withheld: frozenset[Hunk] = frozenset()
    if not show_secrets:
        withheld = frozenset(hunk for hunk in found if run.secret_text.is_shown_in(_text(hunk)))
    return FilePatch(changed.path, found, withheld)


def withheld_notices(patched: FilePatch) -> Iterator[str]:
    """One line for each hunk that is not printed."""
    for hunk in patched.hunks:
        if hunk in patched.withheld:
            yield (
                f"{printable(patched.path)}: hunk {hunk.header()} is withheld: "
                "it shows a literal key (--show-secrets prints it)"
            )


def run_patch(run: Run, *, working_directory: Path, show_secrets: bool) -> Iterator[bytes]:
    """The patch of *run*, file by file. Notices stand before a file, where `git apply` skips
    them."""
    base = patch_base([run.root / c.path for c in run.changed], working_directory, run.root)
    for changed in run.changed:
        patched = file_patch(run, changed, show_secrets=show_secrets)
        notices = "".join(f"# {notice}\n" for notice in withheld_notices(patched))
        path = (run.root / changed.path).relative_to(base).as_posix()
        yield notices.encode("utf-8") + patch(path, patched.shown, all_hunks=patched.hunks)


def _text(hunk: Hunk) -> bytes:
    return b"".join(line for _, line in hunk.lines)
