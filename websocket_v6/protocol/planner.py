"""What the ledger wants against what the wire has: the one complete request, or nothing.

The exchange replaces everything on a connection with each request and acknowledges nothing. So a plan is
always whole: it names every topic anybody wants. Three states matter per topic: wanted, named in the last
request, and whether the snapshot asked for in the last request is still to come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..subscription import PRIVATE_TYPES
from .ledger import Ledger, Topic
from .requests import DEFAULT_UNITS, Item

__all__ = ["Plan", "Wire", "plan"]


@dataclass(slots=True)
class Wire:
    """What one socket holds, as far as this side knows.

    *items* is the last request that was sent (``None``: none was), *awaited* the topics whose snapshot
    it asked for and that has not arrived.
    """

    items: dict[Topic, Item] | None = None
    awaited: set[Topic] = field(default_factory=set)

    def sent(self, items: Mapping[Topic, Item]) -> None:
        """The request naming *items* is on the wire."""
        self.items = dict(items)
        self.awaited = {
            topic
            for topic, item in items.items()
            if item.snapshot and item.data_type not in PRIVATE_TYPES
        }

    def arrived(self, topic: Topic) -> None:
        """A SNAPSHOT of *topic* came in."""
        self.awaited.discard(topic)

    def lost(self, topics: set[Topic]) -> None:
        """The exchange does not hold *topics*, whatever was sent."""
        if self.items is not None:
            self.items = {key: item for key, item in self.items.items() if key not in topics}
        self.awaited -= topics


@dataclass(frozen=True, slots=True)
class Plan:
    """A request to send.

    *items* is all of it. *urgent* is False when it only takes something away: that may wait a little to
    travel with a later change.
    """

    items: dict[Topic, Item]
    urgent: bool


def plan(ledger: Ledger, wire: Wire) -> Plan | None:
    """The request that makes the wire agree with the ledger.

    Returns:
        ``None`` when they agree, and when nothing is wanted at all: an empty request is impossible, the
        connection has to be closed instead.
    """
    wanted = ledger.items()
    if not wanted:
        return None
    if wire.items is None:
        # A new socket: every code is asked with its snapshot, so that the cache and the check for
        # codes the exchange does not know start from something.
        return Plan({topic: replace(item, snapshot=True) for topic, item in wanted.items()}, True)
    urgent = any(_adds(item, wire) for item in wanted.values())
    if urgent or any(_takes_away(item, wanted) for item in wire.items.values()):
        return Plan(wanted, urgent)
    return None


def _adds(item: Item, wire: Wire) -> bool:
    had = wire.items.get(item.topic) if wire.items is not None else None
    if had is None or _covers(item, had) is False:
        return True
    return item.snapshot and item.data_type not in PRIVATE_TYPES and item.topic not in wire.awaited


def _covers(item: Item, had: Item) -> bool:
    """Whether what the wire has serves *item* as well."""
    return (
        had.realtime >= item.realtime
        and (had.units or DEFAULT_UNITS) >= (item.units or DEFAULT_UNITS)
        and had.level == item.level
    )


def _takes_away(had: Item, wanted: Mapping[Topic, Item]) -> bool:
    item = wanted.get(had.topic)
    if item is None:
        # A code that was asked for its snapshot only is over once that came.
        return True
    return had.realtime > item.realtime or (had.units or DEFAULT_UNITS) > (
        item.units or DEFAULT_UNITS
    )
