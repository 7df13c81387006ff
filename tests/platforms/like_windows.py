"""Run a command of this project as far as possible as Windows would: ``python like_windows.py MODULE ARGS``.

No POSIX-only modules and calls, no signal handlers on the loop, a clock that ticks every 15.6 ms, and
``sys.platform`` says so. The file system and the sockets stay those of the machine.
"""

from __future__ import annotations

import asyncio
import concurrent.futures.thread  # noqa: F401 - registers with fork where there is one
import multiprocessing.util  # noqa: F401 - likewise
import os
import random  # noqa: F401 - likewise
import runpy
import subprocess  # noqa: F401 - the standard library is loaded while it still knows its platform
import sys
import tempfile  # noqa: F401 - likewise
import time
import types
from collections.abc import Callable

import libcst  # noqa: F401 - likewise, of other projects
import websockets.asyncio.client
import websockets.asyncio.server  # noqa: F401 - likewise

POSIX_MODULES = ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty")
POSIX_CALLS = (
    *("chown", "fork", "forkpty", "getpgid", "getuid", "geteuid", "killpg", "mkfifo"),
    *("register_at_fork", "setsid", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"),
)
TICK = 0.015625


def coarse(clock: Callable[[], float]) -> Callable[[], float]:
    return lambda: clock() // TICK * TICK


def refuse(*arguments: object) -> None:
    raise NotImplementedError


def become_windows() -> None:
    for module in POSIX_MODULES:
        sys.modules[module] = None  # type: ignore[assignment]
    for call in POSIX_CALLS:
        if hasattr(os, call):
            delattr(os, call)
    for clock in ("monotonic", "time", "perf_counter"):
        setattr(time, clock, coarse(getattr(time, clock)))
    for loop_class in type(asyncio.new_event_loop()).__mro__:
        if "add_signal_handler" in vars(loop_class):
            loop_class.add_signal_handler = refuse  # type: ignore[attr-defined]
    locks = types.ModuleType("msvcrt")
    locks.LK_LOCK, locks.LK_UNLCK = 1, 0  # type: ignore[attr-defined]
    locks.locking = lambda descriptor, mode, size: None  # type: ignore[attr-defined]
    sys.modules["msvcrt"] = locks
    # Last: what was imported above has taken the branches of the platform it really runs on.
    sys.platform = "win32"


if __name__ == "__main__":
    become_windows()
    module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
