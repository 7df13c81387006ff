from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, AsyncIterator, Optional

if TYPE_CHECKING:
    from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5 import UpbitWebSocketPublicV5

logger = logging.getLogger("app.market")


class MarketService:
    def __init__(self, client: UpbitWebSocketPublicV5, symbols) -> None:
        self._client = client
        self._symbols = symbols
        self._subs: list[str] = []
        self.last: dict[str, float] = {}
        self.trades: asyncio.Queue[dict] = asyncio.Queue(maxsize=1000)
        self.frames = 0

    async def start(self) -> None:
        subs = await asyncio.gather(
            self._client.subscribe_ticker(self._symbols, self._ticker),
            self._client.subscribe_trade(symbols=self._symbols, callback=self._trade),
        )
        self._subs.extend(subs)

    async def stop(self) -> None:
        await asyncio.gather(*(self._client.unsubscribe(s) for s in self._subs), return_exceptions=True)
        self._subs.clear()

    async def _ticker(self, symbol: str, data_type: str, data: dict) -> None:
        self.last[symbol] = data["data"]["trade_price"]
        self.frames += 1

    def _trade(self, symbol: str, data_type: str, data: dict) -> None:
        frame = data.get("raw_data") or {}
        if not self.trades.full():
            self.trades.put_nowait(frame)

    @property
    def healthy(self) -> bool:
        return self._client.is_connected()


@asynccontextmanager
async def market_service(symbols) -> AsyncIterator[MarketService]:
    # imported late: the worker processes never need it
    from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5 import create_public_client

    client = await create_public_client()
    service: Optional[MarketService] = MarketService(client, list(symbols))
    try:
        await service.start()
        yield service
    finally:
        await service.stop()
        await client.disconnect()
        logger.info("market service down")
