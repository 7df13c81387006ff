"""The public reference client: ticker, trade, orderbook, candle."""

from __future__ import annotations

from typing import Any

from tests.reference_v5.client import Callback, SocketClient


class UpbitWebSocketPublicV5(SocketClient):
    """One public socket; constructor keywords of every v5 release are accepted and ignored."""

    def __init__(
        self,
        config_path: str | None = None,
        event_broker: object = None,
        *,
        envelope: bool = False,
        **_legacy: Any,
    ) -> None:
        super().__init__(envelope=envelope)

    async def subscribe(
        self,
        data_type: str,
        symbols: list[str],
        callback: Callback | None = None,
        is_only_snapshot: bool = False,
    ) -> str:
        """Subscribe any public type by its wire name; returns the subscription's id."""
        return await self._add(data_type, symbols, callback, is_only_snapshot)

    async def subscribe_ticker(
        self, symbols: list[str], callback: Callback | None = None, is_only_snapshot: bool = False
    ) -> str:
        return await self.subscribe("ticker", symbols, callback, is_only_snapshot)

    async def subscribe_trade(
        self, symbols: list[str], callback: Callback | None = None, is_only_snapshot: bool = False
    ) -> str:
        return await self.subscribe("trade", symbols, callback, is_only_snapshot)

    async def subscribe_orderbook(
        self, symbols: list[str], callback: Callback | None = None, is_only_snapshot: bool = False
    ) -> str:
        return await self.subscribe("orderbook", symbols, callback, is_only_snapshot)

    async def subscribe_candle(
        self,
        symbols: list[str],
        interval: str = "1m",
        callback: Callback | None = None,
        is_only_snapshot: bool = False,
    ) -> str:
        return await self.subscribe(f"candle.{interval}", symbols, callback, is_only_snapshot)
