"""Frames of a recording."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from .encoding import Frame, Value
from .exceptions import BadSettingError, ReplayFileError
from .feeds import Floor
from .fields import SHORT, SHORT_NESTED, family
from .routing import Stream
from .spelling import Number

__all__ = ["ReplayFeed"]


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
        left = self.records[self.position :]
        started = floor.clock.now()
        for at, stream, frame in left:
            if self.speed:
                wait = started + (at - left[0][0]) / self.speed - floor.clock.now()
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
