"""One WebSocket: the only module of the runtime that knows the ``websockets`` library.

Data frames bypass the library's queue (module ``framing``). Handshake, control frames, limits and closing
stay the library's.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from time import monotonic, time
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI, WebSocketException
from websockets.http11 import Response
from websockets.protocol import State

from ..config import Config
from ..credentials import KEY_PROBLEMS, explain_refusal
from ..endpoints import is_loopback
from ..protocol.imposed_waits import date, told_wait
from .closed_loops import close_socket
from .dialing import dial
from .framing import DirectConnection, Receiver
from .private_logger import private_logger

__all__ = [
    "ConnectWithoutRedirects",
    "HandshakeRefused",
    "Sockets",
    "Transport",
    "TransportFailed",
    "open_transport",
    "refusal_of",
]

logger = logging.getLogger(__name__)

_CLOSE_TIMEOUT: Final = 1.0
_NO_CONNECTION: Final = (InvalidHandshake, InvalidURI, WebSocketException, OSError, EOFError)


class TransportFailed(Exception):
    """No connection, or the connection broke. The text says why, without any header."""


class HandshakeRefused(TransportFailed):
    """The server answered the handshake with another status than 101.

    *retry_after* is in seconds, ``None`` when the server named no time; *reason* is what its body says,
    empty when that says nothing.
    """

    def __init__(self, status: int, retry_after: float | None, reason: str = "") -> None:
        super().__init__(f"HTTP {status}" + (f", {reason}" if reason else ""))
        self.status = status
        self.retry_after = retry_after
        named = bool(reason) and reason.partition(":")[0] in KEY_PROBLEMS
        self.of_keys = status == 401 or (status == 403 and named)
        """Whether it is about the keys. A 403 may as well come from a firewall: it has to say so."""


def refusal_of(response: Response) -> HandshakeRefused:
    """What an answer to the handshake means that is none of 101."""
    return HandshakeRefused(
        response.status_code,
        told_wait(
            _header(response, "Retry-After"),
            # Who is away for a while says so in the header; the page around it may say anything.
            response.body if response.status_code != HTTPStatus.SERVICE_UNAVAILABLE else None,
            date(_header(response, "Date")) or time(),
        ),
        explain_refusal(bytes(response.body or b"")),
    )


class ConnectWithoutRedirects(connect):
    """``connect``, but a redirect is a refusal: followed, it may carry the token to another host."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class Sockets:
    """The sockets of one hub, from the first byte of their handshake until asyncio has closed them.

    asyncio closes a socket one turn of its loop after it was told to. When the loop ends before that,
    nobody but this set knows that the socket is still open.
    """

    def __init__(self) -> None:
        self._open: set[_TrackedConnection] = set()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: _TrackedConnection) -> None:
        self._open.add(connection)

    def discard(self, connection: _TrackedConnection) -> None:
        self._open.discard(connection)

    async def wait_closed(self, timeout: float) -> None:
        """Wait until asyncio is done with those of the running loop, at most *timeout* seconds."""
        here = asyncio.get_running_loop()
        waiting = [one.gone for one in tuple(self._open) if one.loop is here]
        if waiting:
            await asyncio.wait(waiting, timeout=timeout)

    def close_orphans(self) -> None:
        """Close those whose event loop is closed and can do nothing for them any more."""
        for connection in tuple(self._open):
            if connection.loop.is_closed():
                self._open.discard(connection)
                connection.on_lost = None
                close_socket(connection.transport)


class _TrackedConnection(DirectConnection):
    """Enters itself in its hub's set of sockets."""

    def __init__(self, *args: Any, sockets: Sockets, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sockets = sockets
        self.gone: asyncio.Future[None] = self.loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._sockets.add(self)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._sockets.discard(self)
        self.gone.set_result(None)
        super().connection_lost(exc)


class Transport:
    """An open WebSocket."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    def start(self, receiver: Receiver, on_lost: Callable[[], None]) -> None:
        """Begin to receive. *on_lost* is called once when the connection is gone."""
        self._connection.on_lost = on_lost
        self._connection.receive(receiver)

    @property
    def closed(self) -> bool:
        return self._connection.state is not State.OPEN

    @property
    def cause(self) -> str:
        """Why it is closed, in words."""
        protocol = self._connection.protocol
        if protocol.close_rcvd is not None:
            reason = f" ({protocol.close_rcvd.reason})" if protocol.close_rcvd.reason else ""
            return f"closed by the exchange with code {protocol.close_rcvd.code}{reason}"
        if protocol.parser_exc is not None and not isinstance(protocol.parser_exc, EOFError):
            return f"protocol error: {protocol.parser_exc}"
        return "connection lost without a close frame"

    async def send(self, text: str) -> None:
        """Send one text message.

        Raises:
            TransportFailed: the connection is gone.
        """
        try:
            await self._connection.send(text)
        except (WebSocketException, OSError) as error:
            raise TransportFailed(self.cause) from error

    async def ping(self, on_pong: Callable[[], None]) -> None:
        """Send a protocol ping; *on_pong* is called when its pong arrives."""
        try:
            pong = await self._connection.ping()
        except (WebSocketException, OSError) as error:
            raise TransportFailed(self.cause) from error
        future = asyncio.ensure_future(pong)

        def answered(done: asyncio.Future[float]) -> None:
            if not done.cancelled() and done.exception() is None:
                on_pong()

        future.add_done_callback(answered)

    async def close(self) -> None:
        """Close politely, within a second or so."""
        await self._connection.close()

    async def end(self, patience: float) -> None:
        """Close politely within *patience* seconds, then drop it."""
        try:
            if not self.closed:
                async with asyncio.timeout(patience):
                    await self.close()
        except TimeoutError:
            logger.debug("no_goodbye")
        finally:
            self.abort()

    def abort(self) -> None:
        """Drop the connection at once. On a closed loop nothing happens: see ``Sockets``."""
        self._connection.on_lost = None
        if not self._connection.loop.is_closed():
            self._connection.transport.abort()


async def open_transport(
    url: str, config: Config, *, sign: Callable[[], str] | None, sockets: Sockets
) -> Transport:
    """Open a WebSocket.

    Args:
        sockets: where it is entered until it is closed.
        sign: makes the token that is sent as ``Authorization: Bearer``; ``None`` on the public endpoint.
            No ``Origin`` header is ever sent: with one the exchange allows a connect every ten seconds
            only.

    Raises:
        HandshakeRefused: an HTTP status other than 101.
        TransportFailed: anything else that went wrong.
    """
    began = monotonic()
    sock = await _dial(url, config.connect_timeout)
    # Only now: until here a traceback could have shown it. Crash reporters show local variables.
    headers = {"Authorization": f"Bearer {sign()}"} if sign is not None else None
    opening = ConnectWithoutRedirects(
        url,
        # The library types it as a class and calls it as a factory.
        create_connection=partial(  # type: ignore[arg-type]
            _TrackedConnection, max_frame_bytes=config.max_frame_bytes, sockets=sockets
        ),
        additional_headers=headers,
        compression="deflate" if config.compression else None,
        open_timeout=max(0.0, began + config.connect_timeout - monotonic()),
        sock=sock,
        close_timeout=_CLOSE_TIMEOUT,
        ping_interval=None,
        max_size=config.max_frame_bytes,
        max_queue=None,
        proxy=None if is_loopback(url) else True,
        logger=private_logger if sign is not None else None,
    )
    del headers
    try:
        connection = await opening
    except InvalidStatus as error:
        raise refusal_of(error.response) from None
    except TimeoutError as error:
        words = f"no handshake within {config.connect_timeout:g} s"
        raise TransportFailed(words) from _without_frames(error)
    # A name that cannot be one, an environment's proxy that needs a package: no network will help.
    except (*_NO_CONNECTION, ValueError, ImportError) as error:
        words = f"{type(error).__name__}: {error}"
        raise TransportFailed(words) from _without_frames(error)
    except Exception as error:  # noqa: BLE001 - goes on, to whoever logs such a defect
        raise _without_frames(error)  # noqa: B904 - the same error
    assert isinstance(connection, DirectConnection)  # noqa: S101 - narrows the type
    if connection.request is not None:  # kept as long as the connection
        connection.request.headers.clear()
    return Transport(connection)


async def _dial(url: str, timeout: float) -> socket.socket | None:
    """A socket to the host of *url*; ``None``: the library connects itself, and to a proxy if there is one.

    Raises:
        TransportFailed: no address of the host answered in time.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    # Other loops than asyncio's own may not know how to connect a socket.
    own = (
        type(asyncio.get_running_loop()).create_connection
        is asyncio.BaseEventLoop.create_connection
    )
    proxied = not is_loopback(url) and bool(getproxies().keys() - {"no"})
    if not own or proxied or _is_address(host):
        return None
    try:
        async with asyncio.timeout(timeout):
            return await dial(host, parts.port or (443 if parts.scheme == "wss" else 80))
    except TimeoutError as error:
        raise TransportFailed(f"no answer from {host} within {timeout:g} s") from error
    except (OSError, UnicodeError) as error:
        raise TransportFailed(f"{type(error).__name__}: {error}") from error


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _header(response: Response, name: str) -> str | None:
    """The first header of this name."""
    return next(iter(response.headers.get_all(name)), None)


def _without_frames(error: Exception) -> Exception:
    """*error* without the frames it went through, and so are those it came from.

    Crash reporters show local variables, and the library's frames hold the headers.
    """
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        one = pending.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            one.__traceback__ = None
            pending += [one.__cause__, one.__context__]
    return error
