"""Which line of the user's program made a legacy call."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import inspect
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

__all__ = ["CallSite", "called_from_here", "find_call_site"]

_HERE = str(Path(__file__).parent) + os.sep
# Loops and threads run what they were handed: no line of the user's is below them.
_RUNNERS = (
    str(Path(asyncio.__file__).parent) + os.sep,
    str(Path(concurrent.futures.__file__).parent) + os.sep,
    threading.__file__,
)
_CONTEXTLIB = contextlib.__file__
_AWAITABLE = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_ITERABLE_COROUTINE
_AWAITS = _AWAITABLE | inspect.CO_GENERATOR  # a generator may stand behind an __await__


@dataclass(frozen=True, slots=True)
class CallSite:
    """A line: *file* as the interpreter knows it, *module* its ``__name__``."""

    file: str
    line: int
    module: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def called_from_here(depth: int) -> bool:
    """Whether the frame *depth* levels above the caller's belongs to this package."""
    return sys._getframe(depth + 1).f_code.co_filename.startswith(_HERE)


def _is_machinery(frame: FrameType) -> bool:
    """Frames between the user's line and this package that nobody wants to see.

    Generated code, such as a dataclass's ``__init__``, has no file but its module's globals.
    """
    file = frame.f_code.co_filename
    return (
        file.startswith((_HERE, "<frozen importlib"))
        or file == _CONTEXTLIB
        or frame.f_globals.get("__name__", "").startswith(f"{__package__}.")
    )


def find_call_site() -> CallSite | None:
    """The nearest line outside this package and asyncio.

    ``None`` under ``create_task`` and ``gather``: there the event loop is the caller, and what lies
    below it is only the line that started the loop. Likewise in a thread or an executor that was handed a
    method of the client.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        file = code.co_filename
        if file.startswith(_RUNNERS):
            # wait_for and timeout await the call on the user's behalf; anything else is the loop.
            if not code.co_flags & _AWAITABLE:
                return None
        elif not _is_machinery(frame):
            return CallSite(file, frame.f_lineno, frame.f_globals.get("__name__", "<unknown>"))
        caller = frame.f_back
        if code.co_flags & _AWAITABLE and not (caller and caller.f_code.co_flags & _AWAITS):
            return None  # nobody awaits it: a loop without frames of Python, such as uvloop's
        frame = caller
    return None
