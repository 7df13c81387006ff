"""Trades that come while a late subscriber waits for its SNAPSHOT.

A late subscriber gets the SNAPSHOT first. A trade that is sent before it, and that happened after it, would
be lost if it were withheld; so it is kept until the SNAPSHOT has come, or until it is clear that none comes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

__all__ = ["HeldTrade", "HeldTrades"]

PATIENCE: Final = 5.0
"""Seconds to wait for a SNAPSHOT: it takes 0.2 to 0.4 s."""
LIMIT: Final = 256
"""Trades that are kept at most."""


@dataclass(frozen=True, slots=True)
class HeldTrade:
    """One trade: its text, and for whom it is kept.

    *at* is its time on the exchange in milliseconds, if it is known.
    """

    sequential_id: object
    at: object
    payload: bytes
    keys: frozenset[str]


class HeldTrades:
    """The trades of one topic that wait, oldest first.

    Args:
        since: when the first one came (seconds).
    """

    __slots__ = ("_since", "_trades")

    def __init__(self, since: float) -> None:
        self._since = since
        self._trades: list[HeldTrade] = []

    def hold(
        self,
        sequential_id: object,
        at: object,
        payload: bytes,
        keys: Iterable[str],
    ) -> None:
        """Keep a trade for the subscriptions *keys*."""
        self._trades.append(HeldTrade(sequential_id, at, payload, frozenset(keys)))

    def is_overdue(self, now: float) -> bool:
        """Whether no SNAPSHOT is to be waited for any more."""
        return now - self._since >= PATIENCE or len(self._trades) >= LIMIT

    def after(self, sequential_id: object, at: object) -> list[HeldTrade]:
        """What came after the trade *sequential_id*; if that is not among them, what is not older."""
        for position, trade in enumerate(self._trades):
            if trade.sequential_id == sequential_id:
                return self._trades[position + 1 :]
        return [trade for trade in self._trades if not _is_older(trade.at, at)]

    def all(self) -> list[HeldTrade]:
        return self._trades


def _is_older(at: object, than: object) -> bool:
    return isinstance(at, int) and isinstance(than, int) and at < than
