"""Which trades a topic has already delivered.

After a reconnect, and around a late subscriber's snapshot, the exchange repeats trades. ``sequential_id`` is
unique but not ordered, so a high-water mark would lose trades: recent ids are remembered instead. One
memory serves all subscribers of a topic: each id is stored with its arrival number, and a subscriber
that joined after that number has not had it.
"""

from __future__ import annotations

from itertools import islice

__all__ = ["RecentTrades"]


class RecentTrades:
    """The last ids of one topic, oldest forgotten first.

    Args:
        size: how many ids are remembered at least.
    """

    __slots__ = ("_arrivals", "_count", "_size")

    def __init__(self, size: int = 1024) -> None:
        self._size = size
        self._arrivals: dict[int, int] = {}
        self._count = 0

    @property
    def count(self) -> int:
        """Arrivals so far; a subscriber's join number."""
        return self._count

    def peek(self, sequential_id: int) -> int | None:
        """The arrival number of an id that was seen before, without recording it."""
        return self._arrivals.get(sequential_id)

    def arrival(self, sequential_id: int) -> int | None:
        """The arrival number of an id that was seen before, or ``None`` for a new one (now recorded)."""
        arrivals = self._arrivals
        seen = arrivals.get(sequential_id)
        if seen is not None:
            return seen
        self._count += 1
        arrivals[sequential_id] = self._count
        if len(arrivals) >= self._size * 2:
            for old in list(islice(arrivals, self._size)):
                del arrivals[old]
        return None
