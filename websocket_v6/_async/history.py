"""What one connection has been through: its sockets, its outages, what was sent."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from time import monotonic, time
from typing import Any, Final

__all__ = ["History", "Tally"]

_OUTAGES_KEPT: Final = 100


@dataclass(slots=True)
class Tally:
    """Counters over all sockets of one connection. Seconds where times."""

    connects: int = 0
    reconnects: int = 0
    requests: int = 0
    lists: int = 0
    pings: int = 0
    drift_repairs: int = 0
    rejections: int = 0
    outage_seconds: float = 0.0
    outages: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_OUTAGES_KEPT))


class History:
    """The past of one connection, for people to read: times are Unix seconds."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.ever_connected = False
        self.connected_since: float | None = None
        """When the socket that is open was opened; ``None`` while none is."""
        self.lost_since: float | None = None
        """When the outage began that goes on; ``None``: there is none."""
        self.lost_cause: str | None = None
        """Why the last socket was lost or the last attempt failed."""
        self._down_since = 0.0

    def opened(self) -> None:
        """A socket was opened."""
        self.connected_since = time()
        self.tally.connects += 1
        self.tally.reconnects += self.ever_connected
        self.ever_connected = True

    def closed(self) -> None:
        """It is open no more."""
        self.connected_since = None

    def lost(self, cause: str) -> None:
        """An outage begins."""
        self.lost_since = time()
        self._down_since = monotonic()
        self.lost_cause = cause

    def failed(self, cause: str) -> None:
        """An attempt to connect failed, or is not allowed yet; an outage that goes on began before."""
        self.lost_cause = cause

    def out_of_reach(self, cause: str) -> None:
        """No attempt will be made; an outage begins unless one goes on."""
        if self.lost_since is None:
            self.lost(cause)
        self.lost_cause = cause

    def resumed(self) -> float | None:
        """The full request was sent: the outage is over.

        Returns:
            Its seconds, by a clock that nobody sets; ``None`` when there was none to tell of.
        """
        if self.lost_since is None:
            return None
        outage = None
        if self.tally.reconnects:
            outage = monotonic() - self._down_since
            self.tally.outage_seconds += outage
            self.tally.outages.append(
                {"at": self.lost_since, "seconds": outage, "cause": self.lost_cause}
            )
        self.lost_since = None
        self.lost_cause = None
        return outage

    def take_over(self, former: History) -> None:
        """Go on where *former*, left on another loop, was."""
        self.tally = former.tally
        self.ever_connected = former.ever_connected
        if former.ever_connected:
            self.lost("moved to another event loop")
            if former.lost_since is not None:
                self.lost_since, self._down_since = former.lost_since, former._down_since
