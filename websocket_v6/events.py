"""What ``manager.on_connection_event`` delivers: one frozen dataclass per kind of event.

Every event carries *connection*, the connection's name (``"public"``, ``"private:default"``; other
endpoints add their host), and *at*, Unix time in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "AuthFailed",
    "Connected",
    "ConnectionEvent",
    "Lost",
    "RateLimited",
    "Rehomed",
    "Rejected",
    "Resumed",
    "SlowConsumer",
]

Topic = tuple[str, str]
"""``(data_type, code)``, such as ``("ticker", "KRW-BTC")``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionEvent:
    """Base of all events."""

    connection: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected(ConnectionEvent):
    """A socket was opened. After an outage a ``Resumed`` follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost(ConnectionEvent):
    """The socket is gone; a reconnect is under way. What the exchange sent meanwhile is not replayed."""

    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(ConnectionEvent):
    """The full subscription is on the wire again after *outage_seconds*."""

    outage_seconds: float
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthFailed(ConnectionEvent):
    """The exchange refused this account's keys. The connection stays down until new keys are given."""

    account: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimited(ConnectionEvent):
    """The exchange said 429 or 418, 503 with a time, or sent ``TOO_MANY_REQUEST``; the next try is *wait*
    seconds away.

    429 and 418 hold for every connection to that host. One that was not refused itself tells the wait when it
    would have connected, and each tells the same wait once.
    """

    wait: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowConsumer(ConnectionEvent):
    """A callback does not keep up. Sent once per episode.

    *lag* is the age in seconds of the oldest waiting frame (for a plain callback: how long it blocked
    the loop), *dropped* the number of frames its policy has dropped or replaced so far.
    """

    callback: str
    lag: float
    dropped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected(ConnectionEvent):
    """The exchange refused these topics; they were taken out, everything else runs on.

    Those that were served before stay subscribed and are tried again from time to time.
    """

    name: str
    message: str
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehomed(ConnectionEvent):
    """The manager moved to another event loop because its own was closed or stood still."""

    outage_seconds: float
