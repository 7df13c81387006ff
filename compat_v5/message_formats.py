"""Envelopes and frames between the exchange's two formats: DEFAULT with long keys, SIMPLE with short ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from .envelopes import create_websocket_message
from .frame_types import infer_message_type
from .simple_format_converter import convert_from_simple_format, convert_to_simple_format
from .validators import validate_mixed_message

__all__ = [
    "batch_convert_messages",
    "convert_message_format",
    "create_format_aware_message",
    "get_message_format",
    "process_websocket_message",
]

Data = dict[str, Any]

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
        return convert_to_simple_format(data, name)
    return convert_from_simple_format(data, name)


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
