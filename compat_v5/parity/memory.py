"""Memory of a number of clients, each subscribed, measured alone in a process of its own.

Measuring proxies on top of live clients in one process always shows a loss: the clients are still
there. Here each kind starts from an empty process, and what importing it costs is not counted.

``python -m compat_v5.parity.memory MODULE:CLASS URL COUNT`` (``v6`` for the proxy) prints one JSON
line.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import tracemalloc
from typing import Any

from websocket_v6 import GlobalWebSocketManager, WebSocketClientProxy

from .exceptions import ParityError
from .legacy_client import load_class, make_client, unannounced

__all__ = ["PROXY", "measure"]

PROXY = "v6"
SYMBOL = "KRW-BTC"
FRAMES = 20  # per client, before the measurement
TIMEOUT = 30.0  # seconds


async def measure(spec: str, url: str, count: int) -> int:
    """Bytes held by *count* connected clients of one kind, each subscribed to one ticker.

    Run in a child process: everything the clients need while they live is counted, what their
    modules hold is not.

    Raises:
        ParityError: a child failed; the text holds its last line.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, spec, url, str(count)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        last = (errors.decode(errors="replace").strip().splitlines() or ["no output"])[-1]
        raise ParityError(f"measuring {spec} failed: {last}", "Run without --memory")
    return int(json.loads(output)["bytes"])


async def _measure_here(spec: str, url: str, count: int) -> int:
    received = [0] * count
    enough = asyncio.Event()

    def counter(index: int) -> Any:
        def on_frame(*_: object) -> None:
            received[index] += 1
            if min(received) >= FRAMES:
                enough.set()

        return on_frame

    client_class = None if spec == PROXY else load_class(spec)
    gc.collect()
    tracemalloc.start()
    clients: list[Any] = []
    for index in range(count):
        if client_class is None:
            proxy = WebSocketClientProxy(f"memory-{index}", endpoint=url)
            await proxy.subscribe_ticker([SYMBOL], counter(index))
            clients.append(proxy)
        else:
            client = make_client(client_class, url, None)
            await client.connect()
            await client.subscribe_ticker([SYMBOL], counter(index))
            clients.append(client)
    async with asyncio.timeout(TIMEOUT):
        await enough.wait()
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    for client in clients:
        await (client.aclose() if client_class is None else client.disconnect())
    await (await GlobalWebSocketManager.get_instance()).shutdown()
    return held


if __name__ == "__main__":
    _, spec, url, count = sys.argv
    with unannounced():
        held = asyncio.run(_measure_here(spec, url, int(count)))
    print(json.dumps({"bytes": held}))  # noqa: T201
