"""A test suite of an application: one test leaves everything open, one waits until it is interrupted."""

import asyncio

from websocket_v6 import WebSocketClientProxy


def subscribed(wait):
    async def run():
        ws = WebSocketClientProxy("suite")
        await ws.subscribe_trade(["KRW-BTC"], lambda *_: None)
        await ws.subscribe_ticker(["KRW-BTC"], lambda *_: None)
        if wait > 1:
            print("ready", flush=True)
        await asyncio.sleep(wait)

    asyncio.run(run())


def test_that_leaves_everything_open():
    subscribed(0)


def test_after_it():
    subscribed(0.05)


def test_that_waits():
    subscribed(60)
