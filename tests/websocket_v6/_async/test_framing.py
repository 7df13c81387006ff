"""The own frame cutter against the library: same messages, same answers, same ending."""

from __future__ import annotations

import asyncio
import itertools
import random
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.uri import parse_uri
from websockets.utils import accept_key

from websocket_v6._async.framing import DirectConnection

LIMIT = 4096


class Wire(asyncio.Transport):
    """Keeps what a connection writes."""

    def __init__(self, *, reads: bool = True) -> None:
        super().__init__()
        self.written = bytearray()
        self.closed = False
        self._reads = reads

    def get_write_buffer_size(self) -> int:
        return 0 if self._reads else len(self.written)

    def write(self, data: Any) -> None:
        self.written += data

    def writelines(self, chunks: Any) -> None:
        for chunk in chunks:
            self.write(chunk)

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.closed = True

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def set_write_buffer_limits(self, high: Any = None, low: Any = None) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


def frame(opcode: int, payload: bytes, *, fin: bool = True, rsv1: bool = False) -> bytes:
    head = bytes([(0x80 if fin else 0) | (0x40 if rsv1 else 0) | opcode])
    size = len(payload)
    if size < 126:
        return head + bytes([size]) + payload
    if size < 1 << 16:
        return head + b"\x7e" + struct.pack("!H", size) + payload
    return head + b"\x7f" + struct.pack("!Q", size) + payload


def compressed(payload: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-12)
    data = squeeze.compress(payload) + squeeze.flush(zlib.Z_SYNC_FLUSH)
    return frame(2, data[:-4], rsv1=True)


whole = st.binary(max_size=300).map(lambda payload: frame(2, payload))
text = st.text(max_size=50).map(lambda value: frame(1, value.encode()))
long = st.integers(120, LIMIT).map(lambda size: frame(2, b"x" * size))
ping = st.binary(max_size=20).map(lambda payload: frame(9, payload))
pong = st.binary(max_size=20).map(lambda payload: frame(10, payload))
deflated = st.binary(max_size=300).map(compressed)


@st.composite
def fragmented(draw: st.DrawFn) -> bytes:
    parts = draw(st.lists(st.binary(max_size=50), min_size=2, max_size=5))
    out = b""
    for index, part in enumerate(parts):
        out += frame(2 if index == 0 else 0, part, fin=index == len(parts) - 1)
        if draw(st.booleans()):
            out += draw(ping)
    return out


faults = st.sampled_from(
    [
        b"",
        frame(2, b"x" * (LIMIT + 1)),  # too long
        b"\x82\xff" + b"\0" * 12,  # masked, and claims to be huge
        frame(0, b"continues nothing"),
        frame(2, b"begins", fin=False) + frame(2, b"but begins again"),
        frame(3, b"an opcode nobody knows"),
        frame(8, struct.pack("!H", 1000) + b"bye") + frame(2, b"after the close"),
        frame(9, b"x" * 126),  # control frames are short
        b"\xa2\x01x",  # a reserved bit
    ]
)
traffic = st.tuples(
    st.lists(st.one_of(whole, text, long, ping, pong, deflated, fragmented()), max_size=12), faults
).map(lambda parts: b"".join(parts[0]) + parts[1])


async def play(kind: type[Any], stream: bytes, cuts: list[int]) -> tuple[Any, ...]:
    """Feed one connection; returns its messages, what it wrote, and how it stands."""
    protocol = ClientProtocol(
        parse_uri("ws://exchange.test/"),
        extensions=[ClientPerMessageDeflateFactory()],
        max_size=LIMIT,
    )
    more = {"max_frame_bytes": LIMIT} if kind is DirectConnection else {"max_queue": None}
    connection = kind(protocol, ping_interval=None, close_timeout=1, **more)
    wire = Wire()
    connection.connection_made(wire)
    request = protocol.connect()
    protocol.send_request(request)
    connection.send_data()
    sent = len(wire.written)
    extension = "permessage-deflate"
    head = (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Extensions: {extension}\r\n"
        f"Sec-WebSocket-Accept: {accept_key(request.headers['Sec-WebSocket-Key'])}\r\n\r\n"
    ).encode()
    messages: list[bytes] = []
    whole_stream = head + stream
    edges = [0, *sorted({cut % (len(whole_stream) + 1) for cut in cuts}), len(whole_stream)]
    for start, stop in itertools.pairwise(edges):
        if start < stop:
            connection.data_received(whole_stream[start:stop])
        if kind is DirectConnection and connection.receiver is None and stop > len(head):
            connection.receive(messages.append)
    if kind is DirectConnection:
        if connection.receiver is None:
            connection.receive(messages.append)
    else:
        while connection.recv_messages.frames.queue:
            try:
                data = await asyncio.wait_for(connection.recv_messages.get(decode=False), 0.01)
            except (TimeoutError, EOFError):
                break
            messages.append(bytes(data))
    answers = bytes(wire.written[sent:])
    closing = protocol.close_sent
    state = protocol.state.name
    connection.connection_lost(None)
    return messages, len(answers), closing and closing.code, state


@settings(max_examples=250, deadline=None)
@given(traffic, st.lists(st.integers(0, 10_000), max_size=30))
async def test_the_same_traffic_gives_the_same(stream: bytes, cuts: list[int]) -> None:
    expected = await play(ClientConnection, stream, [])
    got = await play(DirectConnection, stream, cuts)
    assert got[0][: len(expected[0])] == expected[0]
    assert len(got[0]) == len(expected[0])
    assert got[1:] == expected[1:]


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 1000])
async def test_any_chunking_gives_every_message(chunk: int) -> None:
    randomness = random.Random(1)
    payloads = [
        randomness.randbytes(randomness.choice([0, 1, 125, 126, 300, 4000])) for _ in range(60)
    ]
    stream = b"".join(frame(2, payload) for payload in payloads)
    cuts = list(range(0, len(stream) + 400, chunk))
    messages, *_ = await play(DirectConnection, stream, cuts)
    assert messages == payloads


async def flooded(stream: bytes, *, reads: bool = True) -> tuple[bool, int, list[bytes]]:
    """One connection that gets *stream* in one piece.

    Args:
        reads: whether the other side takes what this one writes.

    Returns:
        Whether the connection was dropped, how many bytes it answered, its messages.
    """
    protocol = ClientProtocol(parse_uri("ws://exchange.test/"), max_size=LIMIT)
    connection = DirectConnection(
        protocol, ping_interval=None, close_timeout=1, max_frame_bytes=LIMIT
    )
    wire = Wire(reads=reads)
    connection.connection_made(wire)
    request = protocol.connect()
    protocol.send_request(request)
    connection.send_data()
    sent = len(wire.written)
    accept = accept_key(request.headers["Sec-WebSocket-Key"])
    head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    connection.data_received(f"{head}Sec-WebSocket-Accept: {accept}\r\n\r\n".encode())
    messages: list[bytes] = []
    connection.receive(messages.append)
    connection.data_received(stream)
    answered = len(wire.written) - sent
    connection.connection_lost(None)
    return wire.closed, answered, messages


PING = frame(9, b"x")
PONG = len(PING) + 4
"""Bytes of its answer, which is masked."""


def empty_fragments(count: int) -> bytes:
    return frame(1, b"", fin=False) + frame(0, b"", fin=False) * (count - 1)


async def test_a_message_may_have_so_many_fragments_and_no_more() -> None:
    closed, answered, messages = await flooded(empty_fragments(4096) + frame(0, b"end") + PING)
    assert (closed, answered, messages) == (False, PONG, [b"end"])
    closed, _, messages = await flooded(empty_fragments(4097) + frame(0, b"end"))
    assert (closed, messages) == (True, [])


async def test_nothing_that_follows_a_dropped_connection_is_looked_at() -> None:
    closed, answered, messages = await flooded(
        empty_fragments(4097) + PING * 1000 + frame(0, b"end") + frame(2, b"late")
    )
    assert (closed, answered, messages) == (True, 0, [])


async def test_answers_nobody_reads_do_not_pile_up() -> None:
    ping = frame(9, b"x" * 125)
    closed, answered, _ = await flooded(ping * 20_000, reads=False)
    assert closed
    assert answered < 1_100_000
    closed, answered, _ = await flooded(ping * 20_000)
    assert (closed, answered) == (False, 20_000 * (len(ping) + 4))
