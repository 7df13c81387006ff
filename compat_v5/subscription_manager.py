"""The legacy subscription manager, last generation, on the connection that the process shares.

A client has one as ``client.subscription_manager``, which sees that client's subscriptions. One
that is made by hand has proxies of its own. There is no merging left to do here: the manager of
``websocket_v6`` does it for the whole process.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from websocket_v6.exceptions import UpbitWebSocketError

from .callbacks import Callback
from .deprecation import notice
from .exceptions import RemovedFeatureError, WebSocketError
from .lazy_names import module_getattr
from .live_attribute import live_attribute
from .managed_subscriptions import ManagedSubscriptions, text_of
from .models import create_websocket_message
from .payload import Payload
from .subscription_ids import subscription_id
from .subscription_records import (
    ActiveSubscription,
    AutoLifecycleManager,
    ConnectionState,
    ConnectionType,
    SubscriptionDebugger,
    SubscriptionIntent,
    SubscriptionOptimizer,
)
from .symbols import symbol_list, wire_name

if TYPE_CHECKING:
    from .legacy_client import LegacyClient
    from .session import Subscription

__all__ = [
    "ActiveSubscription",
    "AutoLifecycleManager",
    "ConnectionState",
    "ConnectionType",
    "SubscriptionDebugger",
    "SubscriptionIntent",
    "SubscriptionManager",
    "SubscriptionOptimizer",
]

logger = logging.getLogger(__name__)

if not TYPE_CHECKING:  # a type checker shall know the real names only
    __getattr__ = module_getattr(__name__)


class SubscriptionManager:
    """Subscriptions by client id and data type.

    Args:
        cleanup_interval: no effect; nothing needs cleaning up.
        config: no effect.
        older: constructor arguments of older generations, which had another manager altogether.

    Raises:
        RemovedFeatureError: *older* were given.
    """

    def __init__(
        self, cleanup_interval: float = 30, config: object | None = None, **older: Any
    ) -> None:
        notice("SubscriptionManager")
        if older:
            raise RemovedFeatureError(
                f"SubscriptionManager({', '.join(older)}=...)",
                "subscribe calls of a WebSocketClientProxy; they all share one request",
            )
        self._start(None)

    @classmethod
    def of_client(cls, client: LegacyClient) -> SubscriptionManager:
        """The manager a client shows; it acts on that client's own subscriptions."""
        manager = cls.__new__(cls)
        manager._start(client)
        return manager

    def _start(self, client: LegacyClient | None) -> None:
        self.optimizer = SubscriptionOptimizer()
        self.lifecycle_manager = AutoLifecycleManager()
        self.debugger = SubscriptionDebugger()
        self.rate_limiter: object | None = None
        self._client = client
        self._held = ManagedSubscriptions(client)
        self._tasks: set[asyncio.Task[Any]] = set()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        raise AttributeError(
            f"SubscriptionManager.{name} belongs to an older generation of v5, or never was; use "
            "the subscribe calls of WebSocketClientProxy (MIGRATION.md#subscription-manager)"
        )

    # The legacy calls

    async def request_realtime_data(
        self,
        symbols: Iterable[str],
        data_type: str,
        callback: Callback,
        client_id: str = "",
        connection_type: str = "auto",
    ) -> bool:
        """Add to what *client_id* has of this type. False if it failed, which is logged."""
        notice("SubscriptionManager.request_realtime_data")
        name = getattr(data_type, "value", data_type)
        try:
            await self._held.add(f"{client_id}:{name}", name, symbols, callback, connection_type)
        except WebSocketError as error:
            logger.error("request_realtime_data: %s", error)
            return False
        return True

    async def request_snapshot_data(
        self,
        symbols: Iterable[str],
        data_type: str,
        connection_type: str = "auto",
        timeout: float = 5.0,
    ) -> dict[str, dict[str, dict[str, Any]]]:
        """``{symbol: {data_type: envelope}}`` of what arrives within *timeout* seconds.

        Empty when nothing came or the request failed (logged); never raises.
        """
        notice("SubscriptionManager.request_snapshot_data")
        received: dict[str, dict[str, dict[str, Any]]] = {}

        def keep(symbol: str, kind: str, payload: Payload) -> None:
            envelope = create_websocket_message(kind.partition(".")[0], payload["market"], payload)
            received.setdefault(symbol, {})[kind] = envelope

        try:
            codes = symbol_list(symbols) if symbols else []
            name = wire_name(data_type, codes)
            session = self._held.session(connection_type, name)
            id_ = subscription_id(f"snapshot_{name}", time.time())
            await session.subscribe(
                id_, name, codes, keep, snapshot_only=True, snapshot_wait=timeout
            )
            await session.unsubscribe(id_)
        except (WebSocketError, UpbitWebSocketError) as error:
            logger.error("request_snapshot_data: %s", error)
        return received

    async def stop_realtime_data(
        self,
        symbols: Iterable[str],
        data_type: str,
        client_id: str = "",
        connection_type: str = "public",
    ) -> bool:
        """Take *symbols* from what *client_id* has of this type; whether there were any."""
        notice("SubscriptionManager.stop_realtime_data")
        name = str(getattr(data_type, "value", data_type))
        gone = set(symbol_list(symbols))
        key = f"{client_id}:{name}"
        ids = self._held.ids(key)
        held = [subscription for subscription in self._held.all() if subscription.id in ids]
        if not any(gone.intersection(subscription.symbols) for subscription in held):
            return False
        for subscription in held:
            rest = [symbol for symbol in subscription.symbols if symbol not in gone]
            if rest and len(rest) < len(subscription.symbols):
                # No second snapshot for symbols that go on.
                await self._held.add(
                    key, name, rest, subscription.callback, connection_type, realtime_only=True
                )
            if len(rest) < len(subscription.symbols):
                await self._held.withdraw(key, subscription.id)
        return True

    async def subscribe(
        self,
        data_type: str,
        symbols: Iterable[str],
        callback: Callback | None = None,
        client_id: str = "default",
    ) -> str:
        """Subscribe; the id is ``client_id:data_type`` and covers all calls with that pair.

        Raises:
            SubscriptionError: a bad argument, no connection, or the exchange refused.
        """
        notice("SubscriptionManager.subscribe")
        name = getattr(data_type, "value", data_type)
        await self._held.add(f"{client_id}:{name}", name, symbols, callback, "auto")
        return f"{client_id}:{name}"

    async def unsubscribe(self, subscription_id: str) -> None:
        """Withdraw what ``subscribe`` returned the id of; unknown ids do nothing."""
        notice("SubscriptionManager.unsubscribe")
        if not await self._held.remove(subscription_id) and self._client is not None:
            await self._client._compat_unsubscribe(subscription_id)

    async def unsubscribe_all(self, connection_type: str = "public") -> bool:
        """Withdraw everything of one connection; True."""
        notice("SubscriptionManager.unsubscribe_all")
        session = self._held.sessions().get(text_of(connection_type))
        if session is not None:
            await session.unsubscribe_all()
        return True

    async def force_reconnect(self, connection_type: str = "public") -> bool:
        """Nothing to force: the connection reconnects by itself. Whether it is in use here."""
        notice("SubscriptionManager.force_reconnect")
        return text_of(connection_type) in self._held.sessions()

    async def start_background_services(self) -> None:
        """There are none."""
        notice("SubscriptionManager.start_background_services")

    def stop_background_services(self) -> None:
        """There are none."""
        notice("SubscriptionManager.stop_background_services")

    def set_websocket_connections(
        self, public_ws: object | None = None, private_ws: object | None = None
    ) -> None:
        """No effect: connections belong to the manager of ``websocket_v6``."""
        notice("SubscriptionManager.set_websocket_connections")

    def on_data_received(self, symbol: str, data_type: str, data: Mapping[str, Any]) -> None:
        """Hand *data* to the callbacks that want this symbol and type.

        Coroutine callbacks run as tasks of the running loop.
        """
        notice("SubscriptionManager.on_data_received")
        payload = Payload(data)
        for subscription in self._held.all():
            if subscription.deliver is not None and subscription.wants(data_type, symbol):
                result = subscription.deliver(symbol, data_type, payload.copy())
                if inspect.iscoroutine(result):
                    task = asyncio.get_running_loop().create_task(result)
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)

    # Status

    async def get_subscription_count(self) -> dict[str, int]:
        """``{"public", "private", "total"}``."""
        notice("SubscriptionManager.get_subscription_count")
        return self._held.counts()

    def get_state(self) -> dict[str, Any]:
        """The subscriptions as plain data; ``json.dumps`` takes it."""
        notice("SubscriptionManager.get_state")
        return {
            "timestamp": time.time(),
            "public_connection": self._held.connection("public"),
            "private_connection": self._held.connection("private"),
            "realtime_intents": self._held.counts()["total"],
            "pending_snapshots": sum(s.snapshots_pending for s in self._held.sessions().values()),
            "lifecycle_usage_count": len({code for s in self._held.all() for code in s.symbols}),
        }

    def print_state(self) -> None:
        """Print ``get_state`` as JSON."""
        notice("SubscriptionManager.print_state")
        print(json.dumps(self.get_state(), indent=2, ensure_ascii=False))  # noqa: T201 - its purpose

    async def health_check(self) -> dict[str, Any]:
        """``healthy`` with subscriptions, ``idle`` without, ``critical`` without a connection."""
        notice("SubscriptionManager.health_check")
        sessions = self._held.sessions()
        total = self._held.counts()["total"]
        overall = "healthy" if total else "idle"
        if self._client is not None and not sessions:
            overall = "critical"
        return {
            "overall_status": overall,
            "connections": {kind: kind in sessions for kind in ("public", "private")},
            "subscriptions": self._held.counts(),
            "performance": {
                kind: {
                    "last_message_time": state.last_message_time,
                    "message_count": state.message_count,
                    "reconnect_count": state.reconnect_count,
                }
                for kind, state in (
                    ("public", self._state("public")),
                    ("private", self._state("private")),
                )
            },
            "timestamp": time.time(),
        }

    @live_attribute
    def public_state(self) -> ConnectionState:
        """The public connection as this manager uses it now."""
        return self._state("public")

    @live_attribute
    def private_state(self) -> ConnectionState:
        """The private connection as this manager uses it now."""
        return self._state("private")

    def _state(self, kind: str) -> ConnectionState:
        described = self._held.connection(kind)
        active = described["active_subscription"]
        state = ConnectionState(ConnectionType(kind), described["connected"])
        if active is not None:
            state.active_subscription = ActiveSubscription(
                active["ticket_id"],
                set(active["symbols"]),
                set(active["data_types"]),
                active["timestamp"],
            )
        client = self._client
        if client is None:
            counter = self._held.counters[kind]
            state.message_count = counter.messages
            state.last_message_time = counter.last_message_time
        elif kind == ("private" if client._COMPAT_PRIVATE else "public"):
            last = client.stats["last_message_time"]
            state.message_count = client.stats["messages_received"]
            state.last_message_time = None if last is None else last.timestamp()
            state.reconnect_count = client.stats["reconnect_count"]
        return state

    @live_attribute
    def realtime_intents(self) -> dict[str, SubscriptionIntent]:
        """``{id: intent}`` of every subscription."""
        return {
            s.id: SubscriptionIntent(
                set(s.symbols), s.data_type, s.callback, "", s.created_at.timestamp()
            )
            for s in self._held.all()
        }

    @live_attribute
    def snapshot_requests(self) -> dict[str, Subscription]:
        """``{id: subscription}`` of the snapshots that are still awaited."""
        return {s.id: s for s in self._held.all() if s.snapshot_only}
