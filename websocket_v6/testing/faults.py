"""Everything that goes wrong between a client and an exchange, on demand.

One-off faults act at once and say how many connections they hit. Lasting faults hold until
``lift()`` or, where they take ``times``, until they have happened that often.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, get_args

from .encoding import Frame, wire_frame
from .exceptions import BadSettingError
from .grammar import ErrorName
from .routing import Stream

if TYPE_CHECKING:
    from .connection import Connection
    from .emulator import ExchangeEmulator

__all__ = ["Faults", "Refusal"]

_REFUSALS: Final = frozenset(int(status) for status in HTTPStatus if status >= 400)
_GARBAGE: Final = b"\x00\xff\xfenot json{{{"
_SAMPLE: Final = '{"type":"ticker","code":"KRW-BTC","market_warning":"\uc8fc\uc758'.encode()


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a handshake is answered instead of 101. ``retry_after`` is seconds."""

    status: int
    retry_after: float | None = None


class _Countdown:
    """Something that happens *times* times; ``None``: until lifted."""

    def __init__(self, times: int | None) -> None:
        if times is not None and times < 1:
            raise BadSettingError(f"times={times}: at least 1, or None for until lifted")
        self.left = times

    def take(self) -> bool:
        if self.left is None:
            return True
        self.left -= 1
        return self.left >= 0


class Faults:
    """The fault controls of one emulator: ``exchange.faults``."""

    def __init__(self, exchange: ExchangeEmulator) -> None:
        self._exchange = exchange
        self.clock_offset = 0.0
        self._handshake_delay = 0.0
        self._slow: _Countdown | None = None
        self._refusal: Refusal | None = None
        self._refused: dict[str | None, _Countdown] = {}
        self._rejections: list[tuple[str, str | None]] = []
        self._hanging = asyncio.Event()
        self._hanging.set()
        self._mangling: dict[str, _Mangling] = {}

    # Connections

    def kill(self, kind: str | None = None) -> int:
        """Reset TCP connections; what was in flight is lost. ``kind=None``: all of them."""
        return self._each(kind, lambda connection: connection.reset())

    def cut(self, kind: str | None = None) -> int:
        """End TCP connections without a close frame, as the idle cut does."""
        return self._each(kind, lambda connection: connection.cut())

    def close(self, code: int = 1000, reason: str = "", kind: str | None = None) -> int:
        """Close with a close frame."""
        return self._each(kind, lambda connection: connection.begin_close(code, reason))

    def half_open(self, kind: str | None = None, *, new: bool = False) -> int:
        """Keep connections open and never answer again, not even a ping.

        Args:
            new: also let every new connection hang before its handshake is answered, until
                ``lift()``.
        """
        if new:
            self._hanging.clear()
        return self._each(kind, lambda connection: connection.go_silent())

    def slow_handshake(self, seconds: float, times: int | None = None) -> None:
        """Answer upgrade requests *seconds* late."""
        self._handshake_delay, self._slow = seconds, _Countdown(times)

    def refuse(
        self,
        status: int = 429,
        *,
        times: int | None = None,
        retry_after: float | None = None,
        kind: str | None = None,
    ) -> None:
        """Answer upgrade requests with an HTTP status: 401, 429, 418, 503 or another one >= 400.

        Args:
            times: how often; ``None``: until ``lift()``.
            retry_after: value of the ``Retry-After`` header in seconds; ``None``: no header.
            kind: ``public`` or ``private`` only.
        """
        if status not in _REFUSALS:
            raise BadSettingError(f"status={status}: an HTTP error status, 400 to 599")
        self._refusal = Refusal(status, retry_after)
        self._refused = {kind: _Countdown(times)}

    def reject_next(self, name: ErrorName, times: int = 1, kind: str | None = None) -> None:
        """Answer the next *times* requests with this error frame and a close."""
        if name not in get_args(ErrorName):
            raise BadSettingError(f"{name!r}: one of {', '.join(get_args(ErrorName))}")
        self._rejections += [(name, kind)] * times

    # Topics

    def stall(self, data_type: str, code: str = "*") -> None:
        """Send nothing more of one topic, still listed, until ``resume`` or ``lift()``."""
        self._exchange.routing.stalled.add((data_type, code))

    def resume(self, data_type: str, code: str = "*") -> None:
        """End a stall; snapshots that became due meanwhile are sent now."""
        self._exchange.routing.resume(data_type, code)

    def forget(self, data_type: str, code: str = "*", kind: str | None = None) -> int:
        """Lose one topic in silence: no frames, and LIST_SUBSCRIPTIONS no longer shows it."""
        return sum(c.forget(data_type, code) for c in self._chosen(kind))

    # Frames

    def garbage(self, payload: bytes = _GARBAGE, kind: str = "public") -> int:
        """Send a message that is not JSON."""
        return self._each(kind, lambda connection: connection.push_bytes(payload))

    def truncated_json(self, kind: str = "public") -> int:
        """Send a complete message whose JSON ends in the middle."""
        return self._each(kind, lambda connection: connection.push_bytes(_SAMPLE[:40]))

    def truncated_utf8(self, kind: str = "public", *, text: bool = False) -> int:
        """Send a message that ends inside a character; as TEXT it breaks the protocol itself."""
        opcode = 1 if text else 2
        return self._each(kind, lambda connection: connection.push_bytes(_SAMPLE[:-1], opcode))

    def truncated_frame(self, kind: str | None = None) -> int:
        """Send half a WebSocket frame, then reset the TCP connection."""
        wire = wire_frame(_SAMPLE)
        half = wire[: len(wire) // 2]

        def break_off(connection: Connection) -> None:
            connection.push_wire(half)
            connection.flush()
            self._exchange.clock.call_later(0.01, connection.reset)

        return self._each(kind, break_off)

    def oversize(self, size: int = 2 * 2**20, kind: str = "public") -> int:
        """Send one message of *size* bytes: JSON, and far larger than any real frame."""
        shell = b'{"type":"ticker","code":"KRW-BTC","padding":""}'
        payload = shell[:-2] + b"x" * max(size - len(shell), 0) + shell[-2:]
        return self._each(kind, lambda connection: connection.push_bytes(payload))

    def duplicate(self, times: int | None = 1) -> None:
        """Send the next *times* REALTIME frames twice each."""
        self._mangle("duplicate", _Duplicate(times))

    def reorder(self, times: int | None = 1) -> None:
        """Swap the next REALTIME frame of a topic with its follower, *times* times."""
        self._mangle("reorder", _Reorder(times))

    def drop(self, times: int | None = 1) -> None:
        """Lose the next *times* REALTIME frames."""
        self._mangle("drop", _Drop(times))

    def clock_jump(self, seconds: float) -> None:
        """Shift the time stamps inside frames and of answers; the sum of all jumps holds until ``lift()``."""
        self.clock_offset += seconds

    def lift(self) -> None:
        """End every lasting fault. Connections that were silenced stay so; kill them."""
        self.clock_offset = 0.0
        self._slow = self._refusal = None
        self._rejections.clear()
        self._hanging.set()
        self._mangling.clear()
        self._exchange.routing.mangle = None
        for data_type, code in tuple(self._exchange.routing.stalled):
            self.resume(data_type, code)

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the lasting faults that hold now."""
        routing = self._exchange.routing
        found = {
            "clock_jump": self.clock_offset != 0.0,
            "slow_handshake": self._slow is not None,
            "refuse": self._refusal is not None,
            "reject_next": bool(self._rejections),
            "half_open": not self._hanging.is_set(),
            "stall": bool(routing.stalled),
        }
        return (*(name for name, holds in found.items() if holds), *self._mangling)

    # What the exchange asks

    async def before_handshake(self, kind: str) -> Refusal | None:
        """Wait as long as a handshake has to; how to refuse it, ``None`` to go on."""
        await self._hanging.wait()
        if self._slow is not None:
            if self._slow.take():
                await self._exchange.clock.sleep(self._handshake_delay)
            else:
                self._slow = None
        refusal = self._refusal
        for only, countdown in self._refused.items():
            if refusal is not None and only in (None, kind):
                if countdown.take():
                    return refusal
                self._refusal = None
        return None

    def release_handshakes(self) -> None:
        """Let hanging handshakes end; the exchange stops."""
        self._hanging.set()

    def rejection_for(self, kind: str) -> str | None:
        """The error name the next request of this kind of connection is answered with."""
        for index, (name, only) in enumerate(self._rejections):
            if only in (None, kind):
                del self._rejections[index]
                return name
        return None

    def _chosen(self, kind: str | None) -> tuple[Connection, ...]:
        return tuple(c for c in self._exchange.connections if kind in (None, c.kind))

    def _each(self, kind: str | None, act: Callable[[Connection], object]) -> int:
        chosen = self._chosen(kind)
        for connection in chosen:
            act(connection)
        return len(chosen)

    def _mangle(self, name: str, mangling: _Mangling) -> None:
        self._mangling[name] = mangling
        self._exchange.routing.mangle = self._mangled

    def _mangled(self, stream: Stream, frame: Frame) -> list[Frame]:
        frames = [frame]
        for name, mangling in tuple(self._mangling.items()):
            frames = [out for each in frames for out in mangling.apply(stream, each)]
            if mangling.spent:
                del self._mangling[name]
        if not self._mangling:
            self._exchange.routing.mangle = None
        return frames


class _Mangling:
    """A change to the next frames."""

    def __init__(self, times: int | None) -> None:
        self._left = _Countdown(times)

    @property
    def spent(self) -> bool:
        return self._left.left is not None and self._left.left <= 0

    def apply(self, stream: Stream, frame: Frame) -> Iterable[Frame]:
        raise NotImplementedError


class _Duplicate(_Mangling):
    def apply(self, stream: Stream, frame: Frame) -> Iterable[Frame]:
        return (frame, frame) if self._left.take() else (frame,)


class _Drop(_Mangling):
    def apply(self, stream: Stream, frame: Frame) -> Iterable[Frame]:
        return () if self._left.take() else (frame,)


class _Reorder(_Mangling):
    def __init__(self, times: int | None) -> None:
        super().__init__(times)
        self._waiting: dict[Stream, Frame] = {}

    @property
    def spent(self) -> bool:
        return super().spent and not self._waiting

    def apply(self, stream: Stream, frame: Frame) -> Iterable[Frame]:
        former = self._waiting.pop(stream, None)
        if former is not None:
            return (frame, former)
        if not self._left.take():
            return (frame,)
        self._waiting[stream] = frame
        return ()
