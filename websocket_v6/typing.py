"""Aliases, and the narrow protocol between a proxy and whatever shares the connection for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from .credentials import Credentials
from .events import ConnectionEvent
from .subscription import Options

if TYPE_CHECKING:
    from ._async.delivery import Delivery
    from .protocol.liveness import Verdict

__all__ = [
    "AccountRef",
    "Callback",
    "DataCallback",
    "EventCallback",
    "Frame",
    "Hub",
    "Order",
]

Frame = dict[str, Any]
"""One frame with the exchange's long keys."""

DataCallback = Callable[[str, str, Frame], Awaitable[None] | None]
"""``(symbol, data_type, data)``; a plain or a coroutine function."""

Callback = Callable[..., Any]

EventCallback = Callable[[ConnectionEvent], Awaitable[None] | None]

AccountRef = str | Credentials | None
"""An account's name, its keys, or ``None`` for the default account."""

Deliver = Literal["loop", "thread"] | None


@dataclass(frozen=True, slots=True)
class Order:
    """What a proxy asks of its hub: one subscription.

    *token* identifies the proxy. *endpoint* is a public URL, ``None`` for the configured one.
    """

    key: str
    token: int
    proxy: str
    data_type: str
    codes: tuple[str, ...]
    options: Options
    account: AccountRef
    endpoint: str | None


class Hub(Protocol):
    """What a proxy needs; the process-wide manager is one, a broker-backed one can be another.

    Coroutines may be awaited on any event loop; plain methods may be called from any thread.
    """

    async def subscribe(self, order: Order, delivery: Delivery) -> None:
        """Returns once a request with it is on the wire, or only the rate limit holds it back.

        The hub refers to *delivery* weakly: it ends with its owner.
        """

    def unsubscribe(self, key: str, codes: Iterable[str] | None = None) -> None:
        """Takes a subscription, or some of its codes, out. Unknown keys do nothing."""

    async def snapshot(
        self,
        data_type: str,
        codes: tuple[str, ...],
        options: Options,
        *,
        timeout: float,
        account: AccountRef,
        endpoint: str | None,
    ) -> dict[str, Frame]:
        """One frame per code. Raises ``SnapshotTimeout``."""

    async def describe(self, token: int) -> dict[str, dict[str, Any]]:
        """A proxy's subscriptions by id."""

    async def status(self, kind: Literal["system", "health", "performance"]) -> dict[str, Any]:
        """The dictionaries of ``get_system_status``, ``health_check``, ``get_performance_metrics``."""

    def explain(
        self, data_type: str, code: str, account: AccountRef, endpoint: str | None
    ) -> Verdict:
        """Why a topic is as it is. Never waits."""

    def is_available(self, *, private: bool, account: AccountRef) -> bool: ...

    def adopt(self, token: int, name: str, keep: object | None) -> None:
        """A proxy begins; *keep* is held until ``release`` (``None``: nothing is held)."""

    def release(self, token: int, reason: str) -> None:
        """A proxy ends: its subscriptions are withdrawn. May run in any thread, also in a finalizer."""

    def loosen(self, token: int) -> None:
        """Nothing needs to be held for this proxy any more."""

    def mailbox_size(self) -> int: ...

    def region(self) -> str: ...


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The loop running in this thread, or ``None``."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
