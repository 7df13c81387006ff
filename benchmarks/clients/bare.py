"""The control: what anybody would write with `websockets` and a JSON library."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import msgspec
import websockets.asyncio.client as client

from benchmarks.frames import stamped
from benchmarks.meter import Meter


def request(kind: str, codes: list[str]) -> str:
    return json.dumps([{"ticket": "bench"}, {"type": kind, "codes": codes}])


async def flood(url: str, kind: str, count: int, *, decode: bool = True) -> dict[str, float]:
    """`async for` over one connection, a dict per frame, one callback."""
    meter = Meter(count)
    async with client.connect(url, compression=None) as connection:
        await connection.send(request(kind, ["KRW-BTC"]))
        reader = asyncio.create_task((read_dicts if decode else read)(connection, meter.one))
        await meter.done.wait()
        reader.cancel()
    return meter.result()


async def read_dicts(connection: client.ClientConnection, callback: Callable[[Any], None]) -> None:
    loads = msgspec.json.decode
    async for raw in connection:
        callback(loads(raw))


async def read(connection: client.ClientConnection, callback: Callable[[Any], None]) -> None:
    async for raw in connection:
        callback(raw)


async def latency(url: str, kind: str, count: int) -> dict[str, float]:
    """Microseconds from the server's write to the callback."""
    lags: list[float] = []
    async with client.connect(url, compression=None) as connection:
        await connection.send(request(kind, ["KRW-BTC"]))
        async for raw in connection:
            now_frame: dict[str, Any] = msgspec.json.decode(raw)
            lag = time.monotonic_ns() - stamped(now_frame, kind)
            if now_frame["stream_type"] == "REALTIME":
                lags.append(lag / 1000)
            if len(lags) == count:
                break
    return quantiles(lags)


async def first_frame(url: str, kind: str, count: int) -> dict[str, float]:
    """Milliseconds from a request on a warm connection to its first frame: one round trip."""
    took: list[float] = []
    async with client.connect(url, compression=None) as connection:
        for number in range(count + 1):
            start = time.perf_counter()
            await connection.send(request(kind, [f"KRW-C{number:04d}"]))
            await connection.recv()
            took.append((time.perf_counter() - start) * 1000)
            await asyncio.sleep(0.05)
    return {"p50_ms": statistics.median(took[1:])}


def quantiles(lags: list[float]) -> dict[str, float]:
    lags = sorted(lags[len(lags) // 10 :])
    return {
        "p50_us": lags[len(lags) // 2],
        "p99_us": lags[int(len(lags) * 0.99)],
        "max_us": lags[-1],
    }
