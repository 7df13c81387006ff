"""Sleeping until a moment, or until something happens before it."""

from __future__ import annotations

import asyncio

__all__ = ["Alarm"]

_FOR_EVER = 1e9
"""Seconds from which on no timer is set."""


class Alarm:
    """Wakes the one task that sleeps with it. A ring while nobody sleeps ends the next sleep at once.

    Args:
        loop: where it sleeps.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._sleeper: asyncio.Future[None] | None = None
        self._rang = False

    def ring(self) -> None:
        """Something happened."""
        self._rang = True
        if self._sleeper is not None and not self._sleeper.done():
            self._sleeper.set_result(None)

    async def sleep(self, seconds: float) -> None:
        """Until *seconds* have passed or it rings."""
        if self._rang:
            self._rang = False
            await asyncio.sleep(0)
            return
        self._sleeper = self._loop.create_future()
        timer = None
        if seconds < _FOR_EVER:
            timer = self._loop.call_later(max(0.0, seconds), self.ring)
        try:
            await self._sleeper
        finally:
            self._sleeper = None
            self._rang = False
            if timer is not None:
                timer.cancel()
