"""One shared connection: a ledger of wants, a router, and one owner task that keeps a socket for them.

There is exactly one loop that connects, sends and decides to reconnect. It exists while something is
wanted; an idle connection has no task. What to do next is decided by ``protocol.session``.

The module is long because one task owns the socket: whatever opens it, ends it or fails on it changes the
same state. What can be known or decided without that state is in the modules beside it.
"""

from __future__ import annotations

import asyncio
import logging
from time import monotonic, time
from typing import Any, Final

from ..events import AuthFailed, Connected, ConnectionEvent, Lost
from ..exceptions import AuthenticationError, ManagerClosed, SubscribeTimeout
from ..protocol.decoder import ListReply, ServerError
from ..protocol.imposed_waits import limit_of_error
from ..protocol.ledger import Ledger, Topic, Want
from ..protocol.planner import is_carried
from ..protocol.session import Close, Dead, Session, Wait
from ..subscription import StreamMode
from .accounts import Account
from .alarm import Alarm
from .closed_loops import end_task
from .connecting import Connecting
from .counters import Counters
from .history import History
from .refusals import Refusals
from .router import Control, Router
from .routing_table import RoutingTable
from .sending import send
from .surroundings import Surroundings
from .transport import Transport, TransportFailed
from .verification import Verification
from .waiting import Waiting

__all__ = ["Connection"]

logger = logging.getLogger(__name__)

_SECOND_THOUGHT: Final = 0.5
"""Seconds after which a loop whose tasks were all cancelled counts as going on."""


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
        self.history = History()
        self.last_heartbeat: float | None = None
        """In the clock of ``monotonic``."""
        self.session: Session | None = None
        self.surroundings = surroundings
        self.abandoned = False
        """Whether it was left on another loop: nothing of it acts any more."""
        self.verification = Verification(self)
        self.routes = RoutingTable()
        self.router = self._new_router(Counters())
        self._config = surroundings.config
        self._loop = asyncio.get_running_loop()
        self.waiting = Waiting(self._loop)
        self._alarm = Alarm(self._loop)
        self.connecting = Connecting(self, self._alarm)
        self.refusals = Refusals(self)
        self._task: asyncio.Task[None] | None = None
        self._transport: Transport | None = None
        self._error: ServerError | None = None
        self._error_answers = False
        """Whether that error can be the answer to a request."""
        self._stopping = False

    def __repr__(self) -> str:
        topics = len(self.ledger.topics())
        state = "up" if self.session is not None else "down"
        return f"<Connection {self.name} {state}, {topics} topics, {self.history.tally.requests} requests>"

    def _new_router(self, counters: Counters) -> Router:
        return Router(
            self.routes,
            counters,
            private=self.account is not None,
            debts=self.ledger,
            may_be_cut=self._may_be_cut,
            on_served=self._served,
            on_snapshot=self.verification.snapshot_arrived,
            on_control=self._control,
            drift=self.surroundings.drift,
        )

    @property
    def keys_refused(self) -> bool:
        """Whether no socket is tried before the account has new keys."""
        return self.account is not None and self.account.refused

    @property
    def locked_out(self) -> bool:
        """The same, and there is no socket."""
        return self.session is None and self.keys_refused

    @property
    def up(self) -> bool:
        return self.session is not None

    # -- wants ----------------------------------------------------------------------------------

    def changed(self) -> None:
        """The ledger changed: carry it to the wire, in the next turn of the loop."""
        if self.abandoned or self._stopping or self._loop.is_closed():
            return
        if self._task is None:
            if not self.has_work():
                return
            self._task = self._loop.create_task(self._own(), name=f"upbit-ws {self.name}")
            # A loop that is closed without cancelling its tasks is reported by the hub's watch.
            self._task._log_destroy_pending = False  # type: ignore[attr-defined]
        self._alarm.ring()

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
            if self.is_carried(key) or session.is_paced(monotonic()):
                return
        elif self.history.ever_connected:
            return
        with self.waiting.enter(key) as waiter:
            in_time = await self.waiting.for_connection(
                waiter,
                self._config.subscribe_timeout,
                paced=lambda: self.connecting.paced,
                connected=lambda: self.history.ever_connected,
            )
        if not in_time:
            raise SubscribeTimeout(
                self.url, self._config.subscribe_timeout, self.history.lost_cause
            )

    def redirect(self, url: str) -> None:
        """Leave for another server; what is wanted stays, and is asked for there."""
        self.url = url
        self.verification.last_verified = None  # that was another server
        self.connecting.redirect()
        self._alarm.ring()

    def give_up_waiting(self, key: str) -> None:
        """The want was withdrawn: a call that still waits for it returns."""
        self.waiting.release(keys=[key])

    def is_carried(self, key: str) -> bool:
        """Whether a request with this want was sent on the socket that is open."""
        session, want = self.session, self.ledger.get(key)
        if session is None or want is None:
            return want is None
        return is_carried(self.ledger, session.wire, want)

    # -- the owner ------------------------------------------------------------------------------

    def has_work(self) -> bool:
        """Whether a socket is wanted, and of use."""
        leaving = self._stopping or self.abandoned
        return self.ledger.has_items and not self.keys_refused and not leaving

    async def _own(self) -> None:
        try:
            while self.has_work():
                transport: Transport | None = None
                try:
                    transport = await self.connecting.connect()
                    if transport is None:
                        return
                    await self._serve(transport)
                except Exception as error:  # noqa: BLE001 - a defect costs one socket, not the streams
                    self._broke_down(error, transport)
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
        if self._task is None and self.has_work():
            if self.history.ever_connected:
                self._lost("the task that kept it was cancelled")
            self.changed()

    def _broke_down(self, error: Exception, transport: Transport | None) -> None:
        """A fault of this program's own costs the socket, or the attempt at one; what is wanted is asked for
        on the next.
        """
        logger.error("connection_failed", exc_info=error, extra={"connection": self.name})
        if self.abandoned:
            return
        cause = f"a defect: {type(error).__name__}"
        if transport is None:
            self.connecting.failed(cause)
            return
        self._transport = None
        transport.abort()
        self._closed()
        self._lost(cause)

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
        idle = not self.ledger and error is None
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
        self.session = Session(
            self._config,
            now,
            self.surroundings.new_ticket,
            heard=self.verification.heard,
            received=lambda: self.router.counters.frames,
            answers=lambda: self.verification.last_verified is not None,
        )
        self.history.opened()
        self.ledger.renew_debts()
        self.router.forget_connection()
        self.verification.begin()
        self._error = None
        self.connecting.retry = False
        self.surroundings.on_open(self.account is not None, self.url)
        transport.start(self._received, self._alarm.ring)
        logger.info("connected", extra={"connection": self.name, "url": self.url})
        self.emit(Connected)

    def _closed(self) -> None:
        session = self.session
        calm = self._config.reconnect_reset_after
        if session is not None and self._frames_lasted(session) >= calm:
            self.connecting.calm_down()
        self.session = None
        self.history.closed()
        self.last_heartbeat = None
        self.router.forget_connection()
        self.waiting.release()

    def _frames_lasted(self, session: Session) -> float:
        """Seconds from the opening to the last thing that was heard."""
        last = self.router.last_frame
        return 0.0 if last is None else last - session.opened

    def _lost(self, cause: str) -> None:
        self.connecting.retry = True
        self.history.lost(cause)
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
            if self.connecting.redirected:
                return f"moved to {self.url}"
            now = monotonic()
            self.router.look_at_waiting(now)
            self.verification.watch_topics(session, now)
            action = session.step(now, self.ledger)
            if isinstance(action, Wait):
                if action.held:
                    self.waiting.release()
                else:
                    # A frame may have paid the debt that a request was to be sent for.
                    done = [key for key in self.waiting.keys if self.is_carried(key)]
                    self.waiting.release(keys=done)
                await self._alarm.sleep(action.until - now)
            elif isinstance(action, Close):
                return "nothing is wanted any more"
            elif isinstance(action, Dead):
                return action.reason
            else:
                await send(self, transport, session, action, self._config.pong_timeout)
        return "moved to another event loop"

    # -- what comes in --------------------------------------------------------------------------

    def _received(self, payload: bytes) -> None:
        if not self.abandoned:
            self.router.on_message(payload)

    def _may_be_cut(self, topic: Topic, levels: int, units: int | None, now: float) -> bool:
        session = self.session
        return session is not None and session.wire.may_be_cut(topic, levels, units, now)

    def _served(self, topic: Topic, debtors: tuple[Want, ...]) -> None:
        """Those who were owed a SNAPSHOT have got one."""
        for want in debtors:
            if want.key in self.ledger and want.options.mode is StreamMode.ONLY_SNAPSHOT:
                self.surroundings.on_done(want.key, (topic[1],))
        if self.waiting.keys:
            self._alarm.ring()  # a call may wait for a request that is not needed any more

    def _control(self, message: Control) -> None:
        if isinstance(message, ServerError):
            self._error = message
            session = self.session
            self._error_answers = session is not None and session.may_answer(monotonic())
            self._alarm.ring()
        elif isinstance(message, ListReply):
            if self.verification.listed(message):
                self._alarm.ring()
        else:
            self.last_heartbeat = monotonic()

    # -- refusals -------------------------------------------------------------------------------

    async def _refused(self, error: ServerError) -> None:
        """The exchange answered with an error frame and closed."""
        limit = limit_of_error(error.name, error.message)
        if limit is not None:
            self.connecting.impose_wait(limit, f"{error.name}: {error.message}")
            return
        if error.name == "INVALID_AUTH" and self.account is not None:
            self.auth_failed(f"the exchange answered {error.name}: {error.message}")
            return
        self.refusals.request_refused(error, answer=self._error_answers)

    def auth_failed(self, reason: str) -> None:
        """The exchange refused the account's keys: no attempt until new ones are given.

        A socket that is open meanwhile, when a search for culprits was refused, goes on.
        """
        assert self.account is not None  # noqa: S101 - only private connections authenticate
        self.account.refuse(reason)
        if self.session is None:
            self.history.out_of_reach(reason)
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
        if transport is not None:
            await transport.end(patience)
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
                    end_task(task)
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
        self.routes = former.routes
        self.router = self._new_router(former.router.counters)
        self.router.forget_connection()
        self.refusals.take_over(former.refusals)
        self.history.take_over(former.history)
        self.connecting.take_over(former.connecting)
