"""The delivery trace: what each callback was given, one JSON line per delivery, and what it raised.

Two runs of a program can be compared by their traces. Values of private frames appear as digest only.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any

import msgspec

from ..exceptions import ConfigError
from ..subscription import PRIVATE_TYPES
from .delivery import Delivery

__all__ = ["Trace", "digest"]

logger = logging.getLogger(__name__)


def digest(payload: Any) -> str:
    """SHA-256, 16 hex characters, of the payload as canonical JSON."""
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _code_of(stack: TracebackType | None) -> Iterator[tuple[CodeType, int]]:
    """Code and line of each frame, the outermost first."""
    for frame, line in traceback.walk_tb(stack):
        yield frame.f_code, line


class Trace:
    """Appends to a file; several processes may append to one.

    A file that takes no more, on a full disk, ends the trace with an error in the log, and nothing else.

    Raises:
        ConfigError: the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        try:
            # Unbuffered: what a full disk refused must not come up again when the file is closed.
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise ConfigError("trace", f"cannot write {path}: {error.strerror}") from error
        self._path = path
        self._ended = False
        self._lock = threading.Lock()
        self._count = 0

    def delivered(self, delivery: Delivery, symbol: str, payload: Any) -> None:
        frame = (
            payload if isinstance(payload, dict) else msgspec.to_builtins(payload, enc_hook=tuple)
        )
        identifier = frame.get("sequential_id", frame.get("timestamp"))
        self._write(
            {
                "callback": delivery.name,
                "symbol": symbol,
                "data_type": delivery.data_type,
                "stream_type": frame.get("stream_type"),
                "code": frame.get("code"),
                "id": identifier if isinstance(identifier, int) else None,
                "keys": sorted(frame),
                "digest": digest(frame),
            },
            numbered=True,
        )

    def failed(self, delivery: Delivery, error: BaseException) -> None:
        kind = type(error)
        name = kind.__qualname__
        if kind.__module__ != "builtins":
            name = f"{kind.__module__}.{name}"
        # What the exception says may hold values of the frame.
        is_private = delivery.data_type in PRIVATE_TYPES
        lines = traceback.format_exception_only(error)
        self._write(
            {
                "failed": name,
                "callback": delivery.name,
                "data_type": delivery.data_type,
                "text": name if is_private else lines[-1].strip(),
                "frames": [
                    [code.co_filename, line, code.co_qualname]
                    for code, line in _code_of(error.__traceback__)
                ],
            },
            numbered=False,
        )

    def socket_opened(self, kind: str, url: str) -> None:
        self._write({"socket": kind, "url": url}, numbered=False)

    def close(self) -> None:
        self._file.close()

    def _write(self, line: dict[str, Any], *, numbered: bool) -> None:
        with self._lock:
            if numbered:
                self._count += 1
                line = {"n": self._count, **line}
            if self._ended:
                return
            try:
                self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            except OSError as error:
                self._ended = True
                logger.error("trace_ended: %s: %s", self._path, error.strerror)
