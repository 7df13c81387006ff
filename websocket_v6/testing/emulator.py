"""A local Upbit exchange: a real WebSocket server on the loopback interface.

The module is long because one class is what tests hold: most of it are methods of a few lines that say what
a test may ask and do. What they do is in the modules beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, cast

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from .account import Account
from .auth import TEST_ACCESS_KEY, TEST_SECRET_KEY
from .changes import Changes
from .clock import Clock, SystemClock
from .connection import Behaviour, Connection, ReceivedRequest
from .encoding import Frame, Value
from .exceptions import BadSettingError, PortInUseError, WaitTimeoutError
from .faults import Faults
from .feeds import Feed, SyntheticFeed
from .fields import PRIVATE_TYPES, PUBLIC_TYPES
from .handshake import Door, Socket, kind_of
from .limits import MESSAGES
from .market import MarketPlace
from .publishing import publish_market, publish_template
from .routing import Routing, Stream
from .templates import TEMPLATE_TYPES

__all__ = ["ExchangeEmulator", "FrameObserver", "Peaks"]

_logger = logging.getLogger(__name__)
_server_logger = logging.getLogger(f"{__name__}.server")
# At DEBUG the library writes tokens and account data down, and somebody may test with real keys.
# A filter, not a level: a level of its own would show INFO to people who asked for errors only.
_server_logger.addFilter(lambda record: record.levelno >= logging.INFO)
# The library calls it an error when a client gives up its handshake; here tests do that on purpose.
_server_logger.addFilter(lambda record: record.msg != "opening handshake failed")


FrameObserver = Callable[[Connection, Stream, Frame], None]


@dataclass(frozen=True, slots=True)
class Peaks:
    """The most events any rolling window held.

    ``messages_per_second`` and ``messages_per_minute`` of any one connection,
    ``connects_per_second`` of any one address or key, refused ones included. The exchange allows
    5, 100 and 5.
    """

    messages_per_second: int
    messages_per_minute: int
    connects_per_second: int


class ExchangeEmulator:
    """A local exchange; use it with ``async with``.

    Args:
        port: 0 for any free one.
        feed: where REALTIME frames come from; ``None`` for the synthetic market.
        keys: secret key by access key; ``None`` for the one test pair.
        limits: enforce connect and message limits. They are counted either way.
        idle_timeout: seconds without a byte in either direction after which the TCP connection is
            cut without a close frame. Measured 60; documented 120.
        region: ``kr``, ``sg``, ``id`` or ``th``: language of errors, markets, and whether ``level``
            exists.
        seed: decides every value of the synthetic market.
        rate: trades per second and code of the synthetic market; 0: snapshots only, and what
            ``publish`` sends.
        markets: codes that exist here; ``None`` for the region's default list.
        clock: ``ManualClock()`` for tests that move time by hand.
        snapshot_delay: seconds from a request to its snapshots (the real exchange: about 0.18).
        error_close_delay: seconds from an error frame to the close (the real exchange: about 0.16).

    ``on_frame``, when set, is called with ``(connection, stream, frame)`` for every data frame that
    goes out: what a test compares with what its clients got.
    """

    def __init__(
        self,
        port: int = 0,
        feed: Feed | None = None,
        keys: Mapping[str, str] | None = None,
        limits: bool = True,
        idle_timeout: float = 60.0,
        region: str = "kr",
        seed: int = 0,
        rate: float = 20.0,
        *,
        markets: Iterable[str] | None = None,
        clock: Clock | None = None,
        snapshot_delay: float = 0.0,
        error_close_delay: float = 0.01,
    ) -> None:
        if region not in ("kr", "sg", "id", "th"):
            raise BadSettingError(f"region={region!r}: one of kr, sg, id, th")
        if not idle_timeout > 0:
            raise BadSettingError(f"idle_timeout={idle_timeout}: seconds, more than 0")
        for name, delay in (
            ("snapshot_delay", snapshot_delay),
            ("error_close_delay", error_close_delay),
        ):
            if not delay >= 0:
                raise BadSettingError(f"{name}={delay}: seconds, 0 or more")
        self.port = port
        self.region = region
        self.keys = dict(keys if keys is not None else {TEST_ACCESS_KEY: TEST_SECRET_KEY})
        self.clock: Clock = clock if clock is not None else SystemClock()
        self.feed: Feed = feed if feed is not None else SyntheticFeed(rate)
        self.markets = MarketPlace(region, seed, markets, self.now_ms)
        self.behaviour = Behaviour(
            limits=limits,
            idle_timeout=idle_timeout,
            korean=region == "kr",
            snapshot_delay=snapshot_delay,
            error_close_delay=error_close_delay,
        )
        self._connections: dict[ServerConnection, Connection] = {}
        self._opened: dict[str, int] = {}
        self._requests: list[ReceivedRequest] = []
        self._message_peaks = dict.fromkeys(MESSAGES, 0)
        self._changes = Changes(self.clock)
        self.on_frame: FrameObserver | None = None
        self.routing = Routing(self._changes.tell)
        self.faults = Faults(self)
        self._door = Door(self.keys, self.clock, self.faults, self.now_ms, enforce=limits)
        self._accounts: dict[str, Account] = {}
        self._sockets: weakref.WeakSet[Socket] = weakref.WeakSet()
        self._server: Server | None = None
        self._feed_task: asyncio.Task[None] | None = None

    # Lifetime

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self, port: int | None = None) -> None:
        """Listen, on the former port again or on another one.

        Raises:
            PortInUseError: another program holds the port.
        """
        if self._server is not None:
            return
        try:
            self._server = await serve(
                self._serve_connection,
                "127.0.0.1",
                self.port if port is None else port,
                process_request=self._door.admit,
                process_response=self._door.announce,
                # A factory does; the annotation asks for a class.
                create_connection=cast(type[ServerConnection], self._make_socket),
                open_timeout=None,
                ping_interval=None,
                close_timeout=1.0,
                max_queue=None,
                server_header=None,
                logger=_server_logger,
            )
        except OSError as error:
            refused = isinstance(error, PermissionError)
            raise PortInUseError(self.port if port is None else port, refused=refused) from error
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        self._feed_task = asyncio.get_running_loop().create_task(self.feed.run(self))
        self._feed_task.add_done_callback(_report_failure)

    async def stop(self) -> None:
        """Stop listening and cut every connection, as a crash would. ``start()`` listens again."""
        server, self._server = self._server, None
        feed, self._feed_task = self._feed_task, None
        if server is None or feed is None:
            return
        server.close(close_connections=False)
        self.faults.release_handshakes()
        for socket in tuple(self._sockets):
            socket.transport.abort()
        await server.wait_closed()
        feed.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await feed

    def _make_socket(self, *args: Any, **kwargs: Any) -> Socket:
        socket = Socket(*args, **kwargs)
        self._sockets.add(socket)
        return socket

    @property
    def listening(self) -> bool:
        """False before ``start()`` and after ``stop()``."""
        return self._server is not None

    @property
    def url(self) -> str:
        """The public endpoint."""
        return f"ws://127.0.0.1:{self.port}/websocket/v1"

    @property
    def private_url(self) -> str:
        """The private endpoint."""
        return f"{self.url}/private"

    # Connections

    async def _serve_connection(self, socket: ServerConnection) -> None:
        assert socket.request is not None  # noqa: S101 - the handshake is over
        kind = kind_of(socket.request)
        assert kind is not None  # noqa: S101 - or the handshake would have refused it
        self._opened[kind] = self._opened.get(kind, 0) + 1
        connection = Connection(
            socket,
            kind,
            socket.access_key if isinstance(socket, Socket) else None,
            sum(self._opened.values()),
            behaviour=self.behaviour,
            clock=self.clock,
            routing=self.routing,
            source=self,
            received=self._record,
            forced_rejection=self.faults.rejection_for,
            sent=self._sent,
        )
        self._connections[socket] = connection
        if isinstance(socket, Socket):
            socket.touched = connection.touch
        self._changes.tell()
        try:
            async for message in socket:
                connection.handle(message)
        except ConnectionClosed:
            pass  # every way a connection can end is one the emulator provokes
        finally:
            connection.lost()
            del self._connections[socket]
            self._changes.tell()

    def _sent(self, connection: Connection, stream: Stream, frame: Frame) -> None:
        if self.on_frame is not None:
            self.on_frame(connection, stream, frame)

    def _record(self, request: ReceivedRequest) -> None:
        self._requests.append(request)
        for limit, peak in request.connection.messages.peaks.items():
            self._message_peaks[limit] = max(self._message_peaks[limit], peak)
        self._changes.tell()

    # What a test looks at

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Open connections, oldest first."""
        return tuple(c for c in self._connections.values() if c.open)

    def opened(self, kind: str) -> int:
        """Sockets of a kind accepted since the start."""
        return self._opened.get(kind, 0)

    @property
    def sent_requests(self) -> tuple[ReceivedRequest, ...]:
        """Every message clients sent, in order."""
        return tuple(self._requests)

    def requests(self, kind: str) -> tuple[ReceivedRequest, ...]:
        """The messages of one kind: ``subscribe``, ``list``, ``ping`` or ``invalid``."""
        return tuple(request for request in self._requests if request.kind == kind)

    def clear_requests(self) -> None:
        """Forget the recorded requests; a run of hours would keep them all."""
        self._requests.clear()

    def held(self, kind: str) -> set[tuple[str, str]]:
        """Every (type, code) that open connections of a kind hold."""
        return {
            topic
            for connection in self.connections
            if connection.kind == kind
            for topic in connection.subscriptions
        }

    @property
    def peaks(self) -> Peaks:
        """The fullest rolling windows so far, counted whether or not limits are enforced."""
        per_second, per_minute = (self._message_peaks[limit] for limit in MESSAGES)
        return Peaks(per_second, per_minute, self._door.fullest_second)

    async def wait_subscribed(self, data_type: str, code: str = "*", timeout: float = 5.0) -> None:
        """Wait until somebody holds the topic.

        Raises:
            WaitTimeoutError: after *timeout* seconds.
        """
        await self._until(lambda: self._holds(data_type, code), f"{data_type} {code} held", timeout)

    async def wait_unsubscribed(
        self, data_type: str, code: str = "*", timeout: float = 5.0
    ) -> None:
        """Wait until nobody holds the topic.

        Raises:
            WaitTimeoutError: after *timeout* seconds.
        """
        await self._until(
            lambda: not self._holds(data_type, code), f"{data_type} {code} not held", timeout
        )

    async def wait_connections(self, kind: str, count: int, timeout: float = 5.0) -> None:
        """Wait until exactly *count* connections of a kind are open.

        Raises:
            WaitTimeoutError: after *timeout* seconds.
        """
        await self._until(
            lambda: sum(c.kind == kind for c in self.connections) == count,
            f"{count} {kind} connections",
            timeout,
        )

    def _holds(self, data_type: str, code: str) -> bool:
        return any((data_type, code) in c.subscriptions for c in self.connections)

    async def _until(self, condition: Callable[[], bool], what: str, timeout: float) -> None:
        if not await self._changes.until(condition, timeout):
            raise WaitTimeoutError(
                f"not within {timeout:g} s: {what}; open connections: "
                f"{[(c, sorted(c.subscriptions), sorted(c.ignored)) for c in self.connections]}"
            )

    # What a feed looks at

    def now_ms(self) -> int:
        """Unix milliseconds of the exchange's clock, jumps included."""
        return int((self.clock.wall() + self.faults.clock_offset) * 1000)

    @property
    def version(self) -> int:
        """Grows with every change of what is held."""
        return self.routing.version

    def streams(self) -> list[Stream]:
        """Streams that somebody holds, private ones included."""
        return self.routing.streams()

    def broadcast(self, stream: Stream, frame: Frame) -> int:
        """Send one REALTIME frame to everybody who holds the stream; how many got it."""
        return self.routing.broadcast(stream, frame)

    async def changed(self, timeout: float | None = None) -> None:
        """Wait for a change of connections, subscriptions or requests, or for *timeout* seconds."""
        await self._changes.wait(timeout)

    async def drained(self) -> None:
        """Wait until every client has taken most of what it was sent."""
        for connection in self.connections:
            if not connection.muted:
                await connection.drain()
        await asyncio.sleep(0)

    # Where a subscription's first frame comes from

    def serves(self, stream: Stream) -> bool:
        """Whether a request for this stream gets anything but silence."""
        if stream.data_type in PRIVATE_TYPES:
            return True
        if stream.data_type in TEMPLATE_TYPES:
            return stream.code.startswith("KRW-") and stream.code in self.markets.codes
        return self.feed.serves(self, stream)

    def snapshot(self, stream: Stream) -> Frame | None:
        """The SNAPSHOT frame of a stream as of now."""
        return self.feed.snapshot(self, stream)

    # What a test sends

    async def publish(self, data_type: str, code: str = "*", **values: Value) -> int:
        """Send one REALTIME frame now to everybody who holds (type, code).

        The frame is complete; *values* (long keys) replace or add to what the market gives. A
        ``Decimal`` is spelled as the exchange would, ``Number("1.5E8")`` goes out verbatim. Totals
        of given ``orderbook_units`` are summed unless given. Later snapshots show this frame.
        Private types reach every account; for consistent ones use ``account()``.

        Returns:
            How many connections it was sent to.
        """
        if data_type in PUBLIC_TYPES:
            sent = publish_market(self, data_type, code, values)
        elif data_type in TEMPLATE_TYPES:
            sent = publish_template(self, data_type, code, values)
        else:
            known = ", ".join(sorted(PUBLIC_TYPES | TEMPLATE_TYPES))
            raise BadSettingError(f"{data_type!r}: one of {known}")
        for connection in self.connections:
            connection.flush()
        await asyncio.sleep(0)
        return sent

    def account(self, access_key: str | None = None) -> Account:
        """The scripted account of an access key; ``None``: of the first key.

        Raises:
            BadSettingError: the key is not one of ``keys``.
        """
        if access_key is None:
            access_key = next(iter(self.keys), None)
        if access_key is None or access_key not in self.keys:
            raise BadSettingError("no such access key; give it to ExchangeEmulator(keys={...})")
        account = self._accounts.get(access_key)
        if account is None:
            account = self._accounts[access_key] = Account(
                access_key, functools.partial(self._deliver, access_key), self.now_ms
            )
        return account

    def _deliver(self, access_key: str, data_type: str, code: str, frame: Frame) -> None:
        for subscription in self.routing.holders_of(data_type, code):
            if subscription.live and subscription.connection.access_key == access_key:
                subscription.send(frame)

    async def publish_raw(self, payload: bytes | str, kind: str = "public") -> int:
        """Send exactly these bytes, as one message, to every connection of a kind.

        ``str`` goes out as a TEXT message, ``bytes`` as BINARY.

        Returns:
            How many connections it was sent to.
        """
        data, opcode = (payload.encode(), 1) if isinstance(payload, str) else (payload, 2)
        targets = [c for c in self.connections if c.kind == kind]
        for connection in targets:
            connection.push_bytes(data, opcode)
            connection.flush()
        await asyncio.sleep(0)
        return len(targets)


def _report_failure(feed: asyncio.Task[None]) -> None:
    # stop() raises it again; until then a test would only see silence.
    if not feed.cancelled() and feed.exception() is not None:
        _logger.error("feed_failed", exc_info=feed.exception())
