"""Keys of the old envelope and of the frames inside it. Data only.

Source: Upbit developer documentation 1.6.4, the WebSocket page of each data type; the envelope is what
v5's ``create_websocket_message`` built.
"""

from __future__ import annotations

__all__ = ["ENVELOPE_KEYS", "ENVELOPE_ONLY", "FRAME_KEYS"]

ENVELOPE_KEYS = frozenset({"type", "market", "data", "timestamp", "stream_type", "raw_data"})
"""All keys of the envelope."""

ENVELOPE_ONLY = frozenset({"market", "data", "raw_data"})
"""Those that no frame has."""

_COMMON = "type code timestamp stream_type"
_VALIDATION = "_validation_error _inferred_type"
_TICKER = (
    "opening_price high_price low_price trade_price prev_closing_price change change_price "
    "signed_change_price change_rate signed_change_rate trade_volume acc_trade_volume "
    "acc_trade_volume_24h acc_trade_price acc_trade_price_24h trade_date trade_time trade_timestamp "
    "trade_date_kst trade_time_kst ask_bid acc_ask_volume acc_bid_volume highest_52_week_price "
    "highest_52_week_date lowest_52_week_price lowest_52_week_date market_state is_trading_suspended "
    "delisting_date market_warning trade_status market_state_for_ios"
)
_TRADE = "sequential_id best_ask_price best_ask_size best_bid_price best_bid_size"
_ORDERBOOK = "total_ask_size total_bid_size orderbook_units level"
_CANDLE = (
    "candle_date_time_utc candle_date_time_kst candle_acc_trade_volume candle_acc_trade_price unit"
)
_MY_ORDER = (
    "uuid order_type state trade_uuid price avg_price volume remaining_volume executed_volume "
    "trades_count reserved_fee remaining_fee paid_fee locked executed_funds trade_fee time_in_force "
    "is_maker identifier smp_type prevented_volume prevented_locked order_timestamp"
)
_MY_ASSET = "asset_uuid assets asset_timestamp"

FRAME_KEYS = frozenset(
    " ".join(
        (_COMMON, _VALIDATION, _TICKER, _TRADE, _ORDERBOOK, _CANDLE, _MY_ORDER, _MY_ASSET)
    ).split()
)
"""Top-level keys of the frames of all data types."""
