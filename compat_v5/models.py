"""The legacy models: plain functions on frames and on the envelope around them, enums, field lists.

A *frame* is what the exchange sent, with its own keys. An *envelope* is the dictionary legacy code
built around it: ``type``, ``market``, ``data`` (the frame), ``timestamp`` (naive local time),
``stream_type`` and ``raw_data`` (the frame once more).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from . import simple_format_converter as _converter
from .field_descriptions import (
    CANDLE_FIELDS,
    MY_ASSET_FIELDS,
    MY_ORDER_FIELDS,
    ORDERBOOK_FIELDS,
    ORDERBOOK_UNIT_FIELDS,
    TICKER_FIELDS,
    TRADE_FIELDS,
)
from .frame_validation import RULES, check
from .lazy_names import module_getattr

__all__ = [
    "CANDLE_FIELDS",
    "MY_ASSET_FIELDS",
    "MY_ORDER_FIELDS",
    "ORDERBOOK_FIELDS",
    "ORDERBOOK_UNIT_FIELDS",
    "SIMPLE_FORMAT_AVAILABLE",
    "TICKER_FIELDS",
    "TRADE_FIELDS",
    "DataType",
    "StreamType",
    "batch_convert_messages",
    "convert_message_format",
    "create_connection_status",
    "create_format_aware_message",
    "create_websocket_message",
    "example_orderbook_message",
    "example_ticker_message",
    "example_trade_message",
    "get_field_documentation",
    "get_format_conversion_stats",
    "get_message_format",
    "infer_message_type",
    "is_realtime_message",
    "is_simple_format_supported",
    "is_snapshot_message",
    "print_field_documentation",
    "process_websocket_message",
    "update_connection_status",
    "validate_candle_data",
    "validate_mixed_message",
    "validate_my_asset_data",
    "validate_my_order_data",
    "validate_orderbook_data",
    "validate_ticker_data",
    "validate_trade_data",
]

Data = dict[str, Any]

SIMPLE_FORMAT_AVAILABLE = True


class StreamType(str, Enum):  # noqa: UP042 - str() of a member is part of the legacy contract
    """Values of a frame's ``stream_type``."""

    SNAPSHOT = "SNAPSHOT"
    REALTIME = "REALTIME"


class DataType(str, Enum):  # noqa: UP042 - as above
    """Data types by their wire names. ``CANDLE_1H`` and ``CANDLE_4H`` are older names."""

    TICKER = "ticker"
    TRADE = "trade"
    ORDERBOOK = "orderbook"
    CANDLE_1S = "candle.1s"
    CANDLE_1M = "candle.1m"
    CANDLE_3M = "candle.3m"
    CANDLE_5M = "candle.5m"
    CANDLE_10M = "candle.10m"
    CANDLE_15M = "candle.15m"
    CANDLE_30M = "candle.30m"
    CANDLE_60M = "candle.60m"
    CANDLE_240M = "candle.240m"
    CANDLE_1H = "candle.60m"  # noqa: PIE796 - an alias on purpose
    CANDLE_4H = "candle.240m"  # noqa: PIE796
    MYORDER = "myOrder"
    MYASSET = "myAsset"

    @classmethod
    def get_public_types(cls) -> list[DataType]:
        return [member for member in cls if member.is_public()]

    @classmethod
    def get_private_types(cls) -> list[DataType]:
        return [member for member in cls if member.is_private()]

    @classmethod
    def get_candle_types(cls) -> list[DataType]:
        return [member for member in cls if member.is_candle()]

    def is_public(self) -> bool:
        return not self.is_private()

    def is_private(self) -> bool:
        return self.value in ("myOrder", "myAsset")

    def is_candle(self) -> bool:
        return self.value.startswith("candle.")


def _now() -> datetime:
    return datetime.now()  # noqa: DTZ005 - naive local time is the legacy contract


# Envelopes


def create_websocket_message(
    msg_type: str,
    market: str | None,
    data: Data,
    timestamp: datetime | None = None,
    stream_type: str | None = None,
) -> Data:
    """An envelope.

    Args:
        msg_type: its ``type``.
        market: put in upper case; ``None`` or empty gives ``"UNKNOWN"``.
        data: the frame, kept as it is.
        timestamp: ``None`` means now, naive local time.
        stream_type: of the envelope, not of the frame.
    """
    return {
        "type": msg_type,
        "market": market.upper() if market else "UNKNOWN",
        "data": data,
        "timestamp": timestamp or _now(),
        "stream_type": stream_type,
        "raw_data": data,
    }


def is_snapshot_message(message: Mapping[str, Any]) -> bool:
    """Whether the dictionary itself says SNAPSHOT: an envelope does not, its frame may."""
    return message.get("stream_type") == "SNAPSHOT"


def is_realtime_message(message: Mapping[str, Any]) -> bool:
    """Whether the dictionary itself says REALTIME: an envelope does not, its frame may."""
    return message.get("stream_type") == "REALTIME"


# Types and validation

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


def _validated(kind: str, data: Mapping[str, Any]) -> Data:
    check(kind, data, RULES[kind])
    return dict(data)


def validate_ticker_data(data: Mapping[str, Any]) -> Data:
    """A shallow copy of a ticker frame that passed.

    Raises:
        ValueError: code or trade_price missing, a price not above 0, an unknown change.
    """
    return _validated("ticker", data)


def validate_trade_data(data: Mapping[str, Any]) -> Data:
    """A shallow copy of a trade frame that passed.

    Raises:
        ValueError: a key missing, price or volume not above 0, an unknown side.
    """
    return _validated("trade", data)


def validate_orderbook_data(data: Mapping[str, Any]) -> Data:
    """A shallow copy of an order book frame that passed.

    Raises:
        ValueError: no units, a unit without one of its four numbers, a negative number.
    """
    return _validated("orderbook", data)


def validate_candle_data(data: Mapping[str, Any]) -> Data:
    """A shallow copy of a candle frame that passed.

    Raises:
        ValueError: a price missing or not above 0, high below low.
    """
    return _validated("candle", data)


def validate_my_order_data(data: Mapping[str, Any]) -> Data:
    """A shallow copy of an order *of the REST API* that passed.

    Raises:
        ValueError: a key missing or unknown values; always for frames of the WebSocket, which have
            other keys.
    """
    return _validated("myOrder", data)


def validate_my_asset_data(data: Mapping[str, Any]) -> Data:
    """A shallow copy of a balance *of the REST API* that passed.

    Raises:
        ValueError: a key missing or negative; always for frames of the WebSocket, which hold a
            list.
    """
    return _validated("myAsset", data)


def validate_mixed_message(data: Data) -> Data:
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


# Documentation and samples

_DOCUMENTATION: Mapping[str, dict[str, str]] = {
    "ticker": TICKER_FIELDS,
    "trade": TRADE_FIELDS,
    "orderbook": ORDERBOOK_FIELDS,
    "candle": CANDLE_FIELDS,
    "myOrder": MY_ORDER_FIELDS,
    "myAsset": MY_ASSET_FIELDS,
}


def get_field_documentation(msg_type: str) -> dict[str, str]:
    """``{key: meaning}`` of a type; empty for unknown ones."""
    return _DOCUMENTATION.get(msg_type, {})


def print_field_documentation(msg_type: str) -> None:
    """Print ``get_field_documentation`` as a list."""
    fields = get_field_documentation(msg_type)
    if not fields:
        print(f"{msg_type}: no such type")  # noqa: T201 - printing is what it is for
    for key, meaning in fields.items():
        print(f"{key:<25} {meaning}")  # noqa: T201


def _sample(data_type: str, stream_type: str, **values: Any) -> Data:
    now = int(_now().timestamp() * 1000)
    frame = {"type": data_type, "code": "KRW-BTC", **values}
    return {**frame, "timestamp": now, "stream_type": stream_type}


def example_ticker_message() -> Data:
    """A made-up ticker frame, stamped now."""
    return _sample(
        "ticker",
        "REALTIME",
        opening_price=95_000_000.0,
        high_price=96_000_000.0,
        low_price=94_000_000.0,
        trade_price=95_500_000.0,
        prev_closing_price=95_000_000.0,
        change="RISE",
        change_price=500_000.0,
        change_rate=0.0053,
        trade_volume=0.1,
        acc_trade_price_24h=1_000_000_000.0,
        acc_trade_volume_24h=10.5,
    )


def example_trade_message() -> Data:
    """A made-up trade frame, stamped now."""
    return _sample(
        "trade",
        "REALTIME",
        trade_price=95_500_000.0,
        trade_volume=0.01,
        ask_bid="BID",
        sequential_id=123_456_789,
    )


def example_orderbook_message() -> Data:
    """A made-up order book frame of two levels, stamped now."""
    prices = ((95_600_000.0, 95_500_000.0, 0.5, 0.3), (95_700_000.0, 95_400_000.0, 0.2, 0.1))
    units = [dict(zip(ORDERBOOK_UNIT_FIELDS, level, strict=True)) for level in prices]
    return _sample(
        "orderbook", "SNAPSHOT", orderbook_units=units, total_ask_size=0.7, total_bid_size=0.4
    )


# Connection status


def create_connection_status(state: str, connection_id: str) -> Data:
    """The ten base keys of a status; both times are now, all counts 0."""
    now = _now()
    return {
        "state": state,
        "connection_id": connection_id,
        "connected_at": now,
        "uptime_seconds": 0.0,
        "message_count": 0,
        "error_count": 0,
        "active_subscriptions": 0,
        "last_message_at": now,
        "is_connected": state in ("CONNECTED", "ACTIVE", "SUBSCRIBING"),
        "is_active": state == "ACTIVE",
    }


def update_connection_status(
    status: Mapping[str, Any], message_received: bool = False, error_occurred: bool = False
) -> Data:
    """A copy of *status* with the uptime of now and, as told, one message or one error more."""
    now = _now()
    updated = dict(status)
    connected_at = updated.get("connected_at")
    if isinstance(connected_at, datetime):
        updated["uptime_seconds"] = (now - connected_at).total_seconds()
    if message_received:
        updated["message_count"] = updated.get("message_count", 0) + 1
        updated["last_message_at"] = now
    if error_occurred:
        updated["error_count"] = updated.get("error_count", 0) + 1
    return updated


# SIMPLE format

_LONG_KEYS = (
    "type",
    "code",
    "trade_price",
    "trade_volume",
    "ask_price",
    "bid_price",
    "orderbook_units",
)
_SHORT_KEYS = ("ty", "cd", "tp", "tv", "ap", "bp", "obu")


def process_websocket_message(
    raw_data: Data, format_preference: str = "auto", validate_data: bool = True
) -> Data:
    """An envelope around a frame in either format.

    Args:
        raw_data: the frame.
        format_preference: ``"simple"`` gives short keys, anything else long ones.
        validate_data: apply ``validate_mixed_message``.

    Returns:
        The envelope; with ``format_conversion_error`` (text) around the frame as it was if the
        type is unknown.
    """
    target = "SIMPLE" if format_preference == "simple" else "DEFAULT"
    kind = infer_message_type(raw_data)
    data, problem = raw_data, None
    try:
        data = _in_format(raw_data, kind, target)
    except ValueError as error:
        problem = str(error)
    if kind == "unknown":
        kind = infer_message_type(data)  # a SIMPLE frame may tell more when its keys are long
    if validate_data:
        data = validate_mixed_message(data)
    message = create_websocket_message(kind, data.get("code") or data.get("cd"), data)
    if problem is not None:
        message["format_conversion_error"] = problem
    return message


def _in_format(data: Data, kind: str, target: str) -> Data:
    name = data.get("type") or data.get("ty") or kind
    if target == "SIMPLE":
        return _converter.convert_to_simple_format(data, name)
    return _converter.convert_from_simple_format(data, name)


def convert_message_format(message_data: Data, target_format: str = "simple") -> Data:
    """A copy of an envelope whose ``data`` is in *target_format*, with ``format`` in upper case.

    Where the type is unknown the copy has ``format_conversion_error`` (text) instead.
    """
    data = message_data.get("data", message_data)
    kind = message_data.get("type") or infer_message_type(data)
    target = target_format.upper()
    try:
        converted = _in_format(data, kind, target)
    except ValueError as error:
        return {**message_data, "format_conversion_error": str(error)}
    return {**message_data, "data": converted, "format": target}


def batch_convert_messages(messages: Iterable[Data], target_format: str = "simple") -> list[Data]:
    """``convert_message_format`` of each."""
    return [convert_message_format(message, target_format) for message in messages]


def get_message_format(message_data: Mapping[str, Any]) -> str:
    """``"SIMPLE"``, ``"DEFAULT"`` or ``"UNKNOWN"``, by which keys of a frame or envelope's frame
    there are more of."""
    data = message_data.get("data", message_data)
    short = sum(key in data for key in _SHORT_KEYS)
    long = sum(key in data for key in _LONG_KEYS)
    if short > long:
        return "SIMPLE"
    return "DEFAULT" if long else "UNKNOWN"


def create_format_aware_message(
    msg_type: str,
    market: str,
    data: Data,
    format_mode: str = "default",
    timestamp: datetime | None = None,
    stream_type: str | None = None,
) -> Data:
    """An envelope with ``format`` (what *data* is in) and ``format_mode`` (what was asked for).

    ``"simple"`` also converts ``data``.
    """
    message = create_websocket_message(msg_type, market, data, timestamp, stream_type)
    message["format"] = get_message_format(message)
    message["format_mode"] = format_mode.upper()
    return convert_message_format(message) if format_mode.lower() == "simple" else message


def is_simple_format_supported() -> bool:
    return SIMPLE_FORMAT_AVAILABLE


def get_format_conversion_stats() -> Data:
    """What the converters can do; constants."""
    return {
        "simple_format_available": SIMPLE_FORMAT_AVAILABLE,
        "supported_data_types": list(_DOCUMENTATION),
        "conversion_modes": ["auto", "simple", "default"],
        "bandwidth_savings": "about a third of a DEFAULT frame's bytes",
    }


if not TYPE_CHECKING:  # a type checker shall know the real names only
    __getattr__ = module_getattr(__name__)
