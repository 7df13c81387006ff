"""Which files a run looks at: targets, default excludes, ``.gitignore``.

Nothing is followed that is a symbolic link: a link inside the root points at a file that is found
under its own name, one that leads outside must not be written.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.exceptions import FileError, MissingExtraError, UsageError
from codemods.write import read_regular_file, refuse_if_outside

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

__all__ = [
    "DEFAULT_EXCLUDES",
    "DiscoveredFile",
    "Discovery",
    "FileKind",
    "Skipped",
    "Target",
    "discover",
    "resolve_target",
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

_PROJECT_MARKERS = (".git", "pyproject.toml", "setup.cfg", "setup.py")


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


def discover(target: Target, *, excludes: Sequence[str] = ()) -> Discovery:
    """Walk the directories of *target* in a stable order.

    Args:
        excludes: further patterns in ``.gitignore`` syntax, relative to the root.

    Raises:
        MissingExtraError: a ``.gitignore`` must be read and pathspec is not installed.
    """
    found = Discovery()
    for directory in target.directories:
        ignores = _ignores_above(directory)
        if excludes:
            ignores = (*ignores, _Ignore(os.fspath(target.root), _compile(excludes), True))
        _walk(os.fspath(target.root), os.fspath(directory), ignores, found)
    if target.files is not None:
        _add_named_files(target.root, target.files, found)
    return found


def _existing(text: str) -> Path:
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


@dataclass(frozen=True, slots=True)
class _Ignore:
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


def _compile(lines: Sequence[str]) -> GitIgnoreSpec:
    try:
        from pathspec import GitIgnoreSpec
    except ImportError as error:
        raise MissingExtraError("pathspec") from error
    return GitIgnoreSpec.from_lines(lines)


def _read_ignore(directory: str, name: str = ".gitignore") -> _Ignore | None:
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
    return _Ignore(directory, _compile(lines))


def _ignores_above(directory: Path) -> tuple[_Ignore, ...]:
    """What version control says about *directory* from above, unless it ignores the directory
    itself."""
    for top in (directory, *directory.parents):
        if (top / ".git").exists():
            break
    else:
        return ()
    ignores = []
    if exclude := _read_ignore(str(top), ".git/info/exclude"):
        ignores.append(exclude)
    between = [parent for parent in directory.parents if parent == top or top in parent.parents]
    for parent in reversed(between):
        if ignore := _read_ignore(str(parent)):
            ignores.append(ignore)
        below = parent / directory.relative_to(parent).parts[0]
        if _is_ignored(ignores, str(below), is_directory=True):
            return ()
    return tuple(ignores)


def _is_ignored(ignores: Sequence[_Ignore], path: str, *, is_directory: bool) -> bool:
    """The last word counts: deeper files override those above (gitignore, "PATTERN FORMAT")."""
    for ignore in reversed(ignores):
        verdict = ignore.verdict(path, is_directory=is_directory)
        if verdict is not None:
            return verdict
    return False


def _walk(
    root: str,
    directory: str,
    ignores: tuple[_Ignore, ...],
    found: Discovery,
    *,
    is_excluded: bool = False,
) -> None:
    """Args: is_excluded: whether a pattern of the option leaves the directory out."""
    if own := _read_ignore(directory):
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
            elif not _is_excluded_directory(entry, _without_option(ignores)):
                _walk(root, entry.path, _without_option(ignores), found, is_excluded=True)
        elif entry.is_file(follow_symlinks=False):
            file = DiscoveredFile(_relative(root, entry.path), _kind(entry.name, entry.path))
            ignored = bool(ignores) and _is_ignored(ignores, entry.path, is_directory=False)
            by_option = ignored and not _is_ignored(
                _without_option(ignores), entry.path, is_directory=False
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


def _without_option(ignores: tuple[_Ignore, ...]) -> tuple[_Ignore, ...]:
    return tuple(ignore for ignore in ignores if not ignore.is_option)


def _is_excluded_directory(entry: os.DirEntry[str], ignores: tuple[_Ignore, ...]) -> bool:
    if entry.name in DEFAULT_EXCLUDES or entry.name.endswith(".egg-info"):
        return True
    if entry.name in _OUTPUT_DIRECTORIES and not Path(entry.path, "__init__.py").exists():
        return True
    # The mark of a virtual environment (PEP 405), whatever its directory is called.
    if Path(entry.path, "pyvenv.cfg").is_file():
        return True
    return bool(ignores) and _is_ignored(ignores, entry.path, is_directory=True)


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
        if relative not in known:
            found.files.append(DiscoveredFile(relative, _kind(file.name, str(file))))
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
