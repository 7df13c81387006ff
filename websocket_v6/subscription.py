"""What can be subscribed to: data types, candle intervals, options and delivery policies.

Everything here is a value or a check. A bad argument raises ``InvalidArgument`` before anything is sent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Final, Literal

from .exceptions import InvalidArgument
from .misspellings import interval_meant, near_miss, pair_meant, pairs_in, without_suffix

__all__ = [
    "CANDLE_INTERVALS",
    "ORDERBOOK_UNITS",
    "DeliveryPolicy",
    "Options",
    "StreamMode",
    "bounded",
    "latest",
    "lossless",
]

TICKER: Final = "ticker"
TRADE: Final = "trade"
ORDERBOOK: Final = "orderbook"
MY_ORDER: Final = "myOrder"
MY_ASSET: Final = "myAsset"
PRIVATE_TYPES: Final = frozenset({MY_ORDER, MY_ASSET})
_NAMED_TYPES: Final = (TICKER, TRADE, ORDERBOOK, MY_ORDER, MY_ASSET)
EVERY_CODE: Final = "*"
"""The code of a subscription that names no market: all of an account's orders, its assets."""

CANDLE_INTERVALS: Final = ("1s", "1m", "3m", "5m", "10m", "15m", "30m", "60m", "240m")
_INTERVAL_ALIASES: Final = {"1h": "60m", "4h": "240m"}
_REST_ONLY_INTERVALS: Final = {
    "1d": "days",
    "1w": "weeks",
    "1M": "months",
    "1y": "years",
    "day": "days",
    "week": "weeks",
    "month": "months",
    "year": "years",
}
ORDERBOOK_UNITS: Final = (1, 5, 15, 30)
_CODE: Final = re.compile(r"[A-Z0-9]+-[A-Z0-9]+")
_PRIVATE_WORDS: Final = {
    "myorders": MY_ORDER,
    "order": MY_ORDER,
    "orders": MY_ORDER,
    "myassets": MY_ASSET,
    "asset": MY_ASSET,
    "assets": MY_ASSET,
    "balance": MY_ASSET,
    "balances": MY_ASSET,
}


class StreamMode(Enum):
    """Which frames of a topic a subscription gets."""

    SNAPSHOT_THEN_REALTIME = "snapshot_then_realtime"
    ONLY_SNAPSHOT = "only_snapshot"
    ONLY_REALTIME = "only_realtime"


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """What happens to frames that a callback is too slow for.

    *kind* is ``"conflate"`` (keep everything up to *size* frames, then the newest per code),
    ``"drop_oldest"`` (a queue of *size* frames), ``"latest"`` (only ever the newest per code) or
    ``"lossless"`` (a queue without end; it warns and grows). *size* is ``None`` for the last two.
    """

    kind: Literal["conflate", "drop_oldest", "latest", "lossless"]
    size: int | None = None


latest: Final = DeliveryPolicy("latest")
"""Only the newest frame per code waits: for displays and everything else that looks at *now*."""

lossless: Final = DeliveryPolicy("lossless")
"""Nothing is ever dropped; memory grows while the callback does not keep up."""


def bounded(size: int) -> DeliveryPolicy:
    """A queue of *size* frames that drops the oldest when full.

    Raises:
        InvalidArgument: *size* is not a whole number of at least 1.
    """
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise InvalidArgument("size", size, "give the number of frames that may wait, at least 1")
    return DeliveryPolicy("drop_oldest", size)


@cache
def _sized(kind: Literal["conflate", "drop_oldest"], size: int) -> DeliveryPolicy:
    return DeliveryPolicy(kind, size)


def resolve_policy(policy: object, data_type: str, mailbox_size: int) -> DeliveryPolicy:
    """The policy a subscription runs with; ``None`` means the default of its data type."""
    if policy is None:
        if data_type in PRIVATE_TYPES:
            return lossless
        if data_type == TRADE:
            return _sized("drop_oldest", mailbox_size)
        return _sized("conflate", mailbox_size)
    if isinstance(policy, DeliveryPolicy):
        return policy
    if policy == "latest":
        return latest
    if policy == "lossless":
        return lossless
    if policy is bounded:
        raise InvalidArgument("policy", policy, "call it with a size: bounded(1000)")
    raise InvalidArgument("policy", policy, "give latest, lossless or bounded(n)")


@dataclass(frozen=True, slots=True)
class Options:
    """How a subscription wants its topics.

    *units*: order book levels per side (1, 5, 15, 30), ``None`` = the exchange's default of 30.
    *level*: price grouping of a KRW order book, 0 = native.
    """

    mode: StreamMode = StreamMode.SNAPSHOT_THEN_REALTIME
    units: int | None = None
    level: float = 0


def stream_mode(is_only_snapshot: bool, is_only_realtime: bool) -> StreamMode:
    """The mode the two flags of the wire describe."""
    for name, value in (
        ("is_only_snapshot", is_only_snapshot),
        ("is_only_realtime", is_only_realtime),
    ):
        if not isinstance(value, bool):
            raise InvalidArgument(name, value, "give True or False")
    if is_only_snapshot and is_only_realtime:
        raise InvalidArgument(
            "is_only_realtime",
            True,
            "together with is_only_snapshot nothing would be left; set one",
        )
    if is_only_snapshot:
        return StreamMode.ONLY_SNAPSHOT
    if is_only_realtime:
        return StreamMode.ONLY_REALTIME
    return StreamMode.SNAPSHOT_THEN_REALTIME


def check_symbols(symbols: object, parameter: str = "symbols") -> tuple[str, ...]:
    """The symbols in order and without repeats.

    Raises:
        InvalidArgument: not a list, tuple or set; empty; or a symbol that is not upper-case
            ``QUOTE-BASE`` (the exchange answers unknown spellings with silence).
    """
    if isinstance(symbols, str):
        raise InvalidArgument(parameter, symbols, f"write a list: {pairs_in(symbols)!r}")
    if callable(symbols):
        order = '(callback, ["KRW-BTC"])' if parameter == "markets" else '(["KRW-BTC"], callback)'
        raise InvalidArgument(parameter, symbols, f"write them in the order {order}")
    if isinstance(symbols, dict):
        raise InvalidArgument(parameter, symbols, f"write a list of symbols: {list(symbols)!r}")
    if not isinstance(symbols, Collection) or isinstance(symbols, bytes):
        raise InvalidArgument(parameter, symbols, 'write a list of symbols such as ["KRW-BTC"]')
    if not symbols:
        raise InvalidArgument(parameter, symbols, 'name at least one symbol, such as ["KRW-BTC"]')
    return tuple(dict.fromkeys(check_symbol(symbol, parameter) for symbol in symbols))


def check_symbol(symbol: object, parameter: str = "symbol") -> str:
    """One symbol of the upper-case ``QUOTE-BASE`` form.

    Raises:
        InvalidArgument: another spelling; the message has the right one where it can be told.
    """
    if not isinstance(symbol, str):
        raise InvalidArgument(parameter, symbol, 'a symbol is a string such as "KRW-BTC"')
    code = str.__str__(symbol)
    meant = pair_meant(code)
    if code == meant and _CODE.fullmatch(code):
        return code
    if len(pairs_in(code)) > 1:
        raise InvalidArgument(parameter, code, f"one symbol per element: {pairs_in(code)!r}")
    if book := without_suffix(meant):
        remedy = f"write it as {book[0]!r}; how deep an order book is, units={book[1]} says"
        raise InvalidArgument(parameter, code, remedy)
    if _CODE.fullmatch(meant):
        raise InvalidArgument(parameter, code, f"write it as {meant!r}: QUOTE-BASE, upper case")
    raise InvalidArgument(parameter, code, 'use the QUOTE-BASE form, such as "KRW-BTC"')


def candle_type(interval: object) -> str:
    """The wire name of a candle stream, such as ``candle.1m``.

    Raises:
        InvalidArgument: an interval the WebSocket does not have.
    """
    if isinstance(interval, str):
        name = interval.removeprefix("candle.")
        name = _INTERVAL_ALIASES.get(name, name)
        if name in CANDLE_INTERVALS:
            return f"candle.{name}"
        if name in _REST_ONLY_INTERVALS:
            raise InvalidArgument(
                "interval",
                interval,
                "the WebSocket has no day, week, month or year candles; ask the REST API: "
                f"GET /v1/candles/{_REST_ONLY_INTERVALS[name]}",
            )
    elif callable(interval):
        raise InvalidArgument("interval", interval, "the interval comes before the callback")
    meant = interval_meant(interval, CANDLE_INTERVALS)
    hint = f"did you mean {meant!r}? There are " if meant else "use one of "
    raise InvalidArgument("interval", interval, hint + ", ".join(CANDLE_INTERVALS))


def check_data_type(data_type: object) -> str:
    """A data type as named by ``stream`` and ``unsubscribe_symbols``; candle aliases are resolved."""
    if data_type in _NAMED_TYPES:
        return str(data_type)
    if isinstance(data_type, str) and data_type.startswith("candle."):
        return candle_type(data_type)
    raise InvalidArgument("data_type", data_type, _data_type_remedy(data_type))


def _data_type_remedy(data_type: object) -> str:
    if isinstance(data_type, str):
        word = re.sub(r"[\s_-]", "", data_type).lower()
        near = _PRIVATE_WORDS.get(word) or near_miss(word, _NAMED_TYPES)
        if near is not None:
            return f"did you mean {near!r}?"
        if word.startswith("candle"):
            return "name the interval too, such as 'candle.1m'"
        if _CODE.fullmatch(pair_meant(data_type)):
            return f'the data type comes first: ("ticker", [{pair_meant(data_type)!r}])'
    return "use ticker, trade, orderbook, candle.<interval>, myOrder or myAsset"


def check_units(units: object) -> int | None:
    """An order book size the exchange has, or ``None`` for its default."""
    if units is None:
        return None
    if isinstance(units, int) and not isinstance(units, bool) and units in ORDERBOOK_UNITS:
        return units
    raise InvalidArgument(
        "units", units, "use 1, 5, 15 or 30; the exchange answers other numbers with 30"
    )


def check_level(level: object, symbols: tuple[str, ...], region: str) -> float:
    """A price grouping of order books; ``None`` and 0 are the native book."""
    if level is None or level == 0:
        return 0
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < math.inf:
        raise InvalidArgument("level", level, "give a price step such as 10000, or None")
    if region != "kr":
        raise InvalidArgument("level", level, f"the exchange of region {region!r} has no levels")
    other = [symbol for symbol in symbols if not symbol.startswith("KRW-")]
    if other:
        raise InvalidArgument("level", level, f"only KRW pairs have levels, not {', '.join(other)}")
    return level


def symbol_of(data_type: str, code: str, frame: dict[str, Any]) -> str:
    """The ``symbol`` argument of a callback.

    The pair for everything but ``myAsset``, where it is the currency when the frame holds one asset
    and ``"*"`` otherwise.
    """
    if data_type != MY_ASSET:
        return code
    assets = frame.get("assets")
    if isinstance(assets, list) and len(assets) == 1 and isinstance(assets[0], dict):
        currency = assets[0].get("currency")
        return currency if isinstance(currency, str) else EVERY_CODE
    return EVERY_CODE
