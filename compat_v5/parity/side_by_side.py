"""Run a legacy client and a v6 proxy side by side on one feed; record what callbacks get."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from websocket_v6 import Credentials, GlobalWebSocketManager, WebSocketClientProxy
from websocket_v6.testing import (
    TEST_ACCESS_KEY,
    TEST_SECRET_KEY,
    ExchangeEmulator,
    LockstepFeed,
    ReplayFeed,
    ReplayFileError,
)

from .account_script import play
from .exceptions import ParityError
from .legacy_client import make_client, subscribe
from .received import PRIVATE_TYPES, ReceivedFrame, Recording, Topic, read_arguments, received
from .relay import CountingRelay

__all__ = ["Plan", "run"]

PATIENCE = 30.0  # seconds without reaching the goal, on top of what the feed's rate needs
RATE = 50.0  # frames per second and topic of the emulator's own market
POLL = 0.05  # seconds
LEGACY, V6 = "legacy", "v6"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run.

    Args:
        legacy: the legacy class.
        types: wire names; all public or all private.
        frames: common REALTIME frames per public topic to wait for; ``None``: run for *duration*.
        duration: seconds.
        feed: ``emulator``, ``live`` or the path of a recording.
    """

    legacy: Callable[..., Any]
    symbols: tuple[str, ...] = ("KRW-BTC",)
    types: tuple[str, ...] = ("ticker", "trade", "orderbook")
    frames: int | None = 200
    duration: float = 10.0
    feed: str = "emulator"

    @property
    def private(self) -> bool:
        return any(data_type in PRIVATE_TYPES for data_type in self.types)

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Public topics; which private ones there are is up to the account."""
        return tuple(
            Topic(data_type, symbol)
            for data_type in self.types
            for symbol in self.symbols
            if data_type not in PRIVATE_TYPES
        )


@dataclass(slots=True)
class _Recorder:
    """One side's callbacks and what they got so far; times count from *began*."""

    label: str
    began: float
    frames: list[ReceivedFrame] = field(default_factory=list)
    ids: defaultdict[Topic, set[int | None]] = field(default_factory=lambda: defaultdict(set))
    asked: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def on_frame(self, *args: Any) -> None:
        try:
            frame = received(read_arguments(args), time.perf_counter() - self.began)
        except ValueError as error:
            self.problems.append(str(error))
            return
        self.frames.append(frame)
        if not frame.is_snapshot:
            self.ids[frame.topic].add(frame.id)

    async def attempt(self, what: str, step: Awaitable[object]) -> bool:
        """Await *step*; what it raises is this side's failure, not the comparison's."""
        try:
            await step
        except Exception as error:  # noqa: BLE001 - reported as a difference, with its text
            self.problems.append(f"{what} raised {type(error).__name__}: {error}")
            return False
        return True

    def recording(self, plan: Plan, sockets: Counter[str]) -> Recording:
        topics = {*plan.topics, *(frame.topic for frame in self.frames)}
        return Recording(
            label=self.label,
            frames=tuple(self.frames),
            sockets=dict(sockets),
            expected=plan.topics,
            subscribed_at={
                topic: self.asked[topic.data_type]
                for topic in topics
                if topic.data_type in self.asked
            },
            ended_itself=True,
            problems=tuple(self.problems),
        )


async def run(plan: Plan, progress: Callable[[str], None]) -> tuple[Recording, Recording]:
    """Run both sides until the plan's goal or its patience is reached: legacy first, then v6."""
    async with contextlib.AsyncExitStack() as stack:
        exchange = await _exchange(plan, stack)
        relays = await _relays(exchange, stack)
        urls = [relay.url if relay else None for relay in relays]
        keys = (TEST_ACCESS_KEY, TEST_SECRET_KEY) if plan.private else None
        began = time.perf_counter()
        legacy, v6 = _Recorder(LEGACY, began), _Recorder(V6, began)

        client = make_client(plan.legacy, urls[0], keys)
        if await legacy.attempt("connect()", client.connect()):
            stack.push_async_callback(client.disconnect)
            for data_type in plan.types:
                legacy.asked[data_type] = time.perf_counter() - began
                step = subscribe(client, data_type, plan.symbols, legacy.on_frame)
                await legacy.attempt(f"subscribing {data_type}", step)

        account = Credentials(*keys) if keys else None
        proxy = WebSocketClientProxy("parity", account=account, endpoint=urls[1])
        stack.push_async_callback(_shut_down, proxy)
        for data_type in plan.types:
            v6.asked[data_type] = time.perf_counter() - began
            step = _subscribe_proxy(proxy, data_type, plan.symbols, v6.on_frame)
            await v6.attempt(f"subscribing {data_type}", step)

        script = None
        if exchange is not None and plan.private:
            script = asyncio.create_task(play(exchange))
            stack.push_async_callback(_cancel, script)
        await _listen(plan, legacy, v6, progress)
        return (
            legacy.recording(plan, relays[0].opened if relays[0] else Counter()),
            v6.recording(plan, relays[1].opened if relays[1] else Counter()),
        )


async def _exchange(plan: Plan, stack: contextlib.AsyncExitStack) -> ExchangeEmulator | None:
    """The emulator that serves the plan's feed; ``None`` for the live exchange."""
    if plan.feed == "live":
        if plan.private:
            raise ParityError("--feed live is for public data only", "Leave out --private")
        return None
    try:
        feed = LockstepFeed(rate=RATE) if plan.feed == "emulator" else ReplayFeed(plan.feed)
    except ReplayFileError as error:
        raise ParityError(f"--feed {error}", "Record one with `upbit-ws record`") from error
    return await stack.enter_async_context(ExchangeEmulator(feed=feed))


async def _relays(
    exchange: ExchangeEmulator | None, stack: contextlib.AsyncExitStack
) -> tuple[CountingRelay | None, CountingRelay | None]:
    if exchange is None:
        return None, None
    first = await stack.enter_async_context(CountingRelay(exchange.url))
    second = await stack.enter_async_context(CountingRelay(exchange.url))
    return first, second


async def _subscribe_proxy(
    proxy: WebSocketClientProxy,
    data_type: str,
    symbols: Iterable[str],
    on_frame: Callable[..., None],
) -> str:
    kind, _, interval = data_type.partition(".")
    codes = list(symbols)
    match kind:
        case "ticker":
            return await proxy.subscribe_ticker(codes, on_frame, policy="lossless")
        case "trade":
            return await proxy.subscribe_trade(codes, on_frame, policy="lossless")
        case "orderbook":
            return await proxy.subscribe_orderbook(codes, on_frame, policy="lossless")
        case "candle":
            return await proxy.subscribe_candle(codes, interval, on_frame, policy="lossless")
        case "myOrder":
            return await proxy.subscribe_my_orders(on_frame)
        case _:
            return await proxy.subscribe_my_assets(on_frame)


async def _listen(
    plan: Plan, legacy: _Recorder, v6: _Recorder, progress: Callable[[str], None]
) -> None:
    """Until every public topic has the wanted number of common frames, or patience ends."""
    wanted = plan.frames
    patience = plan.duration if wanted is None or plan.private else PATIENCE + 2 * wanted / RATE
    deadline = time.perf_counter() + patience
    while time.perf_counter() < deadline:
        await asyncio.sleep(POLL)
        common = [len(legacy.ids[topic] & v6.ids[topic]) for topic in plan.topics]
        progress(f"{len(legacy.frames)} frames on {LEGACY}, {len(v6.frames)} on {V6}")
        if wanted is not None and common and min(common) >= wanted:
            return


async def _shut_down(proxy: WebSocketClientProxy) -> None:
    await proxy.aclose()
    await (await GlobalWebSocketManager.get_instance()).shutdown()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
