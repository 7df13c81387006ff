"""What a notebook does: one loop for all cells, interrupts that stop a cell and not the kernel."""

import asyncio
import os
import signal
import sys

from websocket_v6 import GlobalWebSocketManager, WebSocketClientProxy

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
frames = []
interrupt_in_callback = sys.argv[1] == "callback"


def run_cell(coroutine):
    try:
        return loop.run_until_complete(coroutine)
    except KeyboardInterrupt:
        print("interrupted", flush=True)


def on_trade(symbol, data_type, data):
    global interrupt_in_callback
    if interrupt_in_callback and len(frames) > 20:
        interrupt_in_callback = False
        os.kill(os.getpid(), signal.SIGINT)
    frames.append(data)


async def first_cell():
    global ws
    ws = WebSocketClientProxy("notebook")
    await ws.subscribe_trade(["KRW-BTC"], on_trade)


async def wait_for_more(count):
    wanted = len(frames) + count
    async with asyncio.timeout(20):
        while len(frames) < wanted:
            await asyncio.sleep(0.01)


async def endless():
    print("ready", flush=True)
    await asyncio.sleep(60)


async def last_cell():
    manager = await GlobalWebSocketManager.get_instance()
    await manager.shutdown()


run_cell(first_cell())
run_cell(endless())
run_cell(wait_for_more(20))
print("ending", flush=True)
if sys.argv[2] == "shutdown":
    run_cell(last_cell())
    loop.close()
print("done", flush=True)
