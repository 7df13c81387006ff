"""A night with everything going wrong, against a record of what should have arrived.

``python -m tests.reliability.chaos --seed 1 --seconds 600`` prints tables and exits non-zero when a promise
is broken; with ``--write FILE`` they also go into a document, and with ``--picture FILE`` the times to
fresh data into an SVG. Time is compressed: *scale* seconds of the exchange's and the client's clocks pass
in one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import sys
import weakref
from collections import Counter
from pathlib import Path
from time import monotonic
from typing import Any

from tests.reliability.components import Crowd
from tests.reliability.document import replace_section
from tests.reliability.exchange import ExchangeThread, FastClock, faster
from tests.reliability.oracle import GRACE, Oracle, order_identity
from tests.reliability.picture import draw
from tests.reliability.report import Recovery, Report
from tests.reliability.schedule import ASLEEP, Fault, schedule
from tests.reliability.strikes import Strikes, adjustable_clock
from websocket_v6 import (
    AuthFailed,
    Connected,
    ConnectionEvent,
    GlobalWebSocketManager,
    Lost,
    Resumed,
    WebSocketClientProxy,
)
from websocket_v6.registry import set_default_hub
from websocket_v6.testing import (
    TEST_ACCESS_KEY,
    TEST_SECRET_KEY,
    ExchangeEmulator,
    WaitTimeoutError,
)

_NOTICED = 26.5
"""Seconds after which a connection that answers nothing is given up, at the latest."""


class _Holder:
    """A component as they are written: it keeps its proxy and subscribes its own method."""

    def __init__(self) -> None:
        self.ws = WebSocketClientProxy("ghost")

    def on_tick(self, *_: Any) -> None: ...


class _Freshness:
    """When data came again: of a new connection, because a frame on its way when a fault hits is none."""

    def __init__(self) -> None:
        self._since = float("inf")
        self.at = float("inf")

    def expect(self, connected: bool) -> None:
        """From now on; *connected* says whether no new connection is needed for it."""
        self.at = float("inf")
        self._since = monotonic() if connected else float("inf")

    def connected(self) -> None:
        self._since = min(self._since, monotonic())

    def on_frame(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        if (now := monotonic()) > self._since:
            self.at = min(self.at, now)


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
        self._fresh = _Freshness()
        self._lost_at: float | None = None
        self._announced: list[tuple[float, float]] = []
        """From when to when the private connection said it was down; monotonic seconds."""

    async def run(self) -> Report:
        exchange = ExchangeEmulator(
            rate=4.0, clock=FastClock(self._scale), seed=self._seed, error_close_delay=0.15
        )
        exchange.on_frame = self._oracle.on_frame
        thread = ExchangeThread(exchange)
        tasks = asyncio.all_tasks()
        sockets = _open_sockets()
        try:
            await thread.run(exchange.start())
            with faster(self._scale) as settings, adjustable_clock():
                await self._with_exchange(thread, settings)
            self.report.peaks = exchange.peaks
            left = len(exchange.connections)
        finally:
            await thread.run(exchange.stop())
            thread.close()
        self.report.sockets_left = max(left, _open_sockets() - sockets)
        self.report.tasks_left = [task.get_name() for task in asyncio.all_tasks() - tasks]
        return self.report

    async def _with_exchange(self, thread: ExchangeThread, settings: dict[str, Any]) -> None:
        exchange = thread.exchange
        set_default_hub(None)
        # By name, so that look-ups can fail.
        url = exchange.url.replace("127.0.0.1", "localhost")
        GlobalWebSocketManager.configure(url=url, **settings)
        manager = await GlobalWebSocketManager.get_instance()
        manager.on_connection_event(self._on_event)
        await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
        codes = sorted(exchange.markets.codes)[:8]
        witness = WebSocketClientProxy("witness")
        await witness.subscribe_ticker(codes[:2], self._fresh.on_frame)
        await witness.subscribe_my_orders(self._on_order)
        since = monotonic()
        crowd = Crowd(self._seed, codes, self._components)
        await crowd.gather()
        strikes = Strikes(thread, self._scale, codes, crowd)
        await thread.call(self._oracle.follow, exchange.account())
        helpers = [
            asyncio.create_task(self._trade_on_account(thread)),
            asyncio.create_task(self._watch_oracle(thread)),
            asyncio.create_task(self._stir(crowd)),
        ]
        try:
            await self._play(thread, strikes)
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
        # Lift everything and let the last frames arrive.
        await thread.call(exchange.faults.lift)
        await asyncio.sleep(2 * GRACE + 2.0 / self._scale)
        self._judge(crowd, strikes, since)
        await self._check_the_dead(thread, codes)
        self.report.metrics = await manager.get_performance_metrics()
        await manager.shutdown()
        await asyncio.sleep(GRACE)
        set_default_hub(None)

    def _judge(self, crowd: Crowd, strikes: Strikes, since: float) -> None:
        now = monotonic()
        report = self.report
        report.trades = self._oracle.judge_trades(crowd.everybody(now))
        report.orders = self._oracle.judge_orders(self._orders_seen, since, now)
        missed = self._oracle.missed_orders(self._orders_seen, since, now)
        report.missed_orders = len(missed)
        # An outage begins before it is noticed.
        notice = (_NOTICED + ASLEEP) / self._scale
        report.unannounced = [
            f"{(at - since) * self._scale:.1f} s"
            for at in missed
            if not any(start - notice <= at <= end + GRACE for start, end in self._announced)
        ]
        report.lost_topics = len(strikes.topic_losses)
        report.repaired_topics = sum(one < float("inf") for one in strikes.topic_losses)

    # -- what goes on all the time ------------------------------------------------------------------

    def _on_event(self, event: ConnectionEvent) -> None:
        self.report.events[type(event).__name__] += 1
        if isinstance(event, AuthFailed):
            asyncio.get_running_loop().call_later(0.1, self._new_keys)
        if event.connection == "public" and isinstance(event, Connected):
            self._fresh.connected()
        if event.connection.startswith("private"):
            if isinstance(event, Lost):
                self._lost_at = monotonic()
            elif isinstance(event, Resumed) and self._lost_at is not None:
                self._announced.append((self._lost_at, monotonic()))
                self._lost_at = None

    def _new_keys(self) -> None:
        async def give() -> None:
            manager = await GlobalWebSocketManager.get_instance()
            await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)

        self._giving = asyncio.ensure_future(give())

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

    async def _check_the_dead(self, thread: ExchangeThread, codes: list[str]) -> None:
        """A component that died must leave nothing behind."""
        topic = "candle.240m", codes[-1]
        holder = _Holder()
        await holder.ws.subscribe_candle([codes[-1]], "240m", holder.on_tick)
        await thread.run(thread.exchange.wait_subscribed(*topic, timeout=10))
        reference = weakref.ref(holder)
        del holder
        if reference() is not None:
            gc.collect()
        try:
            await thread.run(thread.exchange.wait_unsubscribed(*topic, timeout=3))
        except WaitTimeoutError:
            self.report.undead += 1

    # -- faults -------------------------------------------------------------------------------------

    async def _play(self, thread: ExchangeThread, strikes: Strikes) -> None:
        start = monotonic()
        for fault in schedule(self._seed, self._seconds, only=self.only):
            await asyncio.sleep(max(0.0, start + fault.at / self._scale - monotonic()))
            async with strikes.calm(fault):
                survived = await self._strike(thread, strikes, fault)
            self.report.survived[fault.kind.name] += survived
        await asyncio.sleep(max(0.0, start + self._seconds / self._scale - monotonic()))

    async def _strike(self, thread: ExchangeThread, strikes: Strikes, fault: Fault) -> bool:
        """Returns whether everything that had to was there again in time."""
        kind = fault.kind
        self.report.faults[kind.name] += 1
        self._oracle.faulted(kind.hits)
        opened = thread.exchange.opened("public")
        at = monotonic()
        self._fresh.expect(connected=kind.hits == "none")
        await strikes.of(fault)(fault)
        if kind.name == "lost_topic":
            if not strikes.topic_losses:
                return True
            seconds = strikes.topic_losses[-1]
        elif kind.bound is not None:
            seconds = await self._until_fresh(at)
        else:
            # Whatever it does to the connection, it does at once.
            await asyncio.sleep(2.0 / self._scale)
            return thread.exchange.opened("public") == opened
        assert kind.bound is not None
        recovery = Recovery(kind.name, seconds, kind.bound)
        self.report.recoveries.append(recovery)
        return not self.report.is_late(recovery)

    async def _until_fresh(self, at: float) -> float:
        deadline = at + 120.0 / self._scale + 10.0
        while self._fresh.at == float("inf") and monotonic() < deadline:
            await asyncio.sleep(0.002)
        return (self._fresh.at - at) * self._scale


def _open_sockets() -> int:
    """How many sockets this process has; 0 where the system does not tell."""
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        return 0
    found = 0
    for descriptor in descriptors.iterdir():
        with contextlib.suppress(OSError):
            found += str(descriptor.readlink()).startswith("socket:")
    return found


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, nargs="+", default=[1], help="one run each")
    parser.add_argument("--seconds", type=float, default=600.0, help="of simulated time")
    parser.add_argument("--scale", type=float, default=5.0, help="simulated seconds per second")
    parser.add_argument("--components", type=int, default=100)
    parser.add_argument("--only", nargs="+", help="kinds of faults to have, all by default")
    parser.add_argument(
        "--write", type=Path, help="a document to put the tables into, if all is kept"
    )
    parser.add_argument("--picture", type=Path, help="an SVG of the times to fresh data")
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.CRITICAL)
    reports = []
    broken = 0
    for seed in arguments.seed:
        run = ChaosRun(seed, arguments.seconds, arguments.scale, arguments.components)
        run.only = set(arguments.only) if arguments.only else None
        report = asyncio.run(run.run())
        print(report.text(), flush=True)
        for text in report.broken():
            print(f"BROKEN: {text}", flush=True)
        broken += len(report.broken())
        reports.append(report)
    print("every promise was kept" if not broken else f"{broken} promises were broken")
    if arguments.picture:
        draw(reports, arguments.picture)
    if arguments.write and not broken:
        tables = "\n\n".join(report.markdown() for report in reports)
        replace_section(arguments.write, "chaos", tables)
    return 1 if broken else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
