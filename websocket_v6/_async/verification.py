"""What the exchange serves, against what it was asked for: lists, snapshots, silence."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from time import monotonic
from typing import Protocol

from ..protocol.decoder import ListReply
from ..protocol.ledger import Ledger, Topic
from ..protocol.session import Session
from .history import History
from .refusals import Refusals
from .routing_table import RoutingTable
from .surroundings import Surroundings

__all__ = ["Verification"]

logger = logging.getLogger(__name__)


class _Asking(Protocol):
    """Whose topics are verified."""

    name: str
    session: Session | None
    ledger: Ledger
    routes: RoutingTable
    refusals: Refusals
    history: History
    surroundings: Surroundings


class Verification:
    """What has been verified on one connection, and what is under repair."""

    def __init__(self, asking: _Asking) -> None:
        self.last_verified: float | None = None
        """When the exchange last listed what it serves, in the clock of ``monotonic``."""
        self._asking = asking
        self._repairing: set[Topic] = set()

    def begin(self) -> None:
        """A new socket: everything is asked for anew."""
        self._repairing.clear()

    def heard(self, topic: Topic) -> float | None:
        """When the last frame of *topic* came on this socket, in the clock of ``monotonic``."""
        route = self._asking.routes.get(topic)
        return route.last_at if route is not None else None

    def is_repairing(self, topic: Topic) -> bool:
        """Whether the exchange had dropped it and it was asked for again."""
        return topic in self._repairing

    def snapshot_arrived(self, topic: Topic) -> None:
        """A SNAPSHOT came that nobody waits for any more."""
        asking = self._asking
        session = asking.session
        if session is not None:
            session.wire.arrived(topic)
            session.served(topic)
            item = session.wire.items.get(topic) if session.wire.items is not None else None
            if item is not None:
                asking.refusals.accepted([item])
        self._repairing.discard(topic)

    def listed(self, reply: ListReply) -> bool:
        """The exchange says what it serves; whether that was an answer to a question."""
        asking = self._asking
        session = asking.session
        found = session.list_reply(reply) if session is not None else None
        if session is None or found is None:
            return False
        self.last_verified = monotonic()
        missing = set(found.repaired) | set(found.not_served)
        items = session.wire.items or {}
        asking.refusals.accepted(item for topic, item in items.items() if topic not in missing)
        self._repairing &= set(found.repaired)
        if found.repaired:
            asking.history.tally.drift_repairs += len(found.repaired)
            self._repairing |= set(found.repaired)
            # What they sent last may be stale by now.
            asking.ledger.renew_debts(found.repaired)
            lost = [" ".join(topic) for topic in found.repaired]
            logger.warning(
                "topics_lost: %s: asked for again",
                ", ".join(lost),
                extra={"connection": asking.name, "topics": lost},
            )
        if found.not_served:
            self._report_not_served(found.not_served)
        return True

    def watch_topics(self, session: Session, now: float) -> None:
        """Look for topics that went silent."""
        items = session.wire.items or {}
        session.suspicious(
            now,
            (
                (route.topic, route.last_at, route.usual_gap or 0.0)
                for route in self._asking.routes
                if route.topic in items
            ),
        )
        silent = session.overdue_snapshots(now)
        if silent:
            self._report_not_served(silent)

    def _report_not_served(self, topics: Iterable[Topic]) -> None:
        silent = [" ".join(topic) for topic in topics]
        logger.warning(
            "topics_not_served: %s: the exchange keeps silent about markets it does not have; check "
            "the spelling and the region",
            ", ".join(silent),
            extra={"connection": self._asking.name, "topics": silent},
        )
