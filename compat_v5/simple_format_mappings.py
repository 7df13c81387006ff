"""Long key -> short key of the exchange's SIMPLE format, per data type: data.

Source: Upbit developer documentation, the WebSocket page of each data type. The exchange no longer
sends ``market_state_for_ios`` and ``trade_status``; it never sent ``unit``, ``change*`` and
``prev_closing_price`` in candles. The same short key means different things in different types:
``ap`` is ``avg_price`` in myOrder and ``ask_price`` in an order book unit; ``trade_date`` is
``tdt`` in a ticker, ``td`` in a trade.
"""

from __future__ import annotations

__all__ = [
    "CANDLE_SIMPLE_MAPPING",
    "MYASSET_ASSETS_SIMPLE_MAPPING",
    "MYASSET_SIMPLE_MAPPING",
    "MYORDER_SIMPLE_MAPPING",
    "ORDERBOOK_SIMPLE_MAPPING",
    "ORDERBOOK_UNITS_SIMPLE_MAPPING",
    "TICKER_SIMPLE_MAPPING",
    "TRADE_SIMPLE_MAPPING",
]

_WITHOUT_CODE = {"type": "ty", "timestamp": "tms", "stream_type": "st"}
_COMMON = _WITHOUT_CODE | {"code": "cd"}
_CHANGE = {
    "opening_price": "op",
    "high_price": "hp",
    "low_price": "lp",
    "trade_price": "tp",
    "prev_closing_price": "pcp",
    "change": "c",
    "change_price": "cp",
    "signed_change_price": "scp",
    "change_rate": "cr",
    "signed_change_rate": "scr",
}

TICKER_SIMPLE_MAPPING: dict[str, str] = {
    **_COMMON,
    **_CHANGE,
    "trade_volume": "tv",
    "acc_trade_volume": "atv",
    "acc_trade_volume_24h": "atv24h",
    "acc_trade_price": "atp",
    "acc_trade_price_24h": "atp24h",
    "trade_date": "tdt",
    "trade_time": "ttm",
    "trade_timestamp": "ttms",
    "ask_bid": "ab",
    "acc_ask_volume": "aav",
    "acc_bid_volume": "abv",
    "highest_52_week_price": "h52wp",
    "highest_52_week_date": "h52wdt",
    "lowest_52_week_price": "l52wp",
    "lowest_52_week_date": "l52wdt",
    "market_state": "ms",
    "market_state_for_ios": "msfi",
    "is_trading_suspended": "its",
    "delisting_date": "dd",
    "market_warning": "mw",
    "trade_status": "ts",
}

TRADE_SIMPLE_MAPPING: dict[str, str] = {
    **_COMMON,
    "trade_price": "tp",
    "trade_volume": "tv",
    "ask_bid": "ab",
    "prev_closing_price": "pcp",
    "change": "c",
    "change_price": "cp",
    "trade_date": "td",
    "trade_time": "ttm",
    "trade_timestamp": "ttms",
    "sequential_id": "sid",
    "best_ask_price": "bap",
    "best_ask_size": "bas",
    "best_bid_price": "bbp",
    "best_bid_size": "bbs",
}

ORDERBOOK_SIMPLE_MAPPING: dict[str, str] = {
    **_COMMON,
    "total_ask_size": "tas",
    "total_bid_size": "tbs",
    "orderbook_units": "obu",
    "level": "lv",
}

ORDERBOOK_UNITS_SIMPLE_MAPPING: dict[str, str] = {
    "ask_price": "ap",
    "bid_price": "bp",
    "ask_size": "as",
    "bid_size": "bs",
}

CANDLE_SIMPLE_MAPPING: dict[str, str] = {
    **_COMMON,
    **_CHANGE,
    "candle_date_time_utc": "cdttmu",
    "candle_date_time_kst": "cdttmk",
    "candle_acc_trade_volume": "catv",
    "candle_acc_trade_price": "catp",
    "unit": "u",
}

MYORDER_SIMPLE_MAPPING: dict[str, str] = {
    **_COMMON,
    "uuid": "uid",
    "ask_bid": "ab",
    "order_type": "ot",
    "state": "s",
    "trade_uuid": "tuid",
    "price": "p",
    "avg_price": "ap",
    "volume": "v",
    "remaining_volume": "rv",
    "executed_volume": "ev",
    "trades_count": "tc",
    "reserved_fee": "rsf",
    "remaining_fee": "rmf",
    "paid_fee": "pf",
    "locked": "l",
    "executed_funds": "ef",
    "trade_fee": "tf",
    "time_in_force": "tif",
    "is_maker": "im",
    "identifier": "id",
    "smp_type": "smpt",
    "prevented_volume": "pv",
    "prevented_locked": "pl",
    "trade_timestamp": "ttms",
    "order_timestamp": "otms",
}

MYASSET_SIMPLE_MAPPING: dict[str, str] = {
    **_WITHOUT_CODE,
    "asset_uuid": "astuid",
    "assets": "ast",
    "asset_timestamp": "asttms",
}

MYASSET_ASSETS_SIMPLE_MAPPING: dict[str, str] = {"currency": "cu", "balance": "b", "locked": "l"}
