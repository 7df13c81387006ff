"""Replace one file at once, or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from codemods.exceptions import FileError

__all__ = [
    "read_regular_file",
    "refuse_if_outside",
    "refuse_if_unwritable",
    "replace_file",
    "write_through",
]

_READ = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a named pipe must not hold the run up
)
_TEMPORARY_PREFIX = ".upbit-migrate-"


def read_regular_file(path: Path | str) -> bytes:
    """The bytes of *path*.

    Raises:
        FileError: it cannot be read, is a symbolic link, or is no regular file.
    """
    try:
        descriptor = os.open(path, _READ)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise FileError("not a regular file")
            content = os.read(descriptor, status.st_size + 1)
            if len(content) != status.st_size:  # a short read, or a file that grows
                with os.fdopen(descriptor, "rb", closefd=False) as stream:
                    content += stream.read()
            return content
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise FileError("cannot be read: a symbolic link") from error
        raise FileError(f"cannot be read: {_reason(error)}") from error


def refuse_if_outside(path: Path, root: Path) -> None:
    """Raise unless the directory of *path* really lies in *root*.

    Raises:
        FileError: a symbolic link on the way leads out, or the directory does not exist.
    """
    try:
        parent = path.parent.resolve(strict=True)
    except OSError as error:
        raise FileError(f"cannot be read: {_reason(error)}") from error
    if parent != root and root not in parent.parents:
        raise FileError("it lies outside of the root, behind a symbolic link")


def refuse_if_unwritable(path: Path, root: Path) -> None:
    """Raise unless *path* is a writable regular file that really lies below *root*.

    A file without any write permission is its owner's word, also where the user could override it
    (root, or the owner of the directory).

    Raises:
        FileError: with the reason.
    """
    try:
        mode = path.lstat().st_mode
    except OSError as error:
        raise FileError(f"cannot be written: {_reason(error)}") from error
    if not stat.S_ISREG(mode):
        raise FileError("cannot be written: not a regular file")
    try:
        refuse_if_outside(path, root)
    except FileError as error:
        raise FileError(f"cannot be written: {error}") from error
    if not mode & 0o222 or not os.access(path, os.W_OK):
        raise FileError("cannot be written: read-only; make it writable and run again")


def replace_file(path: Path, content: bytes, *, expected: bytes) -> None:
    """Put *content* in the place of *expected*, keeping the mode; the time of change is now.

    The bytes go to a new file beside it and reach the disk before the name is moved over. Another
    hard link to the old file keeps the old content.

    Raises:
        FileError: the file no longer holds *expected*, or a step failed. The old content stands.
    """
    if read_regular_file(path) != expected:
        raise FileError("changed while upbit-migrate was running; run again")
    temporary = path.with_name(f"{_TEMPORARY_PREFIX}{os.getpid()}-{_short(path.name)}")
    try:
        try:
            write_through(temporary, content)
            _take_over_access(temporary, path.stat())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise FileError(f"cannot be written: {_reason(error)}") from error
    _flush_directory(path.parent)


def write_through(path: Path, content: bytes) -> None:
    """Write a new file, for its owner alone, and wait until it is on the disk."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _take_over_access(path: Path, old: os.stat_result) -> None:
    new = path.stat()
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.chown(path, old.st_uid, old.st_gid)
        except PermissionError:
            pass  # only root can give a file away; the writer of the directory owns the copy
    path.chmod(stat.S_IMODE(old.st_mode))


def _flush_directory(directory: Path) -> None:
    """Make the new name last through a power cut, where the system can."""
    try:
        descriptor = os.open(directory, os.O_RDONLY)
    except OSError:
        return  # Windows opens no directories; the file itself is on the disk already.
    try:
        os.fsync(descriptor)
    except OSError:
        return  # Some network file systems refuse; same remark.
    finally:
        os.close(descriptor)


def _short(name: str) -> str:
    """A name that stays below the usual limit of 255 bytes with the prefix before it."""
    return os.fsdecode(os.fsencode(name)[-120:])


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
