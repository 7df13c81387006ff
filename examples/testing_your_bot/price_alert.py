"""A bot that watches one market: it reports prices over a limit and remembers its filled orders."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from websocket_v6 import WebSocketClientProxy


class PriceAlert:
    """Call *notify* with the price whenever *market* trades above *limit*."""

    def __init__(self, market: str, limit: float, notify: Callable[[float], None]) -> None:
        self.market = market
        self.limit = limit
        self.notify = notify
        self.filled: asyncio.Queue[str] = asyncio.Queue()
        self.ws = WebSocketClientProxy("price-alert")

    async def start(self) -> None:
        await self.ws.subscribe_ticker([self.market], self.on_ticker)
        if self.ws.is_private_available():
            await self.ws.subscribe_my_orders(self.on_order)

    async def stop(self) -> None:
        await self.ws.unsubscribe_all()

    def on_ticker(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        if data["trade_price"] > self.limit:
            self.notify(data["trade_price"])

    async def on_order(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        if data["state"] == "done":
            self.filled.put_nowait(data["uuid"])
