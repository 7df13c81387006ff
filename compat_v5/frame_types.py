"""What type a frame is of, whoever made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["infer_message_type"]

_BY_TYPE = frozenset({"ticker", "trade", "orderbook", "myOrder", "myAsset"})
_BY_SHORT_TYPE = frozenset({"ticker", "trade", "orderbook"})
_BY_KEYS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("trade_price", "change_rate", "acc_trade_volume_24h"), "ticker"),
    (("ask_bid", "sequential_id"), "trade"),
    (("orderbook_units", "total_ask_size"), "orderbook"),
    (("candle_date_time_utc", "candle_acc_trade_volume"), "candle"),
    (("uuid", "side", "ord_type"), "myOrder"),
    (("currency", "balance", "locked"), "myAsset"),
)
"""``(keys that occur together, type)``, first match wins."""


def infer_message_type(data: Mapping[str, Any]) -> str:
    """The type of a frame: its ``type``, else its ``ty``, else by its keys, else ``"unknown"``.

    Candles keep their unit (``candle.1m``) unless only their keys tell what they are (``candle``).
    """
    for key, known in (("type", _BY_TYPE), ("ty", _BY_SHORT_TYPE)):
        name = data.get(key)
        if isinstance(name, str) and (name in known or name.startswith("candle")):
            return name
    for keys, name in _BY_KEYS:
        if all(key in data for key in keys):
            return name
    return "unknown"
