"""The hub of one process: subscriptions, connections, accounts, and the event loop they live on.

All state belongs to the *home* loop. Calls from elsewhere hop over; callbacks run where they were
subscribed.

The module is long because all calls of proxies and of the manager come in here; it says in which order what
is done, and other modules do it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import uuid
import weakref
from collections.abc import Callable, Iterable
from time import monotonic, time
from typing import Any, Literal

from ..config import Config
from ..credentials import Credentials
from ..events import ConnectionEvent, Rehomed
from ..exceptions import ManagerClosed, SubscriptionRejected
from ..protocol.drift import Drift
from ..protocol.liveness import Verdict
from ..subscription import Options, StreamMode, lossless
from ..typing import AccountRef, EventCallback, Frame, Order
from . import moving
from .accounts import Accounts
from .backlog import Backlog
from .connection import Connection
from .consumers import Consumers
from .delivery import Delivery
from .delivery_host import Host
from .home import Home
from .lanes import key_of, name_of
from .listeners import Listeners
from .proxies import Proxies
from .records import ConnectionKey, Record
from .shutdown import close_down
from .snapshots import Snapshots
from .standing import Standing
from .status import (
    describe_health,
    describe_performance,
    describe_subscription,
    describe_system,
    explain_topic,
)
from .subscriptions import Subscriptions
from .surroundings import Surroundings
from .transport import Sockets

__all__ = ["LocalHub"]

logger = logging.getLogger(__name__)


class LocalHub:
    """Shares connections among the proxies of this process.

    Args:
        load_config: read when the hub starts, and again after a shutdown.
    """

    def __init__(self, load_config: Callable[[], Config] = Config.load) -> None:
        self.accounts = Accounts()
        self.listeners = Listeners()
        self.home = Home(self)
        self.started: float | None = None
        """When the first subscription came, in the clock of ``monotonic``."""
        self.drift = Drift()
        self.sockets = Sockets()
        self.connections: dict[ConnectionKey, Connection] = {}
        self._proxies = Proxies()
        self._subscriptions = Subscriptions(self._proxies)
        self.records = self._subscriptions.records
        self._load_config = load_config
        self._config: Config | None = None
        self._standing = Standing()
        self._backlog = Backlog(self._proxies, self._subscriptions)
        self._snapshots = Snapshots(self)
        self._left_behind: list[Connection] = []
        self._consumers = Consumers(self.records, self._emit, self._object_gone)
        self._pid = os.getpid()
        self._closing: asyncio.Event | None = None
        """Set at the end of the shutdown that is under way."""

    # -- configuration --------------------------------------------------------------------------

    @property
    def config(self) -> Config:
        if self._config is None:
            self._config = self._load_config()
        return self._config

    def mailbox_size(self) -> int:
        return self.config.mailbox_size

    def region(self) -> str:
        return self.config.region

    def inherit(self, former: LocalHub) -> None:
        """Go on with what outlives the settings of *former*, which was configured otherwise."""
        self.accounts = former.accounts
        self.listeners = former.listeners
        self.sockets = former.sockets
        self._standing = former._standing

    def successor(self) -> LocalHub:
        """For a forked child: as new, but with the same settings."""
        return LocalHub(self._load_config)

    def redirect(self, load_config: Callable[[], Config], config: Config) -> None:
        """Other URLs from now on: what is connected to the former ones moves there.

        Raises:
            InvalidArgument: *config* differs in something else.
        """
        former = self.config
        moving.check_only_server_changes(former, config)
        self._config, self._load_config = config, load_config
        self.home.post(lambda: moving.to_server(self, former, config))

    @property
    def in_use(self) -> bool:
        """Whether some subscription can still be delivered."""
        return self._subscriptions.in_use

    # -- home loop ------------------------------------------------------------------------------

    def patience(self) -> float:
        return self.config.rehome_after

    def subscribers(self) -> list[asyncio.AbstractEventLoop]:
        return self._subscriptions.loops()

    def on_beat(self) -> bool:
        self._drain()
        self._subscriptions.withdraw_closed_loops()
        self._clear_up_behind()
        return bool(self.records) or any(one.ledger for one in self.connections.values())

    def on_move(self, former: asyncio.AbstractEventLoop, lost_at: float) -> None:
        """Leave the connections behind and make them anew on the loop that is home now."""
        left = dict(self.connections)
        for connection in left.values():
            connection.abandon()
            self._left_behind.append(connection)
        self.connections.clear()
        self._clear_up_behind()
        self._subscriptions.withdraw_closed_loops()
        if not self.records:
            # Nobody is left from before: a new start, which reads its settings anew.
            self._config = None
            self._consumers.forget_settings()
            return
        for key, connection in left.items():
            if connection.ledger:
                moving.to_this_loop(self, key, connection)
        outage = max(0.0, time() - lost_at)
        self._emit(Rehomed(connection="manager", at=time(), outage_seconds=outage))
        why = "was closed" if former.is_closed() else "stands still"
        logger.warning(
            "rehomed: the connections' event loop %s; they move to another one",
            why,
            extra={"closed": former.is_closed()},
        )

    def _clear_up_behind(self) -> None:
        """Forget what has ended on loops that were left, and close what they left open."""
        self._left_behind = [one for one in self._left_behind if not one.ended]
        self.sockets.close_orphans()

    # -- proxies --------------------------------------------------------------------------------

    def adopt(self, token: int, name: str, keep: object | None) -> None:
        self._proxies.adopt(token, name, keep)

    def loosen(self, token: int) -> None:
        self._proxies.loosen(token)

    def release(self, token: int, reason: str) -> None:
        # May run inside a finalizer, in any thread: no locks, no logging here.
        if self._pid != os.getpid():
            return
        self._backlog.release(token, reason)
        self.home.post_later(self._drain)

    def _drain(self) -> None:
        """Do what finalizers and other threads left to be done. On the home loop."""
        if not self.home.is_here:
            # It was sent to a loop that stood still and is home no more.
            self.home.post_later(self._drain)
            return
        self._backlog.drain()

    # -- subscriptions --------------------------------------------------------------------------

    async def subscribe(self, order: Order, delivery: Delivery) -> None:
        loop = asyncio.get_running_loop()

        async def enter() -> None:
            await self.subscribe_here(order, delivery, loop)

        try:
            await self.home.call(enter)
        except BaseException:
            self.unsubscribe(order.key)
            raise
        self.home.watch_from(loop)

    async def subscribe_here(
        self, order: Order, delivery: Delivery, loop: asyncio.AbstractEventLoop
    ) -> None:
        """What ``subscribe`` does on the home loop, for a delivery whose callback runs on *loop*."""
        if self._closing is not None:
            raise ManagerClosed
        if delivery.closed:
            # Withdrawn while the call was on its way here.
            return
        self._drain()
        self.started = self.started or monotonic()
        self.home.live()
        known = self.records.get(order.key)
        if known is not None and known.connection is not None:
            # The loop it came to first is home no more; it was moved with everything else.
            await known.connection.on_wire(order.key)
            return
        connection = self.connection_for(order)
        assert self.home.loop is not None  # noqa: S101 - this runs on it
        delivery.settle(self.host(), self.home.loop)
        if self.config.trace is not None:
            delivery.mailbox.policy = lossless
        self._subscriptions.enter(Record(order, connection, weakref.ref(delivery), loop, time()))
        cached = self._serve_from_cache(order, delivery, connection)
        want = connection.ledger.add(
            order.key, order.data_type, order.codes, order.options, served=cached
        )
        connection.routes.attach(want, delivery)
        self._finish_served(order, delivery, cached)
        connection.changed()
        await connection.on_wire(order.key)

    def _serve_from_cache(
        self, order: Order, delivery: Delivery, connection: Connection
    ) -> dict[str, Any]:
        """Last known frames for a late subscriber; its callback gets them after the call returned."""
        if order.options.mode is StreamMode.ONLY_REALTIME:
            return {}
        served = {}
        for code in order.codes:
            topic = order.data_type, code
            payload = connection.routes.cached(topic, order.options.units, model=delivery.model)
            if payload is not None:
                served[code] = payload
        return served

    def _finish_served(self, order: Order, delivery: Delivery, cached: dict[str, Any]) -> None:
        for code, payload in cached.items():
            delivery.put(code, code, payload, None, monotonic())
        if cached and order.options.mode is StreamMode.ONLY_SNAPSHOT:
            self._subscriptions.done(order.key, tuple(cached))

    def host(self) -> Host:
        """What this hub's deliveries share, with the settings in force."""
        return self._consumers.host(self.config)

    def connection_for(self, order: Order) -> Connection:
        """The connection that *order* belongs on, made when there is none yet."""
        key = key_of(order, self.config, self.accounts, self.connections)
        connection = self.connections.get(key)
        if connection is None:
            url, account, lane = key
            name = name_of(key, self.config)
            connection = Connection(name, url, account, self.surroundings())
            self.connections[key] = connection
            if lane:
                logger.info("extra_connection_for_level", extra={"connection": name})
        return connection

    def surroundings(self) -> Surroundings:
        """What its connections need of it, with the settings in force."""
        return Surroundings(
            config=self.config,
            connects=self._standing.connects(self.config),
            imposed=self._standing.imposed,
            sockets=self.sockets,
            emit=self._emit,
            on_done=self._subscriptions.done,
            on_rejected=self._rejected,
            on_loop_ending=self.home.find_successor,
            on_open=self._opened,
            random=random.random,
            new_ticket=lambda: str(uuid.uuid4()),
            drift=self.drift,
        )

    def unsubscribe(self, key: str, codes: Iterable[str] | None = None) -> None:
        if self._pid != os.getpid():
            return
        self._backlog.withdraw(key, None if codes is None else tuple(codes))
        self.home.post(self._drain)

    def _rejected(self, key: str, codes: tuple[str, ...], error: SubscriptionRejected) -> None:
        self._snapshots.refused(key, codes, error)
        self._subscriptions.rejected(key, codes, error)

    def _object_gone(self, key: str) -> None:
        # Called by a weak reference's callback, in any thread.
        self._backlog.object_gone(key)
        self.home.post_later(self._drain)

    # -- events ---------------------------------------------------------------------------------

    def on_connection_event(self, callback: EventCallback) -> Callable[[], None]:
        return self.listeners.add(callback)

    def _emit(self, event: ConnectionEvent) -> None:
        self.listeners.emit(event)

    def _opened(self, private: bool, url: str) -> None:
        self._consumers.socket_opened(self.config, private, url)

    # -- accounts -------------------------------------------------------------------------------

    async def set_account(self, name: str, credentials: Credentials) -> None:
        async def enter() -> None:
            account, former = self.accounts.set(name, credentials)
            if former is not None:
                moving.to_account(self, name, former, account)
            for connection in self.connections.values():
                if connection.account is account:
                    connection.changed()

        await self.home.call(enter)

    def is_available(self, *, private: bool, account: AccountRef) -> bool:
        return self.accounts.is_available(account) if private else True

    # -- snapshots ------------------------------------------------------------------------------

    async def snapshot(
        self,
        data_type: str,
        codes: tuple[str, ...],
        options: Options,
        *,
        timeout: float,
        account: AccountRef,
        endpoint: str | None,
    ) -> dict[str, Frame]:
        async def collect() -> dict[str, Frame]:
            return await self._snapshots.take(
                data_type, codes, options, timeout, account=account, endpoint=endpoint
            )

        return await self.home.call(collect)

    # -- status ---------------------------------------------------------------------------------

    async def describe(self, token: int) -> dict[str, dict[str, Any]]:
        async def read() -> dict[str, dict[str, Any]]:
            keys = sorted(self._proxies.keys(token), key=self._created)
            return {
                key: describe_subscription(self.records[key]) for key in keys if key in self.records
            }

        return await self.home.call(read)

    def _created(self, key: str) -> float:
        record = self.records.get(key)
        return record.created_at if record is not None else 0.0

    async def status(self, kind: Literal["system", "health", "performance"]) -> dict[str, Any]:
        describe = {
            "system": describe_system,
            "health": describe_health,
            "performance": describe_performance,
        }[kind]

        async def read() -> dict[str, Any]:
            return describe(self)

        return await self.home.call(read)

    def explain(
        self, data_type: str, code: str, account: AccountRef, endpoint: str | None
    ) -> Verdict:
        return explain_topic(self, data_type, code, account, endpoint)

    # -- ending ---------------------------------------------------------------------------------

    async def shutdown(self, timeout: float) -> None:
        """Drain mailboxes up to the deadline, close sockets, end workers. A later use starts anew."""
        if self.home.loop is None:
            self._reset()
            return

        caller = asyncio.current_task()

        async def close() -> None:
            await self._shutdown(timeout, caller)

        await self.home.call(close)

    async def _shutdown(self, timeout: float, caller: asyncio.Task[Any] | None) -> None:
        if self._closing is not None:
            await self._closing.wait()
            return
        self._closing = closed = asyncio.Event()
        deadline = monotonic() + timeout
        records, connections = list(self.records.values()), list(self.connections.values())
        self._drain()
        deliveries = [one for one in (record.delivery() for record in records) if one is not None]
        try:
            await close_down(
                connections,
                deliveries,
                self._consumers.workers,
                self.sockets,
                deadline,
                caller=caller,
            )
        finally:
            self.listeners.end_calls(caller)
            self._reset()
            self._closing = None
            closed.set()

    def _reset(self) -> None:
        """As new: accounts, listeners, settings and counts go as well; what the exchange holds against
        this process stays: recent connects, and the waits it imposed.
        """
        self.connections.clear()
        self.records.clear()
        self._proxies.forget_subscriptions()
        self._backlog.clear()
        self.accounts = Accounts()
        self.listeners.clear()
        self.drift = Drift()
        self._config = None
        self._consumers.forget_settings()
        self.home.leave()
        self.started = None
        self._consumers.close_trace()

    def abandon_closed(self) -> None:
        """Close the sockets of loops that were closed with them open: nobody else can."""
        if self.home.loop is not None and self.home.loop.is_closed():
            for connection in self.connections.values():
                connection.abandon()
        self.sockets.close_orphans()

    def leave_to_parent(self) -> None:
        """In a forked child: everything here belongs to the parent's sockets; touch none of it."""
        for connection in self.connections.values():
            connection.leave_to_child()
