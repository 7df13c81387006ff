"""Progress on a terminal: one line that is rewritten, or nothing at all in a pipe."""

from __future__ import annotations

import sys
import time
from typing import TextIO

__all__ = ["Progress"]

INTERVAL = 0.2  # seconds between two updates


class Progress:
    """Say what is going on, on stderr: stdout belongs to the result."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._shown_at = 0.0
        self._width = 0

    def step(self, text: str) -> None:
        """A new step: a line that stays."""
        self._clear()
        print(text, file=self._stream, flush=True)

    def update(self, text: str) -> None:
        """How far the current step is: shown on a terminal only, and not too often."""
        if not self._live or time.monotonic() - self._shown_at < INTERVAL:
            return
        self._shown_at = time.monotonic()
        line = f"      {text}"
        print(f"\r{line:<{self._width}}", end="", file=self._stream, flush=True)
        self._width = len(line)

    def done(self) -> None:
        """The current line is no longer needed."""
        self._clear()

    def _clear(self) -> None:
        if self._width:
            print("\r" + " " * self._width + "\r", end="", file=self._stream, flush=True)
            self._width = 0
