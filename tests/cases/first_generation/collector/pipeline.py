import asyncio
from dataclasses import dataclass, field
from typing import Any

from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5, load_config
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.models import DataType


@dataclass
class Settings:
    symbols: list[str] = field(default_factory=lambda: ["KRW-BTC"])
    tickets: int = 3


@dataclass
class Pipeline:
    settings: Settings
    client: UpbitWebSocketPublicV5
    queue: Any = None

    async def run(self):
        await self.client.connect()
        await self.client.subscribe("ticker", self.settings.symbols, self.handle_ticker)
        await self.client.subscribe(DataType.TRADE.value, self.settings.symbols, callback=self.handle_trade)
        await self.client.subscribe_orderbook(self.settings.symbols, self.queue.put_nowait)

    async def handle_ticker(self, message):
        await self.store(message["market"], message["data"])

    def handle_trade(self, message):
        frame = message.get("data") or {}
        print(frame.get("trade_volume"))

    async def store(self, market, frame):
        print(market, frame["trade_price"])


def build(settings=None):
    settings = settings or Settings()
    return Pipeline(settings, UpbitWebSocketPublicV5(max_tickets=settings.tickets), asyncio.Queue())


class Monitor:
    def __init__(self):
        self.client = UpbitWebSocketPublicV5(config_path="websocket.yaml")

    async def report(self):
        print(self.client.stats["messages_received"], load_config)
