"""Which trades a topic has already delivered.

After a reconnect, and around a late subscriber's snapshot, the exchange repeats trades. ``sequential_id`` is
unique but not ordered, so a high-water mark would lose trades: recent ids are remembered instead. One
memory serves all subscribers of a topic: each id is stored with its arrival number, and a subscriber
that joined after that number has not had it.

A whole exchange is hundreds of topics, so an id costs its eight bytes and no more: they stand in a ring. An
id above all former ones, which nearly every trade has, is new without looking; the others are searched.
"""

from __future__ import annotations

from array import array
from typing import Final

__all__ = ["RecentTrades"]

_LARGEST: Final = 2**63 - 1


class RecentTrades:
    """The last ids of one topic, oldest forgotten first.

    Args:
        size: how many ids are remembered.
    """

    __slots__ = ("_count", "_highest", "_ring", "_size")

    def __init__(self, size: int = 1024) -> None:
        self._size = size
        self._ring = array("q")
        self._count = 0
        self._highest = -1

    @property
    def count(self) -> int:
        """Arrivals so far; a subscriber's join number."""
        return self._count

    def peek(self, sequential_id: int) -> int | None:
        """The arrival number of an id that was seen before, without recording it."""
        if sequential_id > self._highest:
            return None
        try:
            slot = self._ring.index(_storable(sequential_id))
        except ValueError:
            return None
        return self._count - (self._count - 1 - slot) % self._size

    def arrival(self, sequential_id: int) -> int | None:
        """The arrival number of an id that was seen before, or ``None`` for a new one (now recorded)."""
        if sequential_id > self._highest:
            self._highest = sequential_id
        else:
            seen = self.peek(sequential_id)
            if seen is not None:
                return seen
        if len(self._ring) < self._size:
            self._ring.append(_storable(sequential_id))
        else:
            self._ring[self._count % self._size] = _storable(sequential_id)
        self._count += 1
        return None


def _storable(sequential_id: int) -> int:
    """The id in 64 bits; the exchange's fit, whatever a feed makes up may not."""
    return sequential_id if abs(sequential_id) <= _LARGEST else sequential_id % _LARGEST
