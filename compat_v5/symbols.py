"""Symbols and data types as legacy callers write them."""

from __future__ import annotations

from collections.abc import Iterable

from websocket_v6.misspellings import pair_meant

from .exceptions import SubscriptionError

__all__ = ["PRIVATE_TYPES", "PUBLIC_TYPES", "symbol_list", "wire_name"]

PUBLIC_TYPES = ("ticker", "trade", "orderbook")
PRIVATE_TYPES = ("myOrder", "myAsset")
_HOURS = {"1h": "60m", "4h": "240m"}


def symbol_list(symbols: object) -> list[str]:
    """The symbols as a list: one string is one symbol; lower case and ``BTC-KRW`` are forgiven.

    v5 split a string into its letters and no frame ever came for the others, so none can have been meant.
    v6 refuses them; a program that ran with one such code among others has to go on running.

    Raises:
        SubscriptionError: nothing that can be iterated.
    """
    if isinstance(symbols, str):
        symbols = [symbols]
    if not isinstance(symbols, Iterable):
        raise SubscriptionError(f'symbols={symbols!r}: write a list such as ["KRW-BTC"]')
    return [_forgiven(symbol) if isinstance(symbol, str) else symbol for symbol in symbols]


def _forgiven(symbol: str) -> str:
    """Only the order of a pair and its case: what has no hyphen is left for v6 to refuse."""
    return pair_meant(symbol) if "-" in symbol else symbol.upper()


def wire_name(data_type: object, symbols: Iterable[str] | None = None) -> str:
    """The exchange's name of a data type or of an enum member whose value is one.

    Candle intervals that the exchange lacks are left alone: the proxy refuses them and says why.

    Raises:
        SubscriptionError: an unknown data type; *symbols* go into its details.
    """
    name = str(getattr(data_type, "value", data_type))
    if name in PUBLIC_TYPES or name in PRIVATE_TYPES:
        return name
    kind, dot, interval = name.partition(".")
    if kind == "candle" and dot:
        return f"candle.{_HOURS.get(interval, interval)}"
    known = ", ".join((*PUBLIC_TYPES, "candle.<interval>", *PRIVATE_TYPES))
    raise SubscriptionError(f"data_type={name!r}: use one of {known}", name, symbols)
