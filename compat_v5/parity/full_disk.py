"""Notice that a file of a comparison is cut off: a part of the deliveries would pass for all of them."""

from __future__ import annotations

import os
from pathlib import Path

from .exceptions import ParityError

__all__ = ["refuse_full_disk"]


def refuse_full_disk(path: Path) -> None:
    """Raise if *path*, which another process has written, takes no more; it is removed then.

    A program that meets a full disk may say so only into the file that the disk does not take. So
    this tries one byte more, and takes it back.

    Raises:
        ParityError: the file takes no more.
    """
    if not path.exists():
        return
    try:
        with path.open("r+b", buffering=0) as file:
            end = file.seek(0, os.SEEK_END)
            file.write(b"\n")
            file.truncate(end)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise ParityError(
            f"{path} cannot be written: {error.strerror}", "Make room, or choose another folder"
        ) from error
