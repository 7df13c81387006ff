"""Nobody gets one trade twice, whatever the exchange repeats."""

from __future__ import annotations

from .counters import Counters
from .routes import Consumer, Route

__all__ = ["kept", "without_repeats"]


def without_repeats(
    route: Route, identifier: object, consumers: tuple[Consumer, ...], counters: Counters
) -> tuple[Consumer, ...]:
    """Those of *consumers* that a trade which has come is new to."""
    trades = route.trades
    if type(identifier) is not int or trades is None:
        return consumers
    seen = trades.arrival(identifier)
    if seen is None and not route.repeated:
        return consumers
    return kept(route, identifier, seen, consumers, counters, snapshot=False)


def kept(
    route: Route,
    identifier: int,
    seen: int | None,
    consumers: tuple[Consumer, ...],
    counters: Counters,
    *,
    snapshot: bool,
) -> tuple[Consumer, ...]:
    """Those of *consumers* that have not had the trade; they have it from now on.

    Args:
        seen: its arrival number, if it came before.
    """
    those = route.without_repeats(identifier, seen, consumers)
    counters.duplicates += len(consumers) - len(those)
    if seen is not None or snapshot:
        route.remember(those, identifier)
    return those
