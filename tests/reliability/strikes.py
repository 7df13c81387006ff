"""What each fault of the schedule does."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from tests.reliability.components import Crowd
from tests.reliability.exchange import ExchangeThread
from tests.reliability.machine import no_names, set_clock
from tests.reliability.record import Record
from tests.reliability.schedule import ASLEEP, BLOCKED, DOWN, SLOW, SUSPICION, Fault
from websocket_v6.testing import WaitTimeoutError

__all__ = ["Strikes", "TopicLoss"]

_RESERVED_OPCODE = b"\x83\x00"
_PATIENCE = 5.0
"""Seconds of the wall clock for which a client is waited for that is to do something at once."""
_SETTLED = 3.0
"""Seconds after which no request is due any more for a change of the crowd."""


@dataclass(frozen=True, slots=True)
class TopicLoss:
    """The trades of *code* were lost in silence *at* (monotonic); *seconds* of the exchange later they
    were held again, inf: never.
    """

    code: str
    at: float
    seconds: float


class Strikes:
    """Carries out faults. Times are seconds of the exchange, *scale* of them in one of the wall clock.

    A strike returns how many connections or topics the exchange says it hit, 1 where it does not count.

    Args:
        codes: markets that the crowd listens to; the first two are the witness's, whose silence would
            be taken for a loss.
    """

    def __init__(
        self,
        thread: ExchangeThread,
        scale: float,
        codes: list[str],
        crowd: Crowd,
        record: Record,
    ) -> None:
        self._record = record
        self._thread = thread
        self._faults = thread.exchange.faults
        self._scale = scale
        self._codes = codes
        self._crowd = crowd
        self.topic_losses: list[TopicLoss] = []

    def of(self, fault: Fault) -> Callable[[Fault], Awaitable[int]]:
        strike: Callable[[Fault], Awaitable[int]] = getattr(self, fault.kind.name)
        return strike

    @contextlib.asynccontextmanager
    async def calm(self, fault: Fault) -> AsyncIterator[None]:
        """Whoever unsubscribed right after a standstill would leave what was not even read: nobody does."""
        if fault.kind.name not in ("blocked_loop", "laptop_sleep"):
            yield
            return
        async with self._crowd.at_rest():
            yield
            await self._pass(2.0)

    async def _pass(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._scale)

    async def _until(self, happened: Callable[[], bool]) -> None:
        """Wait for what the client is to do at once; evidence is lacking if it does not."""
        end = monotonic() + _PATIENCE
        while not happened() and monotonic() < end:
            await asyncio.sleep(0.002)

    # -- connections --------------------------------------------------------------------------------

    async def kill(self, fault: Fault) -> int:
        return await self._thread.call(self._faults.kill)

    async def cut(self, fault: Fault) -> int:
        return await self._thread.call(self._faults.cut)

    async def close_1000(self, fault: Fault) -> int:
        return await self._thread.call(self._faults.close, 1000)

    async def close_1000_after_error(self, fault: Fault) -> int:
        """A request that was good before is answered by an error and a close with 1000."""
        await self._thread.call(self._faults.reject_next, "WRONG_FORMAT", 1, "public")
        return await self._thread.call(self._faults.kill, "public")

    async def reset_in_a_frame(self, fault: Fault) -> int:
        return await self._thread.call(self._faults.truncated_frame)

    async def oversize(self, fault: Fault) -> int:
        return await self._thread.call(self._faults.oversize, 5 * 2**20)

    async def protocol_error(self, fault: Fault) -> int:
        return await self._thread.call(self._push_wire, _RESERVED_OPCODE)

    def _push_wire(self, wire: bytes) -> int:
        chosen = [one for one in self._thread.exchange.connections if one.kind == "public"]
        for connection in chosen:
            connection.push_wire(wire)
            connection.flush()
        return len(chosen)

    async def restart(self, fault: Fault) -> int:
        exchange = self._thread.exchange
        port, hit = exchange.port, len(exchange.connections)
        await self._thread.run(exchange.stop())
        await self._pass(DOWN)
        await self._thread.run(exchange.start(port))
        return hit

    async def dns_failure(self, fault: Fault) -> int:
        with no_names() as asked:
            hit = await self._thread.call(self._faults.kill)
            await self._pass(DOWN)
            # On a machine that is busy the first look-up may be yet to come.
            await self._until(lambda: bool(asked))
        self._record.counts["look-ups that failed"] += len(asked)
        return hit

    async def slow_handshake(self, fault: Fault) -> int:
        await self._thread.call(self._faults.slow_handshake, SLOW, 2)
        return await self._thread.call(self._faults.kill)

    async def half_open(self, fault: Fault) -> int:
        return await self._thread.call(self._faults.half_open)

    async def laptop_sleep(self, fault: Fault) -> int:
        """The network is gone, the process stands still, and the wall clock has moved on meanwhile."""
        hit = await self._thread.call(self._faults.half_open)
        time.sleep(ASLEEP / self._scale)  # noqa: ASYNC251 - standing still is the fault
        set_clock(ASLEEP * (1 - 1 / self._scale))
        return hit

    # -- refusals -----------------------------------------------------------------------------------

    async def _refuse(self, status: int, kind: str = "public", **named: Any) -> int:
        await self._thread.call(self._faults.refuse, status, times=1, kind=kind, **named)
        return await self._thread.call(self._faults.kill, kind)

    async def refused_401(self, fault: Fault) -> int:
        return await self._refuse(401, "private")

    async def _ban(self, status: int, **named: Any) -> int:
        """Refused on one connection, and the other one is lost while the wait lasts."""
        counts, told = self._record.counts, "RateLimited public"
        before = counts[told]
        hit = await self._refuse(status, **named)
        await self._until(lambda: counts[told] > before)
        return min(hit, await self._thread.call(self._faults.kill, "private"))

    async def refused_418(self, fault: Fault) -> int:
        return await self._ban(418)

    async def refused_429(self, fault: Fault) -> int:
        return await self._ban(429)

    async def refused_429_retry_after(self, fault: Fault) -> int:
        # The header is in whole wall seconds; the bound is the exchange's.
        return await self._ban(429, retry_after=12.0 / self._scale)

    async def refused_503(self, fault: Fault) -> int:
        return await self._refuse(503)

    async def too_many_request(self, fault: Fault) -> int:
        await self._thread.call(self._faults.reject_next, "TOO_MANY_REQUEST", 1, "public")
        return await self._thread.call(self._faults.kill, "public")

    # -- topics -------------------------------------------------------------------------------------

    async def lost_topic(self, fault: Fault) -> int:
        """One code vanishes without a word, and nobody happens to change the subscription after it."""
        async with self._crowd.at_rest():
            await self._pass(_SETTLED)
            code, hit = await self._thread.call(self._forget_one, fault.number)
            if not hit:
                return 0
            at, seconds = monotonic(), float("inf")
            self._record.counts["topics that the exchange forgot"] += hit
            patience = 2 * SUSPICION / self._scale
            exchange = self._thread.exchange
            with contextlib.suppress(WaitTimeoutError):
                await self._thread.run(exchange.wait_subscribed("trade", code, timeout=patience))
                seconds = (monotonic() - at) * self._scale
            self.topic_losses.append(TopicLoss(code, at, seconds))
            return hit

    def _forget_one(self, number: int) -> tuple[str, int]:
        """Which code's trades are held no more, and how many connections held them until now."""
        code = self._codes[number % len(self._codes)]
        hit = self._faults.forget("trade", code, "public")
        held = ("trade", code) in self._thread.exchange.held("public")
        return code, 0 if held else hit

    async def stalled_topic(self, fault: Fault) -> int:
        """A quiet market: suspected, checked, found to be listed, and left alone."""
        code = self._codes[2 + fault.number % (len(self._codes) - 2)]
        async with self._crowd.at_rest():
            await self._pass(_SETTLED)
            await self._thread.call(self._faults.stall, "ticker", code)
            before = self._lists()
            await self._pass(SUSPICION * 1.2)
            self._record.counts["lists asked for at rest"] += self._lists() - before
        await self._thread.call(self._faults.resume, "ticker", code)
        return 1

    def _lists(self) -> int:
        lists = self._thread.exchange.requests("list")
        return sum(one.connection.kind == "public" for one in lists)

    # -- frames -------------------------------------------------------------------------------------

    async def duplicate(self, fault: Fault) -> int:
        await self._thread.call(self._faults.duplicate, 50)
        return 1

    async def reorder(self, fault: Fault) -> int:
        await self._thread.call(self._faults.reorder, 20)
        return 1

    async def garbage(self, fault: Fault) -> int:
        return await self._thread.call(self._faults.garbage)

    async def truncated_json(self, fault: Fault) -> int:
        return await self._thread.call(self._faults.truncated_json)

    async def truncated_utf8(self, fault: Fault) -> int:
        await self._thread.call(self._faults.truncated_utf8)
        return await self._thread.call(self._faults.truncated_utf8, text=True)

    # -- clocks and loops ---------------------------------------------------------------------------

    async def clock_jump(self, fault: Fault) -> int:
        await self._thread.call(self._faults.clock_jump, (-3600.0, 3600.0)[fault.number % 2])
        return 1

    async def own_clock_jump(self, fault: Fault) -> int:
        set_clock((-3600.0, 3600.0)[fault.number % 2])
        return 1

    async def blocked_loop(self, fault: Fault) -> int:
        time.sleep(BLOCKED / self._scale)  # noqa: ASYNC251 - blocking the loop is the fault
        return 1
