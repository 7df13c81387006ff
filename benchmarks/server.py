"""The exchange's side of a measurement: pre-encoded frames over a plain socket, in its own process.

It speaks just enough of the WebSocket protocol and of the exchange's grammar to be talked to by any
client: handshake, subscription (whole replacement, SNAPSHOT first), LIST_SUBSCRIPTIONS, PING, close.
It prints one JSON line when it listens, and one with what it counted when its standard input ends.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import ssl
import sys
import time
from collections.abc import Iterator

from .frames import SEQUENTIAL_ID, Template, shortened, template

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
CHUNK = 1 << 16


def encode(payload: bytes, opcode: int = BINARY) -> bytes:
    """One unmasked, unfragmented frame."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 1 << 16:
        return bytes((0x80 | opcode, 126)) + size.to_bytes(2) + payload
    return bytes((0x80 | opcode, 127)) + size.to_bytes(8) + payload


def decode(buffer: bytearray) -> Iterator[tuple[int, bytes]]:
    """Take the complete (masked) client frames out of *buffer*."""
    while len(buffer) >= 2:
        opcode, size, at = buffer[0] & 0x0F, buffer[1] & 0x7F, 2
        if size == 126:
            size, at = int.from_bytes(buffer[2:4]), 4
        elif size == 127:
            size, at = int.from_bytes(buffer[2:10]), 10
        mask = 4 if buffer[1] & 0x80 else 0
        if len(buffer) < at + mask + size:
            return
        key, payload = buffer[at : at + mask], bytes(buffer[at + mask : at + mask + size])
        if mask:
            payload = bytes(byte ^ key[i & 3] for i, byte in enumerate(payload))
        del buffer[: at + mask + size]
        yield opcode, payload


class Exchange:
    """What all connections share: the plan from the command line and the counts."""

    def __init__(self, plan: argparse.Namespace) -> None:
        self.plan = plan
        self.counts = {"sockets": 0, "subscribe": 0, "list": 0, "ping": 0, "frames": 0}
        self.templates: dict[tuple[str, str], Template] = {}

    def template(self, kind: str, code: str) -> Template:
        key = (kind, code.partition(".")[0])
        if key not in self.templates:
            self.templates[key] = template(*key)
        return self.templates[key]


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.buffer = bytearray()
        self.open = False
        self.held: list[Template] = []
        self.asked: list[dict[str, object]] = []
        self.seen: set[tuple[str, str]] = set()
        self.sender: asyncio.Task[None] | None = None
        self.writable = asyncio.Event()
        self.writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.exchange.counts["sockets"] += 1

    def connection_lost(self, error: Exception | None) -> None:
        if self.sender is not None:
            self.sender.cancel()

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.open:
            head, found, rest = bytes(self.buffer).partition(b"\r\n\r\n")
            if not found:
                return
            self.buffer[:] = rest
            self.open = True
            self.transport.write(handshake(head))
        for opcode, payload in decode(self.buffer):
            self.take(opcode, payload)

    def take(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self.transport.write(encode(payload, PONG))
        elif opcode == CLOSE:
            self.transport.write(encode(payload, CLOSE))
            self.transport.close()
        elif payload == b"PING":
            self.exchange.counts["ping"] += 1
            self.transport.write(encode(b'{"status":"UP"}'))
        elif opcode in (TEXT, BINARY):
            self.request(json.loads(payload))

    def request(self, parts: list[dict[str, object]]) -> None:
        ticket = next(part["ticket"] for part in parts if "ticket" in part)
        if any(part.get("method") == "LIST_SUBSCRIPTIONS" for part in parts):
            self.exchange.counts["list"] += 1
            reply = {"method": "LIST_SUBSCRIPTIONS", "result": self.asked, "ticket": ticket}
            self.transport.write(encode(json.dumps(reply).encode()))
            return
        self.exchange.counts["subscribe"] += 1
        types = [part for part in parts if "type" in part]
        self.asked = [{key: part[key] for key in ("type", "codes", "level") if key in part}
                      for part in types]  # fmt: skip
        self.held = []
        short = any(part.get("format") == "SIMPLE" for part in parts)
        for part in types:
            kind = str(part["type"])
            for code in part["codes"]:  # type: ignore[attr-defined]
                made = self.exchange.template(kind, code)
                made = shortened(made) if short else made
                self.held.append(made)
                if not part.get("is_only_realtime") and not part.get("isOnlyRealtime"):
                    self.transport.write(encode(made.snapshot))
        if self.sender is None and not self.exchange.plan.quiet:
            self.sender = asyncio.get_running_loop().create_task(self.send())

    async def send(self) -> None:
        plan = self.exchange.plan
        await asyncio.sleep(plan.delay)
        if plan.rate:
            await self.paced(plan.rate)
        else:
            await self.flood(plan.count)

    async def flood(self, count: int) -> None:
        """*count* frames as fast as the client reads them, in pieces of about 64 KiB."""
        number, piece = SEQUENTIAL_ID, bytearray()
        for at in range(count):
            number += 1
            piece += encode(self.held[at % len(self.held)].fill(number))
            if len(piece) >= CHUNK:
                self.transport.write(bytes(piece))
                piece.clear()
                await self.writable.wait()
        self.transport.write(bytes(piece))
        self.exchange.counts["frames"] += count

    async def paced(self, rates: dict[str, float]) -> None:
        """Frames of each kind at its rate per second over all codes, stamped with the send time."""
        start, sent = time.monotonic(), dict.fromkeys(rates, 0)
        held: list[Template] = []
        by_kind: dict[str, list[Template]] = {}
        while not self.transport.is_closing():
            now = time.monotonic() - start
            if held is not self.held:
                held = self.held
                by_kind = {kind: [made for made in held if made.kind == kind] for kind in rates}
            for kind, rate in rates.items():
                mine = by_kind[kind]
                while mine and sent[kind] < now * rate:
                    frame = mine[sent[kind] % len(mine)].fill(time.monotonic_ns())
                    self.transport.write(encode(frame))
                    sent[kind] += 1
                    self.exchange.counts["frames"] += 1
            # A hundred connections that look twice in a millisecond would be the load themselves.
            due = min((sent[kind] / rate for kind, rate in rates.items()), default=0.0)
            await asyncio.sleep(min(0.05, max(0.0005, start + due - time.monotonic())))


def handshake(head: bytes) -> bytes:
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    key = next(value for name, value in fields.items() if name.lower() == b"sec-websocket-key")
    accept = base64.b64encode(hashlib.sha1(key.strip() + GUID).digest())  # noqa: S324 - RFC 6455
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def rates(text: str) -> dict[str, float]:
    """`ticker=50,trade=10` -> frames per second of each kind."""
    return {kind: float(rate) for kind, rate in (part.split("=") for part in text.split(","))}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--count", type=int, default=0, help="frames to send at full speed")
    parser.add_argument("--rate", type=rates, default=None, help="paced instead: KIND=N[,KIND=N]")
    parser.add_argument("--delay", type=float, default=0.2, help="seconds between request and load")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"), help="serve wss://")
    parser.add_argument("--quiet", action="store_true", help="snapshots only")
    parser.add_argument("--lifetime", type=float, default=900, help="seconds until it ends anyway")
    return parser.parse_args()


async def serve(exchange: Exchange) -> None:
    loop = asyncio.get_running_loop()
    secure = None
    if exchange.plan.tls:
        secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secure.load_cert_chain(*exchange.plan.tls)
    server = await loop.create_server(
        lambda: Connection(exchange), "127.0.0.1", exchange.plan.port, ssl=secure, backlog=200
    )
    port = server.sockets[0].getsockname()[1]
    scheme = "ws" if secure is None else "wss"
    ready = {"url": f"{scheme}://127.0.0.1:{port}/websocket/v1", "listening": time.monotonic_ns()}
    print(json.dumps(ready), flush=True)
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    await asyncio.wait([ended], timeout=exchange.plan.lifetime)
    print(json.dumps(exchange.counts), flush=True)


def main() -> None:
    exchange = Exchange(arguments())
    asyncio.run(serve(exchange))


if __name__ == "__main__":
    main()
