"""Write a file as a whole, or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: Path, content: bytes) -> None:
    """Put *content* into *path*; until all of it is written, what was there stands.

    A link is followed, the mode of a file that is replaced is kept. What is no regular file, such as a
    pipe, is written directly.

    Raises:
        OSError: with *path* as its ``filename``; a regular file is as it was.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            _replace(Path(os.path.realpath(path)), content)
    except OSError as error:  # that of a write knows no name
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(f"{path.name}.{os.urandom(4).hex()}.partial")
    try:
        with partial.open("xb") as file:
            file.write(content)
        if path.exists():
            partial.chmod(stat.S_IMODE(path.stat().st_mode))
        partial.replace(path)  # Windows refuses while another program has the file open
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
