"""The subscriptions of one hub, and the ways in which they end."""

from __future__ import annotations

import asyncio
import logging

from ..exceptions import SubscriptionRejected
from .proxies import Proxies, Proxy
from .records import Record

__all__ = ["Subscriptions"]

logger = logging.getLogger(__name__)


class Subscriptions:
    """Records by key. All of it runs on the home loop.

    Args:
        proxies: told of what begins and ends.
    """

    def __init__(self, proxies: Proxies) -> None:
        self.records: dict[str, Record] = {}
        self._proxies = proxies

    @property
    def in_use(self) -> bool:
        """Whether some subscription can still be delivered."""
        return any(not record.loop.is_closed() for record in tuple(self.records.values()))

    def loops(self) -> list[asyncio.AbstractEventLoop]:
        """The loops that they were made on."""
        return [record.loop for record in tuple(self.records.values())]

    def enter(self, record: Record) -> None:
        """A subscription begins."""
        order = record.order
        self.records[order.key] = record
        self._proxies.enter(order.token, order.proxy, order.key)

    def withdraw(self, key: str, codes: tuple[str, ...] | None = None) -> None:
        """Nobody wants it, or these codes of it, any more. Unknown keys do nothing."""
        record = self.records.get(key)
        if record is None:
            return
        delivery = record.delivery()
        connection = record.connection
        want = connection.ledger.get(key) if connection is not None else None
        held = tuple(want.codes) if want is not None else ()
        gone = held if codes is None else tuple(code for code in codes if code in held)
        if connection is not None and gone:
            connection.routes.detach(key, record.order.data_type, gone)
            connection.ledger.remove(key, gone)
            connection.changed()
        ended = connection is None or key not in connection.ledger
        if delivery is not None:
            if ended:
                delivery.close()
            else:
                delivery.mute(set(gone))
        if ended:
            if connection is not None:
                connection.give_up_waiting(key)
            self._forget(key)

    def withdraw_closed_loops(self) -> None:
        """Those of a closed loop can never be delivered again."""
        closed = [key for key, record in self.records.items() if record.loop.is_closed()]
        if closed:
            logger.warning(
                "loop_closed_subscriptions_withdrawn: %d: subscribe on a loop that goes on running",
                len(closed),
                extra={"count": len(closed)},
            )
        for key in closed:
            token = self.records[key].order.token
            self.withdraw(key)
            if not self._proxies.keys(token):
                self._proxies.loosen(token)  # it has nothing left to be held for

    def end_proxy(self, proxy: Proxy, reason: str) -> None:
        """A proxy is gone, and what it subscribed goes with it."""
        withdrawn = []
        for key in sorted(proxy.keys):
            record = self.records.get(key)
            if record is not None:
                withdrawn.append(f"{record.order.data_type} {','.join(record.order.codes)}")
                self.withdraw(key)
        if withdrawn:
            logger.info(
                "proxy_ended: %s (%s): withdrew %s", proxy.name, reason, "; ".join(withdrawn)
            )

    def object_gone(self, key: str) -> None:
        """The object is gone whose method was the callback."""
        record = self.records.get(key)
        if record is not None:
            logger.info(
                "callback_object_gone: %s: withdrew %s %s",
                record.order.proxy,
                record.order.data_type,
                ",".join(record.order.codes),
            )
            self.withdraw(key)

    def done(self, key: str, codes: tuple[str, ...]) -> None:
        """A snapshot-only subscription had *codes*: they leave the wire, the frames stay."""
        record = self.records.get(key)
        if record is None or record.connection is None:
            return
        record.connection.routes.detach(key, record.order.data_type, codes)
        record.connection.ledger.remove(key, codes)
        record.connection.changed()
        if key not in record.connection.ledger:
            self._forget(key)
            delivery = record.delivery()
            if delivery is not None:
                delivery.finish()

    def rejected(self, key: str, codes: tuple[str, ...], error: SubscriptionRejected) -> None:
        """The exchange refuses *codes*; the record stays and shows it."""
        record = self.records.get(key)
        if record is None or record.connection is None:
            return
        record.rejections.update(dict.fromkeys(codes, str(error)))
        record.connection.routes.detach(key, record.order.data_type, codes)
        record.connection.ledger.remove(key, codes)
        record.connection.changed()
        delivery = record.delivery()
        if delivery is not None and key not in record.connection.ledger:
            delivery.finish(error)

    def _forget(self, key: str) -> None:
        record = self.records.pop(key, None)
        if record is not None:
            self._proxies.leave(record.order.token, key)
