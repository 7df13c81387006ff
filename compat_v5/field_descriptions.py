"""What each key of a frame means: the legacy ``*_FIELDS`` dictionaries. Data.

The keys are the legacy package's own; for myOrder, myAsset and candles some are those of the REST
API. The exchange's WebSocket documentation is the authority on what a frame has today.
"""

from __future__ import annotations

__all__ = [
    "CANDLE_FIELDS",
    "MY_ASSET_FIELDS",
    "MY_ORDER_FIELDS",
    "ORDERBOOK_FIELDS",
    "ORDERBOOK_UNIT_FIELDS",
    "TICKER_FIELDS",
    "TRADE_FIELDS",
]

_STREAM = {"stream_type": "SNAPSHOT or REALTIME"}

TICKER_FIELDS: dict[str, str] = {
    "type": "ticker",
    "code": "pair, such as KRW-BTC",
    "opening_price": "first price of the day",
    "high_price": "highest price of the day",
    "low_price": "lowest price of the day",
    "trade_price": "last price",
    "prev_closing_price": "closing price of the day before",
    "change": "RISE, EVEN or FALL against the day before",
    "change_price": "change against the day before, unsigned",
    "change_rate": "the same as a ratio, 0.05 = 5 %",
    "signed_change_price": "change with its sign",
    "signed_change_rate": "ratio with its sign",
    "trade_volume": "volume of the last trade",
    "acc_trade_price": "turnover since 0:00 UTC",
    "acc_trade_volume": "volume since 0:00 UTC",
    "acc_trade_price_24h": "turnover of 24 hours",
    "acc_trade_volume_24h": "volume of 24 hours",
    "highest_52_week_price": "highest price of 52 weeks",
    "highest_52_week_date": "its date, YYYY-MM-DD",
    "lowest_52_week_price": "lowest price of 52 weeks",
    "lowest_52_week_date": "its date, YYYY-MM-DD",
    "market_state": "PREVIEW, ACTIVE or DELISTED",
    "is_trading_suspended": "whether trading is suspended",
    "delisting_date": "date of the end of trading, or null",
    "market_warning": "NONE or CAUTION",
    "timestamp": "milliseconds since 1970",
    "trade_date": "date of the last trade, UTC",
    "trade_time": "time of the last trade, UTC",
    "trade_date_kst": "date of the last trade, Korean time",
    "trade_time_kst": "time of the last trade, Korean time",
    "trade_timestamp": "last trade, milliseconds since 1970",
    **_STREAM,
}

TRADE_FIELDS: dict[str, str] = {
    "type": "trade",
    "code": "pair, such as KRW-BTC",
    "trade_price": "price",
    "trade_volume": "volume",
    "ask_bid": "ASK: sold by the taker; BID: bought",
    "prev_closing_price": "closing price of the day before",
    "change": "RISE, EVEN or FALL against the day before",
    "change_price": "change against the day before, unsigned",
    "sequential_id": "number of the trade; unique, without promise of order",
    "trade_date": "date, UTC",
    "trade_time": "time, UTC",
    "trade_date_kst": "date, Korean time",
    "trade_time_kst": "time, Korean time",
    "timestamp": "milliseconds since 1970",
    "trade_timestamp": "trade, milliseconds since 1970",
    **_STREAM,
}

ORDERBOOK_FIELDS: dict[str, str] = {
    "type": "orderbook",
    "code": "pair, such as KRW-BTC",
    "orderbook_units": "list of levels, best first",
    "total_ask_size": "sum of the ask sizes",
    "total_bid_size": "sum of the bid sizes",
    "level": "price step the levels are grouped by, 0 = none",
    "timestamp": "milliseconds since 1970",
    **_STREAM,
}

ORDERBOOK_UNIT_FIELDS: dict[str, str] = {
    "ask_price": "price asked",
    "bid_price": "price bid",
    "ask_size": "volume asked",
    "bid_size": "volume bid",
}

CANDLE_FIELDS: dict[str, str] = {
    "type": "candle and its unit, such as candle.1m",
    "code": "pair, such as KRW-BTC",
    "opening_price": "first price",
    "high_price": "highest price",
    "low_price": "lowest price",
    "trade_price": "last price",
    "prev_closing_price": "closing price before (REST only)",
    "change": "RISE, EVEN or FALL (REST only)",
    "change_price": "change, unsigned (REST only)",
    "change_rate": "change as a ratio (REST only)",
    "candle_acc_trade_price": "turnover",
    "candle_acc_trade_volume": "volume",
    "unit": "minutes (REST only)",
    "candle_date_time_utc": "start, UTC, YYYY-MM-DDTHH:MM:SS",
    "candle_date_time_kst": "start, Korean time",
    "timestamp": "last update, milliseconds since 1970",
    **_STREAM,
}

MY_ORDER_FIELDS: dict[str, str] = {
    "type": "myOrder",
    "uuid": "identifier of the order",
    "market": "pair (REST name of code)",
    "side": "bid or ask (REST name of ask_bid)",
    "ord_type": "limit, price or market (REST name of order_type)",
    "price": "price of the order",
    "avg_price": "average price of its trades",
    "state": "wait, watch, done or cancel",
    "volume": "volume of the order",
    "remaining_volume": "volume not yet traded",
    "reserved_fee": "fee set aside",
    "remaining_fee": "fee still set aside",
    "paid_fee": "fee paid",
    "locked": "amount or volume held for the order",
    "executed_volume": "volume traded",
    "trades_count": "number of trades",
    "created_at": "time of creation, ISO 8601 (REST only)",
    "updated_at": "time of the last change, ISO 8601 (REST only)",
    "reserved_at": "time of the reservation, ISO 8601 (REST only)",
    "executed_at": "time of the execution, ISO 8601 (REST only)",
    "canceled_at": "time of the cancellation, ISO 8601 (REST only)",
    **_STREAM,
}

MY_ASSET_FIELDS: dict[str, str] = {
    "type": "myAsset",
    "currency": "currency, such as KRW or BTC",
    "balance": "amount that can be used",
    "locked": "amount held by orders",
    "avg_buy_price": "average price paid (REST only)",
    "avg_buy_price_modified": "whether that was edited (REST only)",
    "unit_currency": "currency of that price (REST only)",
    "created_at": "time of creation, ISO 8601 (REST only)",
    "updated_at": "time of the last change, ISO 8601 (REST only)",
    **_STREAM,
}
