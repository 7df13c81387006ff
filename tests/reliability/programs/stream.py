"""Take ten frames of each of three streams, one of them private, and end; arguments set limits first.

``files=N`` leaves the process N file descriptors, ``exhausted`` none at all until the first subscription has
failed, ``back`` sets the clock back by an hour in the middle.
"""

import asyncio
import os
import sys
import time

from websocket_v6 import GlobalWebSocketManager, SubscribeTimeout, WebSocketClientProxy

limit = sys.argv[1] if len(sys.argv) > 1 else ""
if limit.startswith("files="):
    import resource

    count = int(limit.removeprefix("files="))
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


def exhaust():
    held = []
    try:
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        return held


def set_clock_back():
    now = time.time
    modules = [
        module
        for name, module in tuple(sys.modules.items())
        if name.startswith("websocket_v6.") and getattr(module, "time", None) is now
    ]
    for module in modules:
        module.time = lambda: now() - 3600
    print("clocks set back:", len(modules))


async def main():
    manager = await GlobalWebSocketManager.get_instance()
    ws = WebSocketClientProxy("stream")
    counts = {"ticker": 0, "trade": 0}

    async def on_trade(symbol, data_type, data):
        counts["trade"] += 1

    def on_ticker(symbol, data_type, data):
        counts["ticker"] += 1

    if limit == "exhausted":
        held = exhaust()
        try:
            await ws.subscribe_ticker(["KRW-BTC"], on_ticker)
        except SubscribeTimeout as error:
            print(error)
        for descriptor in held:
            os.close(descriptor)
    await ws.subscribe_ticker(["KRW-BTC"], on_ticker)
    await ws.subscribe_trade(["KRW-BTC"], on_trade)
    await ws.subscribe_my_orders(print)
    for wanted in (10, 20):
        async with asyncio.timeout(20):
            while min(counts.values()) < wanted:
                await asyncio.sleep(0.01)
        if limit == "back" and wanted == 10:
            set_clock_back()
    health = await manager.health_check()
    assert health["uptime_seconds"] >= 0 or sys.exit("uptime")
    await manager.shutdown()
    print("done")


asyncio.run(main())
