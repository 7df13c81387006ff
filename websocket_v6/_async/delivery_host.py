"""What the deliveries of one hub need of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .delivery import Delivery

__all__ = ["Host"]


class Host:
    """What all deliveries of one hub share.

    Args:
        slow_after: seconds after which a plain callback is reported.
        on_slow: told of each slow episode: the delivery, and by how many seconds it is late.
        on_object_gone: told the key when the callback's object is gone; in any thread.
        workers: holds the callbacks that run, also those of subscriptions that have ended.
        tracer: told of each call before it is made.
        failure_tracer: told of each exception a callback ended in.
    """

    __slots__ = (
        "failure_tracer",
        "on_object_gone",
        "on_slow",
        "slow_after",
        "tracer",
        "workers",
    )

    def __init__(
        self,
        *,
        slow_after: float,
        on_slow: Callable[[Delivery, float], None],
        on_object_gone: Callable[[str], None],
        workers: set[asyncio.Task[None]],
        tracer: Callable[[Delivery, str, Any], None] | None = None,
        failure_tracer: Callable[[Delivery, BaseException], None] | None = None,
    ) -> None:
        self.slow_after = slow_after
        self.on_slow = on_slow
        self.on_object_gone = on_object_gone
        self.workers = workers
        self.tracer = tracer
        self.failure_tracer = failure_tracer
