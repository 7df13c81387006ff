"""Short and long field names: the exchange's SIMPLE formats against its DEFAULT format.

Each table maps short to long for one data type. A short name means different things in different
types (``ap`` is ``avg_price`` in myOrder and ``ask_price`` in an orderbook unit), and one long name
can have two short ones (``trade_date`` is ``tdt`` in a ticker, ``td`` in a trade).
Source: Upbit developer documentation 1.6.4, the WebSocket page of each data type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["LIST_REPLY", "TABLES", "Table", "expand", "table_of"]


@dataclass(frozen=True, slots=True)
class Table:
    """The field names of one kind of object.

    *names* maps short to long. *nested* names those whose value is an object, or a list of them,
    with short names of its own.
    """

    names: Mapping[str, str]
    nested: Mapping[str, Table] = field(default_factory=dict)


COMMON: Final = {"ty": "type", "cd": "code", "tms": "timestamp", "st": "stream_type"}

TICKER: Final = Table(
    COMMON
    | {
        "op": "opening_price",
        "hp": "high_price",
        "lp": "low_price",
        "tp": "trade_price",
        "pcp": "prev_closing_price",
        "c": "change",
        "cp": "change_price",
        "scp": "signed_change_price",
        "cr": "change_rate",
        "scr": "signed_change_rate",
        "tv": "trade_volume",
        "atv": "acc_trade_volume",
        "atv24h": "acc_trade_volume_24h",
        "atp": "acc_trade_price",
        "atp24h": "acc_trade_price_24h",
        "tdt": "trade_date",
        "ttm": "trade_time",
        "ttms": "trade_timestamp",
        "ab": "ask_bid",
        "aav": "acc_ask_volume",
        "abv": "acc_bid_volume",
        "h52wp": "highest_52_week_price",
        "h52wdt": "highest_52_week_date",
        "l52wp": "lowest_52_week_price",
        "l52wdt": "lowest_52_week_date",
        "ms": "market_state",
        "its": "is_trading_suspended",
        "dd": "delisting_date",
        "mw": "market_warning",
        # Gone since October 2021; recordings of older streams still have them.
        "ts": "trade_status",
        "msfi": "market_state_for_ios",
    }
)

TRADE: Final = Table(
    COMMON
    | {
        "td": "trade_date",
        "ttm": "trade_time",
        "ttms": "trade_timestamp",
        "tp": "trade_price",
        "tv": "trade_volume",
        "ab": "ask_bid",
        "pcp": "prev_closing_price",
        "c": "change",
        "cp": "change_price",
        "sid": "sequential_id",
        "bap": "best_ask_price",
        "bas": "best_ask_size",
        "bbp": "best_bid_price",
        "bbs": "best_bid_size",
    }
)

ORDERBOOK_UNIT: Final = Table(
    {"ap": "ask_price", "bp": "bid_price", "as": "ask_size", "bs": "bid_size"}
)

ORDERBOOK: Final = Table(
    COMMON
    | {
        "tas": "total_ask_size",
        "tbs": "total_bid_size",
        "obu": "orderbook_units",
        "lv": "level",
    },
    {"obu": ORDERBOOK_UNIT},
)

CANDLE: Final = Table(
    COMMON
    | {
        "cdttmu": "candle_date_time_utc",
        "cdttmk": "candle_date_time_kst",
        "op": "opening_price",
        "hp": "high_price",
        "lp": "low_price",
        "tp": "trade_price",
        "catv": "candle_acc_trade_volume",
        "catp": "candle_acc_trade_price",
    }
)

MY_ORDER: Final = Table(
    COMMON
    | {
        "uid": "uuid",
        "ab": "ask_bid",
        "ot": "order_type",
        "s": "state",
        "tuid": "trade_uuid",
        "p": "price",
        "ap": "avg_price",
        "v": "volume",
        "rv": "remaining_volume",
        "ev": "executed_volume",
        "tc": "trades_count",
        "rsf": "reserved_fee",
        "rmf": "remaining_fee",
        "pf": "paid_fee",
        "l": "locked",
        "ef": "executed_funds",
        "tif": "time_in_force",
        "tf": "trade_fee",
        "im": "is_maker",
        "id": "identifier",
        "smpt": "smp_type",
        "pv": "prevented_volume",
        "pl": "prevented_locked",
        "ttms": "trade_timestamp",
        "otms": "order_timestamp",
    }
)

ASSET: Final = Table({"cu": "currency", "b": "balance", "l": "locked"})

MY_ASSET: Final = Table(
    COMMON | {"astuid": "asset_uuid", "ast": "assets", "asttms": "asset_timestamp"},
    {"ast": ASSET},
)

ANNOUNCEMENT: Final = Table(
    COMMON
    | {
        "et": "event_type",
        "uid": "uuid",
        "tt": "title",
        "cat": "category",
        "url": "url",
        "flat": "first_listed_at",
        "lat": "listed_at",
        "bd": "body",
    }
)

INDICATOR_INNER: Final = Table(
    {
        "p": "period",
        "t": "type",
        "shp": "short_period",
        "lop": "long_period",
        "m": "multiplier",
        "f": "fast",
        "s": "slow",
        "sgp": "signal_period",
        "th": "threshold",
        "mul": "multiplier",
        "vol": "volume",
        "av": "avg_volume",
        "rto": "ratio",
        "mas": "ma_short",
        "mal": "ma_long",
        "bbu": "bb_upper",
        "bbm": "bb_middle",
        "bbl": "bb_lower",
        "macds": "macd_signal",
        "hist": "histogram",
    }
)

INDICATOR: Final = Table(
    COMMON
    | {
        "tf": "timeframe",
        "ind": "indicator",
        "p": "params",
        "tr": "trigger",
        "ep": "event_params",
        "v": "value",
        "cdttmu": "candle_date_time_utc",
    },
    {"p": INDICATOR_INNER, "ep": INDICATOR_INNER, "v": INDICATOR_INNER},
)

LIST_ENTRY: Final = Table({"ty": "type", "cds": "codes", "lv": "level"})

LIST_REPLY: Final = Table(
    {"mthd": "method", "rslt": "result", "tckt": "ticket"}, {"rslt": LIST_ENTRY}
)
"""The answer to ``LIST_SUBSCRIPTIONS``; it has no type key."""

UNKNOWN: Final = Table(COMMON)
"""For data types that are not known here: what all types have in common."""

CANDLE_UNITS: Final = ("1s", "1m", "3m", "5m", "10m", "15m", "30m", "60m", "240m")

TABLES: Final[Mapping[str, Table]] = {
    "ticker": TICKER,
    "trade": TRADE,
    "orderbook": ORDERBOOK,
    **{f"candle.{unit}": CANDLE for unit in CANDLE_UNITS},
    "myOrder": MY_ORDER,
    "myAsset": MY_ASSET,
    "announcement": ANNOUNCEMENT,
    "indicator": INDICATOR,
    "indicator_signal": INDICATOR,
}
"""Wire name of a data type -> its table."""


def table_of(data_type: object) -> Table:
    """The table of *data_type*: all ``candle.`` types share one, unknown types get ``UNKNOWN``."""
    if not isinstance(data_type, str):
        return UNKNOWN
    table = TABLES.get(data_type)
    if table is not None:
        return table
    return CANDLE if data_type.startswith("candle.") else UNKNOWN


def expand(frame: dict[str, Any]) -> dict[str, Any]:
    """Give *frame* its long field names.

    A frame of the SIMPLE formats comes back as a new dict, nested arrays renewed as well; keys that
    are not in the table stay as they are. Any other frame comes back as the same object.
    """
    data_type = frame.get("ty")
    if data_type is not None:
        return _rename(frame, table_of(data_type))
    if "mthd" in frame:
        return _rename(frame, LIST_REPLY)
    return frame


def _rename(short: dict[str, Any], table: Table) -> dict[str, Any]:
    long_name = table.names.get
    renamed = {long_name(key, key): value for key, value in short.items()}
    for key, inner in table.nested.items():
        value = short.get(key)
        if isinstance(value, dict):
            renamed[table.names[key]] = _rename(value, inner)
        elif isinstance(value, list):
            # Order books arrive hundreds of times a second: their units take the short way.
            inner_name = inner.names.get
            renamed[table.names[key]] = [
                {inner_name(name, name): content for name, content in element.items()}
                if isinstance(element, dict)
                else element
                for element in value
            ]
    return renamed
