"""What ``.gitignore`` files say about a path, as git reads them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.exceptions import FileError, MissingExtraError
from codemods.write import read_regular_file, refuse_if_outside

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

__all__ = [
    "Ignore",
    "compile_patterns",
    "ignores_above",
    "is_ignored",
    "read_ignore",
    "without_option",
]


@dataclass(frozen=True, slots=True)
class Ignore:
    """The patterns of one ``.gitignore``, or of the option, and the directory they are relative to."""

    base: str
    spec: GitIgnoreSpec
    is_option: bool = False

    def verdict(self, path: str, *, is_directory: bool) -> bool | None:
        """True: ignored; False: taken back in by ``!``; None: not mentioned."""
        relative = path[len(self.base) :].lstrip(os.sep)
        if os.sep != "/":
            relative = relative.replace(os.sep, "/")
        return self.spec.check_file(relative + "/" if is_directory else relative).include


def compile_patterns(lines: Sequence[str]) -> GitIgnoreSpec:
    try:
        from pathspec import GitIgnoreSpec
    except ImportError as error:
        raise MissingExtraError("pathspec") from error
    return GitIgnoreSpec.from_lines(lines)


def read_ignore(directory: str, name: str = ".gitignore") -> Ignore | None:
    """The patterns in *directory*/*name*, relative to *directory*. No link is followed, as in git."""
    path = Path(directory, name)
    try:
        if not path.is_file():
            return None
        refuse_if_outside(path, Path(directory))
        lines = read_regular_file(path).decode("utf-8", "surrogateescape").splitlines()
    except (FileError, OSError):
        # git reads on as if the file were empty; the directory listing reports the fault itself.
        return None
    return Ignore(directory, compile_patterns(lines))


def ignores_above(directory: Path) -> tuple[Ignore, ...]:
    """What version control says about *directory* from above, unless it ignores the directory
    itself."""
    for top in (directory, *directory.parents):
        if (top / ".git").exists():
            break
    else:
        return ()
    ignores = []
    if exclude := read_ignore(str(top), ".git/info/exclude"):
        ignores.append(exclude)
    between = [parent for parent in directory.parents if parent == top or top in parent.parents]
    for parent in reversed(between):
        if ignore := read_ignore(str(parent)):
            ignores.append(ignore)
        below = parent / directory.relative_to(parent).parts[0]
        if is_ignored(ignores, str(below), is_directory=True):
            return ()
    return tuple(ignores)


def is_ignored(ignores: Sequence[Ignore], path: str, *, is_directory: bool) -> bool:
    """The last word counts: deeper files override those above (gitignore, "PATTERN FORMAT")."""
    for ignore in reversed(ignores):
        verdict = ignore.verdict(path, is_directory=is_directory)
        if verdict is not None:
            return verdict
    return False


def without_option(ignores: tuple[Ignore, ...]) -> tuple[Ignore, ...]:
    return tuple(ignore for ignore in ignores if not ignore.is_option)
