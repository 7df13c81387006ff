"""The measured side: `websocket_v6`, used through its public door only."""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
import tracemalloc
from typing import Any

from benchmarks.frames import codes, stamped
from benchmarks.meter import Meter
from websocket_v6 import GlobalWebSocketManager, WebSocketClientProxy

from .bare import quantiles
from .resources import resident

KINDS = {
    "ticker": "subscribe_ticker",
    "trade": "subscribe_trade",
    "orderbook": "subscribe_orderbook",
}


def ignore(symbol: str, data_type: str, data: Any) -> None:
    """A further subscriber that does nothing."""


async def ignore_later(symbol: str, data_type: str, data: Any) -> None:
    """The same as a coroutine function: it is fed through a mailbox."""


async def flood(
    url: str,
    kind: str,
    count: int,
    *,
    plain: int = 0,
    coroutines: int = 0,
    typed: bool = False,
    read: str = "nothing",
) -> dict[str, float]:
    """One counting callback, and further *plain* and *coroutines* ones on proxies of their own.

    *read* is what the counting callback looks at in a typed book: nothing, the best unit, or all.
    """
    meter = Meter(count)

    def look(symbol: str, data_type: str, data: Any) -> None:
        units = data.orderbook_units
        for unit in units[:1] if read == "best" else units:
            assert unit.ask_price
        meter.tick()

    proxies = []
    extra: dict[str, Any] = {"as_model": True} if typed else {}
    for number in range(plain + coroutines):
        proxy = WebSocketClientProxy(f"further-{number}", endpoint=url)
        callback = ignore if number < plain else ignore_later
        policy = {} if number < plain else {"policy": "lossless"}
        await getattr(proxy, KINDS[kind])(["KRW-BTC"], callback, **policy)
        proxies.append(proxy)
    counting = WebSocketClientProxy("counting", endpoint=url)
    counter = meter.three if read == "nothing" else look
    await getattr(counting, KINDS[kind])(["KRW-BTC"], counter, **extra)
    await meter.done.wait()
    await (await GlobalWebSocketManager.get_instance()).shutdown()
    return meter.result()


async def latency(url: str, kind: str, count: int) -> dict[str, float]:
    """Microseconds from the server's write to the callback."""
    lags: list[float] = []
    done = asyncio.Event()

    def note(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        lag = time.monotonic_ns() - stamped(data, kind)
        if data["stream_type"] == "REALTIME":
            lags.append(lag / 1000)
            if len(lags) == count:
                done.set()

    proxy = WebSocketClientProxy("latency", endpoint=url)
    await getattr(proxy, KINDS[kind])(["KRW-BTC"], note)
    await done.wait()
    result = quantiles(lags[:count])
    await (await GlobalWebSocketManager.get_instance()).shutdown()
    return result


async def first_frame(url: str, kind: str, count: int) -> dict[str, float]:
    """Milliseconds from the call of `subscribe_ticker` on a warm connection to its first frame.

    Calls are a second apart, so that no rate limit holds one back.
    """
    took: list[float] = []
    arrived = asyncio.Event()

    def note(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        took.append((time.perf_counter() - start) * 1000)
        arrived.set()

    proxy = WebSocketClientProxy("warm", endpoint=url)
    start = time.perf_counter()
    for code in codes(count + 1):
        arrived.clear()
        start = time.perf_counter()
        await proxy.subscribe_ticker([code], note)
        await asyncio.wait_for(arrived.wait(), 10)
        await asyncio.sleep(1.0)
    await (await GlobalWebSocketManager.get_instance()).shutdown()
    return {"p50_ms": statistics.median(took[1:]), "worst_ms": max(took[1:])}


async def components(url: str, kind: str, count: int, *, seconds: float = 5.0) -> dict[str, float]:
    """*count* components on one topic: CPU for *seconds* of feed, memory of one more."""
    received = [0]

    class Component:
        def __init__(self, number: int) -> None:
            self.name = f"component-{number}"
            self.ws: WebSocketClientProxy | None = None

        async def start(self) -> None:
            self.ws = WebSocketClientProxy(self.name, endpoint=url)
            await getattr(self.ws, KINDS[kind])(["KRW-BTC"], self.on_frame)

        def on_frame(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
            received[0] += 1

    first = Component(0)
    await first.start()
    await asyncio.sleep(0.5)
    gc.collect()
    before_resident = resident()
    more = [Component(number) for number in range(1, count)]
    tracemalloc.start()
    for component in more:
        await component.start()
    await asyncio.sleep(0.5)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    received[0], cpu, wall = 0, -time.process_time(), -time.perf_counter()
    await asyncio.sleep(seconds)
    cpu, wall = cpu + time.process_time(), wall + time.perf_counter()
    result = {
        "cpu_share": cpu / wall,
        "bytes_each": held / max(1, len(more)),
        "resident_growth": resident() - before_resident,
        "delivered_per_second": received[0] / wall,
    }
    await (await GlobalWebSocketManager.get_instance()).shutdown()
    return result


async def fleet(
    url: str, kind: str, count: int, *, seconds: float = 5.0, trace: bool = True
) -> dict[str, float]:
    """Memory and CPU of *count* components from nothing, to compare with v5 clients.

    *trace* counts Python's own allocations, and inflates resident memory by doing so.
    """
    gc.collect()
    before = resident()
    if trace:
        tracemalloc.start()
    received = [0]

    def note(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        received[0] += 1

    proxies = [WebSocketClientProxy(f"component-{number}", endpoint=url) for number in range(count)]
    for proxy in proxies:
        await getattr(proxy, KINDS[kind])(["KRW-BTC"], note)
    return_value = await sample_fleet(before, received, seconds)
    await (await GlobalWebSocketManager.get_instance()).shutdown()
    return return_value


async def sample_fleet(before: int, received: list[int], seconds: float) -> dict[str, float]:
    """What is held once everything runs, and the CPU of *seconds* of feed; v5 uses it too."""
    await asyncio.sleep(1.0)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    received[0], cpu, wall = 0, -time.process_time(), -time.perf_counter()
    await asyncio.sleep(seconds)
    cpu, wall = cpu + time.process_time(), wall + time.perf_counter()
    return {
        "cpu_share": cpu / wall,
        "held_bytes": held,
        "resident_growth": resident() - before,
        "delivered_per_second": received[0] / wall,
    }


async def exchange(url: str, kind: str, count: int, *, seconds: float = 15.0) -> dict[str, Any]:
    """All markets at once: *count* order books, tickers and trades, one plain callback each."""
    received = dict.fromkeys(KINDS, 0)

    def note(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        received[data_type] += 1

    proxy = WebSocketClientProxy("exchange", endpoint=url)
    for method in KINDS.values():
        await getattr(proxy, method)(codes(count), note)
    await asyncio.sleep(3.0)
    gc.collect()
    received.update(dict.fromkeys(KINDS, 0))
    cpu, wall, levels = -time.process_time(), -time.perf_counter(), [resident()]
    for _ in range(10):
        await asyncio.sleep(seconds / 10)
        levels.append(resident())
    cpu, wall = cpu + time.process_time(), wall + time.perf_counter()
    per_second = {name: round(number / wall) for name, number in received.items()}
    await (await GlobalWebSocketManager.get_instance()).shutdown()
    return {"cpu_share": cpu / wall, "resident": levels, "per_second": per_second}


async def restart(url: str, kind: str, count: int) -> dict[str, Any]:
    """Wait for the loss of the connection, then for the first frame of each of *count* topics.

    Prints `ready` when all topics flow. Times are `time.monotonic_ns`, which the server shares.
    """
    wanted = set(codes(count))
    flowing: set[str] = set()
    again: dict[str, int] = {}
    ready, lost, back = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def note(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        flowing.add(symbol)
        if flowing >= wanted:
            ready.set()
        if lost.is_set() and symbol not in again:
            again[symbol] = time.monotonic_ns()
            if len(again) == len(wanted):
                back.set()

    def on_event(event: object) -> None:
        if type(event).__name__ == "Lost":
            lost.set()

    manager = await GlobalWebSocketManager.get_instance()
    manager.on_connection_event(on_event)
    proxy = WebSocketClientProxy("restart", endpoint=url)
    await getattr(proxy, KINDS[kind])(sorted(wanted), note)
    await ready.wait()
    print("ready", flush=True)
    await asyncio.wait_for(back.wait(), 60)
    await manager.shutdown()
    return {"last_topic_at": max(again.values())}
