"""Where abstract values are kept, and which piece of code has to be looked at again when they grow."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable

from codemods.flow.values import UNKNOWN, Client, Container, LegacyName, Payload, Plain, Value

__all__ = ["Cell", "Cells"]

Cell = tuple[Hashable, ...]
"""``("var", scope key, name)``, ``("attr", class, name)``, ``("item", container, key)``,
``("items", container)``, ``("spread", container)``, ``("return", function)``, ``("yield", function)``,
``("loose", base name, name)``, ``("merged", container or class)``, ``("wrappers", function)``,
``("slots", signal)``."""


_WIDEST = 150
"""Values of one cell."""


class Cells:
    """Growing sets of values, with readers that are queued again when a set grows."""

    def __init__(self) -> None:
        self._values: dict[Cell, set[Value]] = defaultdict(set)
        self._readers: dict[Cell, set[int]] = defaultdict(set)
        self._queue: deque[int] = deque()
        self._queued: set[int] = set()
        self.current = -1
        self.first_seen: dict[tuple[Cell, Value], tuple[str, int]] = {}
        """Where a value first entered a cell: path and line."""

    def read(self, cell: Cell) -> set[Value]:
        """The values of a cell; the unit that runs now is queued again when they grow."""
        self._readers[cell].add(self.current)
        return self._values[cell]

    def within(self, values: Iterable[Value]) -> set[Value]:
        """The values, and those inside containers among them, however deep."""
        found: set[Value] = set()
        queue = list(values)
        while queue:
            value = queue.pop()
            if value not in found:
                found.add(value)
                if isinstance(value, Container):
                    queue.extend(self.read(("items", value)))
        return found

    def payloads_within(self, values: Iterable[Value]) -> set[Value]:
        """Payloads among the values and inside containers among them."""
        return {value for value in self.within(values) if isinstance(value, Payload)}

    def add(self, cell: Cell, values: Iterable[Value], place: tuple[str, int]) -> None:
        """Put *values* into a cell. *place* is kept as the reason for those that are new."""
        known = self._values[cell]
        fresh = [value for value in values if value not in known]
        if len(known) + len(fresh) > _WIDEST:
            # What may be so much may be anything; it is not followed any further.
            kept: list[Value] = [
                value for value in fresh if isinstance(value, Client | Payload | LegacyName)
            ]
            fresh = kept + [one for one in (UNKNOWN, Plain("foreign")) if one not in known]
        if not fresh:
            return
        for value in fresh:
            known.add(value)
            self.first_seen.setdefault((cell, value), place)
        for reader in self._readers[cell]:
            self.enqueue(reader)

    def enqueue(self, unit: int) -> None:
        """Ask for a unit to be looked at (again)."""
        if unit >= 0 and unit not in self._queued:
            self._queued.add(unit)
            self._queue.append(unit)

    def take(self) -> int | None:
        """The next unit to look at."""
        if not self._queue:
            return None
        unit = self._queue.popleft()
        self._queued.discard(unit)
        return unit

    def items(self) -> Iterable[tuple[Cell, set[Value]]]:
        """All cells with their values."""
        return self._values.items()
