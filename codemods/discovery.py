"""Which files a run looks at, and which it leaves out.

Nothing is followed that is a symbolic link: a link inside the root points at a file that is found
under its own name, one that leads outside must not be written.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from codemods.gitignore import (
    Ignore,
    compile_patterns,
    ignores_above,
    is_ignored,
    read_ignore,
    without_option,
)
from codemods.targets import Target

__all__ = [
    "DEFAULT_EXCLUDES",
    "DiscoveredFile",
    "Discovery",
    "FileKind",
    "Skipped",
    "discover",
]

DEFAULT_EXCLUDES = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        ".upbit-migrate",
        ".venv",
        "venv",
        ".tox",
        ".nox",
        ".eggs",
        "site-packages",
        "node_modules",
        "__pycache__",
        "__pypackages__",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".ipynb_checkpoints",
    }
)
"""Names of directories that hold no source of the project."""

_OUTPUT_DIRECTORIES = frozenset({"build", "dist"})
"""Left out like those, unless they are packages: `build/__init__.py` is somebody's source."""


class FileKind(Enum):
    """How a file's Python is reached."""

    PYTHON = "python"
    NOTEBOOK = "notebook"
    MARKDOWN = "markdown"
    OTHER = "other"


_KINDS = {
    ".py": FileKind.PYTHON,
    ".pyi": FileKind.PYTHON,
    ".pyw": FileKind.PYTHON,
    ".ipynb": FileKind.NOTEBOOK,
    ".md": FileKind.MARKDOWN,
    ".markdown": FileKind.MARKDOWN,
}


@dataclass(frozen=True, slots=True)
class DiscoveredFile:
    """A regular file below the root.

    Attributes:
        path: relative to the root, with forward slashes; undecodable bytes are surrogates.
    """

    path: str
    kind: FileKind


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was not looked into, and why. *path* as in `DiscoveredFile`."""

    path: str
    reason: str


@dataclass(slots=True)
class Discovery:
    """What a walk found.

    Attributes:
        excluded: files that hold Python and that only the further patterns leave out: they belong to the
            program all the same.
        ignored: files that hold Python and that a ``.gitignore`` leaves out; not those in directories
            that are left out as a whole.
        unreadable: directories that could not be listed.
    """

    files: list[DiscoveredFile] = field(default_factory=list)
    excluded: list[DiscoveredFile] = field(default_factory=list)
    ignored: list[DiscoveredFile] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    unreadable: list[Skipped] = field(default_factory=list)


def discover(target: Target, *, excludes: Sequence[str] = ()) -> Discovery:
    """Walk the directories of *target* in a stable order.

    Args:
        excludes: further patterns in ``.gitignore`` syntax, relative to the root.

    Raises:
        MissingExtraError: a ``.gitignore`` must be read and pathspec is not installed.
    """
    found = Discovery()
    for directory in target.directories:
        ignores = ignores_above(directory)
        if excludes:
            ignores = (*ignores, Ignore(os.fspath(target.root), compile_patterns(excludes), True))
        _walk(os.fspath(target.root), os.fspath(directory), ignores, found)
    if target.files is not None:
        _add_named_files(target.root, target.files, found)
    return found


def _walk(
    root: str,
    directory: str,
    ignores: tuple[Ignore, ...],
    found: Discovery,
    *,
    is_excluded: bool = False,
) -> None:
    """Args: is_excluded: whether a pattern of the option leaves the directory out."""
    if own := read_ignore(directory):
        ignores = (*ignores, own)
    try:
        entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
    except OSError as error:
        if is_excluded:
            return
        reason = error.strerror or "unknown error"
        found.unreadable.append(
            Skipped(_relative(root, directory), f"directory cannot be listed: {reason}")
        )
        return
    for entry in entries:
        if entry.is_symlink():
            if not is_excluded:
                _note_link(root, entry, found)
        elif entry.is_dir(follow_symlinks=False):
            if not _is_excluded_directory(entry, ignores):
                _walk(root, entry.path, ignores, found, is_excluded=is_excluded)
            elif not _is_excluded_directory(entry, without_option(ignores)):
                _walk(root, entry.path, without_option(ignores), found, is_excluded=True)
        elif entry.is_file(follow_symlinks=False):
            file = DiscoveredFile(_relative(root, entry.path), _kind(entry.name, entry.path))
            ignored = bool(ignores) and is_ignored(ignores, entry.path, is_directory=False)
            by_option = ignored and not is_ignored(
                without_option(ignores), entry.path, is_directory=False
            )
            if is_excluded or by_option:
                if file.kind is not FileKind.OTHER and (by_option or not ignored):
                    found.excluded.append(file)
            elif not ignored:
                found.files.append(file)
            elif file.kind is not FileKind.OTHER:
                found.ignored.append(file)
        elif _kind(entry.name) is not FileKind.OTHER and not is_excluded:
            found.skipped.append(Skipped(_relative(root, entry.path), "not a regular file"))


def _is_excluded_directory(entry: os.DirEntry[str], ignores: tuple[Ignore, ...]) -> bool:
    if entry.name in DEFAULT_EXCLUDES or entry.name.endswith(".egg-info"):
        return True
    if entry.name in _OUTPUT_DIRECTORIES and not Path(entry.path, "__init__.py").exists():
        return True
    # The mark of a virtual environment (PEP 405), whatever its directory is called.
    if Path(entry.path, "pyvenv.cfg").is_file():
        return True
    return bool(ignores) and is_ignored(ignores, entry.path, is_directory=True)


def _note_link(root: str, entry: os.DirEntry[str], found: Discovery) -> None:
    """A link is worth a word where it leads out of the root: what it shows stays unseen."""
    if entry.name == ".gitignore":
        found.skipped.append(
            Skipped(_relative(root, entry.path), "symbolic link, not read, as in git")
        )
        return
    try:
        destination = os.path.realpath(entry.path, strict=True)
    except OSError:
        reason = "symbolic link that leads nowhere or in a circle"
    else:
        if destination == root or destination.startswith(root.rstrip(os.sep) + os.sep):
            return
        reason = "symbolic link out of the root, not followed"
    if Path(entry.name).suffix in _KINDS or "." not in entry.name:
        found.skipped.append(Skipped(_relative(root, entry.path), reason))


def _add_named_files(root: Path, files: frozenset[Path], found: Discovery) -> None:
    """A file named on the command line counts even where the walk leaves it out."""
    known = {file.path for file in found.files}
    named = {_relative(str(root), str(file)): file for file in sorted(files)}
    for relative, file in named.items():
        kind = _kind(file.name, str(file))
        if relative not in known:
            found.files.append(DiscoveredFile(relative, kind))
        if kind is FileKind.OTHER:
            found.skipped.append(Skipped(relative, "not a Python file"))
    found.excluded = [file for file in found.excluded if file.path not in named]


def _relative(root: str, path: str) -> str:
    relative = path[len(root) :].lstrip(os.sep)
    return relative.replace(os.sep, "/") if os.sep != "/" else relative


def _kind(name: str, path: str | None = None) -> FileKind:
    """By suffix; a file without one, at *path*, is Python if its first line calls Python."""
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 hot path
    if suffix or path is None:
        return _KINDS.get(suffix, FileKind.OTHER)
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 hot path
            first = stream.readline(128)
    except OSError:
        return FileKind.OTHER
    return FileKind.PYTHON if first.startswith(b"#!") and b"python" in first else FileKind.OTHER
