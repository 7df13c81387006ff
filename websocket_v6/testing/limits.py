"""Rolling windows: what is allowed, and what the fullest window ever held. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

__all__ = ["CONNECTS", "MESSAGES", "ORIGIN_CONNECTS", "Limit", "RollingCounter"]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` events in any window of ``seconds``."""

    count: int
    seconds: float


# Upbit developer docs, "Rate limits".
CONNECTS: Final = (Limit(5, 1.0),)
MESSAGES: Final = (Limit(5, 1.0), Limit(100, 60.0))
ORIGIN_CONNECTS: Final = (Limit(1, 10.0),)


class RollingCounter:
    """Counts events in every rolling window of the given limits.

    ``peaks`` has, per limit, the most events any window ever held, counted whether or not the limit
    is enforced.
    """

    def __init__(self, limits: tuple[Limit, ...]) -> None:
        self.limits = limits
        self.total = 0
        self.peaks = dict.fromkeys(limits, 0)
        self._windows: dict[Limit, deque[float]] = {limit: deque() for limit in limits}

    def add(self, now: float) -> bool:
        """Count one event at *now* (seconds, never decreasing); False when it is over a limit."""
        self.total += 1
        within = True
        for limit, window in self._windows.items():
            window.append(now)
            while window[0] <= now - limit.seconds:
                window.popleft()
            self.peaks[limit] = max(self.peaks[limit], len(window))
            within = within and len(window) <= limit.count
        return within
