"""What every client of a flood is measured with."""

from __future__ import annotations

import asyncio
import time
from typing import Any

WARM_UP = 0.1
"""Share of the frames that is not measured: caches, adaptive interpreter, socket buffers."""


class Meter:
    """Counts frames; notes the process's CPU and wall time at the first and last measured one."""

    def __init__(self, count: int) -> None:
        self.first = max(1, int(count * WARM_UP))
        self.last = count
        self.seen = 0
        self.done = asyncio.Event()
        self.cpu = self.wall = 0.0

    def tick(self) -> None:
        self.seen += 1
        if self.seen == self.first:
            self.cpu, self.wall = -time.process_time(), -time.perf_counter()
        elif self.seen == self.last:
            self.cpu += time.process_time()
            self.wall += time.perf_counter()
            self.done.set()

    def one(self, data: Any) -> None:
        """A no-op callback that counts, in the form the bare loop calls."""
        self.tick()

    def three(self, symbol: str, data_type: str, data: Any) -> None:
        """The same in the form `websocket_v6` calls."""
        self.tick()

    def result(self) -> dict[str, float]:
        measured = self.last - self.first
        return {
            "cpu_us": self.cpu / measured * 1e6,
            "wall_us": self.wall / measured * 1e6,
            "per_second": measured / self.wall,
        }
