"""What the public and the private legacy client share: life cycle, events, hooks, status.

``connect`` and ``disconnect`` move the state machine and open or close nothing by themselves: the
connection belongs to the process. Names that start with ``_compat_`` are this layer's own; all
other names belong to the old contract or to the user's subclass.

The module is long because the old contract is one class; what its methods do is in the modules beside it.
"""

from __future__ import annotations

import inspect
import json
import logging
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from os import PathLike
from typing import Any, ClassVar, Protocol

from websocket_v6 import Credentials, WebSocketClientProxy
from websocket_v6.exceptions import UpbitWebSocketError

from .call_site import find_call_site
from .callbacks import Callback
from .client_frames import ClientFrames
from .clock import local_now
from .config import WebSocketConfig, load_config
from .connection_watch import ConnectionWatch
from .deprecation import notice
from .endpoint import legacy_endpoint
from .exceptions import MessageParsingError, SubscriptionError, WebSocketError
from .legacy_arguments import LegacyArguments
from .live_attribute import live_attribute
from .mocked_socket import refuse_mocked_socket
from .private_hooks import warn_about_dead_hooks
from .session import Session
from .shared_connection import SharedConnection
from .state import WebSocketState, WebSocketStateMachine
from .status import (
    connection_status,
    limiter_settings,
    new_statistics,
    performance_analysis,
    pool_usage,
    rate_limiter_status,
    subscription_breakdown,
)
from .subscription_ids import subscription_id
from .subscription_manager import SubscriptionManager
from .translation import connection_failure, subscription_failure

__all__ = ["EventBroker", "LegacyClient", "Topics"]

logger = logging.getLogger(__name__)

Topics = list[tuple[str, tuple[str, ...]]]
"""``(data_type, symbols)`` of each subscription."""

_GONE = {
    "message_buffer": "there is no buffer; frames go straight to the callbacks",
    "ticket_manager": "all subscriptions of the process share one request; nothing to manage",
}


class EventBroker(Protocol):
    """Anything with this coroutine. What it raises is logged and goes no further."""

    async def emit(self, event_type: str, data: Any) -> Any: ...


class LegacyClient:
    """Base of the two legacy clients.

    Args:
        config_path: a v5 YAML file; ``None`` = defaults.
        event_broker: gets every frame and every change of the connection.
        arguments: the constructor's remaining arguments.
        account: ``None`` = public, or the default account.
    """

    _COMPAT_NAME: ClassVar[str]
    _COMPAT_MODULE: ClassVar[str]
    _COMPAT_PRIVATE: ClassVar[bool]
    _COMPAT_EVENTS: ClassVar[str]

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if not cls.__module__.startswith(__package__ + "."):
            warn_about_dead_hooks(cls, LegacyClient)

    def __init__(
        self,
        config_path: str | PathLike[str] | None,
        event_broker: EventBroker | None,
        arguments: LegacyArguments,
        account: Credentials | None = None,
    ) -> None:
        self.config: WebSocketConfig = load_config(config_path)
        self.event_broker = event_broker
        self.state_machine = WebSocketStateMachine()
        self.websocket: SharedConnection | None = None
        self.connection_id = str(uuid.uuid4())
        self.stats = new_statistics(local_now(), private=self._COMPAT_PRIVATE)
        self.subscription_manager = SubscriptionManager.of_client(self)
        if arguments.enable_compression is not None:
            self.enable_compression = arguments.enable_compression
        if arguments.format_preference is not None:
            self.format_preference = arguments.format_preference
        # Names that documents and tests of the old package read; nothing stands behind them.
        self._tasks: set[Any] = set()
        self._dynamic_limiter: object | None = None
        self._compat_arguments = arguments
        self._compat_account = account
        self._compat_site = find_call_site()
        self._compat_session: Session | None = None
        self._compat_watch: ConnectionWatch | None = None
        self._compat_frames = ClientFrames(self, LegacyClient._process_message)
        self._compat_connected_at: datetime | None = None
        self._compat_subscribed_at = 0.0
        self._compat_subscribing = 0

    def __getattr__(self, name: str) -> Any:
        if name in _GONE:
            raise AttributeError(f"{self._COMPAT_NAME}.{name} is gone: {_GONE[name]}")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self.connection_id} {self.state_machine.current_state.name}>"
        )

    def _compat_notice(self, method: str) -> None:
        notice(f"{self._COMPAT_NAME}.{method}", self._compat_site, levels=2)

    # Life cycle

    async def connect(
        self, enable_compression: bool | None = None, enable_simple_format: bool = False
    ) -> None:
        """Make the client ready to subscribe. Needs no server and opens nothing.

        Args:
            enable_compression: kept as an attribute; the shared connection has its own setting.
            enable_simple_format: likewise; frames arrive with their long keys in every format.

        Raises:
            WebSocketConnectionError: the configured URL cannot be used, or ``websockets.connect`` is
                replaced by a mock.
        """
        self._compat_notice("connect")
        if self.state_machine.current_state is not WebSocketState.DISCONNECTED:
            logger.warning("connect: already %s", self.state_machine.current_state.name)
            return
        if enable_compression is not None:
            self.enable_compression = enable_compression
        self.enable_simple_format = enable_simple_format
        url = self.config.connection.url
        self.state_machine.transition_to(WebSocketState.CONNECTING)
        try:
            refuse_mocked_socket(self._COMPAT_MODULE)
            endpoint = legacy_endpoint(url)
            proxy = WebSocketClientProxy(
                self._COMPAT_NAME,
                self._compat_site.module if self._compat_site else None,
                account=self._compat_account,
                auto_cleanup=False,
                endpoint=endpoint,
            )
            self._compat_watch = await ConnectionWatch.start(self, proxy, endpoint)
        except UpbitWebSocketError as error:
            self.state_machine.transition_to(WebSocketState.ERROR)
            failure = connection_failure(error, url)
            await self._handle_error(failure)
            raise failure from error
        self._compat_session = Session(proxy, self._compat_frames)
        self.websocket = SharedConnection(proxy)
        self._compat_connected_at = local_now()
        self.state_machine.transition_to(WebSocketState.CONNECTED)
        await self._emit_event(f"{self._COMPAT_EVENTS}.connected", self._compat_connected_event())

    def _compat_connected_event(self) -> dict[str, Any]:
        return {"connection_id": self.connection_id, "timestamp": local_now().isoformat()}

    async def disconnect(self) -> None:
        """Withdraw this client's subscriptions. Other clients keep theirs."""
        self._compat_notice("disconnect")
        if self.state_machine.current_state is WebSocketState.DISCONNECTED:
            return
        self.state_machine.transition_to(WebSocketState.DISCONNECTING, force=True)
        session, self._compat_session = self._compat_session, None
        watch, self._compat_watch = self._compat_watch, None
        if self.websocket is not None:
            self.websocket.closed = True
            self.websocket = None
        if watch is not None:
            watch.stop()
        if session is not None:
            try:
                await session.close()
            except UpbitWebSocketError:
                # disconnect() stands in finally blocks and stop methods: there it must not raise.
                logger.exception("disconnect: subscriptions could not be withdrawn in order")
        self.state_machine.transition_to(WebSocketState.DISCONNECTED, force=True)
        data = {"connection_id": self.connection_id, "timestamp": local_now().isoformat()}
        await self._emit_event(f"{self._COMPAT_EVENTS}.disconnected", data)

    async def __aenter__(self) -> Any:
        self._compat_notice("__aenter__")
        await self.connect()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.disconnect()

    @asynccontextmanager
    async def _compat_kept_unless_failed(self) -> AsyncIterator[None]:
        """Connect; stay connected only if the body succeeds."""
        await self.connect()
        try:
            yield
        except BaseException:
            await self.disconnect()
            raise

    def is_connected(self) -> bool:
        """Whether the state is CONNECTED, SUBSCRIBING or ACTIVE; a method, to be called."""
        self._compat_notice("is_connected")
        return self.state_machine.is_connected()

    async def force_reconnect(self) -> bool:
        """Nothing to force: the shared connection reconnects by itself and resends everything.

        Returns:
            Whether this client is connected.
        """
        self._compat_notice("force_reconnect")
        return self.state_machine.is_connected()

    # Subscribing

    async def _compat_subscribe(
        self,
        prefix: str,
        data_type: str,
        symbols: list[str],
        callback: Callback | None,
        *,
        snapshot_only: bool = False,
        realtime_only: bool = False,
        event: str = "subscribed",
    ) -> str:
        session = self._compat_session
        if session is None or not self.state_machine.is_connected():
            raise SubscriptionError(
                f"not connected ({self.state_machine.current_state.name}): await connect() first",
                data_type,
                symbols,
            )
        self.stats["subscription_requests"] += 1
        id_ = subscription_id(prefix, time.time())
        try:
            with self._compat_subscribing_state(session):
                await session.subscribe(
                    id_,
                    data_type,
                    symbols,
                    callback,
                    snapshot_only=snapshot_only,
                    realtime_only=realtime_only,
                )
        except UpbitWebSocketError as error:
            failure = subscription_failure(error, data_type, symbols)
            await self._handle_error(failure)
            raise failure from error
        if self._compat_session is not session:
            raise SubscriptionError("disconnected while subscribing", data_type, symbols)
        self._compat_subscribed_at = time.time()
        names = "markets" if self._COMPAT_PRIVATE else "symbols"
        data = {"subscription_id": id_, "data_type": data_type, names: symbols}
        await self._emit_event(f"{self._COMPAT_EVENTS}.{event}", data)
        return id_

    @contextmanager
    def _compat_subscribing_state(self, session: Session) -> Iterator[None]:
        """SUBSCRIBING while a subscribe call runs, then ACTIVE; a failure leaves no trace."""
        machine = self.state_machine
        was_active = machine.is_active()
        failed = True
        self._compat_subscribing += 1
        if machine.can_transition_to(WebSocketState.SUBSCRIBING):
            machine.transition_to(WebSocketState.SUBSCRIBING)
        try:
            yield
            failed = False
        finally:
            self._compat_subscribing -= 1
            last = not self._compat_subscribing
            if last and machine.current_state is WebSocketState.SUBSCRIBING:
                if failed and not (was_active or session.subscriptions):
                    machine.transition_to(WebSocketState.CONNECTED, force=True)
                else:
                    machine.transition_to(WebSocketState.ACTIVE)

    async def _compat_unsubscribe(self, subscription_id: object) -> bool:
        """Withdraw one subscription; False for ids that are not this client's."""
        session = self._compat_session
        known = session.subscriptions if session is not None else {}
        if session is None or not isinstance(subscription_id, str) or subscription_id not in known:
            logger.info("unsubscribe: %r is not a subscription of this client", subscription_id)
            return False
        data_type = known[subscription_id].data_type
        await session.unsubscribe(subscription_id)
        data = {"subscription_id": subscription_id, "data_type": data_type}
        await self._emit_event(f"{self._COMPAT_EVENTS}.unsubscribed", data)
        return True

    async def unsubscribe_all(self) -> bool:
        """Withdraw all of this client's subscriptions; True."""
        self._compat_notice("unsubscribe_all")
        if self._compat_session is not None:
            await self._compat_session.unsubscribe_all()
        return True

    async def smart_unsubscribe(
        self, data_type: str | None = None, keep_connection: bool = True
    ) -> int:
        """Withdraw the subscriptions of *data_type* (``None`` = all); returns how many.

        *keep_connection* False also disconnects this client.
        """
        self._compat_notice("smart_unsubscribe")
        wanted = getattr(data_type, "value", data_type)
        ids = [
            id_
            for id_, subscription in self._compat_subscriptions().items()
            if wanted in (None, subscription.data_type)
        ]
        for id_ in ids:
            await self._compat_unsubscribe(id_)
        data = {
            "data_type": wanted,
            "unsubscribed_count": len(ids),
            "connection_kept": keep_connection,
        }
        await self._emit_event(f"{self._COMPAT_EVENTS}.smart_unsubscribed", data)
        if not keep_connection:
            await self.disconnect()
        return len(ids)

    # What users override

    async def _process_message(self, raw_message: str | bytes) -> None:
        """Deliver one frame given as JSON text. Override it, or replace it, to see every frame."""
        try:
            frame = json.loads(raw_message)
        except ValueError as error:
            await self._handle_error(MessageParsingError(raw_message, error))
            return
        if self._compat_session is not None and isinstance(frame, dict):
            await self._compat_session.dispatch(frame)

    async def _handle_error(self, error: WebSocketError) -> None:
        """Count *error* and tell the event broker. The state stays as it is."""
        self.stats["errors"] += 1
        data = {
            "error_code": error.error_code.value,
            "message": str(error),
            "recovery_action": error.recovery_action.value,
        }
        await self._emit_event(f"{self._COMPAT_EVENTS}.error", data)

    async def _emit_event(self, event_type: str, data: Any) -> None:
        """Hand one event to the broker."""
        if self.event_broker is None:
            return
        try:
            result = self.event_broker.emit(event_type, data)
            if inspect.isawaitable(result):
                await result
        except Exception:
            # The old contract: a broker that fails is the broker's business.
            logger.exception("event broker failed on %s", event_type)

    # Status

    def _compat_subscriptions(self) -> Mapping[str, Any]:
        return self._compat_session.subscriptions if self._compat_session is not None else {}

    def _compat_topics(self) -> Topics:
        return [(s.data_type, s.symbols) for s in self._compat_subscriptions().values()]

    @live_attribute
    def subscriptions(self) -> dict[str, dict[str, Any]]:
        """``{id: {data_type, symbols, created_at, is_only_snapshot}}`` of this client."""
        return {
            id_: {
                "data_type": subscription.data_type,
                "symbols": list(subscription.symbols),
                "created_at": subscription.created_at,
                "is_only_snapshot": subscription.snapshot_only,
            }
            for id_, subscription in self._compat_subscriptions().items()
        }

    @live_attribute
    def callbacks(self) -> dict[str, Callback | None]:
        """``{id: callback}`` of this client, as they were given."""
        return {id_: s.callback for id_, s in self._compat_subscriptions().items()}

    async def get_status(self) -> dict[str, Any]:
        """The state of this client; keys of the last v5 generation."""
        self._compat_notice("get_status")
        return self._compat_status()

    def _compat_status(self) -> dict[str, Any]:
        return connection_status(
            self.state_machine.current_state.name,
            self.connection_id,
            self.stats,
            local_now(),
            connected_at=self._compat_connected_at,
            active_subscriptions=len(self._compat_subscriptions()),
            subscription_state=self.subscription_manager.get_state(),
            rate_limiter=rate_limiter_status(
                self._compat_arguments.use_dynamic_limiter,
                limiter_settings(
                    self._compat_arguments.dynamic_config, private=self._COMPAT_PRIVATE
                ),
                self.stats,
            ),
        )

    def get_ticket_stats(self) -> dict[str, Any]:
        """Pools as generation C counted them: one ticket per subscription of this client."""
        self._compat_notice("get_ticket_stats")
        count = len(self._compat_subscriptions())
        arguments, settings = self._compat_arguments, self.config.subscription
        capacities = (
            arguments.public_pool_size or settings.public_pool_size,
            arguments.private_pool_size or settings.private_pool_size,
        )
        public = 0 if self._COMPAT_PRIVATE else count
        return pool_usage(public, count - public, capacities)

    def get_subscription_stats(self) -> dict[str, Any]:
        """What this client subscribes, counted."""
        self._compat_notice("get_subscription_stats")
        return subscription_breakdown(self._compat_topics(), self.stats, local_now())

    def get_performance_analysis(self) -> dict[str, Any]:
        """Rates and errors of this client."""
        self._compat_notice("get_performance_analysis")
        topics = self._compat_topics()
        return performance_analysis(
            self.stats,
            local_now(),
            subscriptions=len(topics),
            symbols=len({symbol for _, symbols in topics for symbol in symbols}),
            rate=self._compat_frames.rate,
        )

    async def _ensure_rate_limiter(self) -> None:
        """Nothing to make ready: the shared connection keeps the exchange's limits by itself."""
