"""Order book frames cut to fewer units."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

__all__ = ["cut"]


def cut(frame: dict[str, Any], units: int) -> dict[str, Any]:
    """A copy of *frame* with its best *units* levels and the totals over just those.

    The exchange's totals are the sum over the units in the very frame. Sums are taken in decimal, so
    that they read as the exchange would have written them. Levels without numbers leave the totals as
    they are.
    """
    levels = [
        dict(level) if isinstance(level, dict) else level
        for level in frame["orderbook_units"][:units]
    ]
    shorter = {**frame, "orderbook_units": levels}
    try:
        asks, bids = _total(levels, "ask_size"), _total(levels, "bid_size")
    except (ArithmeticError, LookupError, TypeError):
        return shorter
    shorter["total_ask_size"], shorter["total_bid_size"] = asks, bids
    return shorter


def _total(levels: list[dict[str, Any]], key: str) -> float:
    return float(sum((Decimal(str(level[key])) for level in levels), Decimal(0)))
