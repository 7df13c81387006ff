"""Rate limits as arithmetic over true rolling windows.

The exchange allows 5 messages a second and 100 a minute on a connection and 5 connects a second. Two
clocks and a network lie between a send and its arrival, so the windows here are wider and the counts
lower than the exchange's (the margin is in the configuration).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["RollingWindows", "Window"]


@dataclass(frozen=True, slots=True)
class Window:
    """At most *count* events in any *seconds* seconds."""

    count: int
    seconds: float


class RollingWindows:
    """Several windows over one sequence of events.

    Args:
        windows: all of them hold at once.
    """

    def __init__(self, windows: Iterable[Window]) -> None:
        self._windows = tuple(windows)
        self._longest = max(window.seconds for window in self._windows)
        self._events: deque[float] = deque()

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
