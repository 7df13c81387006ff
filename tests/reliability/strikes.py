"""What each fault of the schedule does."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from time import monotonic
from typing import Any

from tests.reliability.components import Crowd
from tests.reliability.exchange import ExchangeThread
from tests.reliability.schedule import ASLEEP, BLOCKED, DOWN, SUSPICION, Fault
from websocket_v6.testing import WaitTimeoutError

__all__ = ["Strikes", "adjustable_clock"]

_RESERVED_OPCODE = b"\x83\x00"
_SETTLED = 3.0
"""Seconds after which no request is due any more for a change of the crowd."""


class Strikes:
    """Carries out faults. Times are seconds of the exchange, *scale* of them in one of the wall clock.

    Args:
        codes: markets that the crowd listens to; the first two are the witness's, whose silence would
            be taken for a loss.
    """

    def __init__(
        self, thread: ExchangeThread, scale: float, codes: list[str], crowd: Crowd
    ) -> None:
        self._thread = thread
        self._faults = thread.exchange.faults
        self._scale = scale
        self._codes = codes
        self._crowd = crowd
        self.topic_losses: list[float] = []
        """Seconds after which each topic that was lost in silence was held again; inf: it was not."""

    def of(self, fault: Fault) -> Callable[[Fault], Awaitable[None]]:
        strike: Callable[[Fault], Awaitable[None]] = getattr(self, fault.kind.name)
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

    # -- connections --------------------------------------------------------------------------------

    async def kill(self, fault: Fault) -> None:
        await self._thread.call(self._faults.kill)

    async def cut(self, fault: Fault) -> None:
        await self._thread.call(self._faults.cut)

    async def close_1000(self, fault: Fault) -> None:
        await self._thread.call(self._faults.close, 1000)

    async def close_1000_after_error(self, fault: Fault) -> None:
        """A request that was good before is answered by an error and a close with 1000."""
        await self._thread.call(self._faults.reject_next, "WRONG_FORMAT", 1, "public")
        await self._thread.call(self._faults.kill, "public")

    async def reset_in_a_frame(self, fault: Fault) -> None:
        await self._thread.call(self._faults.truncated_frame)

    async def oversize(self, fault: Fault) -> None:
        await self._thread.call(self._faults.oversize, 5 * 2**20)

    async def protocol_error(self, fault: Fault) -> None:
        await self._thread.call(self._push_wire, _RESERVED_OPCODE)

    def _push_wire(self, wire: bytes) -> None:
        for connection in self._thread.exchange.connections:
            if connection.kind == "public":
                connection.push_wire(wire)
                connection.flush()

    async def restart(self, fault: Fault) -> None:
        exchange = self._thread.exchange
        port = exchange.port
        await self._thread.run(exchange.stop())
        await self._pass(DOWN)
        await self._thread.run(exchange.start(port))

    async def dns_failure(self, fault: Fault) -> None:
        with _no_names():
            await self._thread.call(self._faults.kill)
            await self._pass(DOWN)

    async def slow_handshake(self, fault: Fault) -> None:
        await self._thread.call(self._faults.slow_handshake, 2.0, 2)
        await self._thread.call(self._faults.kill)

    async def half_open(self, fault: Fault) -> None:
        await self._thread.call(self._faults.half_open)

    async def laptop_sleep(self, fault: Fault) -> None:
        """The network is gone, the process stands still, and the wall clock has moved on meanwhile."""
        await self._thread.call(self._faults.half_open)
        time.sleep(ASLEEP / self._scale)  # noqa: ASYNC251 - standing still is the fault
        _own_clock(ASLEEP * (1 - 1 / self._scale))

    # -- refusals -----------------------------------------------------------------------------------

    async def _refuse(self, status: int, kind: str = "public", **named: Any) -> None:
        await self._thread.call(self._faults.refuse, status, times=1, kind=kind, **named)
        await self._thread.call(self._faults.kill, kind)

    async def refused_401(self, fault: Fault) -> None:
        await self._refuse(401, "private")

    async def refused_418(self, fault: Fault) -> None:
        await self._refuse(418)

    async def refused_429(self, fault: Fault) -> None:
        await self._refuse(429)

    async def refused_429_retry_after(self, fault: Fault) -> None:
        # The header is in whole wall seconds; the bound is the exchange's.
        await self._refuse(429, retry_after=12.0 / self._scale)

    async def refused_503(self, fault: Fault) -> None:
        await self._refuse(503)

    async def too_many_request(self, fault: Fault) -> None:
        await self._thread.call(self._faults.reject_next, "TOO_MANY_REQUEST", 1, "public")
        await self._thread.call(self._faults.kill, "public")

    # -- topics -------------------------------------------------------------------------------------

    async def lost_topic(self, fault: Fault) -> None:
        """One code vanishes without a word, and nobody happens to change the subscription after it."""
        topic = "trade", self._codes[fault.number % len(self._codes)]
        async with self._crowd.at_rest():
            await self._pass(_SETTLED)
            at = monotonic()
            if not await self._thread.call(self._faults.forget, *topic, "public"):
                return
            patience = 2 * SUSPICION / self._scale
            try:
                await self._thread.run(
                    self._thread.exchange.wait_subscribed(*topic, timeout=patience)
                )
            except WaitTimeoutError:
                self.topic_losses.append(float("inf"))
            else:
                self.topic_losses.append((monotonic() - at) * self._scale)

    async def stalled_topic(self, fault: Fault) -> None:
        """A quiet market: suspected, checked, found to be listed, and left alone."""
        code = self._codes[2 + fault.number % (len(self._codes) - 2)]
        await self._thread.call(self._faults.stall, "ticker", code)
        async with self._crowd.at_rest():
            await self._pass(SUSPICION * 1.2)
        await self._thread.call(self._faults.resume, "ticker", code)

    # -- frames -------------------------------------------------------------------------------------

    async def duplicate(self, fault: Fault) -> None:
        await self._thread.call(self._faults.duplicate, 50)

    async def reorder(self, fault: Fault) -> None:
        await self._thread.call(self._faults.reorder, 20)

    async def garbage(self, fault: Fault) -> None:
        await self._thread.call(self._faults.garbage)

    async def truncated_json(self, fault: Fault) -> None:
        await self._thread.call(self._faults.truncated_json)

    async def truncated_utf8(self, fault: Fault) -> None:
        await self._thread.call(self._faults.truncated_utf8)
        await self._thread.call(self._faults.truncated_utf8, text=True)

    # -- clocks and loops ---------------------------------------------------------------------------

    async def clock_jump(self, fault: Fault) -> None:
        await self._thread.call(self._faults.clock_jump, (-3600.0, 3600.0)[fault.number % 2])

    async def own_clock_jump(self, fault: Fault) -> None:
        _own_clock((-3600.0, 3600.0)[fault.number % 2])

    async def blocked_loop(self, fault: Fault) -> None:
        time.sleep(BLOCKED / self._scale)  # noqa: ASYNC251 - blocking the loop is the fault


_shift = 0.0
_wall = time.time


def _shifted() -> float:
    return _wall() + _shift


def _own_clock(seconds: float) -> None:
    """Set the client's wall clock by *seconds*."""
    global _shift
    _shift += seconds


@contextlib.contextmanager
def adjustable_clock() -> Iterator[None]:
    """Let the client read a wall clock that a run can set."""
    global _shift
    modules = [
        module
        for name, module in tuple(sys.modules.items())
        if name.startswith("websocket_v6.")
        and not name.startswith("websocket_v6.testing")
        and getattr(module, "time", None) is _wall
    ]
    for module in modules:
        module.time = _shifted  # type: ignore[attr-defined]
    try:
        yield
    finally:
        _shift = 0.0
        for module in modules:
            module.time = _wall  # type: ignore[attr-defined]


@contextlib.contextmanager
def _no_names() -> Iterator[None]:
    """Let every look-up of a name fail."""
    original = socket.getaddrinfo

    def fail(*arguments: Any, **named: Any) -> Any:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    socket.getaddrinfo = fail
    try:
        yield
    finally:
        socket.getaddrinfo = original
