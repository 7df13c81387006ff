"""One client's connection, as the exchange sees it."""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from .clock import Clock, Timer
from .encoding import Frame, list_reply, wire_frame
from .grammar import (
    ListRequest,
    Options,
    Ping,
    RejectionError,
    Subscribe,
    error_payload,
    parse,
    rejection_text,
)
from .limits import MESSAGES, RollingCounter
from .routing import Routing, Stream, Subscription

__all__ = ["Behaviour", "Connection", "ReceivedRequest", "RequestKind"]

RequestKind = Literal["subscribe", "list", "ping", "invalid"]
_UP = b'{"status":"UP"}'
_LINGER_ZERO = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the exchange behaves towards every connection. Times in seconds."""

    limits: bool = True
    idle_timeout: float = 60.0
    korean: bool = True
    snapshot_delay: float = 0.0
    error_close_delay: float = 0.01
    heartbeat_period: float = 10.0
    max_backlog: int = 64 * 2**20


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """One message a client sent.

    ``at`` is seconds on the emulator's monotonic clock; ``kind`` is ``subscribe``, ``list``,
    ``ping`` or, for what was answered by an error frame, ``invalid``.
    """

    connection: Connection
    at: float
    text: str
    kind: RequestKind


class SnapshotSource(Protocol):
    """Where a subscription's first frame comes from."""

    def serves(self, stream: Stream) -> bool: ...

    def snapshot(self, stream: Stream) -> Frame | None: ...


class Connection:
    """A client's open connection.

    Args:
        socket_: the library's connection, past its handshake.
        kind: ``public``, ``private`` or ``info``.
        access_key: whose token opened it; ``None`` without one.
        number: counts accepted sockets from 1.
    """

    def __init__(
        self,
        socket_: ServerConnection,
        kind: str,
        access_key: str | None,
        number: int,
        *,
        behaviour: Behaviour,
        clock: Clock,
        routing: Routing,
        source: SnapshotSource,
        received: Callable[[ReceivedRequest], None],
        forced_rejection: Callable[[str], str | None],
        sent: Callable[[Connection, Stream, Frame], None],
    ) -> None:
        self.kind = kind
        self.access_key = access_key
        self.number = number
        self.wire_format = "DEFAULT"
        self.frames_sent = 0
        self.messages = RollingCounter(MESSAGES)
        self.muted = False
        self._socket = socket_
        self._behaviour = behaviour
        self._clock = clock
        self._routing = routing
        self._source = source
        self._received = received
        self._forced_rejection = forced_rejection
        self._sent = sent
        self._held: dict[tuple[str, str], Subscription] = {}
        self._ignored: dict[tuple[str, str], Options] = {}
        self._outbox: list[bytes] = []
        self._flushing = False
        self._closing = False
        self._last_activity = clock.now()
        self._heartbeat: Timer | None = None
        self._timers: set[Timer] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle = clock.call_later(behaviour.idle_timeout, self._check_idle)

    def __repr__(self) -> str:
        return f"<Connection {self.number} {self.kind}, {len(self._held)} topics>"

    # What tests look at

    @property
    def subscriptions(self) -> Mapping[tuple[str, str], Options]:
        """What this connection is served, by (type, code); ``*`` where a type needs no code."""
        return {topic: subscription.options for topic, subscription in self._held.items()}

    @property
    def ignored(self) -> Mapping[tuple[str, str], Options]:
        """What was asked for and is met with silence: unknown codes, unsupported levels."""
        return dict(self._ignored)

    @property
    def open(self) -> bool:
        return self._socket.protocol.state is State.OPEN and not self._closing

    @property
    def backlog(self) -> int:
        """Bytes accepted for sending that the client has not taken yet."""
        return self._socket.transport.get_write_buffer_size() + sum(map(len, self._outbox))

    # Sending

    def send(self, stream: Stream, frame: Frame, units: int) -> None:
        """Queue one data frame in this connection's format."""
        if self.push(*frame.form(self.wire_format, units)):
            self._count(stream, frame)

    def _count(self, stream: Stream, frame: Frame) -> None:
        self.frames_sent += 1
        self._sent(self, stream, frame)

    def push(self, payload: bytes, wire: bytes) -> bool:
        """Queue one BINARY message, given both ways. False: it is lost.

        Args:
            payload: the message body, for connections that compress.
            wire: the complete frame around it, for all others.
        """
        protocol = self._socket.protocol
        if protocol.extensions and self.open and not self.muted:
            protocol.send_binary(payload)
            wire = b"".join(protocol.data_to_send())
        return self.push_wire(wire)

    def push_wire(self, wire: bytes) -> bool:
        """Queue these bytes as they are; those of one loop turn leave in one write."""
        if self.muted or self._closing or self._socket.protocol.state is not State.OPEN:
            return False
        self._outbox.append(wire)
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self.flush)
        return True

    def push_bytes(self, payload: bytes, opcode: int = 2) -> bool:
        """Queue one message of any content, uncompressed."""
        return self.push_wire(wire_frame(payload, opcode))

    def flush(self) -> None:
        """Hand everything queued to the transport."""
        self._flushing = False
        if not self._outbox:
            return
        data, self._outbox = b"".join(self._outbox), []
        transport = self._socket.transport
        if transport.is_closing() or self._socket.protocol.eof_sent:
            return
        transport.write(data)
        self._last_activity = self._clock.now()
        if transport.get_write_buffer_size() > self._behaviour.max_backlog:
            transport.abort()

    async def drain(self) -> None:
        """Wait until the client has taken most of what was sent; at once when it has gone."""
        self.flush()
        try:
            await self._socket.drain()
        except OSError:
            return

    # Receiving

    def touch(self) -> None:
        """Something arrived, a ping or pong included."""
        self._last_activity = self._clock.now()

    def handle(self, message: str | bytes) -> None:
        """Answer one client message."""
        if self._closing or self.muted:
            return
        text = message if isinstance(message, str) else message.decode(errors="replace")
        within = self.messages.add(self._clock.now())
        kind: RequestKind = "invalid"
        try:
            name = self._forced_rejection(self.kind)
            if self._behaviour.limits and not within:
                name = "TOO_MANY_REQUEST"
            if name is not None:
                raise RejectionError(name, rejection_text(name, self._behaviour.korean))
            request = parse(message, kind=self.kind, korean=self._behaviour.korean)
            kind = self._obey(request)
        except RejectionError as rejection:
            self._reject(rejection)
        self._received(ReceivedRequest(self, self._clock.now(), text, kind))

    def _obey(self, request: Ping | ListRequest | Subscribe) -> RequestKind:
        match request:
            case Ping():
                if self._heartbeat is None:
                    self._heartbeat = self._clock.call_later(self._until_heartbeat(), self._beat)
                return "ping"
            case ListRequest(ticket, wire_format):
                # A format named here changes the running streams too.
                self.wire_format = wire_format or self.wire_format
                self.push_bytes(list_reply(self._listed(), ticket, self.wire_format))
                return "list"
            case Subscribe():
                self._replace(request)
                return "subscribe"

    def _reject(self, rejection: RejectionError) -> None:
        self.push_bytes(error_payload(rejection))
        self.flush()
        self._drop_subscriptions()
        self._closing = True
        self._later(self._behaviour.error_close_delay, self.begin_close)

    # Subscriptions

    def _replace(self, request: Subscribe) -> None:
        before = self._held
        self.wire_format = request.wire_format
        self._held, self._ignored = {}, {}
        owed: list[Subscription] = []
        for (data_type, code), options in request.topics.items():
            stream = Stream(data_type, code, options.level)
            subscription = Subscription(self, stream, options)
            if not self._source.serves(stream):
                self._ignored[data_type, code] = options
                continue
            self._held[data_type, code] = subscription
            former = before.get((data_type, code))
            streaming = former is not None and former.live and former.stream == stream
            wants_snapshot = not options.is_only_realtime and self.kind == "public"
            if wants_snapshot:
                subscription.owed = True
                owed.append(subscription)
            subscription.live = not options.is_only_snapshot and (streaming or not wants_snapshot)
        self._routing.replace(list(before.values()), list(self._held.values()))
        if owed and self._behaviour.snapshot_delay <= 0:
            self._send_snapshots(owed)
        elif owed:
            self._later(self._behaviour.snapshot_delay, lambda: self._send_snapshots(owed))

    def _send_snapshots(self, owed: list[Subscription]) -> None:
        due = [
            subscription
            for subscription in owed
            if self._held.get(subscription.stream[:2]) is subscription
            and subscription.stream[:2] not in self._routing.stalled
        ]
        # The LIST formats bring the snapshots of one type in one array.
        batched = self.wire_format.endswith("LIST")
        for _, group in itertools.groupby(due, lambda each: each.stream[0] if batched else each):
            self.pay(*group)

    def pay(self, *subscriptions: Subscription) -> None:
        """Send the SNAPSHOT these subscriptions are owed, in one message; REALTIME may follow."""
        shown: list[tuple[Stream, Frame, bytes]] = []
        for subscription in subscriptions:
            subscription.owed = False
            subscription.live = not subscription.options.is_only_snapshot
            frame = self._source.snapshot(subscription.stream)
            if frame is not None:
                body, _ = frame.form(self.wire_format, subscription.options.units)
                shown.append((subscription.stream, frame, body))
        if not shown:
            return
        payload = shown[0][2]
        if len(shown) > 1:
            payload = b"[" + b",".join(body[1:-1] for _, _, body in shown) + b"]"
        if self.push(payload, wire_frame(payload)):
            for stream, frame, _ in shown:
                self._count(stream, frame)

    def _listed(self) -> list[dict[str, object]]:
        groups: dict[tuple[str, Decimal | None], list[str]] = {}
        for (data_type, _), subscription in self._held.items():
            options = subscription.options
            level = options.level if data_type == "orderbook" else None
            groups.setdefault((data_type, level), []).append(options.asked)
        result: list[dict[str, object]] = []
        for (data_type, level), codes in groups.items():
            item: dict[str, object] = {"type": data_type}
            if codes != [""]:
                item["codes"] = codes
            if level is not None and self._behaviour.korean:
                item["level"] = level
            result.append(item)
        return result

    def forget(self, data_type: str, code: str) -> bool:
        """Lose one topic in silence, as if it had never been asked for."""
        subscription = self._held.pop((data_type, code), None)
        if subscription is None:
            return False
        self._routing.replace([subscription], [])
        return True

    def _drop_subscriptions(self) -> None:
        held, self._held = self._held, {}
        self._routing.replace(list(held.values()), [])

    # Time

    def _until_heartbeat(self) -> float:
        # The cycle runs on the server's own clock, so the first answer is up to one period away.
        period = self._behaviour.heartbeat_period
        return period - self._clock.now() % period

    def _beat(self) -> None:
        self.push_bytes(_UP)
        self._heartbeat = self._clock.call_later(self._behaviour.heartbeat_period, self._beat)

    def _check_idle(self) -> None:
        left = self._last_activity + self._behaviour.idle_timeout - self._clock.now()
        if left > 0:
            self._idle = self._clock.call_later(left, self._check_idle)
        else:
            self.cut()

    def _later(self, delay: float, callback: Callable[[], object]) -> None:
        def fire() -> None:
            self._timers.discard(timer)
            callback()

        timer = self._clock.call_later(delay, fire)
        self._timers.add(timer)

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Endings

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close with a close frame and wait for the end of the connection."""
        self.flush()
        self._closing = True
        await self._socket.close(code, reason)

    def begin_close(self, code: int = 1000, reason: str = "") -> None:
        """``close`` without waiting for its end."""
        self._start(self.close(code, reason))

    def cut(self) -> None:
        """End the TCP connection without a close frame; the client sees 1006."""
        self._closing = True
        self._socket.transport.abort()

    def reset(self) -> None:
        """End the TCP connection with a reset; what was in flight is lost."""
        raw: socket.socket | None = self._socket.transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self.cut()

    def go_silent(self) -> None:
        """Stay connected and never answer again, not even to a ping."""
        self.muted = True
        self._socket.transport.pause_reading()

    def lost(self) -> None:
        """The connection has ended; forget everything about it."""
        self._closing = True
        for timer in (self._idle, self._heartbeat, *self._timers):
            if timer is not None:
                timer.cancel()
        self._drop_subscriptions()
