"""Envelopes: the dictionaries that legacy code built around frames.

A *frame* is what the exchange sent, with its own keys. An *envelope* has ``type``, ``market``, ``data``
(the frame), ``timestamp`` (naive local time), ``stream_type`` and ``raw_data`` (the frame once more).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .clock import local_now

__all__ = ["create_websocket_message", "is_realtime_message", "is_snapshot_message"]

Data = dict[str, Any]


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
        "timestamp": timestamp or local_now(),
        "stream_type": stream_type,
        "raw_data": data,
    }


def is_snapshot_message(message: Mapping[str, Any]) -> bool:
    """Whether the dictionary itself says SNAPSHOT: an envelope does not, its frame may."""
    return message.get("stream_type") == "SNAPSHOT"


def is_realtime_message(message: Mapping[str, Any]) -> bool:
    """Whether the dictionary itself says REALTIME: an envelope does not, its frame may."""
    return message.get("stream_type") == "REALTIME"
