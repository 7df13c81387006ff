"""One night with everything going wrong: components, faults, and who watches them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from collections import Counter
from pathlib import Path
from time import monotonic
from typing import Any

from tests.reliability.announcements import Announcements
from tests.reliability.components import Crowd
from tests.reliability.evidence import lacking
from tests.reliability.exchange import ExchangeThread, FastClock, Onlooker, faster
from tests.reliability.freshness import Freshness
from tests.reliability.machine import adjustable_clock
from tests.reliability.oracle import GRACE, Oracle, order_identity
from tests.reliability.record import Record, Sight
from tests.reliability.report import Recovery, Report
from tests.reliability.schedule import AT_ONCE, FOUND, NEW_KEYS, Fault, FaultKind, schedule
from tests.reliability.strikes import Strikes
from websocket_v6 import (
    AuthFailed,
    Connected,
    ConnectionEvent,
    GlobalWebSocketManager,
    WebSocketClientProxy,
)
from websocket_v6.registry import set_default_hub
from websocket_v6.testing import (
    TEST_ACCESS_KEY,
    TEST_SECRET_KEY,
    ExchangeEmulator,
    WaitTimeoutError,
)

__all__ = ["ChaosRun"]

_SIGNS = 2.0
"""Seconds that the signs of a fault may take to show."""
_HEARD = 5.0
"""Seconds within which a stream of a market that trades has to bring a frame."""
_SHUTDOWN = 2.0
"""Seconds that slow callbacks get at the end."""
_SIDES = ("public", "private")


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
        self.settle = 8.0
        """Seconds between faults, about."""
        self.patience = 120.0
        """Seconds beyond its bound that are waited for data which does not come."""
        self._seed = seed
        self._seconds = seconds
        self._scale = scale
        self._components = components
        self._orders_seen: Counter[Any] = Counter()
        self._fresh = {side: Freshness() for side in _SIDES}
        self._announcements = Announcements()

    async def run(self) -> Report:
        report = self.report
        report.partial = self.only is not None
        self._oracle = Oracle(self._wall(AT_ONCE) + GRACE)
        exchange = ExchangeEmulator(
            rate=4.0, clock=FastClock(self._scale), seed=self._seed, error_close_delay=0.15
        )
        self._record = Record(exchange, self._scale)
        thread = ExchangeThread(exchange)
        tasks = asyncio.all_tasks()
        sockets = _open_sockets()
        try:
            await thread.run(exchange.start())
            with faster(self._scale) as settings, adjustable_clock():
                await self._with_exchange(thread, settings)
            report.peaks = exchange.peaks
            left = len(exchange.connections)
        finally:
            await thread.run(exchange.stop())
            thread.close()
        report.sockets_left = max(left, _open_sockets() - sockets)
        report.tasks_left = [task.get_name() for task in asyncio.all_tasks() - tasks]
        return report

    def _wall(self, seconds: float) -> float:
        """The wall seconds that a promise of *seconds* is kept in, the machine's delays included."""
        return seconds / self._scale + self.report.allowance

    async def _with_exchange(self, thread: ExchangeThread, settings: dict[str, Any]) -> None:
        exchange = thread.exchange
        set_default_hub(None)
        # By name, so that look-ups can fail.
        url = exchange.url.replace("127.0.0.1", "localhost")
        GlobalWebSocketManager.configure(url=url, **settings)
        self._manager = await GlobalWebSocketManager.get_instance()
        self._manager.on_connection_event(self._on_event)
        await self._manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
        codes = sorted(exchange.markets.codes)[:8]
        await thread.call(self._attend, exchange, codes)
        witness = WebSocketClientProxy("witness")
        await witness.subscribe_ticker(codes[:2], self._on_ticker)
        await witness.subscribe_my_orders(self._on_order)
        since = monotonic()
        crowd = Crowd(self._seed, codes, self._components)
        await crowd.gather()
        strikes = Strikes(thread, self._scale, codes, crowd, self._record)
        watching = asyncio.run_coroutine_threadsafe(self._watch(exchange), thread.loop)
        helpers = [
            asyncio.create_task(self._trade_on_account(thread)),
            asyncio.create_task(self._stir(crowd)),
        ]
        try:
            await self._play(thread, strikes, crowd)
        finally:
            for helper in helpers:
                helper.cancel()
            ended = await asyncio.gather(*helpers, return_exceptions=True)
            if not watching.cancel():
                watching.result()
        for error in ended:
            if isinstance(error, Exception):
                raise error
        # Lift everything and let the last frames arrive.
        await thread.call(exchange.faults.lift)
        await asyncio.sleep(2 * GRACE + _SIGNS / self._scale)
        self._judge(crowd, strikes, since)
        await self._check_the_dead(thread, codes)
        self.report.metrics = await self._manager.get_performance_metrics()
        await self._manager.shutdown(_SHUTDOWN / self._scale)
        await asyncio.sleep(GRACE)
        set_default_hub(None)

    def _attend(self, exchange: ExchangeEmulator, codes: list[str]) -> None:
        """Begin to note what happens on the exchange; in its thread."""

        def on_frame(connection: Any, stream: Any, frame: Any) -> None:
            self._oracle.on_frame(connection, stream, frame)
            self._record.on_frame(connection, stream, frame)

        exchange.on_frame = on_frame
        self._oracle.follow(exchange.account())
        Onlooker(exchange, codes, self._oracle.on_trade)

    def _judge(self, crowd: Crowd, strikes: Strikes, since: float) -> None:
        now = monotonic()
        report = self.report
        for loss in strikes.topic_losses:
            most = min(loss.seconds, FOUND)
            self._oracle.excuse(loss.code, loss.at, loss.at + self._wall(most))
        report.trades = self._oracle.judge_trades(crowd.everybody(now))
        report.orders = self._oracle.judge_orders(self._orders_seen, since, now)
        missed = self._oracle.missed_orders(self._orders_seen, since, now)
        report.missed_orders = len(missed)
        slack = GRACE + report.allowance
        report.unannounced = [
            f"{(at - since) * self._scale:.1f} s"
            for at in missed
            if not self._announcements.cover(at, slack)
        ]
        report.unheard = crowd.unheard(now - self._wall(_HEARD))
        report.lost_topics = len(strikes.topic_losses)
        report.repaired_topics = sum(one.seconds < float("inf") for one in strikes.topic_losses)

    # -- what goes on all the time ------------------------------------------------------------------

    def _on_event(self, event: ConnectionEvent) -> None:
        self.report.events[type(event).__name__] += 1
        self._record.on_event(event)
        self._announcements.on_event(event)
        if isinstance(event, AuthFailed):
            loop = asyncio.get_running_loop()
            loop.call_later(NEW_KEYS / self._scale, self._new_keys)
        elif isinstance(event, Connected):
            side = "public" if event.connection == "public" else "private"
            self._fresh[side].connected()

    def _on_ticker(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self._fresh["public"].on_frame(symbol, data_type, data)
        self._record.on_ticker(symbol, data_type, data)

    def _new_keys(self) -> None:
        async def give() -> None:
            await self._manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)

        self._giving = asyncio.ensure_future(give())

    async def _on_order(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self._orders_seen[order_identity(data)] += 1
        self._fresh["private"].on_frame(symbol, data_type, data)

    async def _trade_on_account(self, thread: ExchangeThread) -> None:
        number = 0
        while True:
            await asyncio.sleep(0.03)
            account = thread.exchange.account()
            order = await thread.call(account.place_order, "KRW-BTC", "BID", price=1000, volume=1)
            finish = account.fill if number % 2 else account.cancel
            await thread.call(finish, order)
            number += 1

    async def _watch(self, exchange: ExchangeEmulator) -> None:
        while True:
            self._oracle.watch(exchange.connections)
            self._record.watch()
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

    async def _play(self, thread: ExchangeThread, strikes: Strikes, crowd: Crowd) -> None:
        start = monotonic()
        faults = schedule(self._seed, self._seconds, settle=self.settle, only=self.only)
        for fault in faults:
            await asyncio.sleep(max(0.0, start + fault.at / self._scale - monotonic()))
            async with strikes.calm(fault):
                await self._strike(thread, strikes, fault)
            await self._compare_topics(thread, crowd, fault.kind)
        await asyncio.sleep(max(0.0, start + self._seconds / self._scale - monotonic()))

    async def _strike(self, thread: ExchangeThread, strikes: Strikes, fault: Fault) -> None:
        """Let it happen, wait until all is well again, and say what came of it."""
        kind, report = fault.kind, self.report
        self._oracle.faulted(kind.hits)
        self._announcements.struck(kind)
        before = await self._look()
        opened = {side: thread.exchange.opened(side) for side in _SIDES}
        at = monotonic()
        for side, fresh in self._fresh.items():
            fresh.expect(connected=not kind.takes(side))
        hit = await strikes.of(fault)(fault)
        seconds = await self._recover(kind, strikes)
        missing = await self._signs(kind, hit, before, seconds)
        self._announcements.healed()
        if missing:
            report.toothless.append(f"{kind.name} ({', '.join(missing)})")
            return
        report.faults[kind.name] += 1
        self._check_imposed(kind, at)
        kept = all(
            thread.exchange.opened(side) == opened[side] for side in _SIDES if not kind.takes(side)
        )
        for side, away in seconds.items():
            bound = kind.bound_of(side)
            recovery = Recovery(kind.name, away, AT_ONCE if bound is None else bound)
            kept = kept and not report.is_late(recovery)
            if bound is not None:
                recoveries = report.recoveries if side == "public" else report.private_recoveries
                recoveries.append(recovery)
        report.survived[kind.name] += kept

    async def _recover(self, kind: FaultKind, strikes: Strikes) -> dict[str, float]:
        """After how many seconds the data of each connection that is concerned was fresh."""
        seconds = {}
        for side, fresh in self._fresh.items():
            if side == "public" or kind.takes(side):
                bound = kind.bound_of(side) or AT_ONCE
                patience = self._wall(bound + self.patience)
                seconds[side] = await fresh.seconds(patience) * self._scale
        if kind.name == "lost_topic" and strikes.topic_losses:
            seconds["public"] = strikes.topic_losses[-1].seconds
        return seconds

    async def _signs(
        self, kind: FaultKind, hit: int, before: Sight, seconds: dict[str, float]
    ) -> list[str]:
        """What is lacking that a fault of this kind shows itself by, after a while."""
        deadline = monotonic() + self._wall(_SIGNS)
        missing = lacking(kind, hit, before, await self._look(), seconds)
        while missing and monotonic() < deadline:
            await asyncio.sleep(0.02)
            missing = lacking(kind, hit, before, await self._look(), seconds)
        return missing

    async def _look(self) -> Sight:
        return self._record.look(await self._manager.get_performance_metrics())

    def _check_imposed(self, kind: FaultKind, since: float) -> None:
        """No connection may be tried in the wait that the exchange imposed on all, or on the public one."""
        if not kind.imposes:
            return
        told = self._record.imposed_since(since)
        assert told is not None, "the evidence says so"
        self.report.too_early += [
            f"{one.kind} {(one.at - told) * self._scale:.1f} s after {kind.name}, "
            f"not {kind.imposes:g} s"
            for one in self._record.connects_in(told, told + kind.imposes / self._scale)
            if kind.whom == "host" or one.kind == "public"
        ]

    async def _compare_topics(self, thread: ExchangeThread, crowd: Crowd, kind: FaultKind) -> None:
        """Everything that is wanted has to be held, whatever was asked for on the wire."""
        deadline = monotonic() + self._wall(AT_ONCE)
        while missing := crowd.wants() - await thread.call(thread.exchange.held, "public"):
            if monotonic() > deadline:
                topics = ", ".join(sorted(" ".join(topic) for topic in missing))
                self.report.unheld.append(f"{topics} after {kind.name}")
                return
            await asyncio.sleep(0.02)


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
