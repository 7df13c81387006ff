"""The legacy ``validate_*`` functions, one per type of frame, and the one for any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .frame_types import infer_message_type
from .frame_validation import RULES, check

__all__ = [
    "validate_candle_data",
    "validate_mixed_message",
    "validate_my_asset_data",
    "validate_my_order_data",
    "validate_orderbook_data",
    "validate_ticker_data",
    "validate_trade_data",
]

Frame = dict[str, Any]


def _validated(kind: str, data: Mapping[str, Any]) -> Frame:
    check(kind, data, RULES[kind])
    return dict(data)


def validate_ticker_data(data: Mapping[str, Any]) -> Frame:
    """A shallow copy of a ticker frame that passed.

    Raises:
        ValueError: code or trade_price missing, a price not above 0, an unknown change.
    """
    return _validated("ticker", data)


def validate_trade_data(data: Mapping[str, Any]) -> Frame:
    """A shallow copy of a trade frame that passed.

    Raises:
        ValueError: a key missing, price or volume not above 0, an unknown side.
    """
    return _validated("trade", data)


def validate_orderbook_data(data: Mapping[str, Any]) -> Frame:
    """A shallow copy of an order book frame that passed.

    Raises:
        ValueError: no units, a unit without one of its four numbers, a negative number.
    """
    return _validated("orderbook", data)


def validate_candle_data(data: Mapping[str, Any]) -> Frame:
    """A shallow copy of a candle frame that passed.

    Raises:
        ValueError: a price missing or not above 0, high below low.
    """
    return _validated("candle", data)


def validate_my_order_data(data: Mapping[str, Any]) -> Frame:
    """A shallow copy of an order *of the REST API* that passed.

    Raises:
        ValueError: a key missing or unknown values; always for frames of the WebSocket, which have
            other keys.
    """
    return _validated("myOrder", data)


def validate_my_asset_data(data: Mapping[str, Any]) -> Frame:
    """A shallow copy of a balance *of the REST API* that passed.

    Raises:
        ValueError: a key missing or negative; always for frames of the WebSocket, which hold a
            list.
    """
    return _validated("myAsset", data)


def validate_mixed_message(data: Frame) -> Frame:
    """A frame of any type, checked by what it is; never raises on bad data.

    Returns:
        A copy that passed; a copy with ``_validation_error`` and ``_inferred_type`` where it did
        not; the same object where there are no rules for its type, candles with a unit included.
    """
    kind = infer_message_type(data)
    if kind not in RULES:
        return data
    try:
        return _validated(kind, data)
    except ValueError as error:
        return {**data, "_validation_error": str(error), "_inferred_type": kind}
