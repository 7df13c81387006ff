"""Which trades a topic has already delivered.

After a reconnect, and around a late subscriber's snapshot, the exchange repeats trades. ``sequential_id`` is
unique but not ordered, so a high-water mark would lose trades: recent ids are remembered instead. One
memory serves all subscribers of a topic: each id is stored with its arrival number, and a subscriber
that joined after that number has not had it.

A whole exchange is hundreds of topics, so an id costs its eight bytes and no more: they stand in a ring. An
id above all that are remembered, which nearly every trade has, is new without looking; the others are
searched. One that stands far above the rest makes the following ones be searched only until it is forgotten.
"""

from __future__ import annotations

from array import array
from struct import Struct
from typing import Final

__all__ = ["RecentTrades"]

_LARGEST: Final = 2**63 - 1
_BYTES: Final = 8
_pack: Final = Struct("q").pack


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
        """Of the ids in the ring; -1 while it is empty."""

    @property
    def count(self) -> int:
        """Arrivals so far; a subscriber's join number."""
        return self._count

    def peek(self, sequential_id: int) -> int | None:
        """The arrival number of an id that was seen before, without recording it."""
        stored = _storable(sequential_id)
        slot = self._slot(stored) if stored <= self._highest else None
        return None if slot is None else self._count - (self._count - 1 - slot) % self._size

    def arrival(self, sequential_id: int) -> int | None:
        """The arrival number of an id that was seen before, or ``None`` for a new one (now recorded)."""
        stored = _storable(sequential_id)
        if stored <= self._highest:
            seen = self.peek(stored)
            if seen is not None:
                return seen
        if len(self._ring) < self._size:
            self._ring.append(stored)
        else:
            slot = self._count % self._size
            forgotten, self._ring[slot] = self._ring[slot], stored
            if forgotten == self._highest:
                self._highest = max(self._ring)
        if stored > self._highest:
            self._highest = stored
        self._count += 1
        return None

    def _slot(self, stored: int) -> int | None:
        # Looking for its bytes takes a quarter of the time that comparing integers does.
        ring, wanted, at = self._ring.tobytes(), _pack(stored), -1
        while (at := ring.find(wanted, at + 1)) % _BYTES:
            if at < 0:
                return None
            # Otherwise the end of one id and the beginning of the next: look on.
        return at // _BYTES


def _storable(sequential_id: int) -> int:
    """The id in 64 bits; the exchange's fit, whatever a feed makes up may not."""
    return sequential_id if abs(sequential_id) <= _LARGEST else sequential_id % _LARGEST
