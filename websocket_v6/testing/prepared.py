"""Frames made beforehand: the least a server can do per frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from .encoding import Frame, wire_frame
from .exceptions import BadSettingError
from .feeds import Floor
from .routing import Stream

__all__ = ["PreparedFeed"]


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
