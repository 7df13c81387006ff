"""From the wish for a socket to the socket: delays between attempts, limits, waits that were imposed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from time import monotonic, time
from typing import Protocol

from ..credentials import bearer_token
from ..events import ConnectionEvent, RateLimited
from ..protocol.backoff import configured_delays
from ..protocol.imposed_waits import Limit, host_of, limit_of_status
from .accounts import Account
from .alarm import Alarm
from .history import History
from .surroundings import Surroundings
from .transport import HandshakeRefused, Transport, TransportFailed, open_transport

__all__ = ["Connecting", "Party"]

logger = logging.getLogger(__name__)


class Party(Protocol):
    """Who wants the socket."""

    name: str
    url: str
    account: Account | None
    history: History
    surroundings: Surroundings

    def has_work(self) -> bool:
        """Whether a socket is wanted at all."""

    def auth_failed(self, reason: str) -> None:
        """The exchange refused the account's keys."""

    def emit(self, event: type[ConnectionEvent], **data: object) -> None:
        """Tell listeners."""


class Connecting:
    """The attempts of one connection, and the connects of its searches.

    Args:
        alarm: rings when what is wanted has changed.
    """

    def __init__(self, party: Party, alarm: Alarm) -> None:
        self.redirected = False
        """Whether the party's URL has changed since the last attempt began."""
        self.retry = False
        """Whether the next attempt follows a failure: after a delay."""
        self.paced = 0.0
        """Seconds that the connect limit has taken so far."""
        self.rate_limited_until: float | None = None
        """Unix time before which no connect is allowed; ``None`` when none is held back."""
        self._party = party
        self._alarm = alarm
        self._surroundings = party.surroundings
        self._config = party.surroundings.config
        self._not_before = 0.0
        """No connect of this one before this, by ``monotonic``; the waits of its host come on top."""
        self._told_until = 0.0
        """The end of the imposed wait that listeners were told last."""
        self._delays: Iterator[float] | None = None

    # -- attempts -------------------------------------------------------------------------------

    async def connect(self) -> Transport | None:
        """A new socket; waits as long as it takes.

        Returns:
            ``None`` when nothing is wanted any more or the account's keys were refused.
        """
        party = self._party
        while party.has_work():
            moved, self.redirected = self.redirected, False
            if self.retry and not moved:
                await self._pause(self._next_delay())
            if not await self._admitted():
                continue
            try:
                transport = await self._open_socket()
            except HandshakeRefused as error:
                if self._keys_refused(error):
                    return None
                self.failed(str(error))
                limit = limit_of_status(error.status, error.retry_after)
                if limit is not None:
                    self.impose_wait(limit, str(error))
            except TransportFailed as error:
                self.failed(str(error))
            else:
                if not self.redirected:
                    return transport
                transport.abort()
        self.retry = False
        return None

    def redirect(self) -> None:
        """The party's URL is another one: what its former host said does not bind."""
        self.redirected = True
        self._not_before = self._told_until = 0.0
        self._delays = None

    def calm_down(self) -> None:
        """A socket lasted: after the next loss the delays begin anew."""
        self._delays = None

    def take_over(self, former: Connecting) -> None:
        """Go on where *former*, left on another loop, was."""
        self._not_before, self._told_until = former._not_before, former._told_until
        self.rate_limited_until = former.rate_limited_until

    def _keys_refused(self, error: HandshakeRefused) -> bool:
        if not error.of_keys or self._party.account is None:
            return False
        self._party.auth_failed(f"the exchange refused the keys ({error})")
        return True

    async def _open_socket(self) -> Transport:
        """One attempt, now."""
        party, sockets = self._party, self._surroundings.sockets
        sign = self._token if party.account is not None else None
        return await open_transport(party.url, self._config, sign=sign, sockets=sockets)

    def _token(self) -> str:
        assert self._party.account is not None  # noqa: S101 - only such connections sign
        nonce = self._surroundings.new_ticket()
        return bearer_token(self._party.account.credentials, nonce=nonce)

    def failed(self, cause: str) -> None:
        """An attempt came to nothing."""
        self.retry = True
        self._party.history.failed(cause)
        fields = {"connection": self._party.name, "cause": cause}
        logger.info("connect_failed: %s: %s", self._party.url, cause, extra=fields)

    # -- waiting --------------------------------------------------------------------------------

    def _next_delay(self) -> float:
        if self._delays is None:
            self._delays = configured_delays(self._config, self._surroundings.random)
        return next(self._delays)

    async def _pause(self, seconds: float) -> None:
        """Wait out a delay; ends early when nothing is wanted any more, or of another server."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0 and self._party.has_work() and not self.redirected:
            await self._alarm.sleep(left)

    async def _admitted(self) -> bool:
        """Wait as long as the exchange imposed and the connect limit takes.

        Returns:
            Whether to connect now; not when nothing is wanted any more, or of another server.
        """
        while self._party.has_work() and not self.redirected:
            now = monotonic()
            until = max(self._not_before, self._host_until())
            if until > now:
                # Also of those who ask anew: a want that came and went does not shorten it.
                self._tell_wait(until, until - now)
                await self._pause(until - now)
            elif (delay := self._enter_connect()) > 0:
                self.paced += delay
                await asyncio.sleep(delay)
            else:
                self.rate_limited_until = None
                return True
        return False

    def _host_until(self) -> float:
        return self._surroundings.imposed.until(host_of(self._party.url))

    def _enter_connect(self) -> float:
        """Seconds that the connect limit wants; 0.0: a connect was entered and may go out now."""
        connects = self._surroundings.connects
        delay = connects.delay(monotonic())
        if delay <= 0:
            connects.record(monotonic())
        return delay

    def impose_wait(self, limit: Limit, cause: str) -> None:
        """The exchange said *cause*: wait, and let those wait whom it is about."""
        now = monotonic()
        # The delay between attempts runs meanwhile: what listeners are told is the whole wait.
        wait = max(limit.least(self._config.rate_limit_wait), self._next_delay())
        until = now + wait
        self.retry = False
        if limit.reach == "host":
            until = self._surroundings.imposed.impose(host_of(self._party.url), until, cause)
        else:
            self._not_before = until
        self._tell_wait(until, max(wait, until - now))

    def _tell_wait(self, until: float, wait: float) -> None:
        """No connect before *until*, by ``monotonic``; told once, whoever was refused."""
        history = self._party.history
        self.rate_limited_until = time() + wait
        if history.lost_cause is None:
            cause = self._surroundings.imposed.cause(host_of(self._party.url))
            history.failed(f"{cause} for another connection to this host")
        if until > self._told_until:
            self._told_until = until
            self._party.emit(RateLimited, wait=wait)

    # -- searches -------------------------------------------------------------------------------

    def search_delay(self) -> float:
        """Seconds until a further socket may be opened; 0.0: now, and its connect is entered."""
        return max(0.0, self._host_until() - monotonic()) or self._enter_connect()

    async def search_socket(self) -> Transport:
        """One attempt of a search, now. Keys that are refused to it are refused to all."""
        try:
            return await self._open_socket()
        except HandshakeRefused as error:
            self._keys_refused(error)
            raise

    def search_limited(self, limit: Limit, cause: str) -> float:
        """The exchange limits a search; how many seconds it has to wait, which listeners are told."""
        now = monotonic()
        wait = limit.least(self._config.rate_limit_wait)
        if limit.reach == "host":
            host = host_of(self._party.url)
            until = self._surroundings.imposed.impose(host, now + wait, cause)
            wait = max(wait, until - now)
            self._told_until = max(self._told_until, until)
        self._party.emit(RateLimited, wait=wait)
        return wait
