"""The legacy public client: quotes, on the connection that the whole process shares."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar

from .callbacks import Callback
from .clock import local_now
from .deprecation import notice
from .exceptions import RemovedFeatureError, SubscriptionError, WebSocketError
from .lazy_names import module_getattr
from .legacy_arguments import read_arguments
from .legacy_client import EventBroker, LegacyClient
from .status import public_health
from .symbols import PRIVATE_TYPES, symbol_list, wire_name

__all__ = [
    "UpbitWebSocketPublicV5",
    "create_public_client",
    "logger",
    "quick_subscribe_ticker",
]

logger = logging.getLogger("UpbitWebSocketPublicV5")

if not TYPE_CHECKING:  # a type checker shall know the real names only
    __getattr__ = module_getattr(__name__)


class UpbitWebSocketPublicV5(LegacyClient):
    """Tickers, trades, order books and candles, as v5 offered them.

    Callbacks get ``(symbol, data_type, payload)``, or the payload alone if they take one argument;
    see ``compat_v5.payload``.

    Args:
        config_path: a v5 YAML file. Its ``connection.url`` is honoured.
        event_broker: an object with ``async emit(event_type, data)``.
        cleanup_interval: no effect; nothing needs cleaning up.
        use_dynamic_limiter: no effect; the exchange's limits are always kept.
        dynamic_config: no effect.
        older: positional arguments of older generations.
        keywords: keyword arguments of older generations.
    """

    _COMPAT_NAME: ClassVar[str] = "UpbitWebSocketPublicV5"
    _COMPAT_MODULE: ClassVar[str] = __name__
    _COMPAT_PRIVATE: ClassVar[bool] = False
    _COMPAT_EVENTS: ClassVar[str] = "websocket"

    def __init__(
        self,
        config_path: str | PathLike[str] | None = None,
        event_broker: EventBroker | None = None,
        cleanup_interval: float | None = None,
        use_dynamic_limiter: bool = True,
        dynamic_config: object | None = None,
        *older: Any,
        **keywords: Any,
    ) -> None:
        current = (cleanup_interval, use_dynamic_limiter, dynamic_config)
        arguments = read_arguments(self._COMPAT_NAME, current, older, keywords)
        super().__init__(config_path, event_broker, arguments)
        notice(self._COMPAT_NAME, self._compat_site)

    def _compat_connected_event(self) -> dict[str, Any]:
        return {
            **super()._compat_connected_event(),
            "compression_enabled": bool(getattr(self, "enable_compression", False)),
            "simple_format_enabled": self.enable_simple_format,
        }

    async def subscribe(
        self,
        data_type: str,
        symbols: Iterable[str],
        callback: Callback | None = None,
        is_only_snapshot: bool = False,
        is_only_realtime: bool = False,
        format_mode: str | None = None,
    ) -> str:
        """Subscribe; a further subscription of the same type adds to the earlier ones.

        Args:
            data_type: ``ticker``, ``trade``, ``orderbook`` or a candle's wire name (``candle.1m``).
            symbols: codes such as ``KRW-BTC``.
            callback: plain or coroutine function; ``None`` = the event broker only.
            is_only_snapshot: one frame per symbol; waits up to 5 s for them.
            is_only_realtime: no frame for the present state.
            format_mode: no effect; frames always arrive with their long keys.

        Returns:
            The id for ``unsubscribe``.

        Raises:
            SubscriptionError: not connected, a bad argument, or the exchange refused.
        """
        self._compat_notice("subscribe")
        return await self._compat_subscribe_public(
            data_type, symbols, callback, is_only_snapshot, is_only_realtime
        )

    async def _compat_subscribe_public(
        self,
        data_type: str,
        symbols: Iterable[str],
        callback: Callback | None,
        is_only_snapshot: bool,
        is_only_realtime: bool = False,
    ) -> str:
        if is_only_snapshot and is_only_realtime:
            raise ValueError("is_only_snapshot and is_only_realtime exclude each other; set one")
        codes = symbol_list(symbols)
        name = wire_name(data_type, codes)
        if name in PRIVATE_TYPES:
            raise SubscriptionError(f"{name}: use UpbitWebSocketPrivateV5", name, codes)
        prefix = "snapshot" if is_only_snapshot else "realtime"
        return await self._compat_subscribe(
            f"{prefix}_{name}",
            name,
            codes,
            callback,
            snapshot_only=is_only_snapshot,
            realtime_only=is_only_realtime,
            event="realtime_only_subscribed" if is_only_realtime else "subscribed",
        )

    async def subscribe_ticker(
        self,
        symbols: Iterable[str],
        callback: Callback | None = None,
        is_only_snapshot: bool = False,
        is_only_realtime: bool = False,
        format_mode: str | None = None,
    ) -> str:
        """Subscribe tickers; see ``subscribe``."""
        self._compat_notice("subscribe_ticker")
        return await self._compat_subscribe_public(
            "ticker", symbols, callback, is_only_snapshot, is_only_realtime
        )

    async def subscribe_trade(
        self,
        symbols: Iterable[str],
        callback: Callback | None = None,
        is_only_snapshot: bool = False,
        is_only_realtime: bool = False,
        format_mode: str | None = None,
    ) -> str:
        """Subscribe trades; see ``subscribe``."""
        self._compat_notice("subscribe_trade")
        return await self._compat_subscribe_public(
            "trade", symbols, callback, is_only_snapshot, is_only_realtime
        )

    async def subscribe_orderbook(
        self,
        symbols: Iterable[str],
        callback: Callback | None = None,
        is_only_snapshot: bool = False,
        is_only_realtime: bool = False,
    ) -> str:
        """Subscribe order books; see ``subscribe``."""
        self._compat_notice("subscribe_orderbook")
        return await self._compat_subscribe_public(
            "orderbook", symbols, callback, is_only_snapshot, is_only_realtime
        )

    async def subscribe_candle(
        self,
        symbols: Iterable[str],
        interval: str | Callback = "1m",
        callback: Callback | None = None,
        is_only_snapshot: bool = False,
        is_only_realtime: bool = False,
    ) -> str:
        """Subscribe candles; see ``subscribe``. The *data_type* of frames is such as ``candle.1m``.

        Args:
            symbols: codes such as ``KRW-BTC``.
            interval: ``1s 1m 3m 5m 10m 15m 30m 60m 240m``, also ``1h`` and ``4h``. There is no day,
                week or month stream. A lone callable here is taken as the callback.
            callback: as in ``subscribe``.
            is_only_snapshot: as in ``subscribe``.
            is_only_realtime: as in ``subscribe``.
        """
        self._compat_notice("subscribe_candle")
        if not isinstance(interval, str) and callable(interval):
            callback = callback or interval
            interval = "1m"
        return await self._compat_subscribe_public(
            f"candle.{interval}", symbols, callback, is_only_snapshot, is_only_realtime
        )

    async def unsubscribe(self, subscription_id: str) -> None:
        """Withdraw one subscription; ids that are not this client's do nothing."""
        self._compat_notice("unsubscribe")
        await self._compat_unsubscribe(subscription_id)

    async def soft_unsubscribe(self, subscription_id: str) -> bool:
        """As ``unsubscribe``; says whether the id was this client's."""
        self._compat_notice("soft_unsubscribe")
        return await self._compat_unsubscribe(subscription_id)

    async def request_snapshot(self, data_type: str, symbols: Iterable[str]) -> dict[str, Any]:
        """Ask for the present state; the frames go to the event broker and into the answer.

        Returns:
            ``{"subscription_id", "status": "requested", "data": {symbol: payload}}``; *data* holds
            what arrived within 5 s.

        Raises:
            SubscriptionError: as ``subscribe``.
        """
        self._compat_notice("request_snapshot")
        received: dict[str, Any] = {}

        def keep(symbol: str, data_type: str, payload: Any) -> None:
            received[symbol] = payload

        id_ = await self._compat_subscribe_public(data_type, symbols, keep, True)
        return {"subscription_id": id_, "status": "requested", "data": received}

    async def subscribe_realtime(
        self, data_type: str, symbols: Iterable[str], callback: Callback | None = None
    ) -> str:
        """``subscribe`` without the frame for the present state."""
        self._compat_notice("subscribe_realtime")
        return await self._compat_subscribe_public(data_type, symbols, callback, False, True)

    async def batch_subscribe(self, subscriptions: Iterable[Mapping[str, Any]]) -> list[str]:
        """One ``subscribe`` per entry; ``""`` stands for one that failed.

        Args:
            subscriptions: entries ``{data_type, symbols, callback?, is_only_snapshot?,
                is_only_realtime?}``.
        """
        self._compat_notice("batch_subscribe")
        ids = []
        for entry in subscriptions:
            try:
                id_ = await self._compat_subscribe_public(
                    entry["data_type"],
                    entry["symbols"],
                    entry.get("callback"),
                    bool(entry.get("is_only_snapshot")),
                    bool(entry.get("is_only_realtime")),
                )
            except (WebSocketError, KeyError, ValueError) as error:
                logger.warning("batch_subscribe: an entry failed: %s", error)
                id_ = ""
            ids.append(id_)
        return ids

    async def switch_to_idle_mode(self, symbol: str = "KRW-BTC", ultra_quiet: bool = False) -> str:
        """Withdraw everything and ask once for one ticker; an idle connection closes by itself.

        Args:
            symbol: the ticker to ask for.
            ultra_quiet: do not ask for it.

        Returns:
            The id of that request, or ``"idle_mode_failed"``.
        """
        self._compat_notice("switch_to_idle_mode")
        session = self._compat_session
        if session is None:
            return "idle_mode_failed"
        await session.unsubscribe_all()
        if ultra_quiet:
            return "idle"
        try:
            return await self._compat_subscribe_public("ticker", [symbol], None, True)
        except WebSocketError as error:
            logger.warning("switch_to_idle_mode: %s", error)
            return "idle_mode_failed"

    async def health_check(self) -> dict[str, Any]:
        """The health of this client; keys of the last v5 generation."""
        self._compat_notice("health_check")
        return public_health(
            self.stats,
            local_now(),
            connected=self.state_machine.is_connected(),
            active_subscriptions=len(self._compat_subscriptions()),
        )

    def get_message_buffer_stats(self) -> dict[str, Any]:
        """Gone with the buffer.

        Raises:
            RemovedFeatureError: always.
        """
        self._compat_notice("get_message_buffer_stats")
        raise RemovedFeatureError(
            "get_message_buffer_stats", "await ws.get_performance_metrics(); there is no buffer"
        )


async def create_public_client(
    config_path: str | PathLike[str] | None = None,
    event_broker: EventBroker | None = None,
    cleanup_interval: float = 30,
    use_dynamic_limiter: bool = True,
    dynamic_config: object | None = None,
    **older: Any,
) -> UpbitWebSocketPublicV5:
    """A connected public client; arguments as for the class."""
    notice("create_public_client")
    client = UpbitWebSocketPublicV5(
        config_path, event_broker, cleanup_interval, use_dynamic_limiter, dynamic_config, **older
    )
    await client.connect()
    return client


async def quick_subscribe_ticker(
    symbols: Iterable[str], callback: Callback, use_dynamic_limiter: bool = True
) -> UpbitWebSocketPublicV5:
    """A connected public client that already streams tickers to *callback*."""
    notice("quick_subscribe_ticker")
    client = UpbitWebSocketPublicV5(use_dynamic_limiter=use_dynamic_limiter)
    async with client._compat_kept_unless_failed():
        await client.subscribe_ticker(symbols, callback)
    return client
