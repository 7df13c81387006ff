"""The checks behind the legacy ``validate_*`` functions, as rules per kind of frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["RULES", "Rules", "check"]

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rules:
    """What one kind of frame must satisfy.

    Args:
        required: keys that must be there and not be ``None``.
        positive: keys whose number must be above 0, where they are there and not ``None``.
        not_negative: the same, 0 allowed.
        choices: ``{key: allowed values}``, where the key is there.
        at_least: ``(key, other)``: the first number must not be below the second.
        items: ``(key, rules)``: a list that must not be empty, and the rules of its objects.
    """

    required: tuple[str, ...]
    positive: tuple[str, ...] = ()
    not_negative: tuple[str, ...] = ()
    choices: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    at_least: tuple[tuple[str, str], ...] = ()
    items: tuple[str, Rules] | None = None


_PRICES = ("opening_price", "high_price", "low_price", "trade_price")
_UNIT = ("ask_price", "bid_price", "ask_size", "bid_size")

RULES: Mapping[str, Rules] = {
    "ticker": Rules(
        required=("code", "trade_price"),
        positive=_PRICES,
        choices={"change": ("RISE", "EVEN", "FALL", None)},
    ),
    "trade": Rules(
        required=("code", "trade_price", "trade_volume", "ask_bid", "sequential_id"),
        positive=("trade_price", "trade_volume"),
        choices={"ask_bid": ("ASK", "BID")},
    ),
    "orderbook": Rules(
        required=("code", "orderbook_units"),
        items=("orderbook_units", Rules(required=_UNIT, not_negative=_UNIT)),
    ),
    "candle": Rules(
        required=("code", *_PRICES), positive=_PRICES, at_least=(("high_price", "low_price"),)
    ),
    # The REST shapes: frames of the WebSocket have other keys.
    "myOrder": Rules(
        required=("uuid", "market", "side", "ord_type", "state"),
        choices={
            "side": ("bid", "ask"),
            "ord_type": ("limit", "price", "market"),
            "state": ("wait", "watch", "done", "cancel"),
        },
    ),
    "myAsset": Rules(
        required=("currency", "balance", "locked"), not_negative=("balance", "locked")
    ),
}
"""``{data type: rules}``."""


def check(kind: str, data: Data, rules: Rules) -> None:
    """Check *data*; *kind* is the word for it in messages.

    Raises:
        ValueError: the first rule that fails, with key and value.
    """
    for key in rules.required:
        if data.get(key) is None:
            raise ValueError(f"{kind}: {key} is missing")
    for key, value in _numbers(kind, data, rules.positive):
        if not value > 0:
            raise ValueError(f"{kind}: {key}={data[key]!r} must be above 0")
    for key, value in _numbers(kind, data, rules.not_negative):
        if not value >= 0:
            raise ValueError(f"{kind}: {key}={data[key]!r} must not be negative")
    for key, allowed in rules.choices.items():
        if key in data and data[key] not in allowed:
            raise ValueError(f"{kind}: {key}={data[key]!r} must be one of {allowed}")
    for key, other in rules.at_least:
        if float(data[key]) < float(data[other]):
            raise ValueError(f"{kind}: {key}={data[key]!r} is below {other}={data[other]!r}")
    if rules.items is not None:
        _check_items(kind, data, *rules.items)


def _numbers(kind: str, data: Data, keys: Iterable[str]) -> Iterable[tuple[str, float]]:
    for key in keys:
        if data.get(key) is None:
            continue
        try:
            yield key, float(data[key])
        except (TypeError, ValueError) as error:
            raise ValueError(f"{kind}: {key}={data[key]!r} is no number") from error


def _check_items(kind: str, data: Data, key: str, rules: Rules) -> None:
    items = data[key]
    if not isinstance(items, list) or not items:
        raise ValueError(f"{kind}: {key} must be a list that is not empty")
    for position, item in enumerate(items):
        if not isinstance(item, Mapping):
            raise ValueError(f"{kind}: {key}[{position}]={item!r} is no object")
        check(f"{kind}: {key}[{position}]", item, rules)
