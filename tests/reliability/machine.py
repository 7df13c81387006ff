"""The machine the client runs on, as far as a run can change it: its wall clock and its look-ups."""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

__all__ = ["adjustable_clock", "clock_offset", "no_names", "set_clock"]

_shift = 0.0
_wall = time.time
_adjusted: list[ModuleType] = []


def _shifted() -> float:
    return _wall() + _shift


def set_clock(seconds: float) -> None:
    """Set the client's wall clock forward by *seconds*, back if they are negative."""
    global _shift
    _shift += seconds


def clock_offset() -> float:
    """Seconds by which the clock that the client reads is ahead; 0 when it reads none of ours."""
    for module in _adjusted:
        return float(module.time() - _wall())
    return 0.0


@contextlib.contextmanager
def adjustable_clock() -> Iterator[None]:
    """Let the client read a wall clock that a run can set.

    Raises:
        LookupError: no module of the client reads a wall clock in a way that can be changed.
    """
    global _shift
    _adjusted[:] = [
        module
        for name, module in tuple(sys.modules.items())
        if name.startswith("websocket_v6.")
        and not name.startswith("websocket_v6.testing")
        and getattr(module, "time", None) is _wall
    ]
    if not _adjusted:
        raise LookupError("no module of websocket_v6 has a name `time` for the wall clock")
    for module in _adjusted:
        vars(module)["time"] = _shifted
    try:
        yield
    finally:
        _shift = 0.0
        for module in _adjusted:
            vars(module)["time"] = _wall
        _adjusted.clear()


@contextlib.contextmanager
def no_names() -> Iterator[list[str]]:
    """Let every look-up of a name fail; gives the names that were looked up."""
    original = socket.getaddrinfo
    asked: list[str] = []

    def fail(host: Any, *arguments: Any, **named: Any) -> Any:
        asked.append(str(host))
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    socket.getaddrinfo = fail
    try:
        yield asked
    finally:
        socket.getaddrinfo = original
