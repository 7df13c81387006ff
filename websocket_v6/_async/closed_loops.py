"""What an event loop left behind when it was closed too early: tasks and sockets it can never end."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any

__all__ = ["close_socket", "end_task"]

logger = logging.getLogger(__name__)


def end_task(task: asyncio.Task[None]) -> None:
    """Let a coroutine that can never go on end now, and not when it is collected.

    asyncio wants its loop while it clears up after an interrupted connect; the collector would report
    that it is closed.
    """
    coroutine = task.get_coro()
    try:
        if coroutine is not None and not task.done():
            coroutine.close()
    except RuntimeError as error:
        logger.debug("cleared_up_without_loop: %s", error)


def close_socket(transport: Any) -> None:
    """Close the socket under a transport of a closed loop and keep it from complaining.

    asyncio has no public way to do this: every method of the transport needs its loop. The attributes
    are those of CPython's selector, proactor and TLS transports; where they are missing nothing is done
    and the interpreter closes the socket when the transport is collected.
    """
    protocol = getattr(transport, "_ssl_protocol", None)
    if protocol is not None:
        transport._closed = True
        transport = getattr(protocol, "_transport", None)
    sock = getattr(transport, "_sock", None)
    if isinstance(sock, socket.socket):
        sock.close()
        transport._sock = None
