"""The same program on v6; its argument names a deliberate bug, or is absent."""

import asyncio
import functools
import os
import sys

from faulty_exchange import BUGS, faulty_exchange
from websockets.asyncio.client import connect

from websocket_v6 import GlobalWebSocketManager, WebSocketClientProxy


class Watcher:
    def __init__(self):
        self.ws = WebSocketClientProxy("watcher")

    async def start(self, bug):
        await self.ws.subscribe_ticker(["KRW-BTC"], self.on_ticker)
        if bug == "twice":
            await self.ws.subscribe_ticker(["KRW-BTC"], self.on_ticker)
        await self.ws.subscribe_trade(["KRW-BTC", "KRW-ETH"], self.on_trade)
        if bug is None:
            await self.ws.subscribe_orderbook(["KRW-BTC"], self.on_book, is_only_snapshot=True)
            await self.ws.subscribe_my_orders(self.on_order)
        if bug == "raise_private":
            await self.ws.subscribe_my_orders(self.on_refused_order)

    async def stop(self):
        await self.ws.unsubscribe_all()

    def on_ticker(self, symbol, data_type, data):
        data.get("trade_price", 0)

    async def on_trade(self, symbol, data_type, data):
        data["trade_volume"]

    def on_book(self, symbol, data_type, data):
        data["orderbook_units"]

    async def on_order(self, symbol, data_type, data):
        data["state"]

    def on_refused_order(self, symbol, data_type, data):
        raise ValueError(f"what is {data['uuid']}?")

    def on_misnamed_ticker(self, symbol, data_type, data):
        data["trade_price"]


def left_behind(callback):
    @functools.wraps(callback)
    def wrapper(self, symbol, data_type, data):
        data["data"]
        callback(self, symbol, data_type, data)

    return wrapper


async def main(bug):
    if bug in BUGS:
        os.environ["UPBIT_WS_URL"] = await faulty_exchange(os.environ["UPBIT_WS_URL"], BUGS[bug])
    if bug == "second_socket":
        second = await connect(os.environ["UPBIT_WS_URL"])
    if bug == "crash":
        raise RuntimeError("the migrated program crashed")
    if bug == "misname":
        Watcher.on_ticker = Watcher.on_misnamed_ticker
    if bug == "raise":
        Watcher.on_ticker = left_behind(Watcher.on_ticker)
    watcher = Watcher()
    await watcher.start(bug)
    try:
        await asyncio.Event().wait()
    finally:
        await watcher.stop()
        await (await GlobalWebSocketManager.get_instance()).shutdown()
        if bug == "second_socket":
            await second.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
