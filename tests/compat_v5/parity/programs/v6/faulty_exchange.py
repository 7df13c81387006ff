"""A relay between the program and the exchange that spoils frames in one way."""

import asyncio
import itertools
import json

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

_counter = itertools.count(1)
_held = []


def drop(frame):
    return [] if next(_counter) % 100 == 50 else [frame]


def rename(frame):
    return [{("price" if key == "trade_price" else key): frame[key] for key in frame}]


def swap(frame):
    if next(_counter) == 30:
        _held.append(frame)
        return []
    held, _held[:] = list(_held), []
    return [frame, *held]


def change(frame):
    return [frame | {"trade_price": 1.5} if next(_counter) == 30 else frame]


BUGS = {"drop": drop, "rename": rename, "swap": swap, "change": change}


async def faulty_exchange(url, spoil):
    async def relay(client):
        headers = client.request.headers
        passed = {key: headers[key] for key in ("Authorization",) if key in headers}
        target = url + client.request.path.removeprefix("/websocket/v1")
        async with connect(target, additional_headers=passed) as exchange:

            async def upwards():
                async for message in client:
                    await exchange.send(message)

            task = asyncio.create_task(upwards())
            async for message in exchange:
                frame = json.loads(message)
                spoiled = [frame]
                if frame.get("type") == "ticker" and frame["stream_type"] == "REALTIME":
                    spoiled = spoil(frame)
                for one in spoiled:
                    await client.send(json.dumps(one).encode() if one is not frame else message)
            await task

    server = await serve(relay, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    return f"ws://127.0.0.1:{port}/websocket/v1"
