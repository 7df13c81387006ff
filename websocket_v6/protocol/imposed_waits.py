"""Waits that the exchange imposes: what imposes one, on whom, and until when.

A refused handshake (429, and 418 for who goes on) is about connects, which the exchange counts for an address
or, where a connect is signed, for the key's pocket. Nobody has recorded which of the two a refusal was
about, so it holds for every connection to that host: a wait too many costs seconds, a ban that was made
longer costs minutes.

The error frame ``TOO_MANY_REQUEST`` is about messages, which are counted for each connection alone. Only the
connection it came on waits: what another one sends, or a new connect, is not what was counted. "I'm a
teapot", which some editions of the documentation name beside it, is the ban that follows who goes on, and
holds for the host like its namesake among the statuses.

503 with a ``Retry-After`` is about no count: the exchange is away, and says for how long.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final, Literal
from urllib.parse import urlsplit

__all__ = [
    "ImposedWaits",
    "Limit",
    "Reach",
    "date",
    "host_of",
    "limit_of_error",
    "limit_of_status",
    "told_wait",
]

Reach = Literal["connection", "host"]
"""Who has to wait: the connection alone, or all connections to its host."""

_LONGEST_WAIT: Final = 86_400.0
"""Seconds; an answer that asks for more than a day is not believed."""
_LONGEST_AWAY: Final = 300.0
"""Seconds; a server may be back before the time that its 503 named, and asking costs it nothing."""
_STATUSES: Final = frozenset({418, 429})
_AWAY: Final = 503
_ERRORS: Final[dict[str, Reach]] = {
    "toomanyrequest": "connection",
    "toomanyrequests": "connection",
    "imateapot": "host",
}
_TOLD: Final = re.compile(r"(\d+)\s*(?:sec(?:ond)?s?\b|초|(min(?:ute)?s?\b|분))")
_PORTS: Final = {"ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class Limit:
    """A wait as the exchange imposes it: on whom, and for how many seconds (``None``: it did not say).

    *counted*: for having asked too much. Otherwise the exchange is away, and the time it names is all.
    """

    reach: Reach
    told: float | None = None
    counted: bool = True

    def least(self, usual: float) -> float:
        """Seconds to wait: what the exchange told, and for having asked too much at least *usual*."""
        return max(self.told or 0.0, usual if self.counted else 0.0)


def limit_of_status(status: int, told: float | None) -> Limit | None:
    """The wait that a handshake answered with this HTTP status imposes; ``None``: it imposes none."""
    if status == _AWAY and told is not None:
        return Limit("connection", min(told, _LONGEST_AWAY), counted=False)
    return Limit("host", told) if status in _STATUSES else None


def limit_of_error(name: str, message: str) -> Limit | None:
    """The wait that an error frame imposes; ``None``: it is about something else.

    Editions of the documentation spell the names differently, so only their letters count. Only a ban
    names its end; seconds in another message may be those of the limit itself.
    """
    reach = _ERRORS.get("".join(filter(str.isalpha, name)).lower())
    if reach is None:
        return None
    told = told_wait(None, message.encode(errors="replace"), 0.0) if reach == "host" else None
    return Limit(reach, told)


def told_wait(header: str | None, body: bytes | bytearray | None, now: float) -> float | None:
    """Seconds to wait as the exchange says itself; ``None``: it names no time.

    Args:
        header: the value of ``Retry-After``: seconds or a date.
        body: an answer that may have a ban notice in it ("... 60 seconds ...").
        now: Unix time, by the clock that a date was made with.
    """
    seconds = (header or "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", seconds):
        return min(float(seconds), _LONGEST_WAIT)
    until = date(header)
    if until is not None:
        return min(max(0.0, until - now), _LONGEST_WAIT)
    found = _TOLD.search(bytes(body or b"").decode(errors="replace"))
    if found is None:
        return None
    unit = 60.0 if found.group(2) else 1.0
    return min(float(found.group(1)) * unit, _LONGEST_WAIT)


def date(header: str | None) -> float | None:
    """Unix time of a header's date; ``None`` when it is none."""
    try:
        moment = parsedate_to_datetime(header or "")
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def host_of(url: str) -> str:
    """What the exchange's count of connects belongs to: ``name:port``, whatever path and spelling."""
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme, 0)
    return f"{parts.hostname or ''}:{port}"


class ImposedWaits:
    """Until when no connect may go to which host. Times are of one clock that nobody sets, in seconds."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._causes: dict[str, str] = {}

    def impose(self, host: str, until: float, cause: str) -> float:
        """No connect to *host* before *until*; a wait that ends later stays as it is.

        Args:
            cause: what the exchange said, for people.

        Returns:
            When the wait ends now.
        """
        if until > self.until(host):
            self._until[host] = until
            self._causes[host] = cause
        return self.until(host)

    def until(self, host: str) -> float:
        """When the last wait for *host* ends or ended; 0.0 when there was none."""
        return self._until.get(host, 0.0)

    def cause(self, host: str) -> str | None:
        """What the exchange said when it imposed the wait; ``None`` when there was none."""
        return self._causes.get(host)
