"""The legacy models: enums, field lists, samples, statuses; and names that live in modules of their own.

Envelopes, validation and the SIMPLE format are in ``envelopes``, ``validators`` and
``message_formats``; legacy code finds all of it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from .clock import local_now
from .envelopes import create_websocket_message, is_realtime_message, is_snapshot_message
from .field_descriptions import (
    CANDLE_FIELDS,
    MY_ASSET_FIELDS,
    MY_ORDER_FIELDS,
    ORDERBOOK_FIELDS,
    ORDERBOOK_UNIT_FIELDS,
    TICKER_FIELDS,
    TRADE_FIELDS,
)
from .frame_types import infer_message_type
from .lazy_names import module_getattr
from .message_formats import (
    batch_convert_messages,
    convert_message_format,
    create_format_aware_message,
    get_message_format,
    process_websocket_message,
)
from .validators import (
    validate_candle_data,
    validate_mixed_message,
    validate_my_asset_data,
    validate_my_order_data,
    validate_orderbook_data,
    validate_ticker_data,
    validate_trade_data,
)

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
    now = int(local_now().timestamp() * 1000)
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
    now = local_now()
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
    now = local_now()
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


# What the converters can do


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
