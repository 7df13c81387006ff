"""The last things a hub does: deliver what waits, close sockets, end workers."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from time import monotonic
from typing import Final

from ..typing import running_loop
from .connection import Connection
from .delivery import Delivery
from .transport import Sockets

__all__ = ["close_down"]

_DRAIN_TURN: Final = 0.005
_LEAST_PATIENCE: Final = 0.2


async def close_down(
    connections: Collection[Connection],
    deliveries: Collection[Delivery],
    workers: Iterable[asyncio.Task[None]],
    sockets: Sockets,
    deadline: float,
) -> None:
    """Drain mailboxes up to *deadline* (``monotonic``), then end everything."""
    for connection in connections:
        connection.hold_back()
    # Mailboxes of several loops and threads: there is no one event to wait for.
    while monotonic() < deadline and any(one.busy for one in deliveries):  # noqa: ASYNC110
        await asyncio.sleep(_DRAIN_TURN)
    for delivery in deliveries:
        delivery.close()
    patience = max(_LEAST_PATIENCE, deadline - monotonic())
    stops = [asyncio.ensure_future(connection.stop(patience)) for connection in connections]
    here = _cancel(workers)
    if here:
        await asyncio.wait(here, timeout=patience)
    if stops:
        await asyncio.wait(stops)
    await sockets.wait_closed(patience)


def _cancel(workers: Iterable[asyncio.Task[None]]) -> list[asyncio.Task[None]]:
    """Stop the callbacks that still run; returns those of this loop, which end soon."""
    here = []
    for worker in tuple(workers):
        loop = worker.get_loop()
        if loop is not running_loop():
            if not loop.is_closed():
                loop.call_soon_threadsafe(worker.cancel)
        elif worker is not asyncio.current_task():
            worker.cancel()
            here.append(worker)
    return here
