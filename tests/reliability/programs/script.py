"""A script as people write it; its arguments say how it ends.

``finally`` shuts down in a ``finally``, ``handler`` also stops on SIGTERM, ``bare`` never shuts down,
``ends`` returns from ``main`` with everything open. A second argument is seconds a callback takes per trade.
"""

import asyncio
import signal
import sys

from websocket_v6 import GlobalWebSocketManager, WebSocketClientProxy, lossless

HOW, SECONDS = sys.argv[1], float(sys.argv[2])
handled = 0


async def on_trade(symbol, data_type, data):
    global handled
    await asyncio.sleep(SECONDS)
    handled += 1


async def main():
    manager = await GlobalWebSocketManager.get_instance()
    ws = WebSocketClientProxy("script")
    await ws.subscribe_trade(["KRW-BTC"], on_trade, policy=lossless, is_only_realtime=True)
    await ws.subscribe_ticker(["KRW-BTC"], lambda *_: None)
    await ws.subscribe_my_orders(lambda *_: None)
    await ws.subscribe_orderbook(["KRW-BTC"], lambda *_: None, deliver="thread")
    print("ready", flush=True)
    if HOW == "ends":
        return
    if HOW == "bare":
        await asyncio.sleep(60)
    if HOW == "handler":
        main_task = asyncio.current_task()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, main_task.cancel)
    try:
        await asyncio.sleep(60)
    finally:
        await manager.shutdown()
        print(f"handled {handled}", flush=True)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except asyncio.CancelledError:
        sys.exit(143)
