"""One frame on demand: complete by itself, with what the test gives put in."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from .encoding import Frame, Value, with_totals
from .exceptions import BadSettingError
from .routing import Stream
from .templates import template, wanted_announcement

if TYPE_CHECKING:
    from .emulator import ExchangeEmulator

__all__ = ["publish_market", "publish_template"]


def publish_market(
    exchange: ExchangeEmulator, data_type: str, code: str, values: Mapping[str, Value]
) -> int:
    """A REALTIME frame of the market, for every level that is held; how many got it."""
    if code not in exchange.markets.codes:
        raise BadSettingError(f"{code!r} is no market here; see ExchangeEmulator(markets=...)")
    market = exchange.markets[code]
    if data_type == "orderbook":
        market.shake_book(exchange.now_ms())
    else:
        market.trade(exchange.now_ms())
    sent = 0
    held = {stream.level for stream in exchange.streams() if stream[:2] == (data_type, code)}
    for level in held or {Decimal(0)}:
        stream, frame = Stream(data_type, code, level), market.frame(data_type, "REALTIME", level)
        merged = {**frame.values, **values}
        if "orderbook_units" in values:
            merged = {**with_totals(merged), **values}
        frame = Frame(merged, frame.turn)
        exchange.feed.published(stream, frame)
        sent += exchange.broadcast(stream, frame)
    return sent


def publish_template(
    exchange: ExchangeEmulator, data_type: str, code: str, values: Mapping[str, Value]
) -> int:
    """A frame of a type no feed produces; how many got it."""
    merged = {**template(data_type, code, exchange.now_ms()), **values}
    sent = 0
    for subscription in exchange.routing.holders_of(data_type, code):
        wanted: dict[str, Value] | None = merged
        if data_type == "announcement":
            wanted = wanted_announcement(merged, subscription.options.extra)
        if subscription.live and wanted is not None:
            subscription.send(Frame(wanted))
            sent += 1
    return sent
