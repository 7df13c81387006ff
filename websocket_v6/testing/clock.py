"""Time as an argument: the system's clock, and one that tests move by hand."""

from __future__ import annotations

import asyncio
import functools
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Protocol

__all__ = ["Clock", "ManualClock", "SystemClock", "Timer", "resolve"]


def resolve(waiter: asyncio.Future[None]) -> None:
    """Wake whoever awaits *waiter*, unless that has happened already."""
    if not waiter.done():
        waiter.set_result(None)


class Timer(Protocol):
    """A pending call; ``cancel()`` forgets it and may be called at any time."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """What the emulator knows about time.

    ``now`` is monotonic seconds (limits, delays, idle cut), ``wall`` is Unix seconds (the time
    stamps inside frames).
    """

    def now(self) -> float: ...

    def wall(self) -> float: ...

    def call_later(self, delay: float, callback: Callable[[], object]) -> Timer: ...

    async def sleep(self, delay: float) -> None: ...


class SystemClock:
    """The machine's clock and the running event loop's timers."""

    def now(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    def call_later(self, delay: float, callback: Callable[[], object]) -> Timer:
        return asyncio.get_running_loop().call_later(delay, callback)

    async def sleep(self, delay: float) -> None:
        await asyncio.sleep(delay)


class _ManualTimer:
    __slots__ = ("callback", "due")

    def __init__(self, due: float, callback: Callable[[], object]) -> None:
        self.due = due
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        self.callback = None


class ManualClock:
    """Time that stands still until ``advance`` is awaited.

    Args:
        wall: Unix seconds at the start.
    """

    def __init__(self, wall: float = 1_790_000_000.0) -> None:
        self._now = 0.0
        self._wall_offset = wall
        self._timers: list[tuple[float, int, _ManualTimer]] = []
        self._order = itertools.count()

    def now(self) -> float:
        return self._now

    def wall(self) -> float:
        return self._wall_offset + self._now

    def call_later(self, delay: float, callback: Callable[[], object]) -> Timer:
        timer = _ManualTimer(self._now + max(delay, 0.0), callback)
        heapq.heappush(self._timers, (timer.due, next(self._order), timer))
        return timer

    async def sleep(self, delay: float) -> None:
        if delay <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        timer = self.call_later(delay, functools.partial(resolve, woken))
        try:
            await woken
        finally:
            timer.cancel()

    async def advance(self, seconds: float) -> None:
        """Move time forward, firing what falls due in order; tasks run between two timers."""
        target = self._now + seconds
        await _let_tasks_run()
        while self._timers and self._timers[0][0] <= target:
            due, _, timer = heapq.heappop(self._timers)
            self._now = max(self._now, due)
            if timer.callback is not None:
                callback, timer.callback = timer.callback, None
                callback()
                await _let_tasks_run()
        self._now = target
        await _let_tasks_run()


async def _let_tasks_run() -> None:
    # A woken task may wake the next one; five turns cover the longest such chain here.
    for _ in range(5):
        await asyncio.sleep(0)
