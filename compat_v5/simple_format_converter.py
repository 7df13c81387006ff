"""The legacy converters between the exchange's SIMPLE and DEFAULT key names.

Pure functions on dictionaries; keys a table does not have pass through in both directions. The
runtime does not use them: its decoder has tables of its own, and callbacks always get long keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal

from .frame_validation import RULES, Rules, check
from .simple_format_mappings import (
    CANDLE_SIMPLE_MAPPING,
    MYASSET_ASSETS_SIMPLE_MAPPING,
    MYASSET_SIMPLE_MAPPING,
    MYORDER_SIMPLE_MAPPING,
    ORDERBOOK_SIMPLE_MAPPING,
    ORDERBOOK_UNITS_SIMPLE_MAPPING,
    TICKER_SIMPLE_MAPPING,
    TRADE_SIMPLE_MAPPING,
)

__all__ = [
    "CANDLE_SIMPLE_MAPPING",
    "CANDLE_SIMPLE_REVERSE_MAPPING",
    "MYASSET_ASSETS_SIMPLE_MAPPING",
    "MYASSET_ASSETS_SIMPLE_REVERSE_MAPPING",
    "MYASSET_SIMPLE_MAPPING",
    "MYASSET_SIMPLE_REVERSE_MAPPING",
    "MYORDER_SIMPLE_MAPPING",
    "MYORDER_SIMPLE_REVERSE_MAPPING",
    "ORDERBOOK_SIMPLE_MAPPING",
    "ORDERBOOK_SIMPLE_REVERSE_MAPPING",
    "ORDERBOOK_UNITS_SIMPLE_MAPPING",
    "ORDERBOOK_UNITS_SIMPLE_REVERSE_MAPPING",
    "TICKER_SIMPLE_MAPPING",
    "TICKER_SIMPLE_REVERSE_MAPPING",
    "TRADE_SIMPLE_MAPPING",
    "TRADE_SIMPLE_REVERSE_MAPPING",
    "auto_detect_and_convert",
    "convert_candle_default_to_simple",
    "convert_candle_simple_to_default",
    "convert_from_simple_format",
    "convert_myasset_default_to_simple",
    "convert_myasset_simple_to_default",
    "convert_myorder_default_to_simple",
    "convert_myorder_simple_to_default",
    "convert_orderbook_default_to_simple",
    "convert_orderbook_simple_to_default",
    "convert_ticker_default_to_simple",
    "convert_ticker_simple_to_default",
    "convert_to_simple_format",
    "convert_trade_default_to_simple",
    "convert_trade_simple_to_default",
    "detect_candle_format",
    "detect_myasset_format",
    "detect_myorder_format",
    "detect_orderbook_format",
    "detect_ticker_format",
    "detect_trade_format",
    "test_all_simple_conversions",
    "validate_candle_simple_format",
    "validate_myasset_simple_format",
    "validate_myorder_simple_format",
    "validate_orderbook_simple_format",
    "validate_ticker_simple_format",
    "validate_trade_simple_format",
]

Data = dict[str, Any]
Format = Literal["SIMPLE", "DEFAULT"]


def _reversed(mapping: Mapping[str, str]) -> dict[str, str]:
    return {short: long for long, short in mapping.items()}


TICKER_SIMPLE_REVERSE_MAPPING = _reversed(TICKER_SIMPLE_MAPPING)
TRADE_SIMPLE_REVERSE_MAPPING = _reversed(TRADE_SIMPLE_MAPPING)
ORDERBOOK_SIMPLE_REVERSE_MAPPING = _reversed(ORDERBOOK_SIMPLE_MAPPING)
ORDERBOOK_UNITS_SIMPLE_REVERSE_MAPPING = _reversed(ORDERBOOK_UNITS_SIMPLE_MAPPING)
CANDLE_SIMPLE_REVERSE_MAPPING = _reversed(CANDLE_SIMPLE_MAPPING)
MYORDER_SIMPLE_REVERSE_MAPPING = _reversed(MYORDER_SIMPLE_MAPPING)
MYASSET_SIMPLE_REVERSE_MAPPING = _reversed(MYASSET_SIMPLE_MAPPING)
MYASSET_ASSETS_SIMPLE_REVERSE_MAPPING = _reversed(MYASSET_ASSETS_SIMPLE_MAPPING)

_MAPPINGS: Mapping[str, Mapping[str, str]] = {
    "ticker": TICKER_SIMPLE_MAPPING,
    "trade": TRADE_SIMPLE_MAPPING,
    "orderbook": ORDERBOOK_SIMPLE_MAPPING,
    "candle": CANDLE_SIMPLE_MAPPING,
    "myorder": MYORDER_SIMPLE_MAPPING,
    "myasset": MYASSET_SIMPLE_MAPPING,
}
_REVERSE_MAPPINGS: Mapping[str, Mapping[str, str]] = {
    kind: _reversed(mapping) for kind, mapping in _MAPPINGS.items()
}
_ITEMS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "orderbook": ("orderbook_units", ORDERBOOK_UNITS_SIMPLE_MAPPING),
    "myasset": ("assets", MYASSET_ASSETS_SIMPLE_MAPPING),
}
"""``{kind: (long key of a list of objects, mapping of those objects)}``."""


def _kind(data_type: object) -> str:
    """The table for a data type: any case, candles with or without their unit.

    Raises:
        ValueError: no such type.
    """
    name = str(data_type.value if isinstance(data_type, Enum) else data_type).lower()
    name = "candle" if name.startswith("candle.") else name
    if name not in _MAPPINGS:
        known = ", ".join(_MAPPINGS)
        raise ValueError(f"data_type={data_type!r}: must be one of {known} or candle.<unit>")
    return name


def _rename(value: object, names: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {names.get(key, key): item for key, item in value.items()}
    return value


def _to_simple(kind: str, data: Mapping[str, Any]) -> Data:
    key, names = _ITEMS.get(kind, ("", {}))
    result: Data = _rename(data, _MAPPINGS[kind])
    short = _MAPPINGS[kind].get(key)
    if short is not None and isinstance(data.get(key), list):
        result[short] = [_rename(item, names) for item in data[key]]
    return result


def _to_default(kind: str, data: Mapping[str, Any]) -> Data:
    key, names = _ITEMS.get(kind, ("", {}))
    result: Data = _rename(data, _REVERSE_MAPPINGS[kind])
    short = _MAPPINGS[kind].get(key)
    if short is not None and isinstance(data.get(short), list):
        back = _reversed(names)
        result[key] = [_rename(item, back) for item in data[short]]
    return result


def _detect(kind: str, data: Mapping[str, Any]) -> Format:
    short = sum(key in data for key in _REVERSE_MAPPINGS[kind])
    long = sum(key in data for key in _MAPPINGS[kind])
    return "SIMPLE" if short > long else "DEFAULT"


_SIMPLE_RULES: Mapping[str, Rules] = {
    "ticker": RULES["ticker"],
    "trade": RULES["trade"],
    "orderbook": RULES["orderbook"],
    "candle": RULES["candle"],
    # Unlike the rules of ``models``, these are for frames of the WebSocket.
    "myorder": Rules(
        required=("code", "uuid", "ask_bid", "order_type", "state"),
        choices={"ask_bid": ("ASK", "BID")},
    ),
    "myasset": Rules(
        required=("asset_uuid", "assets"),
        items=("assets", Rules(("currency",), not_negative=("balance", "locked"))),
    ),
}


def _validate(kind: str, data: Data) -> Data:
    check(f"{kind} in SIMPLE format", _to_default(kind, data), _SIMPLE_RULES[kind])
    return data


def convert_ticker_simple_to_default(data: Data) -> Data:
    return _to_default("ticker", data)


def convert_ticker_default_to_simple(data: Data) -> Data:
    return _to_simple("ticker", data)


def detect_ticker_format(data: Data) -> Format:
    return _detect("ticker", data)


def validate_ticker_simple_format(data: Data) -> Data:
    return _validate("ticker", data)


def convert_trade_simple_to_default(data: Data) -> Data:
    return _to_default("trade", data)


def convert_trade_default_to_simple(data: Data) -> Data:
    return _to_simple("trade", data)


def detect_trade_format(data: Data) -> Format:
    return _detect("trade", data)


def validate_trade_simple_format(data: Data) -> Data:
    return _validate("trade", data)


def convert_orderbook_simple_to_default(data: Data) -> Data:
    return _to_default("orderbook", data)


def convert_orderbook_default_to_simple(data: Data) -> Data:
    return _to_simple("orderbook", data)


def detect_orderbook_format(data: Data) -> Format:
    return _detect("orderbook", data)


def validate_orderbook_simple_format(data: Data) -> Data:
    return _validate("orderbook", data)


def convert_candle_simple_to_default(data: Data) -> Data:
    return _to_default("candle", data)


def convert_candle_default_to_simple(data: Data) -> Data:
    return _to_simple("candle", data)


def detect_candle_format(data: Data) -> Format:
    return _detect("candle", data)


def validate_candle_simple_format(data: Data) -> Data:
    return _validate("candle", data)


def convert_myorder_simple_to_default(data: Data) -> Data:
    return _to_default("myorder", data)


def convert_myorder_default_to_simple(data: Data) -> Data:
    return _to_simple("myorder", data)


def detect_myorder_format(data: Data) -> Format:
    return _detect("myorder", data)


def validate_myorder_simple_format(data: Data) -> Data:
    return _validate("myorder", data)


def convert_myasset_simple_to_default(data: Data) -> Data:
    return _to_default("myasset", data)


def convert_myasset_default_to_simple(data: Data) -> Data:
    return _to_simple("myasset", data)


def detect_myasset_format(data: Data) -> Format:
    return _detect("myasset", data)


def validate_myasset_simple_format(data: Data) -> Data:
    return _validate("myasset", data)


def convert_to_simple_format(data: Data, data_type: str) -> Data:
    """*data* with short keys; *data_type* in any case, ``candle.1m`` included.

    Raises:
        ValueError: no such type.
    """
    return _to_simple(_kind(data_type), data)


def convert_from_simple_format(data: Data, data_type: str) -> Data:
    """*data* with long keys; *data_type* in any case, ``candle.1m`` included.

    Raises:
        ValueError: no such type.
    """
    return _to_default(_kind(data_type), data)


def auto_detect_and_convert(data: Data, target_format: Format | None = None) -> Data:
    """*data* in the other format, or in *target_format* if that is given.

    Raises:
        ValueError: the frame names no known type.
    """
    kind = _kind(data.get("type") or data.get("ty"))
    target = target_format or ("DEFAULT" if _detect(kind, data) == "SIMPLE" else "SIMPLE")
    return _to_simple(kind, data) if target.upper() == "SIMPLE" else _to_default(kind, data)


def test_all_simple_conversions() -> None:
    """Convert one small frame of each type there and back, and print the outcome."""
    for kind, mapping in _MAPPINGS.items():
        frame: Data = {key: key for key in mapping}
        same = _to_default(kind, _to_simple(kind, frame)) == frame
        print(f"{kind}: {len(mapping)} keys, {'unchanged' if same else 'CHANGED'} after both ways")  # noqa: T201
