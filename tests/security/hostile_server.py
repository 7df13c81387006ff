"""Servers on the loopback address that do what no exchange does, in raw bytes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
import json
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Protocol

__all__ = ["ATTACKS", "HostileServer", "frame", "hostile_server", "shake_hands"]


class Writer(Protocol):
    """What the attacks need of a stream."""

    def write(self, data: bytes) -> None: ...

    async def drain(self) -> None: ...


Attack = Callable[[asyncio.StreamReader, Writer], Awaitable[None]]
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CHUNK = 64 * 1024


def frame(payload: bytes, opcode: int = 2, *, fin: bool = True, rsv1: bool = False) -> bytes:
    """One unmasked WebSocket frame."""
    first = (0x80 if fin else 0) | (0x40 if rsv1 else 0) | opcode
    if len(payload) < 126:
        return bytes([first, len(payload)]) + payload
    if len(payload) < 1 << 16:
        return bytes([first, 126]) + len(payload).to_bytes(2) + payload
    return bytes([first, 127]) + len(payload).to_bytes(8) + payload


async def _send(writer: Writer, data: bytes) -> None:
    for start in range(0, len(data), _CHUNK):
        writer.write(data[start : start + _CHUNK])
        await writer.drain()


async def shake_hands(reader: asyncio.StreamReader, writer: Writer, extra: str = "") -> None:
    request = await reader.readuntil(b"\r\n\r\n")
    key = next(
        line.split(b":", 1)[1].strip()
        for line in request.split(b"\r\n")
        if line.lower().startswith(b"sec-websocket-key")
    )
    accept = base64.b64encode(hashlib.sha1(key + _GUID).digest()).decode()  # noqa: S324 RFC 6455
    head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    await _send(writer, f"{head}Sec-WebSocket-Accept: {accept}\r\n{extra}\r\n".encode())


async def gigabyte_frame(reader: asyncio.StreamReader, writer: Writer) -> None:
    """One frame of a gigabyte is announced and sent."""
    await shake_hands(reader, writer)
    writer.write(bytes([0x82, 127]) + (1 << 30).to_bytes(8))
    for _ in range((1 << 30) // _CHUNK):
        await _send(writer, b"x" * _CHUNK)


async def deep_nesting(reader: asyncio.StreamReader, writer: Writer) -> None:
    """A million brackets, some of them where a frame has a value."""
    await shake_hands(reader, writer)
    nests = [b"[" * depth + b"]" * depth for depth in (900, 1_000_000)]
    for nest in nests:
        for payload in (nest, b'{"type":"ticker","code":"KRW-BTC","x":' + nest + b"}"):
            await _send(writer, frame(payload))
    for nest in reversed(nests):  # the last one is an error frame, after which the client closes
        await _send(writer, frame(b'{"error":{"name":' + nest + b',"message":"m"}}'))
    await reader.read()


async def key_flood(reader: asyncio.StreamReader, writer: Writer) -> None:
    """Keys, types and codes that never come twice."""
    await shake_hands(reader, writer)
    for number in itertools.count():
        keys = {f"key{number}-{n}": n for n in range(50)}
        for about in (
            {"type": "ticker", "code": "KRW-BTC"},
            {"type": f"type{number}", "code": "KRW-BTC"},
            {"type": f"candle.{number}", "code": f"KRW-{number}"},
            {"type": "ticker", "code": f"KRW-{number}"},
        ):
            await _send(writer, frame(json.dumps(about | keys).encode()))


async def endless_fragments(reader: asyncio.StreamReader, writer: Writer) -> None:
    """A message whose last fragment never comes."""
    await shake_hands(reader, writer)
    await _send(writer, frame(b"[", 1, fin=False))
    while True:
        await _send(writer, frame(b"1,", 0, fin=False) * 1000)


async def empty_fragments(reader: asyncio.StreamReader, writer: Writer) -> None:
    """The same, and nothing in them that a size limit could count."""
    await shake_hands(reader, writer)
    await _send(writer, frame(b"", 1, fin=False))
    while True:
        await _send(writer, frame(b"", 0, fin=False) * 1000)


async def compressed_bomb(reader: asyncio.StreamReader, writer: Writer) -> None:
    """A quarter of a megabyte that unpacks to a quarter of a gigabyte."""
    bomb = _bomb()
    await shake_hands(reader, writer, "Sec-WebSocket-Extensions: permessage-deflate\r\n")
    await _send(writer, frame(bomb, rsv1=True))
    await reader.read()


@cache
def _bomb() -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(squeeze.compress(b"0" * (1 << 20)) for _ in range(256))
    return packed + squeeze.flush(zlib.Z_SYNC_FLUSH)[:-4]


async def slow_handshake(reader: asyncio.StreamReader, writer: Writer) -> None:
    """One byte of the answer at a time, for ever."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nX: ")
    while True:
        await _send(writer, b"y")
        await asyncio.sleep(0.01)


async def endless_headers(reader: asyncio.StreamReader, writer: Writer) -> None:
    """Headers without end."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\n")
    for number in itertools.count():
        await _send(writer, b"X-%d: %s\r\n" % (number, b"y" * 1000))


async def endless_header_line(reader: asyncio.StreamReader, writer: Writer) -> None:
    """One header without end."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nX: ")
    while True:
        await _send(writer, b"y" * _CHUNK)


async def endless_body(reader: asyncio.StreamReader, writer: Writer) -> None:
    """A refusal whose explanation never ends."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 1073741824\r\n\r\n")
    while True:
        await _send(writer, b"9" * _CHUNK)


async def huge_ping(reader: asyncio.StreamReader, writer: Writer) -> None:
    """A control frame beyond the 125 bytes of RFC 6455, section 5.5."""
    await shake_hands(reader, writer)
    while True:
        await _send(writer, frame(b"p" * _CHUNK * 16, 9))


async def ping_flood(reader: asyncio.StreamReader, writer: Writer) -> None:
    """Pings nobody reads the answers of."""
    await shake_hands(reader, writer)
    while True:
        await _send(writer, frame(b"p" * 125, 9) * 100)


async def bad_close_reason(reader: asyncio.StreamReader, writer: Writer) -> None:
    """A close frame whose reason is no UTF-8."""
    await shake_hands(reader, writer)
    await _send(writer, frame((1000).to_bytes(2) + b"\xff\xfe", 8))
    await reader.read()


async def masked_and_reserved(reader: asyncio.StreamReader, writer: Writer) -> None:
    """Frames a server may not send, and opcodes that do not exist."""
    await shake_hands(reader, writer)
    await _send(writer, b"\x82\x85mask\x00\x00\x00\x00\x00" + frame(b"x", 3) + frame(b"x", 11))
    await reader.read()


ATTACKS: dict[str, Attack] = {
    attack.__name__: attack
    for attack in (
        gigabyte_frame,
        deep_nesting,
        key_flood,
        endless_fragments,
        empty_fragments,
        compressed_bomb,
        slow_handshake,
        endless_headers,
        endless_header_line,
        endless_body,
        huge_ping,
        ping_flood,
        bad_close_reason,
        masked_and_reserved,
    )
}


@dataclass
class HostileServer:
    """What a server did so far.

    Attributes:
        connections: sockets that were accepted.
        sent: bytes that were given to them, and taken.
    """

    port: int = 0
    connections: int = 0
    sent: int = 0


class _CountingWriter:
    def __init__(self, writer: asyncio.StreamWriter, server: HostileServer) -> None:
        self._writer = writer
        self._server = server
        self._pending = 0

    def write(self, data: bytes) -> None:
        self._writer.write(data)
        self._pending += len(data)

    async def drain(self) -> None:
        await self._writer.drain()
        self._server.sent += self._pending
        self._pending = 0


@asynccontextmanager
async def hostile_server(attack: Attack) -> AsyncIterator[HostileServer]:
    """Run *attack* on each connection."""
    report = HostileServer()
    tasks: set[asyncio.Task[None]] = set()
    if attack is compressed_bomb:
        _bomb()  # takes its time

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        report.connections += 1
        try:
            await attack(reader, _CountingWriter(writer, report))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the victim had enough
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        report.port = server.sockets[0].getsockname()[1]
        yield report
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
