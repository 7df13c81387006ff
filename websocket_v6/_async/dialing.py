"""A TCP connection to whichever of a name's addresses answers first (RFC 8305).

asyncio has the same, but a race of its own that is cancelled leaves sockets open.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import Any, Final

__all__ = ["dial"]

_NEXT_ADDRESS: Final = 0.25
"""Seconds after which the next address is tried beside one that does not answer."""

_Address = tuple[int, int, int, Any]
"""Family, type, protocol and address of a socket."""


async def dial(host: str, port: int) -> socket.socket:
    """A connected socket, which is the caller's to close.

    Raises:
        OSError: the name does not resolve, or no address answers.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    coming = _alternating([(kind, type_, proto, to) for kind, type_, proto, _, to in found])
    attempts: set[asyncio.Task[socket.socket]] = set()
    try:
        won = await _race(coming, attempts, OSError(f"{host} has no address"))
    except BaseException:
        await _give_up(attempts, None)
        raise
    try:
        await _give_up(attempts, won)
    except BaseException:
        won.close()
        raise
    return won


async def _race(
    coming: list[_Address], attempts: set[asyncio.Task[socket.socket]], failure: OSError
) -> socket.socket:
    """The first that connects. *attempts*: what has been begun and has not failed."""
    loop = asyncio.get_running_loop()
    while coming or attempts:
        if coming:
            attempts.add(loop.create_task(_connect(coming.pop(0)), name="upbit-ws dial"))
        done, _ = await asyncio.wait(
            attempts,
            timeout=_NEXT_ADDRESS if coming else None,
            return_when=asyncio.FIRST_COMPLETED,
        )
        for attempt in done:
            error = attempt.exception()
            if error is None:
                return attempt.result()
            attempts.discard(attempt)
            if not isinstance(error, OSError):
                raise error
            failure = error
    raise failure


async def _connect(to: _Address) -> socket.socket:
    kind, type_, proto, address = to
    sock = socket.socket(kind, type_, proto)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


async def _give_up(attempts: set[asyncio.Task[socket.socket]], won: socket.socket | None) -> None:
    """End what still runs, and close what connected too late."""
    for attempt in attempts:
        attempt.cancel()
        attempt.add_done_callback(lambda one: _close_unless(one, won))
    if attempts:
        await asyncio.wait(attempts)


def _close_unless(attempt: asyncio.Task[socket.socket], won: socket.socket | None) -> None:
    if not attempt.cancelled() and attempt.exception() is None and attempt.result() is not won:
        attempt.result().close()


def _alternating(addresses: Sequence[_Address]) -> list[_Address]:
    """The resolver's order, with the families taking turns."""
    if not addresses:
        return []
    first = [one for one in addresses if one[0] == addresses[0][0]]
    others = [one for one in addresses if one[0] != addresses[0][0]]
    pairs = chain.from_iterable(zip_longest(first, others))
    return [one for one in pairs if one is not None]
