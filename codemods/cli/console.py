"""What is printed and how: colours, a progress bar on a terminal, bytes that pass unchanged."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from codemods.paths import printable
from codemods.run import NO_PROGRESS, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

__all__ = ["has_colours", "progress_bar", "write_patch"]

_COLOURS = {b"+": "32", b"-": "31", b"@": "36", b"#": "33"}


def has_colours(stream: TextIO) -> bool:
    """A terminal that shows colours, unless ``NO_COLOR`` is set (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return False
    return sys.platform != "win32" or "WT_SESSION" in os.environ or "ANSICON" in os.environ


def write_patch(parts: Iterable[bytes]) -> None:
    """Print a patch: its exact bytes into a pipe or file; readable, and coloured, on a terminal."""
    if not sys.stdout.isatty():
        sys.stdout.flush()
        for part in parts:
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
        return
    coloured = has_colours(sys.stdout)
    for part in parts:
        for line in part.split(b"\n")[:-1]:
            # A control character in somebody's file must not drive the terminal.
            pieces = line.rstrip(b"\r").decode("utf-8", "replace").split("\t")
            text = "\t".join(printable(piece) for piece in pieces)
            colour = _COLOURS.get(line[:1])
            print(f"\x1b[{colour}m{text}\x1b[0m" if coloured and colour else text)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar on standard error when that is a terminal and rich is installed; otherwise nothing."""
    if not sys.stderr.isatty():
        yield NO_PROGRESS
        return
    try:
        from rich.console import Console
        from rich.progress import Progress as Bars
    except ImportError:
        yield NO_PROGRESS
        return
    with Bars(console=Console(stderr=True), transient=True) as bars:
        yield _RichProgress(bars)


class _RichProgress:
    """`Progress` as one bar."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def stage(self, name: str, total: int | None) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(name, total=total)

    def advance(self) -> None:
        if self._task is not None:
            self._bars.advance(self._task)
