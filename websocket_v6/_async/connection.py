"""One shared connection: a ledger of wants, a router, and one owner task that keeps a socket for them.

There is exactly one loop that connects, sends and decides to reconnect. It exists while something is
wanted; an idle connection has no task. What to do next is decided by ``protocol.session``.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from time import monotonic, time
from typing import Any, Final

from ..config import Config
from ..credentials import bearer_token
from ..events import (
    AuthFailed,
    Connected,
    ConnectionEvent,
    Lost,
    RateLimited,
    Resumed,
)
from ..exceptions import AuthenticationError, ManagerClosed, SubscribeTimeout, SubscriptionRejected
from ..protocol.backoff import delays
from ..protocol.decoder import ListReply, ServerError
from ..protocol.drift import Drift
from ..protocol.imposed_waits import (
    ImposedWaits,
    Limit,
    host_of,
    limit_of_error,
    limit_of_status,
)
from ..protocol.ledger import Ledger, Topic, Want
from ..protocol.pacing import RollingWindows
from ..protocol.planner import plan
from ..protocol.requests import PING
from ..protocol.session import (
    Close,
    Dead,
    SendHeartbeat,
    SendList,
    SendPing,
    SendRequest,
    Session,
    Wait,
)
from ..subscription import PRIVATE_TYPES
from .accounts import Account
from .refusals import Refusals
from .router import Control, Router
from .transport import HandshakeRefused, Sockets, Transport, TransportFailed, open_transport
from .waiting import Waiting

__all__ = ["Connection", "Surroundings", "Tally"]

logger = logging.getLogger(__name__)

_OUTAGES_KEPT: Final = 100
_SECOND_THOUGHT: Final = 0.5
"""Seconds after which a loop whose tasks were all cancelled counts as going on."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a connection needs from its hub."""

    config: Config
    connects: RollingWindows
    imposed: ImposedWaits
    sockets: Sockets
    emit: Callable[[ConnectionEvent], None]
    on_done: Callable[[str, tuple[str, ...]], None]
    """``(key, codes)``: a snapshot-only subscription has had these codes."""
    on_rejected: Callable[[str, tuple[str, ...], SubscriptionRejected], None]
    on_loop_ending: Callable[[], None]
    on_open: Callable[[bool, str], None]
    """``(private, url)`` of each socket that was opened."""
    random: Callable[[], float]
    new_ticket: Callable[[], str]
    drift: Drift


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


class Connection:
    """One (endpoint, account), or one more order book level of it.

    All methods run on the loop that the connection was made for.

    Args:
        name: for people: ``public``, ``private:default``.
        url: where to connect.
        account: signs the handshake; ``None`` on the public endpoint.
    """

    def __init__(
        self, name: str, url: str, account: Account | None, surroundings: Surroundings
    ) -> None:
        self.name = name
        self.url = url
        self.account = account
        self.ledger = Ledger()
        self.tally = Tally()
        self.connected_since: float | None = None
        self.lost_since: float | None = None
        self.lost_cause: str | None = None
        self.rate_limited_until: float | None = None
        self.last_heartbeat: float | None = None
        self.last_verified: float | None = None
        """These two in the clock of ``monotonic``; the others are Unix times, for people to read."""
        self.ever_connected = False
        self.session: Session | None = None
        self.router = Router(
            private=account is not None,
            collect=self.ledger.collect,
            on_snapshot=self._snapshot_served,
            on_control=self._control,
            drift=surroundings.drift,
        )
        self.refusals = Refusals(self)
        self.surroundings = surroundings
        self.abandoned = False
        """Whether it was left on another loop: nothing of it acts any more."""
        self._config = surroundings.config
        self._loop = asyncio.get_running_loop()
        self.waiting = Waiting(self._loop)
        self._task: asyncio.Task[None] | None = None
        self._transport: Transport | None = None
        self._wake_up: asyncio.Future[None] | None = None
        self._awake = False
        self._paced = 0.0
        self._held = False
        self._repairing: set[Topic] = set()
        self._error: ServerError | None = None
        self._redirected = False
        self._down_since = 0.0
        self._not_before = 0.0
        """No connect of this one before this, by ``monotonic``; the waits of its host come on top."""
        self._told_until = 0.0
        """The end of the imposed wait that listeners were told last."""
        self._backoff: Iterator[float] | None = None
        self._retry = False
        self._stopping = False

    def __repr__(self) -> str:
        topics = len(self.ledger.topics())
        state = "up" if self.session is not None else "down"
        return f"<Connection {self.name} {state}, {topics} topics, {self.tally.requests} requests>"

    @property
    def up(self) -> bool:
        return self.session is not None

    def is_repairing(self, topic: Topic) -> bool:
        """Whether the exchange had dropped it and it was asked for again."""
        return topic in self._repairing

    # -- wants ----------------------------------------------------------------------------------

    def changed(self) -> None:
        """The ledger changed: carry it to the wire, in the next turn of the loop."""
        if self.abandoned or self._stopping or self._loop.is_closed():
            return
        if self._task is None:
            if not self._has_work():
                return
            self._task = self._loop.create_task(self._own(), name=f"upbit-ws {self.name}")
            # A loop that is closed without cancelling its tasks is reported by the hub's watch.
            self._task._log_destroy_pending = False  # type: ignore[attr-defined]
        self._wake()

    async def on_wire(self, key: str) -> None:
        """Wait until a request with this want was sent, or only the rate limit holds it back.

        Raises:
            SubscribeTimeout: the connection has never been up and did not come up in time.
            AuthenticationError: the exchange refused the account's keys.
            SubscriptionRejected: the exchange refused it before this returned.
            ManagerClosed: the manager was shut down meanwhile.
        """
        if self.account is not None and self.account.refused:
            raise AuthenticationError(self.account.name, self.account.refusal)
        session = self.session
        if session is not None:
            if plan(self.ledger, session.wire) is None or self._held_by_pacer():
                return
        elif self.ever_connected:
            return
        with self.waiting.enter(key) as waiter:
            await self._within_timeout(waiter)

    def redirect(self, url: str) -> None:
        """Leave for another server; what is wanted stays, and is asked for there."""
        self.url = url
        self._redirected = True
        self._not_before = self._told_until = 0.0
        self._backoff = None
        self._wake()

    def give_up_waiting(self, key: str) -> None:
        """The want was withdrawn: a call that still waits for it returns."""
        self.waiting.release(keys=[key])

    async def _within_timeout(self, waiter: asyncio.Future[None]) -> None:
        """Wait; time that the connect limit takes does not count, and once up there is no limit."""
        timeout = self._config.subscribe_timeout
        paced = self._paced
        while True:
            done, _ = await asyncio.wait([waiter], timeout=timeout)
            if done:
                waiter.result()
                return
            if self.ever_connected:
                timeout = self._config.subscribe_timeout
                continue
            if self._paced <= paced:
                raise SubscribeTimeout(self.url, self._config.subscribe_timeout, self.lost_cause)
            timeout, paced = self._paced - paced, self._paced

    def _held_by_pacer(self) -> bool:
        session = self.session
        if session is None:
            return False
        action = session.step(monotonic(), self.ledger)
        return isinstance(action, Wait) and action.held

    # -- the owner ------------------------------------------------------------------------------

    def _has_work(self) -> bool:
        refused = self.account is not None and self.account.refused
        leaving = self._stopping or self.abandoned
        return bool(self.ledger.items()) and not refused and not leaving

    async def _own(self) -> None:
        try:
            while self._has_work():
                try:
                    transport = await self._connect()
                    if transport is None:
                        return
                    await self._serve(transport)
                except Exception as error:  # noqa: BLE001 - a defect costs one socket, not the streams
                    self._broke_down(error)
        except asyncio.CancelledError:
            if not self._stopping and not self.abandoned:
                # Somebody ends this loop with everything on it; others may still need the streams.
                self.surroundings.on_loop_ending()
                self._loop.call_later(_SECOND_THOUGHT, self._revive)
            raise
        finally:
            self._task = None
            if self._transport is not None and not self.abandoned:
                self._transport.abort()
                self._transport = None
            self.session = None

    def _revive(self) -> None:
        """The loop went on although everything on it was cancelled."""
        if self._task is None and self._has_work():
            if self.ever_connected:
                self._lost("the task that kept it was cancelled")
            self.changed()

    def _broke_down(self, error: Exception) -> None:
        """A fault of this program's own costs the socket; what is wanted is asked for on the next."""
        logger.error("connection_failed", exc_info=error, extra={"connection": self.name})
        if self.abandoned:
            return
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
        self._closed()
        self._lost(f"a defect: {type(error).__name__}")

    async def _connect(self) -> Transport | None:
        """A new socket; waits as long as it takes.

        Returns:
            ``None`` when nothing is wanted any more or the account's keys were refused.
        """
        while self._has_work():
            moved, self._redirected = self._redirected, False
            if self._retry and not moved:
                await self._pause(self._next_delay())
            if not await self._admitted():
                continue
            try:
                transport = await self.open_socket()
            except HandshakeRefused as error:
                if error.status == 401 and self.account is not None:
                    self._auth_failed(f"the exchange refused the keys ({error})")
                    return None
                self._connect_failed(str(error))
                limit = limit_of_status(error.status, error.retry_after)
                if limit is not None:
                    self._impose_wait(limit, str(error))
            except TransportFailed as error:
                self._connect_failed(str(error))
            else:
                if not self._redirected:
                    return transport
                transport.abort()
        self._retry = False
        return None

    async def _admitted(self) -> bool:
        """Wait as long as the exchange imposed and the connect limit takes.

        Returns:
            Whether to connect now; not when nothing is wanted any more, or of another server.
        """
        while self._has_work() and not self._redirected:
            now = monotonic()
            until = max(self._not_before, self._host_until())
            if until > now:
                # Also of those who ask anew: a want that came and went does not shorten it.
                self._tell_wait(until, until - now)
                await self._pause(until - now)
            elif (delay := self._enter_connect()) > 0:
                self._paced += delay
                await asyncio.sleep(delay)
            else:
                self.rate_limited_until = None
                return True
        return False

    def _host_until(self) -> float:
        return self.surroundings.imposed.until(host_of(self.url))

    def _enter_connect(self) -> float:
        """Seconds that the connect limit wants; 0.0: a connect was entered and may go out now."""
        connects = self.surroundings.connects
        delay = connects.delay(monotonic())
        if delay <= 0:
            connects.record(monotonic())
        return delay

    async def open_socket(self) -> Transport:
        token = None
        if self.account is not None:
            token = bearer_token(self.account.credentials, nonce=self.surroundings.new_ticket())
        sockets = self.surroundings.sockets
        return await open_transport(self.url, self._config, token=token, sockets=sockets)

    def _next_delay(self) -> float:
        if self._backoff is None:
            config = self._config
            self._backoff = delays(
                first=config.reconnect_first,
                fast_window=config.reconnect_fast_window,
                fast_max_gap=config.reconnect_fast_max_gap,
                maximum=config.reconnect_max_delay,
                random=self.surroundings.random,
            )
        return next(self._backoff)

    def _connect_failed(self, cause: str) -> None:
        self._retry = True
        self.lost_cause = cause
        fields = {"connection": self.name, "cause": cause}
        logger.info("connect_failed: %s: %s", self.url, cause, extra=fields)

    def _impose_wait(self, limit: Limit, cause: str) -> None:
        """The exchange said *cause*: wait, and let those wait whom it is about."""
        now = monotonic()
        # The delay between attempts runs meanwhile: what listeners are told is the whole wait.
        wait = max(limit.told or 0.0, self._config.rate_limit_wait, self._next_delay())
        until = now + wait
        self._retry = False
        if limit.reach == "host":
            until = self.surroundings.imposed.impose(host_of(self.url), until, cause)
        else:
            self._not_before = until
        self._tell_wait(until, max(wait, until - now))

    def _tell_wait(self, until: float, wait: float) -> None:
        """No connect before *until*, by ``monotonic``; told once, whoever was refused."""
        self.rate_limited_until = time() + wait
        if self.lost_cause is None:
            cause = self.surroundings.imposed.cause(host_of(self.url))
            self.lost_cause = f"{cause} for another connection to this host"
        if until > self._told_until:
            self._told_until = until
            self.emit(RateLimited, wait=wait)

    # -- searches -------------------------------------------------------------------------------

    def search_delay(self) -> float:
        """Seconds until a further socket may be opened; 0.0: now, and its connect is entered."""
        return max(0.0, self._host_until() - monotonic()) or self._enter_connect()

    def search_limited(self, limit: Limit, cause: str) -> float:
        """The exchange limits a search; how many seconds it has to wait, which listeners are told."""
        now = monotonic()
        wait = max(limit.told or 0.0, self._config.rate_limit_wait)
        if limit.reach == "host":
            until = self.surroundings.imposed.impose(host_of(self.url), now + wait, cause)
            wait = max(wait, until - now)
            self._told_until = max(self._told_until, until)
        self.emit(RateLimited, wait=wait)
        return wait

    # -- one socket -----------------------------------------------------------------------------

    async def _serve(self, transport: Transport) -> None:
        if self.abandoned:
            transport.abort()
            return
        self._opened(transport)
        cause = "closed by this side"
        try:
            cause = await self._drive(transport)
        except TransportFailed as failure:
            cause = str(failure)
        finally:
            if not self.abandoned:
                self._closed()
        if self.abandoned:
            return
        error, self._error = self._error, None
        idle = not self.ledger.topics() and error is None
        if idle:
            logger.info("connection_idle_closed", extra={"connection": self.name})
        else:
            self._lost(f"{error.name}: {error.message}" if error is not None else cause)
        await self._close(transport, politely=idle)
        if error is not None:
            await self._refused(error)

    def _opened(self, transport: Transport) -> None:
        now = monotonic()
        self._transport = transport
        self.session = Session(self._config, now, self.surroundings.new_ticket)
        self.connected_since = time()
        self.tally.connects += 1
        self.tally.reconnects += self.ever_connected
        self.ever_connected = True
        self.ledger.renew_debts()
        self.router.forget_connection()
        self._repairing.clear()
        self._error = None
        self._retry = False
        self.surroundings.on_open(self.account is not None, self.url)
        transport.start(self._received, self._wake)
        logger.info("connected", extra={"connection": self.name, "url": self.url})
        self.emit(Connected)

    def _closed(self) -> None:
        session = self.session
        calm = self._config.reconnect_reset_after
        if session is not None and self._frames_lasted(session) >= calm:
            self._backoff = None
        self.session = None
        self.connected_since = None
        self.last_heartbeat = None
        self.router.forget_connection()
        self._held = False
        self.waiting.release()

    def _frames_lasted(self, session: Session) -> float:
        """Seconds from the opening to the last thing that was heard."""
        last = self.router.last_frame
        return 0.0 if last is None else last - session.opened

    def _mark_lost(self) -> None:
        self.lost_since = time()
        self._down_since = monotonic()

    def _lost(self, cause: str) -> None:
        self._retry = True
        self._mark_lost()
        self.lost_cause = cause
        fields = {"connection": self.name, "cause": cause}
        logger.warning("connection_lost: %s: %s; reconnecting", self.name, cause, extra=fields)
        self.emit(Lost, cause=cause)

    async def _close(self, transport: Transport, *, politely: bool) -> None:
        try:
            if politely and not transport.closed:
                await transport.close()
        finally:
            self._transport = None
            transport.abort()

    async def _drive(self, transport: Transport) -> str:
        """Carry out the session's actions until the socket is gone; returns why it is."""
        session = self.session
        assert session is not None  # noqa: S101 - set by _opened
        while not self.abandoned:
            if self._error is not None:
                return self._error.name
            if transport.closed:
                return transport.cause
            if self._redirected:
                return f"moved to {self.url}"
            now = monotonic()
            self._watch_topics(session, now)
            action = session.step(now, self.ledger)
            if isinstance(action, Wait):
                self._held = action.held
                if action.held:
                    self.waiting.release()
                await self._sleep(action.until - now)
            elif isinstance(action, Close):
                return "nothing is wanted any more"
            elif isinstance(action, Dead):
                return action.reason
            else:
                await self._carry_out(transport, session, action)
        return "moved to another event loop"

    async def _carry_out(
        self,
        transport: Transport,
        session: Session,
        action: SendRequest | SendList | SendPing | SendHeartbeat,
    ) -> None:
        # Counted before it is sent: a send that is interrupted may have reached the exchange.
        now = monotonic()
        try:
            async with asyncio.timeout(self._config.pong_timeout):
                if isinstance(action, SendRequest):
                    first = session.wire.items is None
                    session.request_sent(now, action.items)
                    self.tally.requests += 1
                    waiting = self.waiting.keys
                    await transport.send(action.text)
                    self.waiting.release(keys=waiting)
                    self._request_sent(first, action)
                elif isinstance(action, SendList):
                    session.list_sent(now, action.ticket)
                    self.tally.lists += 1
                    await transport.send(action.text)
                elif isinstance(action, SendHeartbeat):
                    session.heartbeat_sent(now)
                    await transport.send(PING)
                else:
                    session.ping_sent(now)
                    self.tally.pings += 1
                    await transport.ping(session.pong)
        except TimeoutError as error:
            raise TransportFailed("the exchange does not take any data") from error

    def _request_sent(self, first: bool, action: SendRequest) -> None:
        logger.debug("request_sent", extra={"connection": self.name, "topics": len(action.items)})
        if first and self.lost_since is not None:
            # Measured by a clock that nobody sets.
            outage = monotonic() - self._down_since
            if self.tally.reconnects:
                self.tally.outage_seconds += outage
                self.tally.outages.append(
                    {"at": self.lost_since, "seconds": outage, "cause": self.lost_cause}
                )
                self.emit(Resumed, outage_seconds=outage, topics=tuple(sorted(action.items)))
            self.lost_since = None
            self.lost_cause = None

    # -- sleeping -------------------------------------------------------------------------------

    def _wake(self) -> None:
        self._awake = True
        if self._wake_up is not None and not self._wake_up.done():
            self._wake_up.set_result(None)

    async def _sleep(self, seconds: float) -> None:
        """Until *seconds* have passed or something happened."""
        if self._awake:
            self._awake = False
            await asyncio.sleep(0)
            return
        self._wake_up = self._loop.create_future()
        timer = self._loop.call_later(max(0.0, seconds), self._wake) if seconds < 1e9 else None
        try:
            await self._wake_up
        finally:
            self._wake_up = None
            self._awake = False
            if timer is not None:
                timer.cancel()

    async def _pause(self, seconds: float) -> None:
        """Wait out a delay; ends early when nothing is wanted any more, or of another server."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0 and self._has_work() and not self._redirected:
            await self._sleep(left)

    # -- what comes in --------------------------------------------------------------------------

    def _received(self, payload: bytes) -> None:
        if not self.abandoned:
            self.router.on_message(payload)

    def _snapshot_served(self, topic: Topic, debtors: tuple[Want, ...]) -> None:
        session = self.session
        if session is not None:
            session.wire.arrived(topic)
            session.served(topic)
            item = session.wire.items.get(topic) if session.wire.items is not None else None
            if item is not None:
                self.refusals.accepted([item])
        self._repairing.discard(topic)
        for want in debtors:
            if want.key in self.ledger and want.options.mode.value == "only_snapshot":
                self.surroundings.on_done(want.key, (topic[1],))

    def _control(self, message: Control) -> None:
        if isinstance(message, ServerError):
            self._error = message
            self._wake()
        elif isinstance(message, ListReply):
            self._listed(message)
        else:
            self.last_heartbeat = monotonic()

    def _listed(self, reply: ListReply) -> None:
        session = self.session
        if session is None:
            return
        found = session.list_reply(reply)
        if found is None:
            return
        self.last_verified = monotonic()
        missing = set(found.repaired) | set(found.not_served)
        items = session.wire.items or {}
        self.refusals.accepted(item for topic, item in items.items() if topic not in missing)
        self._repairing &= set(found.repaired)
        if found.repaired:
            self.tally.drift_repairs += len(found.repaired)
            self._repairing |= set(found.repaired)
            lost = [" ".join(topic) for topic in found.repaired]
            logger.warning(
                "topics_lost: %s: asked for again",
                ", ".join(lost),
                extra={"connection": self.name, "topics": lost},
            )
        if found.not_served:
            self._report_not_served(found.not_served)
        self._wake()

    def _report_not_served(self, topics: Iterable[Topic]) -> None:
        silent = [" ".join(topic) for topic in topics]
        logger.warning(
            "topics_not_served: %s: the exchange keeps silent about markets it does not have; check "
            "the spelling and the region",
            ", ".join(silent),
            extra={"connection": self.name, "topics": silent},
        )

    def _watch_topics(self, session: Session, now: float) -> None:
        """Look for topics that went silent while others flow."""
        items = session.wire.items or {}
        session.suspicious(
            now,
            (
                (route.topic, route.last_at, route.usual_gap or 0.0)
                for route in self.router.routes()
                if route.last_at is not None
                and route.topic in items
                and route.topic[0] not in PRIVATE_TYPES
            ),
        )
        silent = session.overdue_snapshots(now)
        if silent:
            self._report_not_served(silent)

    # -- refusals -------------------------------------------------------------------------------

    async def _refused(self, error: ServerError) -> None:
        """The exchange answered with an error frame and closed."""
        limit = limit_of_error(error.name, error.message)
        if limit is not None:
            self._impose_wait(limit, f"{error.name}: {error.message}")
            return
        if error.name == "INVALID_AUTH" and self.account is not None:
            self._auth_failed(f"the exchange answered {error.name}: {error.message}")
            return
        self.refusals.request_refused(error)

    def _auth_failed(self, reason: str) -> None:
        assert self.account is not None  # noqa: S101 - only private connections authenticate
        self.account.refuse(reason)
        self.lost_cause = reason
        if self.lost_since is None:
            self._mark_lost()
        logger.error(
            "auth_failed: account %r: %s",
            self.account.name,
            self.account.refusal,
            extra={"connection": self.name, "account": self.account.name},
        )
        self.waiting.release(AuthenticationError(self.account.name, self.account.refusal))
        self.emit(AuthFailed, account=self.account.name, reason=reason)

    def emit(self, event: type[ConnectionEvent], **data: Any) -> None:
        self.surroundings.emit(event(connection=self.name, at=time(), **data))

    # -- ending ---------------------------------------------------------------------------------

    def hold_back(self) -> None:
        """Deliver nothing new; what waits in mailboxes may still be drained."""
        self.router.muted = True

    async def stop(self, patience: float) -> None:
        """Close the socket and end the owner; waiting calls get ``ManagerClosed``.

        Args:
            patience: seconds for a polite goodbye; then the socket is dropped.
        """
        self._stopping = True
        self.waiting.release(ManagerClosed())
        tasks = [task for task in (self._task, *self.refusals.searches) if task is not None]
        transport, self._transport = self._transport, None
        for task in tasks:
            task.cancel()
        try:
            if transport is not None and not transport.closed:
                async with asyncio.timeout(patience):
                    await transport.close()
        except TimeoutError:
            logger.debug("no_goodbye", extra={"connection": self.name})
        finally:
            if transport is not None:
                transport.abort()
        if tasks:
            await asyncio.wait(tasks)

    def abandon(self) -> None:
        """Leave this connection's loop behind: it is closed or stands still.

        What belongs to the loop is left alone and nothing of this object acts any more. A loop that
        goes on closes the socket; a closed loop's sockets are the hub's to close.
        """
        self.abandoned = True
        self.router.muted = True  # a callback may hold the loop up in the midst of a message
        self.session = None
        if self._loop.is_closed():
            for task in (self._task, *self.refusals.searches):
                if task is not None:
                    _end_on_closed_loop(task)
            return
        try:
            self._loop.call_soon_threadsafe(self._leave)
        except RuntimeError:
            return  # closed in this moment

    def _leave(self) -> None:
        """On the loop that was left: end what runs there and let waiting calls go on elsewhere."""
        for task in (self._task, *self.refusals.searches):
            if task is not None:
                task.cancel()
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
        self.waiting.release()

    @property
    def ended(self) -> bool:
        """Whether nothing of it runs any more, or ever will."""
        return self._loop.is_closed() or (self._task is None and not self.refusals.searches)

    def leave_to_child(self) -> None:
        """After a fork: the socket is the parent's. Nothing is closed and nothing acts any more."""
        self.abandoned = True
        self.session = None

    def take_over(self, former: Connection) -> None:
        """Go on where *former*, left on another loop, was: same wants, same routes, same counts."""
        self.ledger = former.ledger
        self.ledger.release(self.ledger.topics())  # a search that is under way ends here
        former.ledger = Ledger()
        self.tally = former.tally
        self.router.take_over(former.router, self.ledger.collect)
        self.refusals.take_over(former.refusals)
        self.ever_connected = former.ever_connected
        self._not_before, self._told_until = former._not_before, former._told_until
        self.rate_limited_until = former.rate_limited_until
        if former.ever_connected:
            self._mark_lost()
            if former.lost_since is not None:
                self.lost_since, self._down_since = former.lost_since, former._down_since
            self.lost_cause = "moved to another event loop"


def _end_on_closed_loop(task: asyncio.Task[None]) -> None:
    """Let a coroutine that can never go on end now, and not when it is collected.

    asyncio wants its loop while it clears up after an interrupted connect; the collector would report
    that it is closed.
    """
    coroutine = task.get_coro()
    try:
        if coroutine is not None and not task.done():
            coroutine.close()
    except RuntimeError as error:
        logger.debug("cleared_up_without_loop: %s", error)
