"""A connection that cuts the byte stream into frames itself.

Whole, plain data frames are nearly everything the exchange sends. They go straight from the socket's bytes
to the receiver. Every other frame (control, fragment, compressed) is handed to ``websockets`` as exactly its
bytes: the library always stands at a frame boundary, and its behaviour stays the reference for keep-alive,
limits and closing. Its own parser, queue and task switch cost about 3 us per frame, this loop 0.3 us.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final

from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import State

__all__ = ["DirectConnection"]

_TEXT: Final = 0x81
_BINARY: Final = 0x82
"""First byte of a whole data frame: FIN set, no extension bits."""
_PLAIN: Final = frozenset({0x817E, 0x827E})
"""The same and a length in the next two bytes."""
_SHORT_HEAD: Final = struct.Struct("!HH").unpack_from
_HEAD_LIMIT: Final = 1 << 16
_MAX_FRAGMENTS: Final = 4096
_MAX_UNREAD: Final = 1 << 20
"""Bytes that may wait for a server that does not read: answers to its pings would pile up without end."""

Receiver = Callable[[bytes], None]


class DirectConnection(ClientConnection):
    """Hands whole messages to a receiver, in order; ``recv()`` gets nothing.

    Args:
        max_frame_bytes: a longer frame is left to the library, which fails the connection.
    """

    def __init__(self, *args: Any, max_frame_bytes: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.receiver: Receiver | None = None
        self.on_lost: Callable[[], None] | None = None
        self._max_frame_bytes = max_frame_bytes
        self._early: list[bytes] = []
        self._fragments: list[bytes] = []
        self._fragmented = False
        self._head_done = False
        self._by_library = False
        self._rest = bytearray()
        """The beginning of a frame whose end has not come yet."""
        self._needed = 0
        """The length *_rest* must reach before it is worth another look."""

    def receive(self, receiver: Receiver) -> None:
        """Begin to hand messages over; those that came earlier come first."""
        early, self._early = self._early, []
        for payload in early:
            receiver(payload)
        self.receiver = receiver

    # -- bytes ----------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if not self._head_done and not self._by_library:
            data = bytes(self._rest) + data
            self._rest.clear()
            data = self._pass_head(data)
        at = 0
        while self._rest:
            # Only the cut frame is joined: copying all that came would cost more than decoding it.
            missing = self._needed - len(self._rest)
            self._rest += data[at : at + missing]
            at += missing
            if at > len(data):
                return
            joined = bytes(self._rest)
            self._rest.clear()
            self._cut(joined, 0)
        if self._by_library:
            super().data_received(data[at:])
        elif at < len(data):
            self._cut(data, at)

    def _pass_head(self, data: bytes) -> bytes:
        """Give the library the handshake's response; returns what follows it."""
        end = data.find(b"\r\n\r\n") + 4
        if end < 4 and len(data) < _HEAD_LIMIT:
            self._rest += data
            self._needed = len(data) + 1
            return b""
        if end < 4 or data[9:12] != b"101":
            self._leave_to_library(data)
            return b""
        self._head_done = True
        super().data_received(data[:end])
        return data[end:]

    def _cut(self, data: bytes, at: int) -> None:
        """Deal with the frames in *data* from *at* on, and keep the beginning of the last one.

        It is long because every message passes it: what a call would cost is most of what it does.
        """
        end = len(data)
        direct = self._receiver_of_plain_frames()
        while end - at >= 2:
            if end - at >= 4:
                # Nearly every frame: plain, and of 126 bytes to 64 KiB.
                head, size = _SHORT_HEAD(data, at)
                stop = at + 4 + size
                if (
                    direct is not None
                    and head in _PLAIN
                    and stop <= end
                    and size <= self._max_frame_bytes
                ):
                    direct(data[at + 4 : stop])
                    at = stop
                    continue
            first, size, start = data[at], data[at + 1], at + 2
            if size >= 126:
                if size > 127:  # masked, which a server must not
                    self._leave_to_library(data[at:])
                    return
                start += 2 if size == 126 else 8
                if start > end:
                    break
                size = int.from_bytes(data[at + 2 : start])
                if size > self._max_frame_bytes:
                    self._leave_to_library(data[at:])
                    return
            stop = start + size
            if stop > end:
                self._rest += data[at:] if at else data
                self._needed = stop - at
                return
            if direct is not None and first in (_BINARY, _TEXT):
                direct(data[start:stop])
            else:
                super().data_received(data[at:stop])
                if self.transport.get_write_buffer_size() > _MAX_UNREAD:
                    self.transport.abort()
                if self.transport.is_closing():
                    # Aborted, or closed by both sides: a flood of what follows must not hold the loop.
                    return
                direct = self._receiver_of_plain_frames()
            at = stop
        if at < end:
            self._rest += data[at:]
            self._needed = 2 if end - at < 2 else 4 if data[at + 1] == 126 else 10

    def _receiver_of_plain_frames(self) -> Receiver | None:
        """``None`` while the library has to see data frames, too: only it can change that."""
        if self._fragmented or self.protocol.state is not State.OPEN:
            return None
        return self.receiver if self.receiver is not None else self._early.append

    def _leave_to_library(self, data: bytes) -> None:
        self._by_library = True
        super().data_received(data)

    # -- frames that went through the library -----------------------------------------------------

    def process_event(self, event: Any) -> None:
        if self.response is None or not isinstance(event, Frame):
            super().process_event(event)
            return
        opcode = event.opcode
        if opcode not in (Opcode.BINARY, Opcode.TEXT, Opcode.CONT):
            super().process_event(event)
            return
        self._fragments.append(bytes(event.data))
        self._fragmented = not event.fin
        if event.fin:
            message = b"".join(self._fragments)
            self._fragments.clear()
            if self.receiver is None:
                self._early.append(message)
            else:
                self.receiver(message)
        elif len(self._fragments) > _MAX_FRAGMENTS:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self.on_lost is not None:
            self.on_lost()
