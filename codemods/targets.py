"""What PATH… of the command line means: which directory is the project, and what of it to look at."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from codemods.exceptions import UsageError

__all__ = ["Target", "resolve_target"]

_PROJECT_MARKERS = (".git", "pyproject.toml", "setup.cfg", "setup.py")


@dataclass(frozen=True, slots=True)
class Target:
    """What PATH… of the command line means.

    Attributes:
        root: the directory all reading and writing stays in; the journal lies here. Absolute,
            resolved.
        directories: the directories to walk, absolute; the root itself unless several were given.
        files: the only files to rewrite, absolute, or None for every file of the directories. The
            files of the root are read all the same: they say who is a legacy client.
    """

    root: Path
    directories: tuple[Path, ...]
    files: frozenset[Path] | None


def resolve_target(
    paths: Sequence[str], *, allow_broad_root: bool = False, home: Path | None = None
) -> Target:
    """Check PATH… and find the root.

    One directory is its own root. Several directories share their nearest common parent. Files
    belong to the nearest directory above them that looks like a project (version control,
    ``pyproject.toml``, ``setup.cfg``, ``setup.py``), or else to their own directory.

    Args:
        paths: as typed.
        allow_broad_root: accept the home directory, or the root of a file system.
        home: the user's home directory; None means to ask the environment.

    Raises:
        UsageError: nothing given, a path that does not exist, is neither file nor directory,
            overlaps another, files mixed with directories, or a root that is too broad.
    """
    if not paths:
        raise UsageError("no PATH given; name the directory of the project, for instance: .")
    resolved = [_existing(path) for path in paths]
    directories = [path for path in resolved if path.is_dir()]
    files = [path for path in resolved if not path.is_dir()]
    if directories and files:
        raise UsageError(
            f"PATH mixes files ({files[0]}) and directories ({directories[0]}); "
            "give either the directories or the single files"
        )
    _refuse_overlap(paths, resolved)
    if directories:
        root = directories[0] if len(directories) == 1 else Path(os.path.commonpath(directories))
        target = Target(root, tuple(directories), None)
    else:
        root = _project_of(files)
        target = Target(root, (root,), frozenset(files))
    if not allow_broad_root:
        _refuse_broad(target.root, len(paths), home)
    return target


def _existing(text: str) -> Path:
    if not text:
        # The working directory, to pathlib; to its author more likely a variable without a value.
        raise UsageError("a PATH is empty; name the directory of the project, for instance: .")
    path = Path(text)
    if not path.exists():
        if path.is_symlink():
            raise UsageError(
                f"{text!r} is a symbolic link that leads nowhere; give the path it was meant for"
            )
        raise UsageError(f"{text!r} does not exist; check the spelling, or the working directory")
    resolved = path.resolve()
    if not resolved.is_dir() and not resolved.is_file():
        raise UsageError(f"{text!r} is neither a file nor a directory")
    return resolved


def _refuse_overlap(texts: Sequence[str], resolved: Sequence[Path]) -> None:
    ordered = sorted(zip(resolved, texts, strict=True))
    for (outer, outer_text), (inner, inner_text) in pairwise(ordered):
        if inner == outer:
            raise UsageError(f"{outer_text!r} and {inner_text!r} are the same; give it once")
        if outer in inner.parents:
            raise UsageError(
                f"{inner_text!r} lies inside {outer_text!r}; give {outer_text!r} alone"
            )


def _project_of(files: Sequence[Path]) -> Path:
    common = Path(os.path.commonpath([file.parent for file in files]))
    for directory in (common, *common.parents):
        if any((directory / marker).exists() for marker in _PROJECT_MARKERS):
            return directory
    return common


def _refuse_broad(root: Path, given: int, home: Path | None) -> None:
    home = (home or Path.home()).resolve()
    if root == Path(root.anchor):
        what = "the root of a file system"
    elif root == home:
        what = "your home directory"
    elif root in home.parents:
        what = "a directory above your home directory"
    else:
        return
    origin = f"{root} is" if given == 1 else f"the nearest directory above these paths, {root}, is"
    raise UsageError(
        f"{origin} {what}; give the project's own directory (several projects: one run each), "
        "or add --allow-broad-root if you mean it"
    )
