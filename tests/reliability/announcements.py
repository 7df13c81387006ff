"""What the private connection told of its outages."""

from __future__ import annotations

from time import monotonic

from tests.reliability.schedule import FaultKind
from websocket_v6 import ConnectionEvent, Lost, Resumed

__all__ = ["Announcements"]


class Announcements:
    """From when to when it said it was down.

    An outage begins with its ``Lost``. Only where the fault gives no sign (``FaultKind.silent``) nobody
    can tell earlier than a ping shows, and it began with the fault.
    """

    def __init__(self) -> None:
        self._silent_since: float | None = None
        self._lost_at: float | None = None
        self._outages: list[tuple[float, float]] = []

    def struck(self, kind: FaultKind) -> None:
        self._silent_since = monotonic() if kind.silent else None

    def healed(self) -> None:
        self._silent_since = None

    def on_event(self, event: ConnectionEvent) -> None:
        if not event.connection.startswith("private"):
            return
        now = monotonic()
        if isinstance(event, Lost):
            self._lost_at = now if self._silent_since is None else self._silent_since
        elif isinstance(event, Resumed) and self._lost_at is not None:
            self._outages.append((self._lost_at, now))
            self._lost_at = None

    def cover(self, at: float, slack: float) -> bool:
        """Whether an outage was told of that *at* is in, *slack* seconds before and after included."""
        return any(start - slack <= at <= end + slack for start, end in self._outages)
