"""The exchange of a run: on a clock that runs faster, and on a loop that the client cannot block."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from time import monotonic
from typing import Any, TypeVar, cast

from websocket_v6 import GlobalWebSocketManager
from websocket_v6._async import probe
from websocket_v6.protocol import session
from websocket_v6.testing import ExchangeEmulator
from websocket_v6.testing.connection import Connection
from websocket_v6.testing.grammar import Options
from websocket_v6.testing.routing import Stream, Subscription

__all__ = ["ExchangeThread", "FastClock", "Onlooker", "faster"]

T = TypeVar("T")

SETTINGS = (
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
)
"""Settings in seconds; all of them run faster together."""
CONSTANTS = (
    (session, "SNAPSHOT_PATIENCE"),
    (session, "LIST_PATIENCE"),
    (session, "_RETRY_LIST"),
    (session, "_LOOK_FOR_SILENCE"),
    (probe, "_ANSWER_TIMEOUT"),
)
"""Waits that nobody can set; they run faster with the settings."""
MARGIN = 0.1
"""Seconds of the wall clock between the exchange's windows and the client's: the margin is for the
machine's delays, and those do not run faster."""


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


@contextlib.contextmanager
def faster(scale: float) -> Iterator[dict[str, Any]]:
    """Settings of a client that lives *scale* times as fast, as its constants do meanwhile."""
    defaults = GlobalWebSocketManager.configure()
    settings: dict[str, Any] = {name: getattr(defaults, name) / scale for name in SETTINGS}
    settings["second_window"] = 1.0 / scale + MARGIN
    settings["minute_window"] = 60.0 / scale + MARGIN
    before = [(module, name, getattr(module, name)) for module, name in CONSTANTS]
    for module, name, seconds in before:
        setattr(module, name, seconds / scale)
    try:
        yield settings
    finally:
        for module, name, seconds in before:
            setattr(module, name, seconds)


class Onlooker:
    """Somebody in the exchange itself: sees every trade of *codes*, on no connection.

    The made-up market trades only what somebody takes; with an onlooker it goes on for its own sake.
    """

    def __init__(
        self, exchange: ExchangeEmulator, codes: list[str], saw: Callable[[str, int], None]
    ) -> None:
        self._saw = saw
        place = cast(Connection, self)
        held = [Subscription(place, Stream("trade", code), Options(code)) for code in codes]
        for one in held:
            one.live = True
        exchange.routing.replace([], held)

    def send(self, stream: Stream, frame: Any, units: int) -> None:
        self._saw(stream.code, int(frame.values["sequential_id"]))


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
