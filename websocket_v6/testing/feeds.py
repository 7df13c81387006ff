"""Where realtime frames come from: a made-up market, a recording, or a lock-step sequence."""

from __future__ import annotations

import gzip
import heapq
import itertools
import json
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final, Protocol

from .clock import Clock
from .encoding import Frame, Value, wire_frame
from .exceptions import BadSettingError, ReplayFileError
from .fields import PUBLIC_TYPES, SHORT, SHORT_NESTED, family
from .market import Market, MarketPlace
from .routing import Stream
from .spelling import Number

__all__ = ["Feed", "Floor", "LockstepFeed", "PreparedFeed", "ReplayFeed", "SyntheticFeed"]


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
            while due and due[0][0] <= floor.clock.now() and version == floor.version:
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


class LockstepFeed:
    """Sequences that advance by index, not by clock: two runs of a program get identical data.

    Each (type, code) starts at its first subscription on this emulator and stands still while
    nobody holds it. Frame *i* of a sequence depends on the seed, the code and *i* alone.

    Args:
        frames: REALTIME frames per sequence; ``None`` for no end.
        seed: decides every value.
        rate: frames per second and sequence; ``None``: as fast as the slowest client takes them.
    """

    START_MS: Final = 1_790_000_000_000
    STEP_MS: Final = 50

    def __init__(self, frames: int | None = None, seed: int = 0, rate: float | None = None) -> None:
        if frames is not None and frames < 0:
            raise BadSettingError(f"frames={frames}: a count, or None for no end")
        if rate is not None and rate <= 0:
            raise BadSettingError(
                f"rate={rate}: frames per second, or None for as fast as possible"
            )
        self.frames = frames
        self.seed = seed
        self.rate = rate
        self._sequences: dict[Stream, _Sequence] = {}

    def serves(self, floor: Floor, stream: Stream) -> bool:
        return floor.markets.serves(stream.code, stream.level)

    def snapshot(self, floor: Floor, stream: Stream) -> Frame | None:
        return self._sequence(floor, stream).now("SNAPSHOT")

    def published(self, stream: Stream, frame: Frame) -> None:
        """A test's own frame is no part of the sequence."""

    def index(self, data_type: str, code: str) -> int:
        """How many REALTIME frames of a (type, code) were sent so far."""
        return sum(
            sequence.index
            for stream, sequence in self._sequences.items()
            if stream[:2] == (data_type, code)
        )

    async def run(self, floor: Floor) -> None:
        while True:
            sent = False
            for stream in floor.streams():
                if stream.data_type not in PUBLIC_TYPES or not self.serves(floor, stream):
                    continue
                sequence = self._sequence(floor, stream)
                if self.frames is not None and sequence.index >= self.frames:
                    continue
                if floor.broadcast(stream, sequence.peek()):
                    sequence.advance()
                    sent = True
            if not sent:
                await floor.changed(0.05)
            elif self.rate is None:
                await floor.drained()
            else:
                await floor.clock.sleep(1.0 / self.rate)

    def _sequence(self, floor: Floor, stream: Stream) -> _Sequence:
        sequence = self._sequences.get(stream)
        if sequence is None:
            market = Market(stream.code, self.seed, self.START_MS, korean=floor.markets.korean)
            sequence = self._sequences[stream] = _Sequence(stream, market)
        return sequence


class _Sequence:
    """One stream's frames by index; the next one is made when first looked at."""

    def __init__(self, stream: Stream, market: Market) -> None:
        self.index = 0
        self._stream = stream
        self._market = market
        self._last: Frame = market.frame(stream.data_type, "REALTIME", stream.level)
        self._next: Frame | None = None

    def now(self, stream_type: str) -> Frame:
        return Frame({**self._last.values, "stream_type": stream_type}, self._last.turn)

    def peek(self) -> Frame:
        if self._next is None:
            at_ms = LockstepFeed.START_MS + (self.index + 1) * LockstepFeed.STEP_MS
            if self._stream.data_type == "orderbook":
                self._market.shake_book(at_ms)
            else:
                self._market.trade(at_ms)
            stream = self._stream
            self._next = self._market.frame(stream.data_type, "REALTIME", stream.level)
        return self._next

    def advance(self) -> None:
        self._last, self._next = self.peek(), None
        self.index += 1


class PreparedFeed:
    """Messages made beforehand and sent round and round: the least a server can do per frame.

    Every holder gets the bytes as they are, whatever its format: for measuring clients.

    Args:
        messages: the message bodies of each (type, code).
        rate: messages per second over all topics; ``None``: as fast as the slowest client takes
            them.
        batch: messages per loop turn when *rate* is ``None``.
        total: stop after this many messages; ``None`` for no end.
    """

    PERIOD: Final = 0.005

    def __init__(
        self,
        messages: Mapping[tuple[str, str], Sequence[bytes]],
        *,
        rate: float | None = None,
        batch: int = 256,
        total: int | None = None,
    ) -> None:
        if not messages or not all(messages.values()):
            raise BadSettingError("messages={}: at least one message per topic")
        self.rate = rate
        self.batch = batch
        self.total = total
        self.sent = 0
        self._frames = {
            topic: tuple(_PreparedFrame(body) for body in bodies)
            for topic, bodies in messages.items()
        }

    def serves(self, floor: Floor, stream: Stream) -> bool:
        return stream[:2] in self._frames

    def snapshot(self, floor: Floor, stream: Stream) -> Frame | None:
        return self._frames[stream[:2]][0]

    def published(self, stream: Stream, frame: Frame) -> None:
        """What was prepared goes on."""

    async def run(self, floor: Floor) -> None:
        started, paced = floor.clock.now(), 0
        while self.total is None or self.sent < self.total:
            streams = [stream for stream in floor.streams() if self.serves(floor, stream)]
            if not streams:
                await floor.changed()
                started, paced = floor.clock.now(), 0
                continue
            count = self.batch
            if self.rate is not None:
                count = int((floor.clock.now() - started) * self.rate) - paced
            if self.total is not None:
                count = min(count, self.total - self.sent)
            for _ in range(count):
                stream = streams[self.sent % len(streams)]
                frames = self._frames[stream[:2]]
                floor.broadcast(stream, frames[self.sent // len(streams) % len(frames)])
                self.sent += 1
            paced += count
            if self.rate is None:
                await floor.drained()
            else:
                await floor.clock.sleep(self.PERIOD)


class _PreparedFrame(Frame):
    """One finished message; it has the same form in every format."""

    __slots__ = ("_form",)

    def __init__(self, body: bytes) -> None:
        super().__init__({})
        self._form = (body, wire_frame(body))

    def form(self, wire_format: str, units: int = 30) -> tuple[bytes, bytes]:
        return self._form


class ReplayFeed:
    """A recording, played from its first frame when the first subscription arrives.

    Args:
        path: one JSON object per line, plain or ``.gz``:
            ``{"recv_ts": unix seconds, "opcode": "binary", "frame": ...}``. Frames may be in any of
            the four formats; numbers keep their spelling.
        speed: 2.0 plays twice as fast; 0 as fast as the clients take it.

    Raises:
        ReplayFileError: the file is missing, or a line is not in this form.
    """

    def __init__(self, path: str | Path, speed: float = 1.0) -> None:
        if speed < 0:
            raise BadSettingError(f"speed={speed}: a factor; 0 for as fast as possible")
        self.path = Path(path)
        self.speed = speed
        self.records = tuple(_read_recording(self.path))
        self._first: dict[Stream, Frame] = {}
        for _, stream, frame in self.records:
            self._first.setdefault(stream, frame)
        self._latest: dict[Stream, Frame] = {}
        self.position = 0

    def serves(self, floor: Floor, stream: Stream) -> bool:
        return stream in self._first

    def snapshot(self, floor: Floor, stream: Stream) -> Frame | None:
        frame = self._latest.get(stream) or self._first.get(stream)
        return frame.as_snapshot() if frame is not None else None

    def published(self, stream: Stream, frame: Frame) -> None:
        self._latest[stream] = frame

    async def run(self, floor: Floor) -> None:
        playable = self._first.keys() | {Stream(each.data_type, "*") for each in self._first}
        while playable.isdisjoint(floor.streams()):
            await floor.changed()
        started = floor.clock.now()
        for at, stream, frame in self.records[self.position :]:
            if self.speed:
                wait = started + (at - self.records[0][0]) / self.speed - floor.clock.now()
                if wait > 0:
                    await floor.clock.sleep(wait)
            elif self.position % 64 == 0:
                await floor.drained()
            self.position += 1
            self._latest[stream] = frame
            if frame.values.get("stream_type") == "REALTIME":
                floor.broadcast(stream, frame)
                if stream.data_type == "myOrder":
                    floor.broadcast(Stream("myOrder", "*"), frame)


def _read_recording(path: Path) -> Iterator[tuple[float, Stream, Frame]]:
    number = 0
    try:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                number += 1
                # A recorder that was killed leaves half a line at the end, which is no mistake.
                if line.strip() and (line.endswith("\n") or _complete(line)):
                    yield from _frames_of(json.loads(line, parse_float=Number, parse_int=Number))
    except EOFError:
        return  # likewise half a gzip member
    except OSError as error:
        raise ReplayFileError(f"{path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ReplayFileError(
            f"{path}, line {number}: {error!r}; each line must be "
            '{"recv_ts": seconds, "opcode": "binary", "frame": {...}}'
        ) from error


def _complete(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _frames_of(record: dict[str, Value]) -> Iterator[tuple[float, Stream, Frame]]:
    at, body = float(str(record["recv_ts"])), record["frame"]
    if isinstance(body, str):
        body = json.loads(body, parse_float=Number, parse_int=Number)
    for item in body if isinstance(body, list) else [body]:
        if not isinstance(item, dict):
            raise TypeError("frame is not an object")
        values = _long(item)
        if "type" not in values:
            continue  # a status or error frame: no data
        level = Decimal(str(values.get("level", 0)))
        code = str(values.get("code", "*"))
        yield at, Stream(str(values["type"]), code, level), Frame(values)


def _long(item: dict[str, Value]) -> dict[str, Value]:
    if "type" in item:
        return item
    kind = family(str(item.get("ty")))
    names = {short: long for long, short in SHORT.get(kind, {}).items()}
    values: dict[str, Value] = {}
    for key, value in item.items():
        name = names.get(key, key)
        inner = {short: long for long, short in SHORT_NESTED.get((kind, name), {}).items()}
        if isinstance(value, list):
            value = [
                {inner.get(k, k): v for k, v in unit.items()} if isinstance(unit, dict) else unit
                for unit in value
            ]
        elif isinstance(value, dict):
            value = {inner.get(k, k): v for k, v in value.items()}
        values[name] = value
    return values
