"""What a run changed, so that it can be taken back byte for byte.

Layout below the root of a run, readable by its owner only, and ignored by version control::

    .upbit-migrate/
        .gitignore                    "*"
        runs/20260102T030405.000006Z/
            journal.jsonl             one line per step, appended and flushed before the step
            0001.bytes                the first file as it was
            ...

The lines of ``journal.jsonl``::

    {"format": 1, "started": ISO 8601 with zone}
    {"file": path, "backup": "0001.bytes", "before": SHA-256, "after": SHA-256}
    {"undone": ISO 8601 with zone}

A line about a file means "may have been replaced": the content on the disk says whether it was,
so a run that was interrupted anywhere can be taken back too.

The tree may be somebody else's: no symbolic link is followed on the way to a record or a copy, and
what a record names lies in the root, its copies beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from codemods.exceptions import FileError, JournalError
from codemods.write import (
    read_regular_file,
    refuse_if_outside,
    refuse_if_unwritable,
    replace_file,
    write_through,
)

__all__ = ["JOURNAL_DIRECTORY", "Journal", "Undone", "undo_last_run"]

JOURNAL_DIRECTORY = ".upbit-migrate"
_FORMAT = 1
_LINES = "journal.jsonl"
_BACKUP = re.compile(r"[0-9]{4,}\.bytes")


class Journal:
    """The record of one run, made with the first file that is replaced.

    Args:
        root: the root of the run.
        now: the time, with zone; asked once.
    """

    def __init__(self, root: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._root = root
        self._now = now
        self._directory: Path | None = None
        self._count = 0

    @property
    def directory(self) -> Path | None:
        """Where the record lies; None while nothing was replaced."""
        return self._directory

    def open(self) -> None:
        """Make the record's directory now.

        Raises:
            JournalError: the root cannot hold it; nothing may be written then.
        """
        if self._directory is not None:
            return
        started = self._now()
        home = self._root / JOURNAL_DIRECTORY
        runs = _runs_directory(self._root)
        directory = runs / started.strftime("%Y%m%dT%H%M%S.%fZ")
        try:
            _private_directory(home)
            if not os.path.lexists(home / ".gitignore"):
                write_through(home / ".gitignore", b"*\n")
            _private_directory(runs)
            directory.mkdir(mode=0o700)
            self._directory = directory
            self._append({"format": _FORMAT, "started": started.isoformat()})
        except OSError as error:
            self._directory = None
            raise JournalError(
                f"no journal can be kept in {home}: {error.strerror}; "
                "without it nothing is written. Make the directory writable, or free space"
            ) from error

    def replace(self, path: str, before: bytes, after: bytes) -> None:
        """Record and replace one file.

        Args:
            path: relative to the root, with forward slashes.

        Raises:
            FileError: the file keeps *before*.
            JournalError: from `open`.
        """
        target = self._root / path
        refuse_if_unwritable(target, self._root)
        self.open()
        assert self._directory is not None  # noqa: S101 what open() is for
        self._count += 1
        backup = f"{self._count:04d}.bytes"
        try:
            write_through(self._directory / backup, before)
            self._append(
                {"file": path, "backup": backup, "before": _digest(before), "after": _digest(after)}
            )
        except OSError as error:
            raise FileError(
                f"not written, because it could not be recorded: {error.strerror}"
            ) from error
        replace_file(target, after, expected=before)

    def _append(self, line: dict[str, object]) -> None:
        assert self._directory is not None  # noqa: S101 what open() is for
        _append_line(self._directory / _LINES, line)


@dataclass(frozen=True, slots=True)
class Undone:
    """What `undo_last_run` did.

    Attributes:
        started: when the run had begun.
        restored: paths, relative to the root, that have their old bytes again.
        untouched: paths that held their old bytes already.
        left: paths that changed since the run, or whose restoring failed, with the reason.
    """

    started: datetime
    restored: tuple[str, ...]
    untouched: tuple[str, ...]
    left: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    backup: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class _Run:
    directory: Path
    started: datetime
    entries: tuple[_Entry, ...]


def undo_last_run(
    root: Path,
    *,
    skip_changed: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Undone:
    """Take back the last run below *root* that changed something and was not taken back yet.

    Args:
        skip_changed: restore the other files where one changed since the run; otherwise nothing is
            restored then.

    Raises:
        JournalError: there is no such run, a file changed since, or the record is damaged.
    """
    root = root.resolve()
    for run in _runs_newest_first(root):
        states = [(entry, _state(root, entry)) for entry in run.entries]
        if all(state == "before" for _, state in states):
            continue
        changed = [
            (entry.path, state) for entry, state in states if state not in ("before", "after")
        ]
        if changed and not skip_changed:
            listed = "\n".join(f"  {path}: {reason}" for path, reason in changed)
            raise JournalError(
                f"nothing was taken back, because after the run of {_clock(run.started)} "
                f"there were further changes:\n{listed}\n"
                "take those back first, or add --skip-changed to restore the other files"
            )
        restored, failed = _restore(
            root, run, [entry for entry, state in states if state == "after"]
        )
        if not failed:
            _append_line(run.directory / _LINES, {"undone": now().isoformat()})
        untouched = tuple(entry.path for entry, state in states if state == "before")
        return Undone(run.started, tuple(restored), untouched, (*changed, *failed))
    raise JournalError(
        f"no run to take back in {root}: the journal lies in the directory that was given to "
        f"`upbit-migrate run`, as {JOURNAL_DIRECTORY}; name that directory"
    )


def _restore(
    root: Path, run: _Run, entries: list[_Entry]
) -> tuple[list[str], list[tuple[str, str]]]:
    restored: list[str] = []
    failed: list[tuple[str, str]] = []
    for entry in entries:
        target = root / entry.path
        try:
            before = read_regular_file(run.directory / entry.backup)
            if _digest(before) != entry.before:
                raise FileError(f"its copy {run.directory / entry.backup} is damaged")
            refuse_if_unwritable(target, root)
            replace_file(target, before, expected=read_regular_file(target))
        except FileError as error:
            failed.append((entry.path, str(error)))
        else:
            restored.append(entry.path)
    return restored, failed


def _state(root: Path, entry: _Entry) -> str:
    """``before``, ``after``, or what happened to the file."""
    target = root / entry.path
    try:
        refuse_if_outside(target, root)
        digest = _digest(read_regular_file(target))
    except FileError as error:
        return str(error)
    if digest == entry.before:
        return "before"
    return "after" if digest == entry.after else "changed since"


def _runs_newest_first(root: Path) -> Iterator[_Run]:
    runs = _runs_directory(root)
    try:
        directories = sorted((path for path in runs.iterdir() if path.is_dir()), reverse=True)
    except FileNotFoundError:
        return
    except OSError as error:
        raise JournalError(f"the journal {runs} cannot be read: {error.strerror}") from error
    for directory in directories:
        run = _read_run(directory)
        if run is not None:
            yield run


def _read_run(directory: Path) -> _Run | None:
    """None for a run that was taken back, or that replaced nothing."""
    _refuse_link(directory)
    path = directory / _LINES
    if not os.path.lexists(path):
        return None
    try:
        content = read_regular_file(path)
    except FileError as error:
        raise JournalError(f"the journal {path} {error}") from error
    lines: list[dict[str, Any]] = []
    complete, _, _ = content.rpartition(b"\n")  # a line without an end was cut off before its step
    try:
        lines = [json.loads(line) for line in complete.splitlines()]
        if not lines or any("undone" in line for line in lines):
            return None
        if lines[0]["format"] != _FORMAT:
            raise JournalError(
                f"the journal {path} was written by another version of upbit-migrate"
            )
        started = datetime.fromisoformat(lines[0]["started"])
        entries = tuple(_entry(line) for line in lines[1:])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise JournalError(f"the journal {path} is damaged: {error!r}") from error
    return _Run(directory, started, entries) if entries else None


def _entry(line: dict[str, Any]) -> _Entry:
    """A line about a file; ValueError where it leads out of the root, or its copy out of the run."""
    file = Path(line["file"])
    os.fsencode(file)  # raises for a name no file can have
    if (
        not file.parts
        or file.is_absolute()
        or file.drive
        or ".." in file.parts
        or "\0" in str(file)
    ):
        raise ValueError(f"{line['file']!r} is no path below the root")
    if not _BACKUP.fullmatch(line["backup"]):
        raise ValueError(f"{line['backup']!r} is no name of a copy")
    return _Entry(line["file"], line["backup"], line["before"], line["after"])


def _runs_directory(root: Path) -> Path:
    """Where the runs of *root* are recorded, whether it exists or not.

    Raises:
        JournalError: a symbolic link stands on the way.
    """
    home = root / JOURNAL_DIRECTORY
    for path in (home, home / "runs"):
        _refuse_link(path)
    return home / "runs"


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise JournalError(f"{path} is a symbolic link; remove it, the journal belongs in the root")


def _private_directory(path: Path) -> None:
    path.mkdir(mode=0o700, exist_ok=True)


def _append_line(path: Path, line: dict[str, object]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        try:
            with os.fdopen(descriptor, "ab", closefd=False) as stream:
                stream.write(json.dumps(line).encode("ascii") + b"\n")
                stream.flush()
                os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)  # half a line would swallow the next one
            raise
    finally:
        os.close(descriptor)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _clock(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S %Z")
