"""What the ledger wants against what the wire has: the one complete request, or nothing.

The exchange replaces everything on a connection with each request and acknowledges nothing. So a plan is
always whole: it names every topic anybody wants. Three states matter per topic: wanted, named in the last
request, and whether the snapshot asked for in the last request is still to come.

Whether anything has to be sent is asked at every turn. So the two are compared topic by topic as they change,
and the request itself is made only when it goes out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Final

from ..subscription import ORDERBOOK, PRIVATE_TYPES
from .ledger import Ledger, Topic, Want
from .requests import DEFAULT_UNITS, Item

__all__ = ["Need", "Plan", "Wire", "is_carried", "need", "plan"]

TRANSIT: Final = 2.0
"""Seconds after which no frame of a replaced request is on its way any more; answers take 0.2 to 0.4 s."""


@dataclass(slots=True)
class Wire:
    """What one socket holds, as far as this side knows.

    *items* is the last request that was sent (``None``: none was), *awaited* the topics whose snapshot
    it asked for and that has not arrived.
    """

    items: dict[Topic, Item] | None = None
    awaited: set[Topic] = field(default_factory=set)
    differences: Differences = field(
        default_factory=lambda: Differences(), init=False, repr=False, compare=False
    )
    _sizes: dict[Topic, dict[int, float]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Per order book: the numbers of units asked for on this socket, and when each was replaced; the one in
    force never."""

    def sent(self, items: Mapping[Topic, Item], at: float = -math.inf) -> None:
        """The request naming *items* is on the wire since *at* (seconds; the default is long ago)."""
        self.items = dict(items)
        self.awaited = {
            topic
            for topic, item in items.items()
            if item.snapshot and item.data_type not in PRIVATE_TYPES
        }
        self.differences.forget()
        self._note_sizes(items, at)

    def arrived(self, topic: Topic) -> None:
        """A SNAPSHOT of *topic* came in."""
        self.awaited.discard(topic)
        self.differences.look_again((topic,))

    def lost(self, topics: set[Topic]) -> None:
        """The exchange does not hold *topics*, whatever was sent."""
        if self.items is not None:
            self.items = {key: item for key, item in self.items.items() if key not in topics}
        self.awaited -= topics
        self.differences.forget()

    def may_be_cut(self, topic: Topic, levels: int, units: int | None, now: float) -> bool:
        """Whether a book of *levels* came from a request for fewer than *units* (``None``: 30).

        Which request was in force when a frame was sent does not show. But a request for 5 units is
        answered with 5 levels, and with fewer only if the book has no more: so a book is taken for a cut
        one if it has exactly as many levels as a request of this socket has asked for, and that one is in
        force or was until just now.
        """
        if levels >= (units or DEFAULT_UNITS):
            return False
        replaced = self._sizes.get(topic, _NO_SIZES).get(levels)
        return replaced is not None and now < replaced + TRANSIT

    def _note_sizes(self, items: Mapping[Topic, Item], at: float) -> None:
        for sizes in self._sizes.values():
            for size, replaced in sizes.items():
                if replaced == math.inf:
                    sizes[size] = at
        for topic, item in items.items():
            if topic[0] == ORDERBOOK:
                self._sizes.setdefault(topic, {})[item.units or DEFAULT_UNITS] = math.inf


_NO_SIZES: Final[dict[int, float]] = {}


class Need(Enum):
    """What a request would be for."""

    NOTHING = auto()
    REMOVAL = auto()
    """It would only take something away: that may wait a little to travel with a later change."""
    ADDITION = auto()


class Differences:
    """The topics in which a ledger and a wire differ, kept up to date as they change."""

    __slots__ = ("_again", "_compared", "_ledger", "_version", "adds", "takes_away")

    def __init__(self) -> None:
        self.adds: set[Topic] = set()
        """Wanted, and not or not so on the wire."""
        self.takes_away: set[Topic] = set()
        """On the wire, and not or not so much of it wanted."""
        self._ledger: Ledger | None = None
        self._version = 0
        self._compared: dict[Topic, Item] | None = None
        """What was on the wire when everything was compared last."""
        self._again: set[Topic] = set()

    def forget(self) -> None:
        """Everything may differ."""
        self._ledger = self._compared = None

    def look_again(self, topics: Iterable[Topic]) -> None:
        """These may differ."""
        self._again.update(topics)

    def update(self, ledger: Ledger, wire: Wire) -> None:
        """Look at what has changed since the last time."""
        on_wire = wire.items or {}
        changed = None
        if self._ledger is ledger and self._compared is wire.items:
            changed = ledger.changed_since(self._version)
        topics: Iterable[Topic]
        if changed is None:
            self.adds.clear()
            self.takes_away.clear()
            topics = {**ledger.items(), **on_wire}
        else:
            topics = {*changed, *self._again}
        self._again.clear()
        self._ledger, self._version, self._compared = ledger, ledger.version, wire.items
        for topic in topics:
            self._compare(topic, ledger.item(topic), on_wire.get(topic), wire)

    def _compare(self, topic: Topic, item: Item | None, had: Item | None, wire: Wire) -> None:
        if item is not None and _adds(item, wire):
            self.adds.add(topic)
        else:
            self.adds.discard(topic)
        if had is not None and _takes_away(had, item):
            self.takes_away.add(topic)
        else:
            self.takes_away.discard(topic)


@dataclass(frozen=True, slots=True)
class Plan:
    """A request to send.

    *items* is all of it. *urgent* is False when it only takes something away: that may wait a little to
    travel with a later change.
    """

    items: dict[Topic, Item]
    urgent: bool


def need(ledger: Ledger, wire: Wire) -> Need:
    """What the request that makes the wire agree with the ledger is needed for.

    Nothing when they agree, and when nothing is wanted at all: an empty request is impossible, the
    connection has to be closed instead.
    """
    if not ledger.has_items:
        return Need.NOTHING
    if wire.items is None:
        return Need.ADDITION
    differences = wire.differences
    differences.update(ledger, wire)
    if differences.adds:
        return Need.ADDITION
    return Need.REMOVAL if differences.takes_away else Need.NOTHING


def plan(ledger: Ledger, wire: Wire) -> Plan | None:
    """The request that makes the wire agree with the ledger; ``None`` when none is needed."""
    needed = need(ledger, wire)
    if needed is Need.NOTHING:
        return None
    wanted = ledger.items()
    if wire.items is None:
        # A new socket: every code is asked with its snapshot, so that the cache and the check for
        # codes the exchange does not know start from something.
        wanted = {topic: replace(item, snapshot=True) for topic, item in wanted.items()}
    return Plan(wanted, needed is Need.ADDITION)


def is_carried(ledger: Ledger, wire: Wire, want: Want) -> bool:
    """Whether a request that serves *want* was sent; what is kept out of requests does not count."""
    items = (ledger.item((want.data_type, code)) for code in want.codes)
    return wire.items is not None and not any(
        item is not None and _adds(item, wire) for item in items
    )


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


def _takes_away(had: Item, item: Item | None) -> bool:
    if item is None:
        # A code that was asked for its snapshot only is over once that came.
        return True
    return had.realtime > item.realtime or (had.units or DEFAULT_UNITS) > (
        item.units or DEFAULT_UNITS
    )
