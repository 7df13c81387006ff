"""Legacy import paths as files in the application's own tree: what to write, and writing it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from codemods.exceptions import FileError, UsageError
from codemods.shim_files import MARK, PACKAGE_FOLDER, ShimFile

__all__ = ["Displaced", "ShimPlan", "plan_shim", "write_shim"]

SET_ASIDE = ".before-shim"


@dataclass(frozen=True, slots=True)
class Displaced:
    """A real v5 package that makes room: it is renamed, never deleted."""

    folder: Path
    to: Path


@dataclass(frozen=True, slots=True)
class ShimPlan:
    """What ``write_shim`` will do.

    Args:
        root: the folder that holds ``upbit_auto_trading``.
        create: ``{absolute path: text}`` of files to write.
        unchanged: files of the shim that are there already, as they should be.
        kept: files of the application that stay in force.
        displaced: the real v5 that makes room; ``None`` if there is none.
    """

    root: Path
    create: dict[Path, str]
    unchanged: tuple[Path, ...]
    kept: tuple[Path, ...]
    displaced: Displaced | None

    def makes_room(self, path: Path) -> bool:
        """*path* lies in what is renamed."""
        return self.displaced is not None and self.displaced.folder in path.parents


def plan_shim(directory: Path, files: Iterable[ShimFile], *, force: bool = False) -> ShimPlan:
    """Decide what to write below *directory*, the folder that holds ``upbit_auto_trading``.

    Reads, and writes nothing.

    Raises:
        UsageError: no such directory; a real v5 is there and *force* is off; a path that leads out of
            the directory; something else at the place of a file.
    """
    if not directory.is_dir():
        raise UsageError(f"{os.fspath(directory)!r} is no directory; name the application's root")
    root = directory.resolve()
    displaced = _displaced(root, force)
    create: dict[Path, str] = {}
    unchanged: list[Path] = []
    kept: list[Path] = []
    for file in files:
        path = root / file.path
        _refuse_outside(path, root)
        makes_room = displaced is not None and displaced.folder in path.parents
        if makes_room or not os.path.lexists(path):
            if file.optional and _is_namespace(path, root):
                continue
            create[path] = file.text
        elif _text(path) == file.text:
            unchanged.append(path)
        elif _text(path).startswith(MARK):
            create[path] = file.text
        elif file.optional:
            kept.append(path)
        else:
            raise UsageError(f"{path} is not a file of the shim; move it away")
    return ShimPlan(root, create, tuple(unchanged), tuple(kept), displaced)


def write_shim(plan: ShimPlan) -> None:
    """Carry out *plan*, as a whole or not at all: half a shim is an application that does not start.

    Raises:
        FileError: a step failed; the tree is as it was.
    """
    try:
        staging = Path(tempfile.mkdtemp(prefix=".upbit-migrate-shim-", dir=plan.root))
        try:
            _move_in(plan, _stage(plan, staging))
        finally:
            shutil.rmtree(staging)
    except OSError as error:
        raise FileError(
            f"{error.filename}: cannot be written: {error.strerror}; nothing was changed"
        ) from error


@dataclass(frozen=True, slots=True)
class _Staged:
    """A file that is written and not in its place yet."""

    path: Path
    new: Path
    old: Path | None
    """A copy of what it replaces; ``None`` if that is nothing, or is displaced."""


def _stage(plan: ShimPlan, staging: Path) -> list[_Staged]:
    """Write everything that takes room before anything else changes."""
    staged: list[_Staged] = []
    for number, (path, text) in enumerate(plan.create.items()):
        new, old = staging / f"{number}.new", staging / f"{number}.old"
        try:
            new.write_text(text, encoding="utf-8", newline="\n")
            replaces = path.exists() and not plan.makes_room(path)
            if replaces:
                shutil.copy2(path, old)
        except OSError as error:
            raise OSError(error.errno, error.strerror, os.fspath(path)) from error
        staged.append(_Staged(path, new, old if replaces else None))
    return staged


def _move_in(plan: ShimPlan, staged: Iterable[_Staged]) -> None:
    with ExitStack() as undo:
        if plan.displaced is not None:
            plan.displaced.folder.rename(plan.displaced.to)
            undo.callback(plan.displaced.to.rename, plan.displaced.folder)
        for file in staged:
            for folder in reversed(file.path.parents):
                if not folder.exists():
                    folder.mkdir()
                    undo.callback(folder.rmdir)
            file.new.replace(file.path)
            if file.old is not None:
                undo.callback(file.old.replace, file.path)
            else:
                undo.callback(file.path.unlink)
        undo.pop_all()


def _displaced(root: Path, force: bool) -> Displaced | None:
    """The real v5 below *root*: a package with an ``__init__.py`` that the shim did not write."""
    folder = root / PACKAGE_FOLDER
    init = folder / "__init__.py"
    if not os.path.lexists(init) or _text(init).startswith(MARK):
        return None
    if not force:
        raise UsageError(
            f"{folder} is a real websocket_v5 and stays in force; --force renames it to "
            f"{folder.name}{SET_ASIDE} and writes the shim in its place"
        )
    to = folder.with_name(folder.name + SET_ASIDE)
    if os.path.lexists(to):
        raise UsageError(f"{to} is in the way of setting {folder.name} aside; move it away")
    return Displaced(folder, to)


def _refuse_outside(path: Path, root: Path) -> None:
    real = Path(os.path.realpath(path.parent))
    if real != root and root not in real.parents:
        raise UsageError(f"{path} leads out of {root}, behind a symbolic link; nothing was written")
    if path.is_symlink():
        raise UsageError(f"{path} is a symbolic link; nothing was written")


def _is_namespace(path: Path, root: Path) -> bool:
    """An ``__init__.py`` that the application's own folder does without."""
    return path.name == "__init__.py" and path.parent.is_dir() and path.parent != root


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
