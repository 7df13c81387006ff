from concurrent.futures import ThreadPoolExecutor
import asyncio

from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5


async def _once(symbol):
    client = UpbitWebSocketPublicV5()
    got = asyncio.Event()
    price = None

    async def cb(s, t, d):
        nonlocal price
        price = d["data"]["trade_price"]
        got.set()
    try:
        await client.connect()
        await client.subscribe_ticker([symbol], cb)
        async with asyncio.timeout(20):
            await got.wait()
        return price
    finally:
        await client.disconnect()


class FeedPool:
    def prices(self, symbols):
        with ThreadPoolExecutor(2) as pool:
            return dict(zip(symbols, pool.map(lambda s: asyncio.run(_once(s)), symbols)))
