"""Read the delivery trace a program writes while it runs (``UPBIT_WS_TRACE``)."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from .callback_failures import CallbackFailure, read_failure
from .exceptions import ParityError
from .received import ReceivedFrame, Topic

__all__ = ["TraceReader"]


class TraceReader:
    """The frames and failures of a growing trace file; each frame gets the time it was read here.

    ``last_growth`` is that of the latest frame, in seconds since the reader was made; ``None``
    before the first.
    """

    def __init__(self, path: Path, directory: Path | None = None) -> None:
        """Args: directory: the program's folder, absolute; ``None`` is the working directory."""
        self.path = path
        self.failures: list[CallbackFailure] = []
        self._directory = directory or Path.cwd()
        self.frames: list[ReceivedFrame] = []
        self.last_growth: float | None = None
        self._began = time.monotonic()
        self._offset = 0

    def elapsed(self) -> float:
        """Seconds since the reader was made."""
        return time.monotonic() - self._began

    def read(self) -> None:
        """Take in what was written since the last call; an unfinished line waits for the next.

        Raises:
            ParityError: a line is not in the form of a delivery trace.
        """
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            file.seek(self._offset)
            chunk = file.read()
        complete = chunk[: chunk.rfind(b"\n") + 1]
        self._offset += len(complete)
        for line in complete.splitlines():
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            entry: dict[str, Any] = json.loads(line)
            if "socket" in entry:  # the emulator counts sockets, whoever opens them
                return
            if "failed" in entry:
                self.failures.append(read_failure(entry, self._directory))
                return
            self.last_growth = self.elapsed()
            self.frames.append(
                ReceivedFrame(
                    topic=Topic(entry["data_type"], entry["symbol"], entry["callback"]),
                    stream_type=entry["stream_type"],
                    id=entry["id"],
                    keys=tuple(entry["keys"]),
                    digest=entry["digest"],
                    at=self.last_growth,
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ParityError(
                f"{self.path} holds a line that is no delivery trace ({error!r})",
                "Use the same release of this package in both programs",
            ) from error
