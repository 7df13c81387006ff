"""Waiting for something about the emulator to change."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable

from .clock import Clock, resolve

__all__ = ["Changes"]


class Changes:
    """Changes of connections, subscriptions and requests, and those who wait for one.

    Args:
        clock: whose seconds ``wait`` counts; ``until`` counts the loop's, since a test waits in those.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiters: set[asyncio.Future[None]] = set()

    def tell(self) -> None:
        """There was one."""
        for waiter in self._waiters:
            resolve(waiter)
        self._waiters.clear()

    async def wait(self, timeout: float | None = None) -> None:
        """Wait for the next one, or for *timeout* seconds."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        timer = None
        if timeout is not None:
            timer = self._clock.call_later(timeout, functools.partial(resolve, waiter))
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)
            if timer is not None:
                timer.cancel()

    async def until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until *condition* holds, for *timeout* seconds at the most; whether it does."""
        deadline = asyncio.get_running_loop().time() + timeout
        while not condition():
            try:
                async with asyncio.timeout_at(deadline):
                    await self.wait()
            except TimeoutError:
                return False
        return True
