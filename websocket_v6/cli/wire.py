"""A plain connection to the exchange, for ``record`` and ``doctor``: nothing stands between."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager

import msgspec
from websockets.asyncio.client import ClientConnection

from .._async.private_logger import private_logger
from .._async.transport import ConnectWithoutRedirects
from ..config import Config
from ..credentials import Credentials, bearer_token
from ..endpoints import is_loopback
from ..protocol.requests import Item, subscribe_request

__all__ = ["error_of", "open_connection", "receive", "request_for"]


def open_connection(
    url: str, config: Config, credentials: Credentials | None = None
) -> AbstractAsyncContextManager[ClientConnection]:
    """One connection, one attempt, no redirect. The environment's proxy is used except to this machine."""
    headers = {}
    if credentials is not None:
        token = bearer_token(credentials, nonce=str(uuid.uuid4()))
        headers["Authorization"] = f"Bearer {token}"
    return ConnectWithoutRedirects(
        url,
        additional_headers=headers,
        compression="deflate" if config.compression else None,
        max_size=config.max_frame_bytes,
        open_timeout=config.connect_timeout,
        ping_interval=config.ping_interval,
        ping_timeout=config.pong_timeout,
        close_timeout=1.0,
        proxy=None if is_loopback(url) else True,
        logger=private_logger if credentials is not None else None,
    )


async def receive(connection: ClientConnection, seconds: float) -> bytes:
    """The next message.

    Raises:
        TimeoutError: none came in *seconds*, and the connection is up.
        ConnectionClosed: it is closed, or being closed.
    """
    try:
        async with asyncio.timeout(seconds):
            return await connection.recv(decode=False)
    except TimeoutError:
        # recv() goes on waiting on a connection that failed, for as long as the server keeps its end open.
        await connection.ping()
        raise


def request_for(items: Iterable[Item], config: Config) -> str:
    """The request text for *items* in the configured format, with a new ticket."""
    return subscribe_request(items, ticket=str(uuid.uuid4()), wire_format=config.wire_format)


def error_of(payload: bytes) -> tuple[str, str] | None:
    """``(name, message)`` of an error frame; ``None`` for any other message."""
    if b'"error"' not in payload:
        return None
    try:
        value = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    error = value.get("error") if isinstance(value, dict) else None
    if not isinstance(error, dict):
        return None
    return str(error.get("name", "")), str(error.get("message", ""))
