"""Where realtime frames come from: what every feed does, and the feed of the made-up market."""

from __future__ import annotations

import heapq
import itertools
import math
import zlib
from typing import Final, Protocol

from .clock import Clock
from .encoding import Frame
from .exceptions import BadSettingError
from .fields import PUBLIC_TYPES, family
from .market import MarketPlace
from .routing import Stream

__all__ = ["Feed", "Floor", "SyntheticFeed"]


class Floor(Protocol):
    """What the exchange offers to a feed."""

    @property
    def clock(self) -> Clock: ...

    @property
    def markets(self) -> MarketPlace: ...

    @property
    def version(self) -> int:
        """Grows with every change of ``streams()``."""

    def now_ms(self) -> int: ...

    def streams(self) -> list[Stream]: ...

    def broadcast(self, stream: Stream, frame: Frame) -> int: ...

    async def changed(self, timeout: float | None = None) -> None:
        """Wait until somebody's subscriptions change, or *timeout* seconds have passed."""

    async def drained(self) -> None:
        """Wait until every client has taken most of what it was sent."""


class Feed(Protocol):
    """A source of frames."""

    def serves(self, floor: Floor, stream: Stream) -> bool:
        """False: a request for this stream is met with silence."""

    def snapshot(self, floor: Floor, stream: Stream) -> Frame | None:
        """The SNAPSHOT frame as of now; ``None`` when there is nothing to show yet."""

    def published(self, stream: Stream, frame: Frame) -> None:
        """A test has sent this frame; later snapshots show it until the feed's next own frame."""

    async def run(self, floor: Floor) -> None:
        """Send REALTIME frames until cancelled."""


_Step = tuple[str, str]  # (pace, code): "trade", "book" or "candle" of one market


class SyntheticFeed:
    """The seeded market.

    Args:
        rate: trades per second and code, each giving a trade and a ticker frame. Order books follow
            at most every 100 ms, candles every second. 0: nothing by itself.
    """

    BOOK_GRID_MS: Final = 100
    CANDLE_PERIOD: Final = 1.0
    CATCH_UP: Final = 1.0  # steps missed for longer than this (a blocked loop) are left out
    BATCH: Final = 64  # steps before the loop turns, also when the machine is too slow for the rate

    def __init__(self, rate: float = 20.0) -> None:
        if rate < 0:
            raise BadSettingError(f"rate={rate}: frames per second; 0 for none")
        self.rate = rate
        self._published: dict[Stream, Frame] = {}
        self._book_credit: dict[str, float] = {}
        self._candle_shown: dict[Stream, int] = {}

    def serves(self, floor: Floor, stream: Stream) -> bool:
        return floor.markets.serves(stream.code, stream.level)

    def snapshot(self, floor: Floor, stream: Stream) -> Frame | None:
        published = self._published.get(stream)
        if published is not None:
            return published.as_snapshot()
        return floor.markets[stream.code].frame(stream.data_type, "SNAPSHOT", stream.level)

    def published(self, stream: Stream, frame: Frame) -> None:
        self._published[stream] = frame

    async def run(self, floor: Floor) -> None:
        due: list[tuple[float, int, _Step]] = []
        current: dict[_Step, int] = {}  # the number of each step's one valid entry in `due`
        by_code: dict[str, list[Stream]] = {}
        numbers = itertools.count()
        version = -1
        while True:
            if version != floor.version and self.rate:
                version = floor.version
                held = [each for each in floor.streams() if each.data_type in PUBLIC_TYPES]
                wanted = {(_pace(stream.data_type), stream.code) for stream in held}
                current = {step: number for step, number in current.items() if step in wanted}
                for step in wanted - current.keys():
                    current[step] = next(numbers)
                    heapq.heappush(due, (self._next(*step, floor), current[step], step))
                by_code = {}
                for stream in held:
                    by_code.setdefault(stream.code, []).append(stream)
                    # What its snapshot has shown is not sent again.
                    shown = floor.markets[stream.code].sequential_id
                    self._candle_shown.setdefault(stream, shown)
            await floor.changed(max(due[0][0] - floor.clock.now(), 0.0) if due else None)
            for _ in range(self.BATCH):
                if not due or due[0][0] > floor.clock.now() or version != floor.version:
                    break
                last, number, step = heapq.heappop(due)
                if current.get(step) == number:
                    self._take(floor, *step, by_code[step[1]])
                    heapq.heappush(due, (self._next(*step, floor, last), number, step))

    def _next(self, pace: str, code: str, floor: Floor, last: float = -math.inf) -> float:
        """When a code's next step of one pace is due, on its own phase of a fixed grid."""
        now = floor.clock.now()
        if pace == "book":
            # The grid is one of wall time: every time stamp ends in the same two digits.
            late = (floor.now_ms() - book_phase(code)) % self.BOOK_GRID_MS
            return now + (self.BOOK_GRID_MS - late) / 1000
        period = self.CANDLE_PERIOD if pace == "candle" else 1.0 / self.rate
        if now - last < self.CATCH_UP:
            return last + period
        phase = zlib.crc32(code.encode()) % 997 / 997 * period
        return now + period - (now - phase) % period

    def _take(self, floor: Floor, pace: str, code: str, streams: list[Stream]) -> None:
        market, now_ms = floor.markets[code], floor.now_ms()
        if pace == "book":
            credit = self._book_credit.get(code, 0.0) + self.rate * self.BOOK_GRID_MS / 1000
            self._book_credit[code] = min(credit, 1.0) - (credit >= 1.0)
            if credit < 1.0:
                return
            market.shake_book(now_ms - (now_ms - book_phase(code)) % self.BOOK_GRID_MS)
        elif pace == "trade" or not any(_pace(stream.data_type) == "trade" for stream in streams):
            market.trade(now_ms)
        for stream in streams:
            if _pace(stream.data_type) != pace:
                continue
            if pace == "candle":
                if self._candle_shown.get(stream) == market.sequential_id:
                    continue
                self._candle_shown[stream] = market.sequential_id
            self._published.pop(stream, None)
            floor.broadcast(stream, market.frame(stream.data_type, "REALTIME", stream.level))


def book_phase(code: str) -> int:
    """The last two digits of every order book time stamp of a code (KRW-BTC: 06)."""
    return 6 if code == "KRW-BTC" else zlib.crc32(code.encode()) % 100


def _pace(data_type: str) -> str:
    return {"orderbook": "book", "candle": "candle"}.get(family(data_type), "trade")
