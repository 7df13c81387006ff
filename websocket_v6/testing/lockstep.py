"""Frames by index instead of by clock."""

from __future__ import annotations

from typing import Final

from .encoding import Frame
from .exceptions import BadSettingError
from .feeds import Floor
from .fields import PUBLIC_TYPES
from .market import Market
from .routing import Stream

__all__ = ["LockstepFeed"]


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
