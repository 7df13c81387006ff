"""An account whose events are the same in every run: they advance by step, not by clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from websocket_v6.testing import ExchangeEmulator

__all__ = ["SteppedClock", "play"]

STEPS = 100
INTERVAL = 0.04  # seconds between two steps
START = 1_790_000_000.0  # Unix seconds
CODE = "KRW-BTC"


class SteppedClock:
    """Real time for limits and delays; a wall clock that stands still until it is moved.

    Time stamps of account events then depend on the step alone.
    """

    def __init__(self) -> None:
        self._wall = START

    def now(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return self._wall

    def step(self, seconds: float) -> None:
        """Move the wall clock on."""
        self._wall += seconds

    def call_later(self, delay: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(delay, callback)

    async def sleep(self, delay: float) -> None:
        await asyncio.sleep(delay)


async def play(exchange: ExchangeEmulator, clock: SteppedClock, steps: int = STEPS) -> None:
    """Place, fill and cancel orders from the first private subscription on; ends after *steps*."""
    while not exchange.held("private"):
        await exchange.changed()
    account = exchange.account()
    order = None
    for index in range(steps):
        clock.step(1.0)
        match index % 4:
            case 0:
                order = account.place_order(CODE, "BID", price=100_000_000 + index, volume="0.002")
            case 1 if order is not None:
                account.fill(order, volume="0.0005")
            case 2 if order is not None:
                account.cancel(order)
            case _:
                account.deposit("KRW", 1_000_000)
        await clock.sleep(INTERVAL)
