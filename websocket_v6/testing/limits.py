"""Rolling windows: what is allowed, and what the fullest window ever held. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

__all__ = [
    "CONNECTS",
    "MESSAGES",
    "ORIGIN_CONNECTS",
    "ConnectGate",
    "Limit",
    "RollingCounter",
    "TooManyConnectsError",
]


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


class TooManyConnectsError(Exception):
    """A connect over the limit: HTTP *status* 429, or 418 for *seconds* when it went on."""

    def __init__(self, status: int, seconds: float) -> None:
        super().__init__(status, seconds)
        self.status = status
        self.seconds = seconds


class ConnectGate:
    """Connects of one address or key: over the limit 429, and a ban of 418 for who goes on.

    The exchange documents the two answers and that bans grow, not when they begin: here at more
    than ``PATIENCE`` refusals within ten seconds, for ten seconds, doubled each time.
    """

    PATIENCE: Final = 5
    FIRST_BAN: Final = 10.0

    def __init__(self) -> None:
        self.connects = RollingCounter(CONNECTS)
        self.refusals = RollingCounter((Limit(self.PATIENCE, 10.0),))
        self._origin = RollingCounter(ORIGIN_CONNECTS)
        self._ban = self.FIRST_BAN
        self._banned_until = float("-inf")

    def enter(self, now: float, *, origin: bool = False, enforce: bool = True) -> None:
        """Count one connect.

        Args:
            now: monotonic seconds.
            origin: the request carried an ``Origin`` header: one connect in ten seconds.
            enforce: ``False``: count only.

        Raises:
            TooManyConnectsError: it is refused.
        """
        within = self.connects.add(now)
        if origin:
            within = self._origin.add(now) and within
        if not enforce:
            return
        if now < self._banned_until:
            raise TooManyConnectsError(418, self._banned_until - now)
        if within:
            return
        if not self.refusals.add(now):
            self._banned_until = now + self._ban
            self._ban *= 2
            raise TooManyConnectsError(418, self._banned_until - now)
        raise TooManyConnectsError(429, CONNECTS[0].seconds)
