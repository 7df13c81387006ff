"""Calls that wait until their subscription is on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
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
