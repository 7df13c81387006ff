"""What the exchange refuses on one connection: found, taken out, and told to those who wanted it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Protocol

from ..events import ConnectionEvent, Rejected
from ..exceptions import SubscriptionRejected
from ..protocol.decoder import ServerError
from ..protocol.ledger import Ledger, Topic
from ..protocol.rejection import suspects
from ..protocol.requests import Item
from .connecting import Connecting
from .history import History
from .probe import Probe
from .surroundings import Surroundings
from .waiting import Waiting

__all__ = ["Refusals"]

logger = logging.getLogger(__name__)


class _Refused(Protocol):
    """Whose requests are refused."""

    name: str
    ledger: Ledger
    history: History
    connecting: Connecting
    waiting: Waiting
    surroundings: Surroundings
    abandoned: bool

    def changed(self) -> None:
        """The ledger changed: carry it to the wire."""

    def emit(self, event: type[ConnectionEvent], **data: object) -> None:
        """Tell listeners."""


class Refusals:
    """Knows what was accepted, and so what is suspect when a request is refused as a whole."""

    def __init__(self, connection: _Refused) -> None:
        self.searches: set[asyncio.Task[None]] = set()
        self._connection = connection
        self._accepted: dict[Topic, Item] = {}

    def accepted(self, items: Iterable[Item]) -> None:
        """The exchange serves or lists these."""
        self._accepted.update((item.topic, item) for item in items)

    def take_over(self, former: Refusals) -> None:
        """Go on with what *former*, left on another loop, knew. Its searches end there."""
        self._accepted = former._accepted

    def request_refused(self, error: ServerError) -> None:
        """The exchange answered a request with *error* and closed. What was new in it stays out of
        the next one; the culprit is taken out for good as soon as it is known.
        """
        connection = self._connection
        connection.history.tally.rejections += 1
        new = suspects(connection.ledger.items(), self._accepted.values())
        logger.warning(
            "request_rejected: %s: %s",
            error.name,
            error.message,
            extra={"connection": connection.name, "error": error.name, "suspects": len(new)},
        )
        if len(new) == 1:
            self.reject(new, error.name, error.message)
        elif new:
            connection.ledger.quarantine(new)
            self._start_search(new)

    def _start_search(self, topics: tuple[Topic, ...]) -> None:
        connection = self._connection
        probe = Probe(
            topics,
            wanted=connection.ledger.topics,
            open_transport=connection.connecting.open_socket,
            delay=connection.connecting.search_delay,
            limited=connection.connecting.search_limited,
            config=connection.surroundings.config,
            new_ticket=connection.surroundings.new_ticket,
            make_item=self._item,
            random=connection.surroundings.random,
        )
        task = asyncio.get_running_loop().create_task(
            self._search(probe), name=f"upbit-ws probe {connection.name}"
        )
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        self.searches.add(task)
        task.add_done_callback(self.searches.discard)

    def _item(self, topic: Topic) -> Item:
        """How a topic stands in a trial: only its level can be refused beside itself."""
        holders = self._connection.ledger.holders(topic)
        level = next((want.options.level for want in holders if want.options.level), 0)
        return Item(*topic, level=level)

    async def _search(self, probe: Probe) -> None:
        connection = self._connection
        try:
            async for refused, error in probe.run():
                self.reject((refused,), error.name, error.message)
        finally:
            if not connection.abandoned:
                connection.ledger.release(probe.topics)
                connection.changed()

    def reject(self, topics: tuple[Topic, ...], name: str, message: str) -> None:
        """Take *topics* out for good and tell those who wanted them."""
        connection = self._connection
        refused = [" ".join(topic) for topic in topics]
        logger.error(
            "subscription_rejected: %s: %s: %s",
            ", ".join(refused),
            name,
            message,
            extra={"connection": connection.name, "error": name, "topics": refused},
        )
        for topic in topics:
            for want in connection.ledger.holders(topic):
                error = SubscriptionRejected(name, message, [topic])
                connection.waiting.release(error, [want.key])
                connection.surroundings.on_rejected(want.key, (topic[1],), error)
        connection.emit(Rejected, name=name, message=message, topics=topics)
