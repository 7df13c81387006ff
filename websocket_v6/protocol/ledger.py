"""Who wants what on one connection, and who is still owed a snapshot.

A *topic* is ``(data_type, code)``. A *want* is one subscription's share of the ledger. The exchange sends
a SNAPSHOT to the whole connection; a want is owed one from the moment it joins a topic until a SNAPSHOT of
that topic arrives on the connection in use (not until it was asked for).

Thousands of components may join at once. So what a topic needs is counted as wants come and go, and whoever
compares the ledger with the wire is told which topics have changed: nothing looks at all of them per change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ..subscription import (
    EVERY_CODE,
    MY_ORDER,
    ORDERBOOK,
    PRIVATE_TYPES,
    TRADE,
    Options,
    StreamMode,
)
from .requests import DEFAULT_UNITS, Item

__all__ = ["Ledger", "Topic", "Want"]

Topic = tuple[str, str]
_ALL_ORDERS: Final = (MY_ORDER, EVERY_CODE)
_CHANGES_KEPT: Final = 1000
"""Changes of topics that nobody wants any more are remembered up to this number."""
_NOTHING: Final[frozenset[str]] = frozenset()  # one for all: each new one takes 216 bytes


@dataclass(slots=True)
class Want:
    """One subscription's part: its codes in order, and those whose snapshot it is owed."""

    key: str
    data_type: str
    options: Options
    codes: dict[str, None]
    owed: set[str] | frozenset[str] = _NOTHING

    def served(self, code: str) -> None:
        """The snapshot of *code* is owed no more."""
        if isinstance(self.owed, set):
            self.owed.discard(code)
            self.owed = self.owed or _NOTHING


class _Holders:
    """The wants of one topic, and what they add up to."""

    __slots__ = ("level", "owed", "sizes", "streams", "wants")

    def __init__(self) -> None:
        self.wants: dict[str, Want] = {}
        self.owed = 0
        self.streams = 0
        self.sizes: dict[int | None, int] = {}
        """How many want each number of order book units."""
        self.level: float = 0

    def enter(self, want: Want, code: str) -> None:
        options = want.options
        self.wants[want.key] = want
        self.owed += code in want.owed
        self.streams += options.mode is not StreamMode.ONLY_SNAPSHOT
        if want.data_type == ORDERBOOK:
            self.sizes[options.units] = self.sizes.get(options.units, 0) + 1
            self.level = self.level or options.level

    def leave(self, want: Want, code: str) -> None:
        options = want.options
        del self.wants[want.key]
        self.owed -= code in want.owed
        self.streams -= options.mode is not StreamMode.ONLY_SNAPSHOT
        if want.data_type == ORDERBOOK:
            self.sizes[options.units] -= 1
            if not self.sizes[options.units]:
                del self.sizes[options.units]
            if options.level:
                levels = (one.options.level for one in self.wants.values())
                self.level = next((level for level in levels if level), 0)

    def item(self, data_type: str, code: str) -> Item:
        """What one request has to ask for to serve all of them."""
        if data_type in PRIVATE_TYPES:
            return Item(data_type, code)
        units = None
        if any(self.sizes):
            units = max(units or DEFAULT_UNITS for units in self.sizes)
        return Item(data_type, code, self.owed > 0, self.streams > 0, units, self.level)


class Ledger:
    """Everything wanted on one connection. Pure: it decides nothing about time or the wire."""

    def __init__(self) -> None:
        self.version = 0
        """Grows with every change of what a request has to name."""
        self._wants: dict[str, Want] = {}
        self._by_topic: dict[Topic, _Holders] = {}
        self._items: dict[Topic, Item] = {}
        self._quarantine: set[Topic] = set()
        self._changes: dict[Topic, int] = {}
        """The version in which a topic changed last, oldest first."""
        self._changes_since = 0
        """Changes before this version are forgotten."""

    def __bool__(self) -> bool:
        return bool(self._wants)

    def __contains__(self, key: str) -> bool:
        return key in self._wants

    def __iter__(self) -> Iterator[Want]:
        return iter(tuple(self._wants.values()))

    def get(self, key: str) -> Want | None:
        return self._wants.get(key)

    def topics(self) -> set[Topic]:
        """Every topic that somebody wants."""
        return set(self._by_topic)

    def holders(self, topic: Topic) -> tuple[Want, ...]:
        """The wants that hold *topic*, oldest first."""
        holders = self._by_topic.get(topic)
        return () if holders is None else tuple(holders.wants.values())

    def level(self, topic: Topic) -> float | None:
        """The price grouping of an order book here; ``None`` when nobody wants it."""
        holders = self._by_topic.get(topic)
        return None if holders is None else holders.level

    # -- wants ----------------------------------------------------------------------------------

    def add(
        self,
        key: str,
        data_type: str,
        codes: Iterable[str],
        options: Options,
        *,
        served: Iterable[str] = (),
    ) -> Want:
        """Enter a want.

        Args:
            served: codes that need no snapshot from the exchange (a cached frame serves them).
        """
        want = Want(key, data_type, options, dict.fromkeys(codes))
        if options.mode is not StreamMode.ONLY_REALTIME and data_type not in PRIVATE_TYPES:
            want.owed = set(want.codes).difference(served) or _NOTHING
        self._wants[key] = want
        for code in want.codes:
            topic = data_type, code
            holders = self._by_topic.get(topic)
            if holders is None:
                holders = self._by_topic[topic] = _Holders()
            holders.enter(want, code)
            self._changed(topic)
        return want

    def remove(self, key: str, codes: Iterable[str] | None = None) -> tuple[Topic, ...]:
        """Take a want out, or only some of its codes; without codes left it is gone.

        Returns:
            The topics that nobody wants any more.
        """
        want = self._wants.get(key)
        if want is None:
            return ()
        gone = []
        for code in tuple(want.codes) if codes is None else tuple(codes):
            if code not in want.codes:
                continue
            topic = want.data_type, code
            holders = self._by_topic[topic]
            holders.leave(want, code)
            del want.codes[code]
            want.served(code)
            if not holders.wants:
                del self._by_topic[topic]
                self._quarantine.discard(topic)
                gone.append(topic)
            self._changed(topic)
        if not want.codes:
            del self._wants[key]
        return tuple(gone)

    # -- debts ----------------------------------------------------------------------------------

    def collect(
        self, topic: Topic, serves: Callable[[Want], bool] | None = None
    ) -> tuple[Want, ...]:
        """The wants owed a snapshot of *topic*; their debt ends with this call.

        Args:
            serves: whether what came is a snapshot for such a want; ``None``: for all.
        """
        holders = self._by_topic.get(topic)
        if holders is None or not holders.owed:
            return ()
        debtors = tuple(
            want
            for want in holders.wants.values()
            if topic[1] in want.owed and (serves is None or serves(want))
        )
        for want in debtors:
            want.served(topic[1])
        if debtors:
            holders.owed -= len(debtors)
            self._changed(topic)
        return debtors

    def is_owed(self, topic: Topic) -> bool:
        holders = self._by_topic.get(topic)
        return holders is not None and holders.owed > 0

    def renew_debts(self, topics: Collection[Topic] | None = None) -> None:
        """*topics* (``None``: a new connection, all of them) begin anew: streams get a fresh SNAPSHOT,
        except trades, which would repeat.
        """
        for want in self._wants.values():
            streams = want.options.mode is StreamMode.SNAPSHOT_THEN_REALTIME
            if streams and want.data_type != TRADE and want.data_type not in PRIVATE_TYPES:
                again = set(want.codes) if topics is None else self._of(want, topics)
                for code in again - want.owed:
                    topic = want.data_type, code
                    self._by_topic[topic].owed += 1
                    self._changed(topic)
                want.owed = {*want.owed, *again} or _NOTHING

    @staticmethod
    def _of(want: Want, topics: Collection[Topic]) -> set[str]:
        return {code for kind, code in topics if kind == want.data_type and code in want.codes}

    # -- what a request has to name -------------------------------------------------------------

    def quarantine(self, topics: Iterable[Topic]) -> None:
        """Keep *topics* out of requests while it is found out which of them the exchange refuses."""
        for topic in tuple(topics):
            if topic in self._by_topic:
                self._quarantine.add(topic)
                self._changed(topic)

    def release(self, topics: Iterable[Topic]) -> None:
        for topic in self._quarantine.intersection(topics):
            self._quarantine.discard(topic)
            self._changed(topic)

    @property
    def has_items(self) -> bool:
        """Whether there is anything to ask for."""
        return len(self._by_topic) > len(self._quarantine)

    def item(self, topic: Topic) -> Item | None:
        """What a request has to ask of *topic*; ``None``: it does not name it."""
        item = self._items.get(topic)
        if item is None or topic in self._quarantine or self._is_absorbed(topic):
            return None
        return item

    def items(self) -> dict[Topic, Item]:
        """The union of all wants: what one complete request has to name, in a stable order."""
        if not self._quarantine and _ALL_ORDERS not in self._items:
            return dict(self._items)
        return {topic: item for topic in self._items if (item := self.item(topic)) is not None}

    def _is_absorbed(self, topic: Topic) -> bool:
        """Whether the orders of all markets are asked for, with those of this one among them."""
        return (
            topic[0] == MY_ORDER
            and topic != _ALL_ORDERS
            and _ALL_ORDERS in self._by_topic
            and _ALL_ORDERS not in self._quarantine
        )

    # -- changes --------------------------------------------------------------------------------

    def changed_since(self, version: int) -> list[Topic] | None:
        """The topics that have changed after *version*; ``None``: that is too long ago to tell."""
        if version < self._changes_since:
            return None
        topics = []
        for topic in reversed(self._changes):
            if self._changes[topic] <= version:
                break
            topics.append(topic)
        return topics

    def _changed(self, topic: Topic) -> None:
        holders = self._by_topic.get(topic)
        if holders is None:
            self._items.pop(topic, None)
        else:
            self._items[topic] = holders.item(*topic)
        self._note(topic)
        if topic == _ALL_ORDERS:
            for other in self._items:
                if other[0] == MY_ORDER:
                    self._note(other)

    def _note(self, topic: Topic) -> None:
        self.version += 1
        self._changes.pop(topic, None)
        self._changes[topic] = self.version
        if len(self._changes) > _CHANGES_KEPT + 2 * len(self._by_topic):
            self._changes.clear()
            self._changes_since = self.version
