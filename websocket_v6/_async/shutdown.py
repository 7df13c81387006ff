"""The last things a hub does: deliver what waits, close sockets, end workers."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from time import monotonic
from typing import Any, Final

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
    *,
    caller: asyncio.Task[Any] | None,
) -> None:
    """Drain mailboxes up to *deadline* (``monotonic``), then end everything.

    Args:
        caller: who asked for it. A callback that waits for this here cannot be waited for.
    """
    for connection in connections:
        connection.hold_back()
    awaited = [one for one in deliveries if not one.is_run_by(caller)]
    # Mailboxes of several loops and threads: there is no one event to wait for.
    while monotonic() < deadline and any(one.busy for one in awaited):  # noqa: ASYNC110
        await asyncio.sleep(_DRAIN_TURN)
    for delivery in deliveries:
        delivery.close()
    patience = max(_LEAST_PATIENCE, deadline - monotonic())
    stops = [asyncio.ensure_future(connection.stop(patience)) for connection in connections]
    here = _cancel(workers, caller)
    if here:
        await asyncio.wait(here, timeout=patience)
    if stops:
        await asyncio.wait(stops)
    await sockets.wait_closed(patience)


def _cancel(
    workers: Iterable[asyncio.Task[None]], caller: asyncio.Task[Any] | None
) -> list[asyncio.Task[None]]:
    """Stop the callbacks that still run; returns those of this loop, which end soon."""
    here = []
    for worker in tuple(workers):
        if worker is caller:
            continue
        loop = worker.get_loop()
        if loop is not running_loop():
            if not loop.is_closed():
                loop.call_soon_threadsafe(worker.cancel)
        elif worker is not asyncio.current_task():
            worker.cancel()
            here.append(worker)
    return here
