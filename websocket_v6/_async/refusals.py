"""What the exchange refuses on one connection: found, taken out, and told to those who wanted it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Protocol

from ..events import ConnectionEvent, Rejected
from ..exceptions import SubscriptionRejected
from ..protocol.decoder import ServerError
from ..protocol.ledger import Ledger, Topic, Want
from ..protocol.rejection import Finding, Refusal, Suspicion
from ..protocol.requests import DEFAULT_UNITS, Item
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

    @property
    def keys_refused(self) -> bool:
        """Whether no socket is tried before the account has new keys."""

    def changed(self) -> None:
        """The ledger changed: carry it to the wire."""

    def emit(self, event: type[ConnectionEvent], **data: object) -> None:
        """Tell listeners."""


class Refusals:
    """Knows what was accepted, and so what is suspect when a request is refused as a whole."""

    def __init__(self, connection: _Refused) -> None:
        self.searches: set[asyncio.Task[None]] = set()
        self.aside: dict[Topic, str] = {}
        """Topics that were served before and are refused now, and what the exchange said."""
        self._connection = connection
        self._suspicion = Suspicion()

    def accepted(self, items: Iterable[Item]) -> None:
        """The exchange serves or lists these."""
        self._suspicion.serves(items)

    def take_over(self, former: Refusals) -> None:
        """Go on with what *former*, left on another loop, knew. Its searches end there."""
        self._suspicion = former._suspicion

    def request_refused(self, error: ServerError, *, answer: bool) -> None:
        """The exchange sent *error* and closed. What is suspect stays out of the next request; the culprit
        is taken out for good as soon as it is known. Without suspects it is a loss like any other.

        Args:
            answer: whether it can be the answer to a request.
        """
        connection = self._connection
        connection.history.tally.rejections += 1
        items = connection.ledger.items()
        refusal = self._suspicion.refused(error.name, items, answer=answer)
        logger.warning(
            "request_rejected: %s: %s",
            error.name,
            error.message,
            extra={
                "connection": connection.name,
                "error": error.name,
                "suspects": len(refusal.suspects),
            },
        )
        if refusal.clear and len(refusal.suspects) == 1:
            self._reject(Finding("refused", refusal.suspects, error))
        elif refusal.suspects:
            connection.ledger.quarantine(refusal.suspects)
            self._start_search(refusal)

    def _start_search(self, refusal: Refusal) -> None:
        connection = self._connection
        probe = Probe(
            refusal,
            known=frozenset(self._suspicion.accepted),
            wanted=connection.ledger.topics,
            open_transport=connection.connecting.search_socket,
            barred=lambda: connection.keys_refused,
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
        try:
            async for finding in probe.run():
                self._found(finding)
        finally:
            for topic in probe.topics:
                self.aside.pop(topic, None)
            self._release(probe.topics)

    def _found(self, finding: Finding) -> None:
        if finding.verdict == "refused":
            self._reject(finding)
            self._release(finding.topics)
        elif finding.verdict == "aside":
            self._put_aside(finding)
        else:
            if finding.verdict == "unknown":
                self._suspicion.undecided()
            for topic in finding.topics:
                self.aside.pop(topic, None)
            self._release(finding.topics)

    def _release(self, topics: tuple[Topic, ...]) -> None:
        """Carry *topics* to the shared connection, as far as somebody wants them."""
        if not self._connection.abandoned:
            self._connection.ledger.release(topics)
            self._connection.changed()

    def _put_aside(self, finding: Finding) -> None:
        """The others go on without *finding*'s topics, which are tried again from time to time."""
        error = self._log(finding, "topic_set_aside")
        self.aside.update(dict.fromkeys(finding.topics, str(error)))
        self._connection.emit(
            Rejected, name=error.name, message=error.message, topics=finding.topics
        )

    def _reject(self, finding: Finding) -> None:
        """Take topics out for good and tell those who wanted them."""
        connection = self._connection
        error = self._log(finding, "subscription_rejected")
        for topic in finding.topics:
            for want in connection.ledger.holders(topic):
                if not self._was_served(want, topic):
                    connection.waiting.release(error, [want.key])
                    connection.surroundings.on_rejected(want.key, (topic[1],), error)
        connection.emit(Rejected, name=error.name, message=error.message, topics=finding.topics)

    def _was_served(self, want: Want, topic: Topic) -> bool:
        """Whether *want* is one of an earlier request; what was refused is another's wider one."""
        item = self._suspicion.accepted.get(topic)
        if item is None or item.level != (want.options.level or 0):
            return False
        return (want.options.units or DEFAULT_UNITS) <= (item.units or DEFAULT_UNITS)

    def _log(self, finding: Finding, event: str) -> SubscriptionRejected:
        """Write *finding* down; gives it as an error for those whom it is about."""
        assert finding.error is not None  # noqa: S101 - a refusal has its error frame
        name, message = finding.error.name, finding.error.message
        refused = [" ".join(topic) for topic in finding.topics]
        logger.error(
            "%s: %s: %s: %s",
            event,
            ", ".join(refused),
            name,
            message,
            extra={"connection": self._connection.name, "error": name, "topics": refused},
        )
        return SubscriptionRejected(name, message, list(finding.topics))
