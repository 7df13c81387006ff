"""Rate limits as arithmetic over true rolling windows.

The exchange allows 5 messages a second and 100 a minute on a connection and 5 connects a second. Two
clocks and a network lie between a send and its arrival, so the windows here are wider and the counts
lower than the exchange's (the margin is in the configuration).

The windows alone would let steady changes use up a minute's messages in twenty seconds and then hold the
next one for forty. The token bucket beside them gives the burst at once and after that only the rate that
can be kept up for ever, so that no change waits much longer than a second; what comes meanwhile is merged. It
holds only if every message is counted in it, and those that can do without are not sent while it is low.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["RollingWindows", "TokenBucket", "Window"]


@dataclass(frozen=True, slots=True)
class Window:
    """At most *count* events in any *seconds* seconds."""

    count: int
    seconds: float


class RollingWindows:
    """Several windows over one sequence of events.

    Args:
        windows: all of them hold at once.
        former: whose events count here too; there were other windows before.
    """

    def __init__(self, windows: Iterable[Window], former: RollingWindows | None = None) -> None:
        self._windows = tuple(windows)
        self._longest = max(window.seconds for window in self._windows)
        self._events: deque[float] = deque(former._events if former is not None else ())

    def delay(self, now: float) -> float:
        """Seconds until one more event is allowed; 0.0 means now."""
        self._forget(now)
        wait = 0.0
        for window in self._windows:
            if len(self._events) >= window.count:
                wait = max(wait, self._events[-window.count] + window.seconds - now)
        return wait

    def record(self, now: float) -> None:
        """Count one event at *now*."""
        self._forget(now)
        self._events.append(now)

    def free(self, now: float) -> tuple[int, ...]:
        """How many events each window would still allow at *now*, in the order of the windows."""
        self._forget(now)
        return tuple(
            window.count - sum(1 for at in self._events if at > now - window.seconds)
            for window in self._windows
        )

    def _forget(self, now: float) -> None:
        while self._events and self._events[0] <= now - self._longest:
            self._events.popleft()


class TokenBucket:
    """A burst at once, then a steady rate.

    Args:
        burst: events that need not wait when there were none for long.
        rate: events per second afterwards.
    """

    def __init__(self, burst: int, rate: float) -> None:
        self._burst = burst
        self._rate = rate
        self._full_at = -math.inf

    def delay(self, now: float) -> float:
        """Seconds until one more event is allowed; 0.0 means now."""
        return max(0.0, self._full_at - now - (self._burst - 1) / self._rate)

    def free(self, now: float) -> int:
        """How many events it would allow at *now*."""
        owed = max(0.0, self._full_at - now) * self._rate
        return max(0, math.floor(self._burst - owed + 1e-9))

    def record(self, now: float) -> None:
        """Count one event at *now*."""
        self._full_at = max(self._full_at, now) + 1 / self._rate
