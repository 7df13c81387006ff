"""The hub of one process: subscriptions, connections, accounts, and the event loop they live on.

All state belongs to the *home* loop. Calls from elsewhere hop over; callbacks run where they were
subscribed. Connections are keyed by (endpoint, account, lane): a second price level of one order book
needs a connection of its own, everything else shares.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import uuid
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic, time
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from ..config import Config, derive_private_url
from ..credentials import Credentials
from ..events import ConnectionEvent, Rehomed, SlowConsumer
from ..exceptions import ManagerClosed, SubscribeTimeout, SubscriptionRejected
from ..protocol.drift import Drift
from ..protocol.imposed_waits import ImposedWaits
from ..protocol.liveness import Verdict
from ..protocol.pacing import RollingWindows, Window
from ..subscription import ORDERBOOK, PRIVATE_TYPES, Options, StreamMode, lossless
from ..typing import AccountRef, EventCallback, Frame, Order, running_loop
from . import moving
from .accounts import Account, Accounts
from .connection import Connection
from .delivery import Delivery, Host
from .home import Home
from .listeners import Listeners
from .snapshots import SnapshotCall
from .status import (
    describe_health,
    describe_performance,
    describe_subscription,
    describe_system,
    explain_topic,
)
from .surroundings import Surroundings
from .tracing import Trace
from .transport import Sockets

__all__ = ["LocalHub", "Record"]

logger = logging.getLogger(__name__)


_DRAIN_TURN: Final = 0.005

ConnectionKey = tuple[str, Account | None, int]


@dataclass(slots=True)
class Record:
    """One subscription as the hub knows it."""

    order: Order
    connection: Connection | None
    delivery: weakref.ref[Delivery]
    loop: asyncio.AbstractEventLoop
    created_at: float
    rejection: str | None = None


@dataclass(slots=True)
class _Proxy:
    """What the hub knows of a proxy: its name, its subscriptions, and the proxy if it must live on."""

    name: str
    keep: object | None
    keys: tuple[str, ...] = ()


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
        self.records: dict[str, Record] = {}
        self._load_config = load_config
        self._config: Config | None = None
        self._connects: RollingWindows | None = None
        self._connect_window: Window | None = None
        self._imposed = ImposedWaits()
        self._proxies: dict[int, _Proxy] = {}
        self._released: deque[tuple[int, str]] = deque()
        self._withdrawn: deque[tuple[str, tuple[str, ...] | None]] = deque()
        self._gone: deque[str] = deque()
        self._snapshots: dict[str, SnapshotCall] = {}
        self._left_behind: list[Connection] = []
        self._workers: set[asyncio.Task[None]] = set()
        self._pid = os.getpid()
        self._closing: asyncio.Event | None = None
        """Set at the end of the shutdown that is under way."""
        self._trace: Trace | None = None
        self._shared: Host | None = None

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
        self._connects, self._connect_window = former._connects, former._connect_window
        self._imposed = former._imposed

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
        return any(not record.loop.is_closed() for record in self.records.values())

    # -- home loop ------------------------------------------------------------------------------

    def patience(self) -> float:
        return self.config.rehome_after

    def subscribers(self) -> list[asyncio.AbstractEventLoop]:
        return [record.loop for record in tuple(self.records.values())]

    def on_beat(self) -> bool:
        self._drain()
        self._withdraw_closed_loops()
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
        self._withdraw_closed_loops()
        if not self.records:
            # Nobody is left from before: a new start, which reads its settings anew.
            self._config = self._shared = None
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

    def _withdraw_closed_loops(self) -> None:
        """Subscriptions of a closed loop can never be delivered again."""
        closed = [key for key, record in self.records.items() if record.loop.is_closed()]
        if closed:
            logger.warning(
                "loop_closed_subscriptions_withdrawn: %d: subscribe on a loop that goes on running",
                len(closed),
                extra={"count": len(closed)},
            )
        for key in closed:
            self._withdraw(key)

    # -- proxies --------------------------------------------------------------------------------

    def adopt(self, token: int, name: str, keep: object | None) -> None:
        self._proxies.setdefault(token, _Proxy(name, None)).keep = keep

    def loosen(self, token: int) -> None:
        proxy = self._proxies.get(token)
        if proxy is not None:
            proxy.keep = None

    def release(self, token: int, reason: str) -> None:
        # May run inside a finalizer, in any thread: no locks, no logging here.
        if self._pid != os.getpid():
            return
        self._released.append((token, reason))
        self.home.post_later(self._drain)

    def _drain(self) -> None:
        """Do what finalizers and other threads left to be done. On the home loop."""
        if not self.home.is_here:
            # It was sent to a loop that stood still and is home no more.
            self.home.post_later(self._drain)
            return
        while self._withdrawn:
            key, codes = self._withdrawn.popleft()
            self._withdraw(key, codes)
        while self._released:
            token, reason = self._released.popleft()
            proxy = self._proxies.pop(token, None)
            if proxy is not None:
                self._end_proxy(proxy, reason)
        while self._gone:
            key = self._gone.popleft()
            record = self.records.get(key)
            if record is not None:
                logger.info(
                    "callback_object_gone: %s: withdrew %s %s",
                    record.order.proxy,
                    record.order.data_type,
                    ",".join(record.order.codes),
                )
                self._withdraw(key)

    def _end_proxy(self, proxy: _Proxy, reason: str) -> None:
        withdrawn = []
        for key in sorted(proxy.keys):
            record = self.records.get(key)
            if record is not None:
                withdrawn.append(f"{record.order.data_type} {','.join(record.order.codes)}")
                self._withdraw(key)
        if withdrawn:
            logger.info(
                "proxy_ended: %s (%s): withdrew %s", proxy.name, reason, "; ".join(withdrawn)
            )

    # -- subscriptions --------------------------------------------------------------------------

    async def subscribe(self, order: Order, delivery: Delivery) -> None:
        loop = asyncio.get_running_loop()

        async def enter() -> None:
            await self._subscribe(order, delivery, loop)

        try:
            await self.home.call(enter)
        except BaseException:
            self.unsubscribe(order.key)
            raise
        self.home.watch_from(loop)

    async def _subscribe(
        self, order: Order, delivery: Delivery, loop: asyncio.AbstractEventLoop
    ) -> None:
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
        record = Record(order, connection, weakref.ref(delivery), loop, time())
        self.records[order.key] = record
        self._proxies.setdefault(order.token, _Proxy(order.proxy, None)).keys += (order.key,)
        cached = self._serve_from_cache(order, delivery, connection)
        want = connection.ledger.add(
            order.key, order.data_type, order.codes, order.options, served=cached
        )
        connection.router.attach(want, delivery)
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
            payload = connection.router.cached(topic, order.options.units, model=delivery.model)
            if payload is not None:
                served[code] = payload
        return served

    def _finish_served(self, order: Order, delivery: Delivery, cached: dict[str, Any]) -> None:
        for code, payload in cached.items():
            delivery.put(code, code, payload, None, monotonic())
        if cached and order.options.mode is StreamMode.ONLY_SNAPSHOT:
            self._done(order.key, tuple(cached))

    def host(self) -> Host:
        """What this hub's deliveries share, with the settings in force."""
        if self._shared is None:
            self._shared = Host(
                slow_after=self.config.slow_callback_ms / 1000,
                on_slow=self._slow,
                on_object_gone=self._object_gone,
                tracer=self._tracer().delivered if self.config.trace is not None else None,
                workers=self._workers,
            )
        return self._shared

    def _tracer(self) -> Trace:
        if self._trace is None:
            assert self.config.trace is not None  # noqa: S101 - asked for by whoever calls
            self._trace = Trace(self.config.trace)
        return self._trace

    def connection_for(self, order: Order) -> Connection:
        config = self.config
        url = order.endpoint or config.url
        account = None
        if order.data_type in PRIVATE_TYPES:
            account = self.accounts.find(order.account)
            url = config.private_url if order.endpoint is None else derive_private_url(url)
        lane = self._lane(url, account, order)
        key = url, account, lane
        connection = self.connections.get(key)
        if connection is None:
            name = self.connection_name(url, account, lane)
            connection = Connection(name, url, account, self.surroundings())
            self.connections[key] = connection
            if lane:
                logger.info("extra_connection_for_level", extra={"connection": name})
        return connection

    def _lane(self, url: str, account: Account | None, order: Order) -> int:
        """The first connection on which no code of this order has another level."""
        if order.data_type != ORDERBOOK:
            return 0
        lane = 0
        while (connection := self.connections.get((url, account, lane))) is not None:
            clash = any(
                holder.options.level != order.options.level
                for code in order.codes
                for holder in connection.ledger.holders((ORDERBOOK, code))
            )
            if not clash:
                break
            lane += 1
        return lane

    def connection_name(self, url: str, account: Account | None, lane: int) -> str:
        name = "public" if account is None else f"private:{account.name}"
        configured = self.config.url if account is None else self.config.private_url
        if url != configured:
            name += f"@{urlsplit(url).netloc}"
        return f"{name}/level-{lane}" if lane else name

    def surroundings(self) -> Surroundings:
        config = self.config
        window = Window(config.connects_per_second, config.second_window)
        if self._connects is None or window != self._connect_window:
            # The exchange goes on counting, whatever ends and begins here.
            self._connects = RollingWindows([window], self._connects)
            self._connect_window = window
        return Surroundings(
            config=config,
            connects=self._connects,
            imposed=self._imposed,
            sockets=self.sockets,
            emit=self._emit,
            on_done=self._done,
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
        self._withdrawn.append((key, None if codes is None else tuple(codes)))
        self.home.post(self._drain)

    def _withdraw(self, key: str, codes: tuple[str, ...] | None = None) -> None:
        record = self.records.get(key)
        if record is None:
            return
        delivery = record.delivery()
        connection = record.connection
        want = connection.ledger.get(key) if connection is not None else None
        held = tuple(want.codes) if want is not None else ()
        gone = held if codes is None else tuple(code for code in codes if code in held)
        if connection is not None and gone:
            connection.router.detach(key, record.order.data_type, gone)
            connection.ledger.remove(key, gone)
            connection.changed()
        ended = connection is None or key not in connection.ledger
        if delivery is not None:
            if ended:
                delivery.close()
            else:
                delivery.mute(set(gone))
        if ended:
            if connection is not None:
                connection.give_up_waiting(key)
            self._forget(key)

    def _forget(self, key: str) -> None:
        record = self.records.pop(key, None)
        if record is not None:
            proxy = self._proxies.get(record.order.token)
            if proxy is not None:
                proxy.keys = tuple(one for one in proxy.keys if one != key)

    def _done(self, key: str, codes: tuple[str, ...]) -> None:
        """A snapshot-only subscription had *codes*: they leave the wire, the frames stay."""
        record = self.records.get(key)
        if record is None or record.connection is None:
            return
        record.connection.router.detach(key, record.order.data_type, codes)
        record.connection.ledger.remove(key, codes)
        record.connection.changed()
        if key not in record.connection.ledger:
            self._forget(key)
            delivery = record.delivery()
            if delivery is not None:
                delivery.finish()

    def _rejected(self, key: str, codes: tuple[str, ...], error: SubscriptionRejected) -> None:
        record = self.records.get(key)
        if record is None or record.connection is None:
            return
        record.rejection = str(error)
        if key in self._snapshots:
            self._snapshots[key].refused(codes, error)
        record.connection.router.detach(key, record.order.data_type, codes)
        record.connection.ledger.remove(key, codes)
        record.connection.changed()
        delivery = record.delivery()
        if delivery is not None and key not in record.connection.ledger:
            delivery.finish(error)

    def _object_gone(self, key: str) -> None:
        # Called by a weak reference's callback, in any thread.
        self._gone.append(key)
        self.home.post_later(self._drain)

    # -- events ---------------------------------------------------------------------------------

    def on_connection_event(self, callback: EventCallback) -> Callable[[], None]:
        return self.listeners.add(callback)

    def _emit(self, event: ConnectionEvent) -> None:
        self.listeners.emit(event)

    def _slow(self, delivery: Delivery, lag: float) -> None:
        record = self.records.get(delivery.key)
        connection = record.connection if record is not None else None
        logger.warning(
            "slow_consumer",
            extra={"callback": delivery.name, "lag": lag, "dropped": delivery.mailbox.dropped},
        )
        self._emit(
            SlowConsumer(
                connection=connection.name if connection is not None else "",
                at=time(),
                callback=delivery.name,
                lag=lag,
                dropped=delivery.mailbox.dropped,
            )
        )

    def _opened(self, private: bool, url: str) -> None:
        if self.config.trace is not None:
            self._tracer().socket_opened("private" if private else "public", url)

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
            return await self._snapshot(data_type, codes, options, timeout, account, endpoint)

        return await self.home.call(collect)

    async def _snapshot(
        self,
        data_type: str,
        codes: tuple[str, ...],
        options: Options,
        timeout: float,
        account: AccountRef,
        endpoint: str | None,
    ) -> dict[str, Frame]:
        call = SnapshotCall(data_type, codes, timeout)
        key = f"snapshot-{uuid.uuid4().hex}"
        delivery = Delivery(key, data_type, call.take, lossless, mailbox_size=1000, strong=True)
        delivery.on_closed = lambda: call.ended
        delivery.activate()
        order = Order(key, 0, "snapshot", data_type, codes, options, account, endpoint)
        self._snapshots[key] = call
        try:
            async with asyncio.timeout(timeout):
                await self._subscribe(order, delivery, asyncio.get_running_loop())
                await call.wait()
        except SubscribeTimeout:
            raise
        except TimeoutError:
            error = call.too_late(self.connection_for(order))
            raise error from error.__cause__
        finally:
            del self._snapshots[key]
            call.close()
            self.unsubscribe(key)
        return call.result()

    # -- status ---------------------------------------------------------------------------------

    async def describe(self, token: int) -> dict[str, dict[str, Any]]:
        async def read() -> dict[str, dict[str, Any]]:
            proxy = self._proxies.get(token)
            keys = sorted(proxy.keys, key=self._created) if proxy is not None else []
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

        async def close() -> None:
            await self._shutdown(timeout)

        await self.home.call(close)

    async def _shutdown(self, timeout: float) -> None:
        if self._closing is not None:
            await self._closing.wait()
            return
        self._closing = closed = asyncio.Event()
        deadline = monotonic() + timeout
        records = list(self.records.values())
        connections = list(self.connections.values())
        self._drain()
        deliveries = [one for one in (record.delivery() for record in records) if one is not None]
        try:
            for connection in connections:
                connection.hold_back()
            # Mailboxes of several loops and threads: there is no one event to wait for.
            while monotonic() < deadline and any(one.busy for one in deliveries):  # noqa: ASYNC110
                await asyncio.sleep(_DRAIN_TURN)
            for delivery in deliveries:
                delivery.close()
            patience = max(0.2, deadline - monotonic())
            stops = [asyncio.ensure_future(connection.stop(patience)) for connection in connections]
            workers = self._cancel_workers()
            if workers:
                await asyncio.wait(workers, timeout=patience)
            if stops:
                await asyncio.wait(stops)
            await self.sockets.wait_closed(patience)
        finally:
            self._reset()
            self._closing = None
            closed.set()

    def _cancel_workers(self) -> list[asyncio.Task[None]]:
        """Stop the callbacks that still run; returns those of this loop, which end soon."""
        here = []
        for worker in tuple(self._workers):
            loop = worker.get_loop()
            if loop is not running_loop():
                if not loop.is_closed():
                    loop.call_soon_threadsafe(worker.cancel)
            elif worker is not asyncio.current_task():
                worker.cancel()
                here.append(worker)
        return here

    def _reset(self) -> None:
        """As new: accounts, listeners, settings and counts go as well; what the exchange holds against
        this process stays: recent connects, and the waits it imposed.
        """
        self.connections.clear()
        self.records.clear()
        for proxy in self._proxies.values():
            proxy.keys = ()
            proxy.keep = None
        self._released.clear()
        self._withdrawn.clear()
        self.accounts = Accounts()
        self.listeners.clear()
        self.drift = Drift()
        self._config = self._shared = None
        self.home.leave()
        self.started = None
        if self._trace is not None:
            self._trace.close()
            self._trace = None

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
