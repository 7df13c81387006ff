"""A day's load in minutes: does anything grow?

``python -m tests.reliability.soak`` takes in ten million frames over five hundred reconnects while a hundred
thousand subscriptions come and go, and exits non-zero when memory or the number of objects has grown by
more than five per cent after the warm-up. The exchange runs in a process of its own; its clock and the
client's waits run *scale* times as fast, so its rate limits hold.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import logging
import platform
import random
import statistics
import sys
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Any

from tests.reliability.document import replace_section
from tests.reliability.exchange import faster
from websocket_v6 import GlobalWebSocketManager, WebSocketClientProxy
from websocket_v6.registry import set_default_hub

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
CODES = ["KRW-BTC", "KRW-ETH", "KRW-XRP", "KRW-SOL"]
WARM_UP = 0.25
"""Share of the run before the first look that counts."""
GROWTH = 0.05
LANES = 32
"""Subscriptions that come and go at the same time."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much of everything."""

    frames: int = 10_000_000
    reconnects: int = 500
    subscriptions: int = 100_000
    scale: float = 20.0
    samples: int = 20
    """Looks at memory."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look, with nothing under way. *rss* is bytes, ``None`` where the system does not tell."""

    rss: int | None
    objects: int
    tasks: int
    records: int


@dataclass(slots=True)
class Result:
    """What a soak measured."""

    load: Load
    seconds: float = 0.0
    frames: int = 0
    reconnects: int = 0
    subscriptions: int = 0
    samples: list[Sample] = field(default_factory=list)
    peaks: dict[str, int] = field(default_factory=dict)
    growth: list[str] = field(default_factory=list)
    """Where memory grew after the warm-up, most first."""

    def grown(self, name: str) -> float | None:
        """Growth from the first looks after the warm-up to the last, as a share; ``None``: not measured."""
        before, after = self.medians(name)
        return after / before - 1.0 if before and after else None

    def medians(self, name: str) -> tuple[float | None, float | None]:
        """Of the first looks after the warm-up and of the last; ``None``: not measured."""
        first, last = (
            None if not values or None in values else statistics.median(values)
            for values in self._ends(name)
        )
        return first, last

    def _flat(self, name: str) -> bool:
        before, after = (max(values) for values in self._ends(name))
        return after <= before

    def _ends(self, name: str) -> tuple[list[int], list[int]]:
        values: list[int] = [getattr(one, name) for one in self.samples]
        first = int(len(values) * WARM_UP)
        few = max(1, len(values) // 5)
        return values[first : first + few], values[-few:]

    def _growth_checks(self) -> Iterator[tuple[bool, str]]:
        for name, what in (("rss", "memory"), ("objects", "objects")):
            grown = self.grown(name)
            yield grown is not None, f"{what} could not be measured here"
            yield grown is None or grown <= GROWTH, f"{what} grew by {grown or 0.0:.1%}"

    def broken(self) -> list[str]:
        load = self.load
        checks = [
            (self.frames >= load.frames, f"only {self.frames:,} frames"),
            (self.reconnects >= load.reconnects, f"only {self.reconnects} reconnects"),
            (self.subscriptions >= load.subscriptions, f"only {self.subscriptions} subscriptions"),
            *self._growth_checks(),
            (self._flat("tasks"), f"tasks: {[one.tasks for one in self.samples]}"),
            (self._flat("records"), f"records: {[one.records for one in self.samples]}"),
            (
                self.peaks["messages_per_second"] <= 5
                and self.peaks["messages_per_minute"] <= 100
                and self.peaks["connects_per_second"] <= 5,
                f"rate limits exceeded: {self.peaks}",
            ),
        ]
        return [text for kept, text in checks if not kept]

    def rows(self) -> list[tuple[str, str]]:
        last = self.samples[-1]
        return [
            ("with", f"Python {platform.python_version()}, websockets {version('websockets')}"),
            ("frames", f"{self.frames:,} in {self.seconds:.0f} s"),
            ("reconnects", f"{self.reconnects}"),
            ("subscribed and unsubscribed", f"{self.subscriptions:,}"),
            (
                "memory after the warm-up / at the end",
                self._growth("rss", lambda size: f"{size / 2**20:.1f}", " MiB"),
            ),
            (
                "objects after the warm-up / at the end",
                self._growth("objects", lambda number: f"{number:,.0f}", ""),
            ),
            ("tasks, subscriptions at the end", f"{last.tasks}, {last.records}"),
            (
                "fullest second / minute of messages, second of connects",
                " / ".join(str(count) for count in self.peaks.values()) + " (allowed 5 / 100 / 5)",
            ),
        ]

    def _growth(self, name: str, form: Callable[[float], str], unit: str) -> str:
        """The medians that the growth is measured between, and the growth."""
        before, after = self.medians(name)
        grown = self.grown(name)
        if before is None or after is None or grown is None:
            return "not measured"
        return f"{form(before)} / {form(after)}{unit} ({grown:+.1%})"


class SoakRun:
    """One soak."""

    def __init__(self, load: Load, seed: int = 1) -> None:
        self.result = Result(load)
        self._load = load
        self._chance = random.Random(seed)
        self._counted = 0
        self._subscribed = 0
        self._reading = asyncio.Lock()

    async def run(self) -> Result:
        async with _exchange(self._load.scale) as process:
            self._process = process
            url = (await self._read())["url"]
            with faster(self._load.scale) as settings:
                set_default_hub(None)
                GlobalWebSocketManager.configure(url=url, **settings)
                self._manager = await GlobalWebSocketManager.get_instance()
                try:
                    await self._soak()
                finally:
                    await self._manager.shutdown()
                    set_default_hub(None)
            self.result.peaks = await self._ask("peaks")
        return self.result

    async def _soak(self) -> None:
        residents = [WebSocketClientProxy(f"resident-{number}") for number in range(4)]
        for resident in residents:
            await resident.subscribe_ticker(CODES, self._count)
            await resident.subscribe_trade(CODES, self._count_later)
        await residents[0].subscribe_orderbook(CODES[:1], self._count_later)
        begun = monotonic()
        for step in range(1, self._load.samples + 1):
            await self._until(step / self._load.samples)
            sample = await self._look()
            self.result.samples.append(sample)
            done, _ = await self._done()
            logger.info(
                "%d of %d: %d frames, %.1f MiB, %d objects",
                *(step, self._load.samples, done, (sample.rss or 0) / 2**20, sample.objects),
            )
        self.result.seconds = monotonic() - begun
        self.result.frames, self.result.reconnects = await self._done()
        self.result.subscriptions = self._subscribed
        await self._trace_growth()

    async def _trace_growth(self) -> None:
        """A tenth more of everything, traced: afterwards, because tracing takes memory itself."""
        tracemalloc.start()
        try:
            await self._until(1.025)
            await self._look()
            before = tracemalloc.take_snapshot()
            await self._until(1.1)
            await self._look()
            after = tracemalloc.take_snapshot()
        finally:
            tracemalloc.stop()
        for one in after.compare_to(before, "lineno")[:10]:
            where = one.traceback[0]
            name = Path(where.filename)
            file = name.relative_to(ROOT) if name.is_relative_to(ROOT) else name.name
            self.result.growth.append(
                f"{one.size_diff / 1024:+8.1f} KiB  {one.count_diff:+6d}  {file}:{where.lineno}"
            )

    # -- the load -----------------------------------------------------------------------------------

    def _count(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self._counted += 1

    async def _count_later(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self._counted += 1

    async def _until(self, share: float) -> None:
        """Carry on until that share of the load is done."""
        load = self._load
        lanes = [
            asyncio.create_task(self._come_and_go(share * load.subscriptions)) for _ in range(LANES)
        ]
        frames, reconnects = await self._done()
        while frames < share * load.frames or reconnects < share * load.reconnects:
            if reconnects < load.reconnects * min(share, frames / load.frames):
                await self._lose_connection()
            else:
                await asyncio.sleep(0.01)
            frames, reconnects = await self._done()
        await asyncio.gather(*lanes)

    async def _done(self) -> tuple[int, int]:
        metrics = await self._manager.get_performance_metrics()
        return metrics["messages_received"], metrics["reconnects"]

    async def _lose_connection(self) -> None:
        _, before = await self._done()
        if not (await self._ask("kill"))["killed"]:
            await asyncio.sleep(0.01)
            return
        async with asyncio.timeout(60):
            while (await self._done())[1] == before:
                await asyncio.sleep(0.005)

    async def _come_and_go(self, until: float) -> None:
        ways = self._by_id, self._by_end_of_proxy, self._by_stream, self._by_forgetting
        while self._subscribed < until:
            self._subscribed += 1
            await self._chance.choice(ways)(self._chance.choice(CODES))

    async def _by_id(self, code: str) -> None:
        ws = WebSocketClientProxy("by-id")
        key = await ws.subscribe_candle([code], self._chance.choice(("1m", "5m")), self._count)
        await ws.unsubscribe(key)

    async def _by_end_of_proxy(self, code: str) -> None:
        async with WebSocketClientProxy("by-end") as ws:
            await ws.subscribe_ticker([code], self._count)

    async def _by_stream(self, code: str) -> None:
        ws = WebSocketClientProxy("by-stream")
        async with ws.stream("ticker", [code]) as stream:
            async for _ in stream:
                break

    async def _by_forgetting(self, code: str) -> None:
        await WebSocketClientProxy("forgotten").subscribe_orderbook([code], self._count)

    # -- looking ------------------------------------------------------------------------------------

    async def _look(self) -> Sample:
        # What the last ones left on the wire goes within a second of the exchange's.
        await asyncio.sleep(2.0 / self._load.scale)
        gc.collect()
        status = await self._manager.get_system_status()
        # Those that hand frames to coroutine callbacks come and go with the frames.
        tasks = [
            task
            for task in asyncio.all_tasks()
            if not task.get_name().startswith("upbit-ws deliver")
        ]
        return Sample(_resident_bytes(), len(gc.get_objects()), len(tasks), status["subscriptions"])

    # -- the exchange -------------------------------------------------------------------------------

    async def _ask(self, command: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        async with self._reading:
            self._process.stdin.write(f"{command}\n".encode())
            return await self._read()

    async def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return answer


@contextlib.asynccontextmanager
async def _exchange(scale: float) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.reliability.flood", f"{scale}"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


def _resident_bytes() -> int | None:
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    for line in status.read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return None


def main(argv: list[str] | None = None) -> int:
    whole = Load()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=whole.frames)
    parser.add_argument("--reconnects", type=int, default=whole.reconnects)
    parser.add_argument("--subscriptions", type=int, default=whole.subscriptions)
    parser.add_argument("--scale", type=float, default=whole.scale)
    parser.add_argument(
        "--write", type=Path, help="a document to put the table into, if nothing grew"
    )
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.CRITICAL, format="%(message)s")
    logger.setLevel(logging.INFO)
    load = Load(arguments.frames, arguments.reconnects, arguments.subscriptions, arguments.scale)
    result = asyncio.run(SoakRun(load).run())
    width = max(len(name) for name, _ in result.rows())
    for name, value in result.rows():
        print(f"{name:<{width}}  {value}")
    print("memory:", *(f"{(one.rss or 0) / 2**20:.1f}" for one in result.samples))
    print("objects:", *(one.objects for one in result.samples))
    print("\nmost growth in a traced tenth more:", *result.growth, sep="\n  ")
    for text in result.broken():
        print(f"BROKEN: {text}")
    if arguments.write and not result.broken():
        table = [
            "| | |",
            "| --- | --- |",
            *(f"| {name} | {value} |" for name, value in result.rows()),
        ]
        growth = ["", "```text", "most growth in a traced tenth more:", *result.growth, "```"]
        replace_section(arguments.write, "soak", "\n".join(table + growth))
    return 1 if result.broken() else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
