"""Run a legacy client and a v6 proxy side by side on one feed; record what callbacks get."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import math
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from websocket_v6 import (
    Credentials,
    GlobalWebSocketManager,
    SubscribeTimeout,
    WebSocketClientProxy,
)
from websocket_v6.testing import (
    TEST_ACCESS_KEY,
    TEST_SECRET_KEY,
    ExchangeEmulator,
    LockstepFeed,
    ReplayFeed,
)

from .account_script import SteppedClock, play
from .comparison import compare
from .either_client import subscribe_proxy
from .exceptions import ParityError
from .known_defects import excuse, generation_of
from .legacy_client import is_compat, load_class, make_client, subscribe, unannounced
from .memory import PROXY, measure
from .plan import EMULATOR, LIVE, Plan, read_recording
from .received import (
    ReceivedFrame,
    Recording,
    Topic,
    read_arguments,
    received,
)
from .relay import CountingRelay
from .verdict import Verdict

__all__ = ["judge", "measure_memory", "run"]

_OTHER_KIND = {"public": "private", "private": "public"}

PATIENCE = 30.0  # seconds without reaching the goal, on top of what the feed's rate needs
RATE = 50.0  # frames per second and topic of the emulator's own market
ACCOUNT_EVENTS = 6.0  # seconds the account is watched unless the plan says otherwise
STEP_LIMIT = 20.0  # seconds for one call of a client
POLL = 0.05  # seconds
SETTLE = 0.5  # seconds after the last frame of a recording
LEGACY, V6 = "legacy", "v6"


@dataclass(slots=True)
class _Recorder:
    """One side's callbacks and what they got so far; times count from *began*.

    *failed* are the types it could not subscribe.
    """

    label: str
    began: float
    frames: list[ReceivedFrame] = field(default_factory=list)
    ids: defaultdict[Topic, set[int | None]] = field(default_factory=lambda: defaultdict(set))
    asked: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)

    def on_frame(self, *args: Any) -> None:
        try:
            frame = received(read_arguments(args), time.perf_counter() - self.began)
        except ValueError as error:
            self.problems.append(str(error))
            return
        self.frames.append(frame)
        if not frame.is_snapshot:
            self.ids[frame.topic].add(frame.id)

    def construct(self, make: Callable[[], Any]) -> Any | None:
        """A client; ``None`` when its constructor raises, which is this side's failure.

        Raises:
            ParityError: the client cannot be led to the local exchange.
        """
        try:
            return make()
        except ParityError:
            raise
        except Exception as error:  # noqa: BLE001 - reported as a difference, with its text
            self.problems.append(f"constructing it raised {type(error).__name__}: {error}")
            return None

    async def attempt(self, what: str, step: Awaitable[object]) -> bool:
        """Await *step*; what it raises is this side's failure, not the comparison's."""
        try:
            async with asyncio.timeout(STEP_LIMIT):
                await step
        except Exception as error:  # noqa: BLE001 - reported as a difference, with its text
            self.problems.append(f"{what} raised {type(error).__name__}: {error}")
            return False
        return True

    async def subscribe(self, data_type: str, step: Awaitable[object]) -> None:
        """As ``attempt``, for one type."""
        self.asked[data_type] = time.perf_counter() - self.began
        if not await self.attempt(f"subscribing {data_type}", step):
            self.failed.add(data_type)

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


async def judge(plan: Plan, progress: Callable[[str], None]) -> Verdict:
    """Run both sides and compare; known defects of an old package are named, not counted.

    Raises:
        ParityError: the plan cannot be run.
    """
    plan.check()
    legacy_class = load_class(plan.legacy)
    if plan.feed == LIVE:
        await _reach(plan.topics[0])
    with unannounced():
        legacy, v6 = await run(plan, legacy_class, progress)
    kind = "private" if plan.private else "public"
    verdict = compare(
        legacy,
        v6,
        at_least=plan.frames or 0,
        left_sockets={kind: 1},
        right_sockets={kind: 1, _OTHER_KIND[kind]: 0},
    )
    if is_compat(legacy_class):
        return verdict
    generation = generation_of(legacy_class)
    return dataclasses.replace(
        verdict,
        differences=tuple(
            excuse(item, legacy=LEGACY, generation=generation) for item in verdict.differences
        ),
    )


async def measure_memory(verdict: Verdict, spec: str, count: int) -> Verdict:
    """The verdict with the memory of *count* clients of each kind, in bytes."""
    async with ExchangeEmulator(limits=False, rate=RATE) as exchange:
        legacy = await measure(spec, exchange.url, count)
        v6 = await measure(PROXY, exchange.url, count)
    return dataclasses.replace(
        verdict,
        left=dataclasses.replace(verdict.left, memory_bytes=legacy),
        right=dataclasses.replace(verdict.right, memory_bytes=v6),
    )


async def run(
    plan: Plan, legacy_class: Callable[..., Any], progress: Callable[[str], None]
) -> tuple[Recording, Recording]:
    """Run both sides until the plan's goal or its patience is reached: legacy first, then v6."""
    async with contextlib.AsyncExitStack() as stack:
        clock = SteppedClock()
        feed = _feed(plan)
        exchange = None
        if feed is not None:
            exchange = ExchangeEmulator(feed=feed, clock=clock)
            await stack.enter_async_context(exchange)
        relays = await _relays(exchange, stack)
        urls = [relay.url if relay else None for relay in relays]
        keys = (TEST_ACCESS_KEY, TEST_SECRET_KEY) if plan.private else None
        began = time.perf_counter()
        legacy, v6 = _Recorder(LEGACY, began), _Recorder(V6, began)

        client = legacy.construct(partial(make_client, legacy_class, urls[0], keys))
        if client is not None and await legacy.attempt("connect()", client.connect()):
            stack.push_async_callback(lambda: legacy.attempt("disconnect()", client.disconnect()))
            for data_type in plan.served_types:
                step = subscribe(client, data_type, plan.pairs(data_type), legacy.on_frame)
                await legacy.subscribe(data_type, step)
        else:
            legacy.failed.update(plan.served_types)

        account = Credentials(*keys) if keys else None
        proxy = WebSocketClientProxy("parity", account=account, endpoint=urls[1])
        stack.push_async_callback(_shut_down, proxy)
        for data_type in plan.served_types:
            step = subscribe_proxy(proxy, data_type, plan.pairs(data_type), v6.on_frame)
            await v6.subscribe(data_type, step)

        if exchange is not None and plan.private:
            script = asyncio.create_task(play(exchange, clock))
            stack.push_async_callback(_cancel, script)
        await _listen(plan, feed, legacy, v6, progress)
        return (
            legacy.recording(plan, relays[0].opened if relays[0] else Counter()),
            v6.recording(plan, relays[1].opened if relays[1] else Counter()),
        )


async def _reach(topic: Topic) -> None:
    """Connect once and let go, or every call of both sides would wait for its own time-out.

    Raises:
        ParityError: the exchange cannot be reached.
    """
    probe = WebSocketClientProxy("parity")
    try:
        await subscribe_proxy(probe, topic.data_type, [topic.symbol], lambda *frame: None)
    except SubscribeTimeout as error:
        cause = f" ({error.cause})" if error.cause else ""
        raise ParityError(
            f"--feed live: no connection to {error.url} within {error.seconds:g} s{cause}",
            "`upbit-ws doctor` looks for the reason; --feed emulator needs no network",
        ) from error
    finally:
        await _shut_down(probe)


def _feed(plan: Plan) -> LockstepFeed | ReplayFeed | None:
    """Where the emulator's frames come from; ``None`` for the live exchange."""
    if plan.feed == LIVE:
        return None
    if plan.feed == EMULATOR:
        return LockstepFeed(rate=RATE)
    return read_recording(plan.feed, plan.speed)


async def _relays(
    exchange: ExchangeEmulator | None, stack: contextlib.AsyncExitStack
) -> tuple[CountingRelay | None, CountingRelay | None]:
    if exchange is None:
        return None, None
    first = await stack.enter_async_context(CountingRelay(exchange.url))
    second = await stack.enter_async_context(CountingRelay(exchange.url))
    return first, second


async def _listen(
    plan: Plan,
    feed: LockstepFeed | ReplayFeed | None,
    legacy: _Recorder,
    v6: _Recorder,
    progress: Callable[[str], None],
) -> None:
    """Until every public topic has the wanted number of common frames, or patience ends."""
    wanted = plan.frames
    recording = feed if isinstance(feed, ReplayFeed) else None
    deadline = time.perf_counter() + _patience(plan, recording)
    while time.perf_counter() < deadline:
        await asyncio.sleep(POLL)
        progress(f"{len(legacy.frames)} frames on {LEGACY}, {len(v6.frames)} on {V6}")
        if wanted is None or not plan.topics:
            reached = False
        else:
            reached = all(_enough(topic, wanted, legacy, v6) for topic in plan.topics)
        if reached:
            return
        if recording is not None and recording.position >= len(recording.records):
            await asyncio.sleep(SETTLE)
            return


def _enough(topic: Topic, wanted: int, legacy: _Recorder, v6: _Recorder) -> bool:
    """Whether there is nothing more to wait for: what one side could not subscribe never comes."""
    if topic.data_type in legacy.failed and topic.data_type in v6.failed:
        return True
    if topic.data_type in legacy.failed:
        return bool(v6.ids[topic])
    if topic.data_type in v6.failed:
        return bool(legacy.ids[topic])
    return len(legacy.ids[topic] & v6.ids[topic]) >= wanted


def _patience(plan: Plan, recording: ReplayFeed | None) -> float:
    """Seconds after which listening ends, whatever came."""
    if plan.duration is not None:
        return plan.duration
    if plan.private:
        return ACCOUNT_EVENTS
    if recording is not None:
        first, last = recording.records[0][0], recording.records[-1][0]
        return PATIENCE + (last - first) / (recording.speed or math.inf)
    return PATIENCE + 2 * (plan.frames or 0) / RATE


async def _shut_down(proxy: WebSocketClientProxy) -> None:
    await proxy.aclose()
    await (await GlobalWebSocketManager.get_instance()).shutdown()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
