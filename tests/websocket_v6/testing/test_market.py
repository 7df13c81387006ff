"""The made-up market alone: docs/emulator.md, "Response fields"."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.testing.fields import CANDLE_SECONDS, SHORT
from websocket_v6.testing.market import Market, default_markets, supported_levels

START = 1_790_000_000_000
TYPES = ("ticker", "trade", "orderbook", "candle.1s", "candle.1m", "candle.240m")


def read(market: Market, data_type: str, wire_format: str = "DEFAULT", units: int = 30, **options):
    frame = market.frame(data_type, "REALTIME", **options)
    return json.loads(frame.form(wire_format, units)[0], parse_float=Decimal)


def keys_of(line: str) -> set[str]:
    return set(json.loads(line))


def test_frames_have_exactly_the_keys_of_real_ones(samples):
    market = Market("KRW-BTC", 0, START)
    assert set(read(market, "ticker")) == keys_of(samples("ticker.jsonl")[1])
    assert set(read(market, "trade")) == keys_of(samples("trade.jsonl")[2])
    assert set(read(market, "candle.1s")) == keys_of(samples("candle.jsonl")[2])
    assert set(read(market, "orderbook")) == keys_of(samples("orderbook.jsonl")[2])
    assert set(read(market, "orderbook", "SIMPLE")) == keys_of(samples("orderbook.jsonl")[4])
    regional = Market("USDT-BTC", 0, START, korean=False)
    assert set(read(regional, "orderbook")) == keys_of(samples("orderbook.jsonl")[5])


def test_keys_come_in_the_order_the_exchange_sends(samples):
    market = Market("KRW-BTC", 0, START)
    for data_type, file, line in (
        ("ticker", "ticker", 1),
        ("trade", "trade", 2),
        ("candle.1s", "candle", 2),
    ):
        assert list(read(market, data_type)) == list(json.loads(samples(f"{file}.jsonl")[line]))


@pytest.mark.parametrize("data_type", TYPES)
def test_simple_frames_have_the_short_names_and_the_same_values(data_type):
    market = Market("KRW-BTC", 0, START)
    long, short = read(market, data_type), read(market, data_type, "SIMPLE")
    names = SHORT[data_type.partition(".")[0]]
    assert [names[key] for key in long] == list(short)
    for key, value in long.items():
        if key != "orderbook_units":
            assert short[names[key]] == value


def test_derived_simple_samples_agree_with_the_short_names(samples):
    kinds = ("ticker", "trade", "myOrder", "myOrder", "myAsset", "announcement")
    for kind, line in zip(kinds, samples("derived_simple.jsonl"), strict=False):
        assert set(json.loads(line)) <= set(SHORT[kind].values())


@given(st.integers(0, 2**16), st.integers(1, 60), st.sampled_from((1, 5, 15, 30)))
def test_totals_are_the_exact_sums_of_the_units_sent(seed, steps, units):
    market = Market("KRW-BTC", seed, START)
    for step in range(steps):
        market.shake_book(START + step * 100)
    for wire_format, ask, bid, total_ask, total_bid, book in (
        ("DEFAULT", "ask_size", "bid_size", "total_ask_size", "total_bid_size", "orderbook_units"),
        ("SIMPLE", "as", "bs", "tas", "tbs", "obu"),
    ):
        frame = read(market, "orderbook", wire_format, units)
        assert len(frame[book]) == units
        assert frame[total_ask] == sum(unit[ask] for unit in frame[book])
        assert frame[total_bid] == sum(unit[bid] for unit in frame[book])


@given(st.integers(0, 2**16), st.integers(1, 80))
def test_books_are_sorted_best_first_and_a_thin_side_is_padded_with_zero_units(seed, steps):
    market = Market("KRW-XRP", seed, START)
    for step in range(steps):
        market.shake_book(START + step * 100)
    units = read(market, "orderbook")["orderbook_units"]
    for side, sign in (("ask", 1), ("bid", -1)):
        prices = [unit[f"{side}_price"] * sign for unit in units if unit[f"{side}_price"]]
        assert prices == sorted(prices)
        padded = [unit for unit in units if not unit[f"{side}_price"]]
        assert all(not unit[f"{side}_size"] for unit in padded)
        assert units[len(prices) :] == padded
    assert units[0]["bid_price"] < units[0]["ask_price"]


def test_some_books_are_padded_on_each_side():
    market, seen = Market("KRW-BTC", 3, START), set()
    for step in range(400):
        market.shake_book(START + step * 100)
        last = read(market, "orderbook")["orderbook_units"][-1]
        seen |= {side for side in ("ask", "bid") if not last[f"{side}_price"]}
    assert seen == {"ask", "bid"}


@given(st.integers(0, 2**16), st.lists(st.integers(0, 3000), min_size=1, max_size=40))
def test_ticker_trade_and_candles_tell_of_the_same_trades(seed, gaps):
    market, at = Market("KRW-BTC", seed, START), START
    trades = []
    for gap in gaps:
        at += gap
        market.trade(at)
        trades.append(read(market, "trade"))
    ticker = read(market, "ticker")
    assert ticker["trade_price"] == trades[-1]["trade_price"]
    assert ticker["trade_timestamp"] == trades[-1]["trade_timestamp"]
    assert ticker["low_price"] <= ticker["trade_price"] <= ticker["high_price"]
    assert ticker["acc_trade_volume"] == ticker["acc_ask_volume"] + ticker["acc_bid_volume"]
    assert ticker["change_price"] == abs(ticker["signed_change_price"])
    ids = [trade["sequential_id"] for trade in trades]
    assert len(set(ids)) == len(ids)
    for data_type, seconds in CANDLE_SECONDS.items():
        candle = read(market, data_type)
        inside = [
            t for t in trades if t["trade_timestamp"] // 1000 // seconds == at // 1000 // seconds
        ]
        assert candle["trade_price"] == inside[-1]["trade_price"]
        assert candle["high_price"] >= max(t["trade_price"] for t in inside)
        assert candle["candle_acc_trade_volume"] >= sum(t["trade_volume"] for t in inside)


def test_a_candle_frame_names_the_start_of_its_bucket_in_both_zones():
    market = Market("KRW-BTC", 0, 1_785_397_618_309)
    candle = read(market, "candle.1m")
    assert candle["candle_date_time_utc"] == "2026-07-30T07:46:00"
    assert candle["candle_date_time_kst"] == "2026-07-30T16:46:00"
    assert candle["timestamp"] == 1_785_397_618_309


def test_dates_have_the_two_forms_of_ticker_and_trade():
    market = Market("KRW-BTC", 0, 1_785_397_618_309)
    ticker, trade = read(market, "ticker"), read(market, "trade")
    assert (ticker["trade_date"], ticker["trade_time"]) == ("20260730", "074658")
    assert (trade["trade_date"], trade["trade_time"]) == ("2026-07-30", "07:46:58")


def test_a_sequential_id_has_seventeen_digits_and_its_trade_s_time():
    market = Market("KRW-BTC", 0, START)
    market.trade(START)
    assert market.sequential_id == START * 10_000 + 1
    assert market.sequential_id > 2**53


def test_the_seed_decides_every_value():
    frames = []
    for seed in (1, 1, 2):
        market = Market("KRW-BTC", seed, START)
        for step in range(20):
            market.trade(START + step)
        frames.append(market.frame("ticker", "REALTIME").form("DEFAULT"))
    assert frames[0] == frames[1] != frames[2]


def test_every_spelling_of_numbers_appears():
    market, texts = Market("KRW-BTC", 0, START), {"DEFAULT": "", "SIMPLE": ""}
    for step in range(300):
        market.trade(START + step * 50)
        market.shake_book(START + step * 50)
        for data_type in ("ticker", "trade", "orderbook", "candle.1m"):
            for wire_format in texts:
                texts[wire_format] += (
                    market.frame(data_type, "REALTIME").form(wire_format)[0].decode()
                )
    for wire_format, key, pattern in [
        ("DEFAULT", "trade_price", "116539000.00000000"),
        ("DEFAULT", "change_price", "0E-8"),
        ("DEFAULT", "change_rate", "0"),
        ("DEFAULT", "ask_price", "1.1654E8"),
        ("DEFAULT", "bid_price", "0.0"),
        ("SIMPLE", "tp", "116539000"),
        ("SIMPLE", "tp", "1.16539E8"),
        ("SIMPLE", "bap", "116540000"),
    ]:
        assert f'"{key}":{pattern},' in texts[wire_format]
    assert "E-8," in texts["SIMPLE"]
    assert ".0E-" in texts["SIMPLE"]


def test_levels_exist_for_krw_pairs_only():
    assert supported_levels("KRW-BTC")[:3] == (0, 10_000, 100_000)
    assert supported_levels("BTC-ETH") == (0,)


def test_a_grouped_book_stands_on_multiples_of_its_level():
    units = read(Market("KRW-BTC", 0, START), "orderbook", level=Decimal(10_000))
    assert units["level"] == 10_000
    for unit in units["orderbook_units"]:
        assert unit["ask_price"] % 10_000 == 0
        assert unit["bid_price"] % 10_000 == 0


def test_the_korean_list_has_the_size_of_the_real_one():
    codes = default_markets("kr")
    counts = [
        sum(code.startswith(f"{quote}-") for code in codes) for quote in ("KRW", "BTC", "USDT")
    ]
    assert counts == [289, 328, 238]
    assert len(set(codes)) == len(codes) == 855
    assert not any(code.startswith("KRW-") for code in default_markets("id"))
