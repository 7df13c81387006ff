"""One delivery against a list and its policy, over any interleaving of what can happen to it.

The model decides what waits; each call of the callback must be for the oldest of that. Two event loops
take turns in one thread, so every interleaving is repeatable.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from websocket_v6._async.delivery import Delivery
from websocket_v6._async.delivery_host import Host
from websocket_v6.subscription import DeliveryPolicy, bounded, latest, lossless

CODES = ["KRW-BTC", "KRW-ETH", "KRW-XRP"]
codes = st.sampled_from(CODES)
policies = st.one_of(
    st.sampled_from([latest, lossless]),
    st.integers(1, 4).map(bounded),
    st.integers(1, 4).map(lambda size: DeliveryPolicy("conflate", size)),
)
WARN_ABOVE = 4
STUCK_AFTER = 5.0


class Waiting:
    """What may wait under a policy, said as plainly as possible."""

    def __init__(self, policy: DeliveryPolicy) -> None:
        self.policy = policy
        self.frames: list[tuple[float, str, int]] = []
        self.dropped = 0
        self.episodes = 0
        self._in_episode = False

    def put(self, at: float, code: str, number: int) -> None:
        kind, size = self.policy.kind, self.policy.size
        waiting = self.frames
        full = len(waiting) >= (WARN_ABOVE if size is None else size)
        if kind == "latest":
            full = False
            self._keep([frame for frame in waiting if frame[1] != code])
        elif kind == "drop_oldest" and full:
            self._keep(waiting[1:])
        elif kind == "conflate" and full:
            newest = {frame[1]: frame for frame in waiting if frame[1] != code}
            self._keep([frame for frame in waiting if frame in newest.values()])
        self.frames = [*self.frames, (at, code, number)]
        if (full or at - self.frames[0][0] > STUCK_AFTER) and not self._in_episode:
            self._in_episode = True
            self.episodes += 1

    def take(self) -> tuple[str, int]:
        (_, code, number), *rest = self.frames
        self.leave(rest)
        return code, number

    def leave(self, frames: list[tuple[float, str, int]]) -> None:
        """Only *frames* wait on; the others were delivered or are not wanted."""
        self.frames = frames
        self._in_episode &= bool(frames)

    def _keep(self, frames: list[tuple[float, str, int]]) -> None:
        self.dropped += len(self.frames) - len(frames)
        self.frames = frames


class DeliveryModel(RuleBasedStateMachine):
    """A consumer of every temper on a loop of its own, and a reader that may move."""

    @initialize(
        policy=policies,
        kind=st.sampled_from(["plain", "coroutine", "awaitable"]),
        apart=st.booleans(),
        returned=st.sampled_from([True, True, False]),
    )
    def subscribe(self, policy: DeliveryPolicy, kind: str, apart: bool, returned: bool) -> None:
        logging.getLogger("websocket_v6._async.delivery").disabled = True  # thousands of tracebacks
        self.now = 1000.0
        self.numbers = count()
        self.mine, self.other = asyncio.new_event_loop(), asyncio.new_event_loop()
        self.home = self.other if apart else self.mine
        self.waiting = Waiting(policy)
        self.muted: set[str] = set()
        self.active = self.ended = self.finished = False
        self.calls = self.errors = self.slow = self.closings = self.running = 0
        self.wrong: list[str] = []
        self.temper: list[str] = []
        self.gate: asyncio.Future[None] | None = None
        callbacks: dict[str, Callable[[str, str, Any], Any]] = {
            "plain": self._called,
            "coroutine": self._coroutine,
            "awaitable": self._awaitable,
        }
        self.delivery = Delivery(
            "key", "ticker", callbacks[kind], policy, mailbox_size=WARN_ABOVE, loop=self.mine
        )
        self.delivery.on_closed = lambda: self._closed
        self.host = Host(
            slow_after=float("inf"),
            on_slow=self._slow,
            on_object_gone=lambda key: None,
            workers=set(),
        )
        self._on_home(lambda: self.delivery.settle(self.host, self.home))
        if returned:
            self.the_call_returns()

    # -- the consumer -----------------------------------------------------------------------------

    def _called(self, symbol: str, data_type: str, number: int) -> None:
        self._check(symbol, number)
        self.calls += 1
        match self.temper.pop() if self.temper else None:
            case "raise":
                self.errors += 1
                raise ValueError(number)
            case "cancel":
                self.errors += 1
                raise asyncio.CancelledError
            case "exit":
                self.errors += 1
                raise GeneratorExit
            case "unsubscribe":
                self._close()
            case "remove symbol":
                self._mute(symbol)

    def _check(self, symbol: str, number: int) -> None:
        """What is wrong is noted, not raised: a callback's errors touch nobody else."""
        expected = self.waiting.take() if self.waiting.frames else None
        for wrong, what in (
            (asyncio.get_running_loop() is not self.mine, "on another loop"),
            (not self.active, "before the subscribing call returned"),
            (self.ended, "after it was unsubscribed"),
            (self.running > 0, "while the last call goes on"),
            ((symbol, number) != expected, f"with {symbol} {number} and not with {expected}"),
        ):
            if wrong:
                self.wrong.append(f"called {what}")

    async def _coroutine(self, symbol: str, data_type: str, number: int) -> None:
        self._called(symbol, data_type, number)
        if self.gate is not None:
            self.running += 1
            await self._end(self.gate)

    def _awaitable(self, symbol: str, data_type: str, number: int) -> Awaitable[None] | None:
        """Returns an awaitable now and then only, as a wrapper of other callbacks does."""
        self._called(symbol, data_type, number)
        if self.gate is None:
            return None
        self.running += 1
        return self._end(self.gate)

    async def _end(self, gate: asyncio.Future[None]) -> None:
        await gate
        self.running -= 1

    def _slow(self, delivery: Delivery, seconds: float) -> None:
        self.slow += 1

    def _closed(self, failure: Exception | None) -> None:
        self.closings += 1

    def _close(self) -> None:
        self.ended = True
        self.waiting.leave([])
        self.delivery.close()

    def _mute(self, code: str) -> None:
        self.muted.add(code)
        self.waiting.leave([frame for frame in self.waiting.frames if frame[1] != code])
        self.delivery.mute({code})

    # -- what happens -----------------------------------------------------------------------------

    @rule(burst=st.lists(codes, min_size=1, max_size=6))
    def put(self, burst: list[str]) -> None:
        def deliver() -> None:
            for code in burst:
                number = next(self.numbers)
                if not self.ended and code not in self.muted:
                    self.waiting.put(self.now, code, number)
                self.delivery.put(code, code, number, None, self.now)

        if not self.finished:
            self._on_home(deliver)

    put_again = put  # frames are what comes most

    @precondition(lambda self: not self.active)
    @rule()
    def the_call_returns(self) -> None:
        self.active = True
        self._on_home(self.delivery.activate)

    @rule(turns=st.integers(1, 3))
    def drain(self, turns: int) -> None:
        for _ in range(turns):
            self.mine.run_until_complete(asyncio.sleep(0))

    @rule(seconds=st.sampled_from([0.1, 3.0, 6.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(temper=st.sampled_from(["raise", "cancel", "exit", "unsubscribe", "remove symbol"]))
    def the_next_call(self, temper: str) -> None:
        self.temper.append(temper)

    @precondition(lambda self: self.gate is None)
    @rule()
    def calls_begin_to_hang(self) -> None:
        self.gate = self.mine.create_future()

    @precondition(lambda self: self.gate is not None)
    @rule()
    def calls_go_on(self) -> None:
        gate, self.gate = self.gate, None
        assert gate is not None
        gate.set_result(None)

    @rule(code=codes)
    def remove_symbol(self, code: str) -> None:
        self._on_home(lambda: self._mute(code))

    @rule()
    def the_reader_moves(self) -> None:
        self.home = self.mine if self.home is self.other else self.other
        self._on_home(lambda: self.delivery.settle(self.host, self.home))

    @precondition(lambda self: self.calls > 2)
    @rule()
    def unsubscribe(self) -> None:
        self._on_home(self._close)

    @precondition(lambda self: self.calls > 2 and not self.finished)
    @rule()
    def nothing_more_comes(self) -> None:
        self.finished = True
        self._on_home(self.delivery.finish)

    def _on_home(self, function: Callable[[], object]) -> None:
        async def run() -> None:
            function()

        self.home.run_until_complete(run())

    # -- what must hold ---------------------------------------------------------------------------

    @invariant()
    def counts_agree(self) -> None:
        assert not self.wrong
        delivery = self.delivery
        assert delivery.delivered == self.calls
        assert delivery.mailbox.dropped == self.waiting.dropped
        assert len(delivery.mailbox) == len(self.waiting.frames)
        assert self.slow == self.waiting.episodes

    def teardown(self) -> None:
        """When calls go on and the loops turn, nothing is left behind."""
        if not hasattr(self, "delivery"):
            return
        try:
            if self.gate is not None:
                self.calls_go_on()
            if not self.active:
                self.the_call_returns()
            self.drain(100)
            assert not self.waiting.frames, "a frame that was never delivered"
            assert not self.running
            assert not self.delivery.busy
            assert not self.host.workers
            self.counts_agree()
            assert self.delivery.errors == self.errors
            assert self.delivery.closed is (self.ended or self.finished)
            assert (self.closings > 0) is self.delivery.closed
            assert self.closings <= 1
        finally:
            logging.getLogger("websocket_v6._async.delivery").disabled = False
            for loop in (self.mine, self.other):
                loop.close()


async def test_what_waits_behind_the_first_awaitable_is_delivered() -> None:
    """Frames came in on another loop before a plain function returned its first awaitable."""
    seen: list[int] = []

    async def nothing() -> None:
        pass

    def callback(symbol: str, data_type: str, number: int) -> Awaitable[None]:
        seen.append(number)
        return nothing()

    here, elsewhere = asyncio.get_running_loop(), asyncio.new_event_loop()
    delivery = Delivery("key", "trade", callback, lossless, mailbox_size=9, loop=here)
    host = Host(
        slow_after=1.0,
        on_slow=lambda delivery, seconds: None,
        on_object_gone=lambda key: None,
        workers=set(),
    )
    delivery.settle(host, elsewhere)
    delivery.activate()
    for number in range(3):
        delivery.put("KRW-BTC", "KRW-BTC", number, None, 1000.0)
    while delivery.busy:
        await asyncio.sleep(0)
    elsewhere.close()
    assert seen == [0, 1, 2]


DeliveryModel.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestDelivery = DeliveryModel.TestCase
