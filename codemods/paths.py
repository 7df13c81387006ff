"""Paths as people and patches read them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

__all__ = ["leads_out", "patch_base", "printable", "quoted_for_patch"]

_ESCAPES = {
    0x07: "\\a",
    0x08: "\\b",
    0x09: "\\t",
    0x0A: "\\n",
    0x0B: "\\v",
    0x0C: "\\f",
    0x0D: "\\r",
    0x22: '\\"',
    0x5C: "\\\\",
}


def printable(text: str) -> str:
    """*text* without control characters and lone surrogates, which stand as backslash escapes.

    File names are bytes on most systems: one that is no UTF-8, or that holds an escape sequence,
    must neither crash a print nor drive the terminal.
    """
    return "".join(
        char
        if char.isprintable() or char == " "
        else char.encode("unicode_escape", "surrogatepass").decode("ascii")
        for char in text
    )


def leads_out(path: Path) -> bool:
    """Whether *path* is a link out of what its directory belongs to: the directory under version control
    that holds it, or else its own."""
    owner = next((d for d in path.parents if os.path.lexists(d / ".git")), path.parent)
    real = Path(os.path.realpath(path))
    return path.is_symlink() and Path(os.path.realpath(owner)) not in real.parents


def quoted_for_patch(path: str) -> bytes:
    """*path* as ``git diff`` writes it: as it is, or C-quoted when it holds a special byte.

    Source: git-config, ``core.quotePath`` (with the value false: UTF-8 stays readable).
    """
    raw = os.fsencode(path)
    try:
        raw.decode("utf-8")
        is_text = True
    except UnicodeDecodeError:
        is_text = False
    special = any(byte < 0x20 or byte in (0x22, 0x5C, 0x7F) for byte in raw)
    if is_text and not special:
        return raw
    quoted = "".join(
        _ESCAPES.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}")
        for byte in raw
    )
    return f'"{quoted}"'.encode("ascii")


def patch_base(paths: Iterable[Path], working_directory: Path, root: Path) -> Path:
    """The directory the paths of a patch are relative to.

    That is the working directory, or *root* where one of *paths* lies outside of it: ``git apply``
    refuses paths with ``..``.
    """
    inside = all(working_directory in path.parents for path in paths)
    return working_directory if inside else root
