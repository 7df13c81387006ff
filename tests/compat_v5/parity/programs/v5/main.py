"""A v5 program that runs until it is interrupted; with an argument it leaves the account alone."""

import asyncio
import sys

from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5 import (
    UpbitWebSocketPrivateV5,
    UpbitWebSocketPublicV5,
)


class Watcher:
    def __init__(self):
        self.public = UpbitWebSocketPublicV5()
        self.private = UpbitWebSocketPrivateV5()

    async def start(self):
        await self.public.connect()
        await self.public.subscribe_ticker(["KRW-BTC"], self.on_ticker)
        await self.public.subscribe_trade(["KRW-BTC", "KRW-ETH"], self.on_trade)
        if len(sys.argv) == 1:
            await self.public.subscribe_orderbook(["KRW-BTC"], self.on_book, is_only_snapshot=True)
            await self.private.connect()
            await self.private.subscribe_my_orders(callback=self.on_order)

    async def stop(self):
        await self.public.disconnect()
        await self.private.disconnect()

    def on_ticker(self, symbol, data_type, data):
        data["data"]["trade_price"]

    async def on_trade(self, symbol, data_type, data):
        data.get("trade_volume", 0)

    def on_book(self, symbol, data_type, data):
        data.get("orderbook_units", [])

    async def on_order(self, symbol, data_type, data):
        data.get("state")


async def main():
    watcher = Watcher()
    await watcher.start()
    try:
        await asyncio.Event().wait()
    finally:
        await watcher.stop()


if __name__ == "__main__":
    asyncio.run(main())
