"""SIMPLE and DEFAULT key names, both ways."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat_v5 import simple_format_converter as converter
from compat_v5.models import DataType

KINDS = ("ticker", "trade", "orderbook", "candle", "myorder", "myasset")


def convert(kind: str, direction: str, data: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = getattr(converter, f"convert_{kind}_{direction}")(data)
    return result


@pytest.mark.parametrize("kind", KINDS)
def test_each_mapping_and_its_reverse_are_inverse(kind: str) -> None:
    mapping = getattr(converter, f"{kind.upper()}_SIMPLE_MAPPING")
    reverse = getattr(converter, f"{kind.upper()}_SIMPLE_REVERSE_MAPPING")
    assert {short: long for long, short in mapping.items()} == reverse
    assert len(reverse) == len(mapping)


@given(
    kind=st.sampled_from(KINDS),
    data=st.data(),
    extra=st.dictionaries(st.text(min_size=1).map("x-".__add__), st.integers()),
)
def test_long_keys_survive_both_ways(kind: str, data: st.DataObject, extra: dict[str, int]) -> None:
    mapping = getattr(converter, f"{kind.upper()}_SIMPLE_MAPPING")
    frame: dict[str, Any] = {
        key: data.draw(st.integers() | st.none() | st.text())
        for key in data.draw(st.sets(st.sampled_from(sorted(mapping))))
    } | extra
    simple = convert(kind, "default_to_simple", frame)
    assert convert(kind, "simple_to_default", simple) == frame
    assert not set(simple) & set(mapping)


def test_nested_objects_have_keys_of_their_own() -> None:
    book = {"orderbook_units": [{"ask_price": 1, "bid_size": 2, "x": 3}, None], "level": 0}
    simple = convert("orderbook", "default_to_simple", book)
    assert simple == {"obu": [{"ap": 1, "bs": 2, "x": 3}, None], "lv": 0}
    assert convert("orderbook", "simple_to_default", simple) == book

    assets = {"assets": [{"currency": "KRW", "balance": "1", "locked": "0"}]}
    simple = convert("myasset", "default_to_simple", assets)
    assert simple == {"ast": [{"cu": "KRW", "b": "1", "l": "0"}]}
    assert convert("myasset", "simple_to_default", simple) == assets


def test_the_same_short_key_means_what_its_type_says() -> None:
    assert convert("myorder", "simple_to_default", {"ap": 1}) == {"avg_price": 1}
    assert convert("ticker", "default_to_simple", {"trade_date": "d"}) == {"tdt": "d"}
    assert convert("trade", "default_to_simple", {"trade_date": "d"}) == {"td": "d"}


def test_the_input_is_not_changed() -> None:
    book = {"obu": [{"ap": 1}]}
    convert("orderbook", "simple_to_default", book)
    assert book == {"obu": [{"ap": 1}]}


@pytest.mark.parametrize("data_type", ["candle", "candle.1m", "CANDLE.240M", DataType.CANDLE_1S])
def test_candles_convert_with_or_without_their_unit(data_type: str) -> None:
    simple = converter.convert_to_simple_format({"candle_acc_trade_price": 1}, data_type)
    assert simple == {"catp": 1}
    assert converter.convert_from_simple_format(simple, data_type) == {"candle_acc_trade_price": 1}


@pytest.mark.parametrize("data_type", ["MyOrder", "MYORDER", "myorder"])
def test_the_case_of_a_type_does_not_matter(data_type: str) -> None:
    assert converter.convert_to_simple_format({"state": "wait"}, data_type) == {"s": "wait"}


@pytest.mark.parametrize("data_type", ["news", "", "candles"])
def test_an_unknown_type_raises(data_type: str) -> None:
    with pytest.raises(ValueError, match="must be one of ticker"):
        converter.convert_to_simple_format({}, data_type)
    with pytest.raises(ValueError, match="must be one of ticker"):
        converter.convert_from_simple_format({}, data_type)
    with pytest.raises(ValueError, match="must be one of ticker"):
        converter.auto_detect_and_convert({"type": data_type})


def test_auto_detection_toggles_unless_told() -> None:
    long = {"type": "candle.1m", "code": "KRW-BTC", "opening_price": 1}
    short = {"ty": "candle.1m", "cd": "KRW-BTC", "op": 1}
    assert converter.auto_detect_and_convert(long) == short
    assert converter.auto_detect_and_convert(short) == long
    assert converter.auto_detect_and_convert(long, "DEFAULT") == long
    assert converter.auto_detect_and_convert(short, "SIMPLE") == short
    assert converter.detect_candle_format(long) == "DEFAULT"
    assert converter.detect_candle_format(short) == "SIMPLE"
    assert converter.detect_ticker_format({}) == "DEFAULT"


@pytest.mark.parametrize(
    ("kind", "frame", "broken"),
    [
        ("ticker", {"cd": "KRW-BTC", "tp": 1}, {"tp": 0}),
        ("trade", {"cd": "K", "tp": 1, "tv": 1, "ab": "ASK", "sid": 1}, {"ab": "BUY"}),
        ("orderbook", {"cd": "K", "obu": [{"ap": 1, "bp": 1, "as": 1, "bs": 1}]}, {"obu": []}),
        ("candle", {"cd": "K", "op": 1, "hp": 1, "lp": 1, "tp": 1}, {"hp": 0.5}),
        ("myorder", {"cd": "K", "uid": "u", "ab": "BID", "ot": "limit", "s": "wait"}, {"ab": "x"}),
        ("myasset", {"astuid": "u", "ast": [{"cu": "KRW", "b": 1, "l": 0}]}, {"ast": None}),
    ],
)
def test_validation_of_short_keys(kind: str, frame: dict[str, Any], broken: dict[str, Any]) -> None:
    validate = getattr(converter, f"validate_{kind}_simple_format")
    assert validate(frame) is frame
    with pytest.raises(ValueError, match=f"{kind} in SIMPLE format"):
        validate({**frame, **broken})


def test_documented_frames_convert_to_their_documented_short_form() -> None:
    frames = Path(converter.__file__).parents[1] / "websocket_v6" / "testing" / "frames"
    lines = (frames / "derived_simple.jsonl").read_text(encoding="utf-8").splitlines()
    checked = 0
    for line in lines:
        short = json.loads(line)
        if short.get("ty") not in ("ticker", "trade", "myOrder", "myAsset"):
            continue
        long = converter.convert_from_simple_format(short, short["ty"])
        assert not [key for key in long if len(key) < 4], long
        assert converter.convert_to_simple_format(long, short["ty"]) == short
        checked += 1
    assert checked >= 4


def test_the_self_check_prints_one_line_per_type(capsys: pytest.CaptureFixture[str]) -> None:
    converter.test_all_simple_conversions()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(KINDS)
    assert all("unchanged" in line for line in lines)
