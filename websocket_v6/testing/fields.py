"""Keys of every frame, in the order the exchange sends them, with their SIMPLE names.

Source: Upbit WebSocket reference, the response tables of each type. The client has its own tables;
these are kept apart so that the two can disagree in a test.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "CANDLE_SECONDS",
    "FORMATS",
    "LIST_REPLY",
    "PRIVATE_TYPES",
    "PUBLIC_TYPES",
    "SHORT",
    "SHORT_NESTED",
    "family",
]

FORMATS: Final = ("DEFAULT", "SIMPLE", "JSON_LIST", "SIMPLE_LIST")

CANDLE_SECONDS: Final = {
    "candle.1s": 1,
    "candle.1m": 60,
    "candle.3m": 180,
    "candle.5m": 300,
    "candle.10m": 600,
    "candle.15m": 900,
    "candle.30m": 1800,
    "candle.60m": 3600,
    "candle.240m": 14400,
}

PUBLIC_TYPES: Final = frozenset({"ticker", "trade", "orderbook", *CANDLE_SECONDS})
PRIVATE_TYPES: Final = frozenset({"myOrder", "myAsset", "announcement"})

LIST_REPLY: Final = {
    "method": "mthd",
    "result": "rslt",
    "ticket": "tckt",
    "type": "ty",
    "codes": "cds",
    "level": "lv",
}


def family(data_type: str) -> str:
    """``candle.1m`` -> ``candle``; every other type is its own family."""
    return "candle" if data_type.startswith("candle.") else data_type


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in text.split())


SHORT: Final[dict[str, dict[str, str]]] = {
    "ticker": _pairs(
        "type=ty code=cd opening_price=op high_price=hp low_price=lp trade_price=tp"
        " prev_closing_price=pcp acc_trade_price=atp change=c change_price=cp"
        " signed_change_price=scp change_rate=cr signed_change_rate=scr ask_bid=ab trade_volume=tv"
        " acc_trade_volume=atv trade_date=tdt trade_time=ttm trade_timestamp=ttms"
        " acc_ask_volume=aav acc_bid_volume=abv highest_52_week_price=h52wp"
        " highest_52_week_date=h52wdt lowest_52_week_price=l52wp lowest_52_week_date=l52wdt"
        " market_state=ms is_trading_suspended=its delisting_date=dd market_warning=mw"
        " timestamp=tms acc_trade_price_24h=atp24h acc_trade_volume_24h=atv24h stream_type=st"
    ),
    "trade": _pairs(
        "type=ty code=cd timestamp=tms trade_date=td trade_time=ttm trade_timestamp=ttms"
        " trade_price=tp trade_volume=tv ask_bid=ab prev_closing_price=pcp change=c change_price=cp"
        " sequential_id=sid best_ask_price=bap best_ask_size=bas best_bid_price=bbp"
        " best_bid_size=bbs stream_type=st"
    ),
    "orderbook": _pairs(
        "type=ty code=cd timestamp=tms total_ask_size=tas total_bid_size=tbs orderbook_units=obu"
        " stream_type=st level=lv"
    ),
    "candle": _pairs(
        "type=ty code=cd candle_date_time_utc=cdttmu candle_date_time_kst=cdttmk opening_price=op"
        " high_price=hp low_price=lp trade_price=tp candle_acc_trade_volume=catv"
        " candle_acc_trade_price=catp timestamp=tms stream_type=st"
    ),
    "myOrder": _pairs(
        "type=ty code=cd uuid=uid ask_bid=ab order_type=ot state=s trade_uuid=tuid price=p"
        " avg_price=ap volume=v remaining_volume=rv executed_volume=ev trades_count=tc"
        " reserved_fee=rsf remaining_fee=rmf paid_fee=pf locked=l executed_funds=ef"
        " time_in_force=tif trade_fee=tf is_maker=im identifier=id smp_type=smpt"
        " prevented_volume=pv prevented_locked=pl trade_timestamp=ttms order_timestamp=otms"
        " timestamp=tms stream_type=st"
    ),
    "myAsset": _pairs(
        "type=ty asset_uuid=astuid assets=ast asset_timestamp=asttms timestamp=tms stream_type=st"
    ),
    "announcement": _pairs(
        "type=ty event_type=et uuid=uid title=tt category=cat url=url first_listed_at=flat"
        " listed_at=lat body=bd timestamp=tms stream_type=st"
    ),
    "indicator": _pairs(
        "type=ty code=cd timeframe=tf indicator=ind params=p candle_date_time_utc=cdttmu value=v"
        " timestamp=tms stream_type=st"
    ),
    "indicator_signal": _pairs(
        "type=ty code=cd timeframe=tf indicator=ind params=p trigger=tr event_params=ep"
        " candle_date_time_utc=cdttmu value=v timestamp=tms stream_type=st"
    ),
}

_INDICATOR_INNER = _pairs(
    "period=p type=t short_period=shp long_period=lop multiplier=m fast=f slow=s signal_period=sgp"
    " threshold=th volume=vol avg_volume=av ratio=rto ma_short=mas ma_long=mal bb_upper=bbu"
    " bb_middle=bbm bb_lower=bbl macd_signal=macds histogram=hist rsi=rsi macd=macd value=value"
)

SHORT_NESTED: Final[dict[tuple[str, str], dict[str, str]]] = {
    ("orderbook", "orderbook_units"): _pairs("ask_price=ap bid_price=bp ask_size=as bid_size=bs"),
    ("myAsset", "assets"): _pairs("currency=cu balance=b locked=l"),
    ("indicator", "params"): _INDICATOR_INNER,
    ("indicator", "value"): _INDICATOR_INNER,
    ("indicator_signal", "params"): _INDICATOR_INNER,
    ("indicator_signal", "value"): _INDICATOR_INNER,
    ("indicator_signal", "event_params"): _INDICATOR_INNER | {"multiplier": "mul"},
}
