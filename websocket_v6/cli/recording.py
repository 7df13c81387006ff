"""The file ``record`` writes: one line per frame, whole at any moment.

A line is ``{"recv_ts": unix seconds, "opcode": "binary", "frame": FRAME}`` with the frame's bytes
as they came, so numbers keep their spelling. ``upbit-ws emulator --replay FILE`` plays it.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from ..exceptions import InvalidArgument

__all__ = ["Recording", "line_of"]

_JSON: Final = msgspec.json.Decoder(msgspec.Raw)


def line_of(recv_ts: float, payload: bytes, *, text: bool = False) -> bytes | None:
    """One frame as a line; ``None`` for a payload that is not JSON.

    Args:
        recv_ts: when it came, Unix time in seconds.
        text: it came as a TEXT message instead of a BINARY one.
    """
    try:
        _JSON.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    opcode = "text" if text else "binary"
    # A raw line end is white space between values: it cannot stand inside a JSON string.
    body = payload.replace(b"\r", b" ").replace(b"\n", b" ").strip()
    return b'{"recv_ts": %.6f, "opcode": "%b", "frame": %b}\n' % (recv_ts, opcode.encode(), body)


class Recording:
    """Lines on their way into a file, or into a row of files.

    Lines wait in memory until ``flush``, which appends them with one write. Compressed, each write
    is a gzip member of its own, so a file that ends early, or right now, can be read to its end.

    Args:
        path: where to; ``.gz`` at the end compresses. With rotation ``name.jsonl.gz`` becomes
            ``name.001.jsonl.gz``, ``name.002.jsonl.gz`` and so on, beginning with the first free
            number.
        rotate_bytes: begin a new file when one has this size; ``None`` for no limit.
        rotate_seconds: begin a new file when one is this old; ``None`` for no limit.
        private: readable by the owner alone.

    Raises:
        InvalidArgument: the file exists.
    """

    FULL: Final = 1 << 20  # bytes in memory that are worth a write before their time

    def __init__(
        self,
        path: Path,
        *,
        rotate_bytes: int | None = None,
        rotate_seconds: float | None = None,
        private: bool = False,
    ) -> None:
        self.path = path
        self.frames = 0
        self.files = 0
        self.written = 0
        self._rotate_bytes = rotate_bytes
        self._rotate_seconds = rotate_seconds
        self._mode = 0o600 if private else 0o666
        self._compress = path.suffix == ".gz"
        self._paths = self._free_paths()
        self._waiting: list[bytes] = []
        self._waiting_size = 0
        self._opened_at = 0.0
        self._descriptor: int | None = None

    def open(self, now: float) -> None:
        """Begin a file. *now* is a monotonic time in seconds."""
        self.path = next(self._paths)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        try:
            self._descriptor = os.open(self.path, flags, self._mode)
        except FileExistsError:
            raise InvalidArgument(
                "--out", str(self.path), "the file exists; name another"
            ) from None
        except OSError as error:
            problem = f"cannot be made in {self.path.parent}: {error.strerror}"
            raise InvalidArgument("--out", self.path.name, problem) from None
        self.files += 1
        self.written = 0
        self._opened_at = now

    def add(self, line: bytes, now: float) -> None:
        """Take one line; it is in the file after the next ``flush``."""
        self._waiting.append(line)
        self._waiting_size += len(line)
        self.frames += 1
        if self._waiting_size >= self.FULL:
            self.flush(now)

    def flush(self, now: float) -> None:
        """Put what waits into the file, and begin the next one where that is due.

        Raises:
            OSError: the disk is full. The file ends with the last write that was whole.
        """
        self._append()
        if self._is_over(now):
            self.close()
            self.open(now)

    def close(self) -> None:
        """Put what waits into the file and close it."""
        if self._descriptor is None:
            return
        try:
            self._append()
        finally:
            os.close(self._descriptor)
            self._descriptor = None

    def _append(self) -> None:
        if not self._waiting or self._descriptor is None:
            return
        content = b"".join(self._waiting)
        lines = len(self._waiting)
        self._waiting.clear()
        self._waiting_size = 0
        if self._compress:
            content = gzip.compress(content, compresslevel=6, mtime=0)
        view = memoryview(content)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError:
            # Half of a line, or of a gzip member, would be all that a reader sees of the file.
            os.ftruncate(self._descriptor, self.written)
            self.frames -= lines
            raise
        self.written += len(content)

    def _is_over(self, now: float) -> bool:
        if not self.written:
            return False
        if self._rotate_bytes is not None and self.written >= self._rotate_bytes:
            return True
        return self._rotate_seconds is not None and now - self._opened_at >= self._rotate_seconds

    def _free_paths(self) -> Iterator[Path]:
        if self._rotate_bytes is None and self._rotate_seconds is None:
            yield self.path
            return
        folder, stem, endings = self.path.parent, *_split(self.path.name)
        number = 0
        while True:
            number += 1
            candidate = folder / f"{stem}.{number:03}{endings}"
            if not candidate.exists():
                yield candidate


def _split(name: str) -> tuple[str, str]:
    """``btc.2026.jsonl.gz`` -> ``btc.2026``, ``.jsonl.gz``."""
    path = Path(name)
    ending = path.suffix
    if ending == ".gz":
        ending = Path(path.stem).suffix + ending
    return name.removesuffix(ending), ending
