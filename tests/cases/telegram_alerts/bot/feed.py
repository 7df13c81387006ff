"""One feed for all chats; subscriptions grow while the bot runs."""
import asyncio
import functools
from collections import defaultdict
from dataclasses import dataclass
from typing import AsyncIterator

import upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_public_client as public_client


@dataclass(slots=True)
class Quote:
    symbol: str
    price: float
    at: int


class Feed:
    __slots__ = ("client", "queues", "ids", "tasks", "__weakref__")

    def __init__(self):
        self.client = public_client.UpbitWebSocketPublicV5()
        self.queues = defaultdict(set)
        self.ids = {}
        self.tasks = []

    async def ensure(self, symbol):
        if not self.client.is_connected():
            await self.client.connect()
        if symbol not in self.ids:
            self.ids[symbol] = await self.client.subscribe_ticker(
                [symbol],
                functools.partial(self.publish, priority=1),
            )
        return self.ids[symbol]

    async def publish(self, symbol, data_type, data, *, priority=0):
        quote = self.to_quote(symbol, data)
        for queue in self.queues[symbol]:
            queue.put_nowait(quote)

    @staticmethod
    def to_quote(symbol, message):
        match message:
            case {"data": {"trade_price": price, "timestamp": at}}:
                return Quote(symbol, price, at)
            case {"trade_price": price, "timestamp": at}:
                return Quote(symbol, price, at)
        raise ValueError(message)

    async def watch(self, symbol) -> AsyncIterator[Quote]:
        queue = asyncio.Queue()
        await self.ensure(symbol)
        self.queues[symbol].add(queue)
        try:
            while (quote := await queue.get()) is not None:
                yield quote
        finally:
            self.queues[symbol].discard(queue)

    async def forget(self, symbol):
        if (sub := self.ids.pop(symbol, None)) is not None:
            await self.client.unsubscribe(sub)

    async def close(self):
        while self.ids:
            _, sub = self.ids.popitem()
            await self.client.unsubscribe(sub)
        return await self.client.disconnect()
