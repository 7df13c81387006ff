"""Calls that wait until their subscription is on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

__all__ = ["Waiting"]


class Waiting:
    """The waiting calls of one connection, by subscription.

    Args:
        loop: where they wait.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiters: dict[str, list[asyncio.Future[None]]] = {}

    @property
    def keys(self) -> tuple[str, ...]:
        """The subscriptions that calls wait for at this moment."""
        return tuple(self._waiters)

    @contextmanager
    def enter(self, key: str) -> Iterator[asyncio.Future[None]]:
        """A future that ends with ``release``; forgotten at the end of the block."""
        waiter: asyncio.Future[None] = self._loop.create_future()
        waiters = self._waiters.setdefault(key, [])
        waiters.append(waiter)
        try:
            yield waiter
        finally:
            waiters.remove(waiter)
            if not waiters:
                self._waiters.pop(key, None)

    async def for_connection(
        self,
        waiter: asyncio.Future[None],
        timeout: float,
        *,
        paced: Callable[[], float],
        connected: Callable[[], bool],
    ) -> bool:
        """Wait until *waiter* is released.

        Args:
            timeout: seconds for a first connection; once there was one there is no limit.
            paced: seconds that the connect limit has taken so far; they do not count. Waits that the
                exchange imposes do: nobody knows how many follow.
            connected: whether there has been a connection.

        Returns:
            False when there was none in time.
        """
        left, before = timeout, paced()
        while True:
            done, _ = await asyncio.wait([waiter], timeout=left)
            if done:
                waiter.result()
                return True
            if connected():
                left = timeout
                continue
            if paced() <= before:
                return False
            left, before = paced() - before, paced()

    def release(self, error: Exception | None = None, keys: Iterable[str] | None = None) -> None:
        """Let the calls for *keys* (``None``: all) return, or raise *error*."""
        if self._loop.is_closed():
            return  # nobody is left to be told
        for key in self.keys if keys is None else tuple(keys):
            for waiter in self._waiters.get(key, ()):
                if waiter.done():
                    continue
                if error is None:
                    waiter.set_result(None)
                else:
                    waiter.set_exception(error)
