"""Complete frames of the types no feed produces, for ``ExchangeEmulator.publish`` to change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

from .account import Account
from .encoding import Frame, Value

__all__ = ["TEMPLATE_TYPES", "template", "wanted_announcement"]

TEMPLATE_TYPES: Final = frozenset(
    {"myOrder", "myAsset", "announcement", "indicator", "indicator_signal"}
)
_SEOUL: Final = timezone(timedelta(hours=9))


def template(data_type: str, code: str, now_ms: int) -> dict[str, Value]:
    """A REALTIME frame with every documented key.

    Args:
        data_type: one of ``TEMPLATE_TYPES``.
        code: the market; ``*`` where the type has none or the caller does not care.
        now_ms: Unix milliseconds.
    """
    code = "KRW-BTC" if code == "*" else code
    if data_type in ("myOrder", "myAsset"):
        return _private(data_type, code, now_ms)
    if data_type == "announcement":
        return _announcement(now_ms)
    return _indicator(data_type, code, now_ms)


def wanted_announcement(
    values: Mapping[str, Value], options: Mapping[str, Any]
) -> dict[str, Value] | None:
    """An announcement as one subscriber gets it; ``None``: not of a category it asked for."""
    categories = options.get("categories", ())
    if categories and values.get("category") not in categories:
        return None
    with_body = options.get("include_body", False)
    return {key: value for key, value in values.items() if key != "body" or with_body}


def _private(data_type: str, code: str, now_ms: int) -> dict[str, Value]:
    frames: dict[str, Frame] = {}
    account = Account(
        "template", lambda kind, _, frame: frames.update({kind: frame}), lambda: now_ms
    )
    account.place_order(code, "BID", price=1000, volume=1)
    return dict(frames[data_type].values)


def _announcement(now_ms: int) -> dict[str, Value]:
    listed = datetime.fromtimestamp(now_ms // 1000, _SEOUL).isoformat()
    return {
        "type": "announcement",
        "event_type": "CREATED",
        "uuid": str(now_ms),
        "title": "[거래] 신규 거래 지원 안내",
        "category": "trade",
        "url": f"https://www.upbit.com/service_center/notice?id={now_ms}&view=share",
        "first_listed_at": listed,
        "listed_at": listed,
        "body": None,
        "timestamp": now_ms,
        "stream_type": "REALTIME",
    }


def _indicator(data_type: str, code: str, now_ms: int) -> dict[str, Value]:
    signal = data_type == "indicator_signal"
    start = datetime.fromtimestamp(now_ms // 300_000 * 300, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    values: dict[str, Value] = {
        "type": data_type,
        "code": code,
        "timeframe": "5m",
        "indicator": "rsi",
        "params": {"period": 14},
    }
    if signal:
        # The official SDK names an RSI's triggers: overbought and oversold.
        values |= {"trigger": "overbought", "event_params": {"threshold": 70}}
    return values | {
        "candle_date_time_utc": start,
        "value": {"rsi": Decimal("70.41233907" if signal else "58.75323648")},
        "timestamp": now_ms,
        "stream_type": "REALTIME",
    }
