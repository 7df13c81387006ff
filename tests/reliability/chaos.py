"""A night with everything going wrong, against a record of what should have arrived.

``python -m tests.reliability.chaos --seed 1 --seconds 600`` prints a table and exits non-zero when a promise
is broken. Time is compressed: *scale* seconds of the exchange's and the client's clocks pass in one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import platform
import statistics
import sys
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from importlib.metadata import version
from time import monotonic
from typing import Any, TypeVar

from tests.reliability.components import Crowd
from tests.reliability.oracle import GRACE, Oracle, Tally, order_identity
from tests.reliability.schedule import Fault, schedule
from websocket_v6 import AuthFailed, ConnectionEvent, GlobalWebSocketManager, WebSocketClientProxy
from websocket_v6.registry import set_default_hub
from websocket_v6.testing import (
    TEST_ACCESS_KEY,
    TEST_SECRET_KEY,
    ExchangeEmulator,
    WaitTimeoutError,
)

T = TypeVar("T")

SCALED = [
    "ping_interval",
    "pong_timeout",
    "connect_timeout",
    "linger",
    "removal_delay",
    "verify_delay",
    "silence_suspicion",
    "silence_suspicion_max",
    "reconnect_first",
    "reconnect_fast_window",
    "reconnect_fast_max_gap",
    "reconnect_max_delay",
    "reconnect_reset_after",
    "rate_limit_wait",
]
"""Settings in seconds; all of them run faster together."""
MARGIN = 0.1
"""Seconds of the wall clock between the exchange's windows and the client's."""


class FastClock:
    """The machine's clock, *scale* times as fast."""

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self._start = time.time()
        self._zero = monotonic()

    def now(self) -> float:
        return monotonic() * self._scale

    def wall(self) -> float:
        return self._start + (monotonic() - self._zero) * self._scale

    def call_later(self, delay: float, callback: Callable[[], object]) -> Any:
        return asyncio.get_running_loop().call_later(delay / self._scale, callback)

    async def sleep(self, delay: float) -> None:
        await asyncio.sleep(delay / self._scale)


class ExchangeThread:
    """The exchange on a loop of its own: a client that blocks its loop must not stop it."""

    def __init__(self, exchange: ExchangeEmulator) -> None:
        self.exchange = exchange
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    async def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self.loop))

    async def call(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        async def inside() -> T:
            return function(*arguments, **named)

        return await self.run(inside())

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


@dataclass(slots=True)
class Recovery:
    kind: str
    seconds: float
    bound: float | None


@dataclass(slots=True)
class Report:
    """Everything measured. Seconds are the exchange's, not the wall's."""

    seed: int
    simulated: float
    scale: float
    faults: Counter[str] = field(default_factory=Counter)
    recoveries: list[Recovery] = field(default_factory=list)
    trades: Tally = field(default_factory=Tally)
    orders: Tally = field(default_factory=Tally)
    events: Counter[str] = field(default_factory=Counter)
    peaks: Any = None
    metrics: dict[str, Any] = field(default_factory=dict)
    sockets_left: int = 0
    tasks_left: list[str] = field(default_factory=list)
    undead: int = 0
    lost_topics: int = 0
    repaired_topics: int = 0

    def fresh_share(self) -> float:
        """Share of time with fresh data at one kill, cut, close or reset every ten minutes."""
        quick = [
            one.seconds
            for one in self.recoveries
            if one.kind in ("kill", "cut", "close_1000", "reset_in_a_frame")
        ]
        return 1.0 - statistics.mean(quick) / 600.0 if quick else 1.0

    def broken(self) -> list[str]:
        """Promises that were not kept, in words."""
        late = [one for one in self.recoveries if one.bound is not None and one.seconds > one.bound]
        checks = [
            (self.trades.lost == 0, f"{self.trades.lost} trades lost: {self.trades.examples}"),
            (
                self.trades.duplicated == 0,
                f"{self.trades.duplicated} trades delivered twice: {self.trades.examples}",
            ),
            (self.trades.owed > 0, "the run owed nobody anything"),
            (self.orders.lost == 0, f"{self.orders.lost} private events lost"),
            (self.orders.owed > 0, "the run owed no private event"),
            (
                not late,
                "fresh data too late: "
                + ", ".join(f"{one.kind} {one.seconds:.1f} s > {one.bound:.1f} s" for one in late),
            ),
            (self.fresh_share() >= 0.999, f"fresh only {self.fresh_share():.4%} of the time"),
            (
                self.peaks.messages_per_second <= 5 and self.peaks.messages_per_minute <= 100,
                f"message limits exceeded: {self.peaks}",
            ),
            (self.peaks.connects_per_second <= 5, f"connect limit exceeded: {self.peaks}"),
            (
                self.repaired_topics >= self.lost_topics,
                f"{self.lost_topics} topics lost in silence, {self.repaired_topics} repaired",
            ),
            (self.metrics["router_errors"] == 0, "the router failed"),
            (not self.tasks_left, f"tasks left: {self.tasks_left}"),
            (self.sockets_left == 0, f"{self.sockets_left} sockets left"),
            (self.undead == 0, f"{self.undead} dead components still subscribed"),
        ]
        return [text for kept, text in checks if not kept]

    def table(self) -> str:
        seconds = sorted(one.seconds for one in self.recoveries)
        rows = [
            ("seed", f"{self.seed}"),
            ("simulated", f"{self.simulated:.0f} s at {self.scale:g} times the wall clock"),
            ("machine", f"Python {platform.python_version()}, websockets {version('websockets')}"),
            ("faults", f"{sum(self.faults.values())} of {len(self.faults)} kinds"),
            *(
                (f"  {kind}", f"{count}, fresh after {self._times(kind)}")
                for kind, count in sorted(self.faults.items())
            ),
            ("trades owed / lost / twice", self._counts(self.trades)),
            ("  dropped by policy", f"{self.trades.dropped_by_policy:,}"),
            ("private events owed / lost / twice", self._counts(self.orders)),
            (
                "time to fresh data p50 / p99",
                f"{seconds[len(seconds) // 2]:.2f} s / {seconds[int(len(seconds) * 0.99)]:.2f} s"
                if seconds
                else "no fault took it away",
            ),
            ("fresh at one loss per ten minutes", f"{self.fresh_share():.4%}"),
            (
                "peak messages per s / min, connects per s",
                f"{self.peaks.messages_per_second} / {self.peaks.messages_per_minute}, "
                f"{self.peaks.connects_per_second} (allowed 5 / 100, 5)",
            ),
            ("requests, lists, connects", self._sent()),
            ("topics lost in silence / repaired", f"{self.lost_topics} / {self.repaired_topics}"),
            ("events", ", ".join(f"{k} {n}" for k, n in sorted(self.events.items()))),
            ("left at the end", f"{len(self.tasks_left)} tasks, {self.sockets_left} sockets"),
        ]
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)

    def _sent(self) -> str:
        metrics = self.metrics
        return ", ".join(
            str(metrics[name]) for name in ("requests_sent", "list_requests_sent", "connects")
        )

    @staticmethod
    def _counts(tally: Tally) -> str:
        return f"{tally.owed:,} / {tally.lost} / {tally.duplicated}"

    def _times(self, kind: str) -> str:
        times = [one.seconds for one in self.recoveries if one.kind == kind]
        return f"{max(times):.2f} s at the most" if times else "no interruption"


class _Holder:
    """A component as they are written: it keeps its proxy and subscribes its own method."""

    def __init__(self) -> None:
        self.ws = WebSocketClientProxy("ghost")

    def on_tick(self, *_: Any) -> None: ...


class ChaosRun:
    """One seed, once."""

    def __init__(self, seed: int, seconds: float, scale: float, components: int) -> None:
        self.report = Report(seed, seconds, scale)
        self.only: set[str] | None = None
        """Kinds of faults to have; ``None`` is all of them."""
        self._seed = seed
        self._seconds = seconds
        self._scale = scale
        self._components = components
        self._oracle = Oracle()
        self._orders_seen: Counter[Any] = Counter()
        self._last_fresh = 0.0

    async def run(self) -> Report:
        exchange = ExchangeEmulator(
            rate=4.0, clock=FastClock(self._scale), seed=self._seed, error_close_delay=0.15
        )
        exchange.on_frame = self._oracle.on_frame
        thread = ExchangeThread(exchange)
        try:
            await thread.run(exchange.start())
            await self._with_exchange(thread)
        finally:
            await thread.run(exchange.stop())
            thread.close()
        return self.report

    async def _with_exchange(self, thread: ExchangeThread) -> None:
        exchange = thread.exchange
        defaults = GlobalWebSocketManager.configure()
        set_default_hub(None)
        settings = {name: getattr(defaults, name) / self._scale for name in SCALED}
        # The margin is for the machine's delays, and those do not run faster.
        settings["second_window"] = 1.0 / self._scale + MARGIN
        settings["minute_window"] = 60.0 / self._scale + MARGIN
        GlobalWebSocketManager.configure(url=exchange.url, **settings)
        manager = await GlobalWebSocketManager.get_instance()
        manager.on_connection_event(self._on_event)
        await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
        codes = sorted(exchange.markets.codes)[:8]
        witness = WebSocketClientProxy("witness")
        await witness.subscribe_ticker(codes[:2], self._on_fresh)
        await witness.subscribe_my_orders(self._on_order)
        since = monotonic()
        crowd = Crowd(self._seed, codes, self._components)
        await crowd.gather()
        helpers = [
            asyncio.create_task(self._trade_on_account(thread)),
            asyncio.create_task(self._watch_oracle(thread)),
            asyncio.create_task(self._stir(crowd)),
        ]
        try:
            await self._play(thread, codes)
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
        # Lift everything and let the last frames arrive.
        await thread.call(exchange.faults.lift)
        await asyncio.sleep(2 * GRACE + 2.0 / self._scale)
        now = monotonic()
        self.report.trades = self._oracle.judge_trades(crowd.everybody(now))
        self.report.orders = self._oracle.judge_orders(self._orders_seen, since, now)
        await self._check_the_dead(crowd, thread, codes)
        self.report.metrics = await manager.get_performance_metrics()
        self.report.repaired_topics = self.report.metrics["drift_repairs"]
        await manager.shutdown()
        await asyncio.sleep(GRACE)
        self.report.peaks = exchange.peaks
        self.report.sockets_left = len(exchange.connections)
        self.report.tasks_left = [
            task.get_name()
            for task in asyncio.all_tasks()
            if task.get_name().startswith("upbit-ws")
        ]
        set_default_hub(None)

    # -- what goes on all the time ------------------------------------------------------------------

    def _on_event(self, event: ConnectionEvent) -> None:
        self.report.events[type(event).__name__] += 1
        if isinstance(event, AuthFailed):
            asyncio.get_running_loop().call_later(0.1, self._new_keys)

    def _new_keys(self) -> None:
        async def give() -> None:
            manager = await GlobalWebSocketManager.get_instance()
            await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)

        self._giving = asyncio.ensure_future(give())

    def _on_fresh(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self._last_fresh = monotonic()

    async def _on_order(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self._orders_seen[order_identity(data)] += 1

    async def _trade_on_account(self, thread: ExchangeThread) -> None:
        number = 0
        while True:
            await asyncio.sleep(0.05)
            account = thread.exchange.account()
            order = await thread.call(account.place_order, "KRW-BTC", "BID", price=1000, volume=1)
            finish = account.fill if number % 2 else account.cancel
            await thread.call(finish, order)
            number += 1

    async def _watch_oracle(self, thread: ExchangeThread) -> None:
        while True:
            await thread.call(self._oracle.watch)
            await asyncio.sleep(0.01)

    async def _stir(self, crowd: Crowd) -> None:
        while True:
            await asyncio.sleep(3.0 / self._scale)
            await crowd.stir()

    async def _check_the_dead(self, crowd: Crowd, thread: ExchangeThread, codes: list[str]) -> None:
        """A component that died must leave nothing behind."""
        holder = _Holder()
        await holder.ws.subscribe_candle([codes[-1]], "240m", holder.on_tick)
        await thread.run(thread.exchange.wait_subscribed("candle.240m", codes[-1], timeout=10))
        reference = weakref.ref(holder)
        del holder
        if reference() is not None:
            gc.collect()
        try:
            await thread.run(
                thread.exchange.wait_unsubscribed("candle.240m", codes[-1], timeout=10)
            )
        except Exception as error:
            logging.getLogger(__name__).warning("%s", error)
            self.report.undead += 1

    # -- faults -------------------------------------------------------------------------------------

    async def _play(self, thread: ExchangeThread, codes: list[str]) -> None:
        start = monotonic()
        for fault in schedule(self._seed, self._seconds, only=self.only):
            await asyncio.sleep(max(0.0, start + fault.at / self._scale - monotonic()))
            await self._strike(thread, fault, codes)
        await asyncio.sleep(max(0.0, start + self._seconds / self._scale - monotonic()))

    async def _strike(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        name = fault.kind.name
        self.report.faults[name] += 1
        hit = "private" if name == "refused_401" else None
        if fault.kind.heals is not None or hit:
            self._oracle.faulted(hit)
        at = monotonic()
        await getattr(self, f"_{name}")(thread, fault, codes)
        if fault.kind.heals is not None:
            await self._until_fresh(fault, at)

    async def _until_fresh(self, fault: Fault, at: float) -> None:
        """Wait for data of a new connection; a frame that was on its way when the fault hit is none."""
        deadline = at + 60.0 / self._scale + 10.0
        settled = at + 0.05 if fault.kind.name != "blocked_loop" else at
        while self._last_fresh <= settled and monotonic() < deadline:
            await asyncio.sleep(0.002)
        seconds = (max(self._last_fresh, settled) - at) * self._scale
        if monotonic() >= deadline:
            seconds = float("inf")
        # A frame every quarter of a second: without any fault the next is that far away.
        self.report.recoveries.append(Recovery(fault.kind.name, seconds, self._bound(fault)))

    def _bound(self, fault: Fault) -> float | None:
        heals = fault.kind.heals
        return None if heals is None else heals + 0.1 * self._scale

    async def _kill(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        await thread.call(thread.exchange.faults.kill)

    async def _cut(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        await thread.call(thread.exchange.faults.cut)

    async def _close_1000(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        await thread.call(thread.exchange.faults.close, 1000)

    async def _reset_in_a_frame(
        self, thread: ExchangeThread, fault: Fault, codes: list[str]
    ) -> None:
        await thread.call(thread.exchange.faults.truncated_frame)

    async def _oversize(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        await thread.call(thread.exchange.faults.oversize, 5 * 2**20)

    async def _restart(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        port = thread.exchange.port
        await thread.run(thread.exchange.stop())
        await asyncio.sleep(0.5 / self._scale)
        await thread.run(thread.exchange.start(port))

    async def _half_open(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        await thread.call(thread.exchange.faults.half_open)

    async def _slow_handshake(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        await thread.call(thread.exchange.faults.slow_handshake, 2.0, 2)
        await thread.call(thread.exchange.faults.kill)

    async def _refuse(self, thread: ExchangeThread, status: int, **named: Any) -> None:
        await thread.call(thread.exchange.faults.refuse, status, times=1, kind="public", **named)
        await thread.call(thread.exchange.faults.kill, "public")

    async def _refused_429(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        await self._refuse(thread, 429)

    async def _refused_429_retry_after(
        self, thread: ExchangeThread, fault: Fault, codes: list[str]
    ) -> None:
        # The header is in whole wall seconds; the bound is the exchange's.
        await self._refuse(thread, 429, retry_after=12.0 / self._scale)

    async def _refused_418(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        await self._refuse(thread, 418)

    async def _refused_503(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        await self._refuse(thread, 503)

    async def _refused_401(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        await thread.call(thread.exchange.faults.refuse, 401, times=1, kind="private")
        await thread.call(thread.exchange.faults.kill, "private")

    async def _too_many_request(
        self, thread: ExchangeThread, fault: Fault, codes: list[str]
    ) -> None:
        await thread.call(thread.exchange.faults.reject_next, "TOO_MANY_REQUEST", 1, "public")
        await thread.call(thread.exchange.faults.kill, "public")

    async def _lost_topic(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        topic = "trade", codes[fault.number % len(codes)]
        self.report.lost_topics += await thread.call(thread.exchange.faults.forget, *topic)
        with contextlib.suppress(WaitTimeoutError):
            await thread.run(thread.exchange.wait_subscribed(*topic, timeout=90))

    async def _stalled_topic(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        code = codes[2 + fault.number % (len(codes) - 2)]
        await thread.call(thread.exchange.faults.stall, "ticker", code)
        await asyncio.sleep(2.0 / self._scale)
        await thread.call(thread.exchange.faults.resume, "ticker", code)

    async def _duplicate(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        await thread.call(thread.exchange.faults.duplicate, 50)

    async def _reorder(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        await thread.call(thread.exchange.faults.reorder, 20)

    async def _garbage(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        await thread.call(thread.exchange.faults.garbage)

    async def _truncated_json(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        await thread.call(thread.exchange.faults.truncated_json)

    async def _truncated_utf8(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        await thread.call(thread.exchange.faults.truncated_utf8)

    async def _clock_jump(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        await thread.call(thread.exchange.faults.clock_jump, (-3600.0, 3600.0)[fault.number % 2])

    async def _blocked_loop(self, thread: ExchangeThread, fault: Fault, codes: list[str]) -> None:
        time.sleep(3.0 / self._scale)  # noqa: ASYNC251 - blocking the loop is the fault


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=600.0, help="of simulated time")
    parser.add_argument("--scale", type=float, default=5.0, help="simulated seconds per second")
    parser.add_argument("--components", type=int, default=100)
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.CRITICAL)
    run = ChaosRun(arguments.seed, arguments.seconds, arguments.scale, arguments.components)
    report = Report(arguments.seed, arguments.seconds, arguments.scale)
    with contextlib.suppress(KeyboardInterrupt):
        report = asyncio.run(run.run())
    print(report.table())
    broken = report.broken()
    for text in broken:
        print(f"BROKEN: {text}")
    print("every promise was kept" if not broken else f"{len(broken)} promises were broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
