"""One ``get_*_snapshot``: a frame per code, or the reason why there is none."""

from __future__ import annotations

import asyncio
import uuid
from typing import Protocol

from ..exceptions import (
    ManagerClosed,
    SnapshotTimeout,
    SubscribeTimeout,
    SubscriptionRejected,
)
from ..subscription import Options, lossless
from ..typing import AccountRef, Frame, Order
from .connection import Connection
from .delivery import Delivery

__all__ = ["Snapshots"]


class _Subscribing(Protocol):
    """Who subscribes for the calls."""

    def connection_for(self, order: Order) -> Connection: ...

    async def subscribe_here(
        self, order: Order, delivery: Delivery, loop: asyncio.AbstractEventLoop
    ) -> None: ...

    def unsubscribe(self, key: str) -> None: ...


class Snapshots:
    """The calls of one hub that are under way. On the home loop."""

    def __init__(self, hub: _Subscribing) -> None:
        self._hub = hub
        self._calls: dict[str, _Call] = {}

    async def take(
        self,
        data_type: str,
        codes: tuple[str, ...],
        options: Options,
        timeout: float,
        *,
        account: AccountRef,
        endpoint: str | None,
    ) -> dict[str, Frame]:
        """One frame per code.

        Raises:
            SnapshotTimeout: some did not come in time.
            SubscribeTimeout: there never was a connection, and none came in time.
            SubscriptionRejected: the exchange refused some.
        """
        call = _Call(data_type, codes, timeout)
        key = f"snapshot-{uuid.uuid4().hex}"
        delivery = Delivery(key, data_type, call.take, lossless, mailbox_size=1000, strong=True)
        delivery.on_closed = lambda: call.ended
        delivery.activate()
        order = Order(key, 0, "snapshot", data_type, codes, options, account, endpoint)
        self._calls[key] = call
        try:
            async with asyncio.timeout(timeout):
                await self._hub.subscribe_here(order, delivery, asyncio.get_running_loop())
                await call.wait()
        except SubscribeTimeout:
            raise
        except TimeoutError:
            error = call.too_late(self._hub.connection_for(order), key)
            raise error from error.__cause__
        finally:
            del self._calls[key]
            call.close()
            self._hub.unsubscribe(key)
        return call.result()

    def refused(self, key: str, codes: tuple[str, ...], error: SubscriptionRejected) -> None:
        """The exchange refuses *codes* of what may be such a call's subscription."""
        if key in self._calls:
            self._calls[key].refused(codes, error)


class _Call:
    """Collects the frames of one call and knows how it ends.

    Args:
        data_type: wire name.
        codes: the codes that are asked for, in the order of the answer.
        timeout: seconds for all of them.
    """

    def __init__(self, data_type: str, codes: tuple[str, ...], timeout: float) -> None:
        self._data_type = data_type
        self._codes = codes
        self._missing = set(codes)
        """The codes of which nothing is known yet."""
        self._timeout = timeout
        self._received: dict[str, Frame] = {}
        self._rejected: dict[str, SubscriptionRejected] = {}
        self._complete: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    # -- what comes in --------------------------------------------------------------------------

    def take(self, symbol: str, _: str, frame: Frame) -> None:
        """The callback."""
        self._received[symbol] = frame
        self._missing.discard(symbol)
        self._look()

    def refused(self, codes: tuple[str, ...], error: SubscriptionRejected) -> None:
        """The exchange refuses *codes*; the others may still come."""
        self._rejected.update(dict.fromkeys(codes, error))
        self._missing.difference_update(codes)
        self._look()

    def ended(self, failure: Exception | None) -> None:
        """The subscription is over before everything came."""
        if not self._complete.done():
            self._complete.set_exception(failure or ManagerClosed())

    def _look(self) -> None:
        if not self._missing and not self._complete.done():
            self._complete.set_result(None)

    # -- how it ends ----------------------------------------------------------------------------

    async def wait(self) -> None:
        try:
            await self._complete
        except SubscriptionRejected:
            return  # of all that was left: ``result`` says it with what came before

    def close(self) -> None:
        """Nobody waits any more."""
        if not self._complete.cancel() and not self._complete.cancelled():
            self._complete.exception()  # seen: what was raised instead of it came first

    def result(self) -> dict[str, Frame]:
        """``{symbol: frame}`` of every code.

        Raises:
            SubscriptionRejected: the exchange refused some; it carries what did arrive.
        """
        if self._rejected:
            topics = [(self._data_type, code) for code in self._codes if code in self._rejected]
            first = next(iter(self._rejected.values()))
            raise SubscriptionRejected(first.name, first.message, topics, self._received)
        return {code: self._received[code] for code in self._codes}

    def too_late(self, connection: Connection | None, key: str) -> Exception:
        """What to raise after the timeout, with the cause as far as it is known."""
        missing = [code for code in self._codes if code not in self._received]
        cause: Exception | None = next(iter(self._rejected.values()), None)
        if cause is None and connection is not None and not connection.up:
            cause = SubscribeTimeout(connection.url, self._timeout, connection.history.lost_cause)
            if not connection.history.ever_connected:
                return cause
        reason = None
        if isinstance(cause, SubscribeTimeout):
            why = f" ({cause.cause})" if cause.cause else ""
            reason = f"the connection to {cause.url} is down{why}"
        elif cause is not None:
            reason = str(cause)
        elif connection is not None and not connection.is_carried(key):
            reason = (
                "the request for them waits for the exchange's limit of messages per minute; ask for "
                "several symbols in one call, or give a longer timeout"
            )
        error = SnapshotTimeout(self._data_type, self._received, missing, self._timeout, reason)
        error.__cause__ = cause
        return error
