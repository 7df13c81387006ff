"""When data came again after a fault."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

__all__ = ["Freshness"]


class Freshness:
    """Of one kind of connection: the first frame of a new one, where the fault takes the old one away.

    A frame that was on its way when the fault hit is none.
    """

    def __init__(self) -> None:
        self._asked = 0.0
        self._since = float("inf")
        self._at = float("inf")

    def expect(self, *, connected: bool) -> None:
        """From now on; *connected* says whether no new connection is needed for it."""
        self._at = float("inf")
        self._asked = monotonic()
        self._since = self._asked if connected else float("inf")

    def connected(self) -> None:
        self._since = min(self._since, monotonic())

    def on_frame(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        if (now := monotonic()) > self._since:
            self._at = min(self._at, now)

    async def seconds(self, patience: float) -> float:
        """Wall seconds from ``expect`` to fresh data; inf: not within *patience* of it."""
        while self._at == float("inf") and monotonic() < self._asked + patience:
            await asyncio.sleep(0.002)
        return self._at - self._asked
