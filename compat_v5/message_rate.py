"""How many frames per second a client gets."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import Any

__all__ = ["MessageRate"]


class MessageRate:
    """Counts frames by whole seconds; keeps the last *seconds* that had any."""

    def __init__(self, seconds: int = 100) -> None:
        self.peak = 0
        self._total = 0
        self._counts: deque[tuple[int, int, int]] = deque(maxlen=seconds)

    def note(self, now: datetime) -> None:
        """One frame arrived at *now* (naive local time)."""
        second = int(now.timestamp())
        count = 1
        if self._counts and self._counts[-1][0] == second:
            count += self._counts.pop()[1]
        self._total += 1
        self._counts.append((second, count, self._total))
        self.peak = max(self.peak, count)

    def recent(self, limit: int = 10) -> list[dict[str, Any]]:
        """``{timestamp (ISO), rate, total_messages}`` of the last *limit* busy seconds."""
        return [
            {
                "timestamp": datetime.fromtimestamp(second).isoformat(),  # noqa: DTZ006 - legacy: naive
                "rate": count,
                "total_messages": total,
            }
            for second, count, total in list(self._counts)[-limit:]
        ]
