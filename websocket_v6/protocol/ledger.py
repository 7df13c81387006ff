"""Who wants what on one connection, and who is still owed a snapshot.

A *topic* is ``(data_type, code)``. A *want* is one subscription's share of the ledger. The exchange sends
a SNAPSHOT to the whole connection; a want is owed one from the moment it joins a topic until a SNAPSHOT of
that topic arrives on the connection in use (not until it was asked for).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ..subscription import EVERY_CODE, MY_ORDER, PRIVATE_TYPES, TRADE, Options, StreamMode
from .requests import DEFAULT_UNITS, Item

__all__ = ["Ledger", "Topic", "Want"]

Topic = tuple[str, str]
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


class Ledger:
    """Everything wanted on one connection. Pure: it decides nothing about time or the wire."""

    def __init__(self) -> None:
        self._wants: dict[str, Want] = {}
        self._by_topic: dict[Topic, dict[str, Want]] = {}
        self._quarantine: set[Topic] = set()

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
        return tuple(self._by_topic.get(topic, {}).values())

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
            self._by_topic.setdefault((data_type, code), {})[key] = want
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
            del want.codes[code]
            want.served(code)
            topic = want.data_type, code
            holders = self._by_topic[topic]
            del holders[key]
            if not holders:
                del self._by_topic[topic]
                self._quarantine.discard(topic)
                gone.append(topic)
        if not want.codes:
            del self._wants[key]
        return tuple(gone)

    def collect(self, topic: Topic) -> tuple[Want, ...]:
        """The wants owed a snapshot of *topic*; their debt ends with this call."""
        debtors = tuple(want for want in self.holders(topic) if topic[1] in want.owed)
        for want in debtors:
            want.served(topic[1])
        return debtors

    def is_owed(self, topic: Topic) -> bool:
        return any(topic[1] in want.owed for want in self._by_topic.get(topic, {}).values())

    def renew_debts(self) -> None:
        """A new connection: streams get a fresh SNAPSHOT, except trades, which would repeat."""
        for want in self._wants.values():
            streams = want.options.mode is StreamMode.SNAPSHOT_THEN_REALTIME
            if streams and want.data_type != TRADE and want.data_type not in PRIVATE_TYPES:
                want.owed = set(want.codes)

    def quarantine(self, topics: Iterable[Topic]) -> None:
        """Keep *topics* out of requests while it is found out which of them the exchange refuses."""
        self._quarantine.update(topic for topic in topics if topic in self._by_topic)

    def release(self, topics: Iterable[Topic]) -> None:
        self._quarantine.difference_update(topics)

    def items(self) -> dict[Topic, Item]:
        """The union of all wants: what one complete request has to name, in a stable order."""
        union = {
            topic: self._merge(topic, holders.values())
            for topic, holders in self._by_topic.items()
            if topic not in self._quarantine
        }
        if (MY_ORDER, EVERY_CODE) in union:
            union = {
                topic: item
                for topic, item in union.items()
                if topic[0] != MY_ORDER or topic[1] == EVERY_CODE
            }
        return union

    def _merge(self, topic: Topic, wants: Iterable[Want]) -> Item:
        data_type, code = topic
        wants = tuple(wants)
        if data_type in PRIVATE_TYPES:
            return Item(data_type, code)
        units = max((want.options.units or DEFAULT_UNITS) for want in wants)
        return Item(
            data_type,
            code,
            snapshot=any(code in want.owed for want in wants),
            realtime=any(want.options.mode is not StreamMode.ONLY_SNAPSHOT for want in wants),
            units=units if any(want.options.units for want in wants) else None,
            level=next((want.options.level for want in wants if want.options.level), 0),
        )
