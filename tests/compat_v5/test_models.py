"""The legacy model functions on frames and envelopes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from compat_v5 import models
from compat_v5.models import DataType

TICKER = {"type": "ticker", "code": "KRW-BTC", "trade_price": 1.0, "change": "RISE"}
TRADE = {
    "type": "trade",
    "code": "KRW-BTC",
    "trade_price": 1.0,
    "trade_volume": 0.5,
    "ask_bid": "ASK",
    "sequential_id": 7,
}
UNIT = {"ask_price": 2.0, "bid_price": 1.0, "ask_size": 0.0, "bid_size": 3.0}
ORDERBOOK = {"type": "orderbook", "code": "KRW-BTC", "orderbook_units": [UNIT]}
CANDLE = {
    "code": "KRW-BTC",
    "opening_price": 2.0,
    "high_price": 3.0,
    "low_price": 1.0,
    "trade_price": 2.0,
}
ORDER = {"uuid": "u", "market": "KRW-BTC", "side": "bid", "ord_type": "limit", "state": "wait"}
ASSET = {"currency": "KRW", "balance": 0.0, "locked": "0"}

VALID = {
    "ticker": TICKER,
    "trade": TRADE,
    "orderbook": ORDERBOOK,
    "candle": CANDLE,
    "my_order": ORDER,
    "my_asset": ASSET,
}


@pytest.mark.parametrize(("kind", "frame"), VALID.items())
def test_a_valid_frame_comes_back_as_a_shallow_copy(kind: str, frame: dict[str, Any]) -> None:
    checked = getattr(models, f"validate_{kind}_data")(frame)
    assert checked == frame
    assert checked is not frame


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        ("ticker", {"code": None}, "code is missing"),
        ("ticker", {"trade_price": 0}, "trade_price=0 must be above 0"),
        ("ticker", {"opening_price": -1}, "opening_price=-1 must be above 0"),
        ("ticker", {"trade_price": "much"}, "trade_price='much' is no number"),
        ("ticker", {"trade_price": [1]}, "is no number"),
        ("ticker", {"change": "UP"}, "change='UP' must be one of"),
        ("trade", {"ask_bid": "BUY"}, "ask_bid='BUY'"),
        ("trade", {"sequential_id": None}, "sequential_id is missing"),
        ("trade", {"trade_volume": 0.0}, "trade_volume=0.0"),
        ("orderbook", {"orderbook_units": []}, "not empty"),
        ("orderbook", {"orderbook_units": ({},)}, "must be a list"),
        ("orderbook", {"orderbook_units": [1]}, r"orderbook_units\[0\]=1 is no object"),
        ("orderbook", {"orderbook_units": [{**UNIT, "ask_size": -1}]}, "must not be negative"),
        ("orderbook", {"orderbook_units": [{**UNIT, "bid_size": None}]}, "bid_size is missing"),
        ("candle", {"high_price": 0.5}, "high_price=0.5 is below low_price=1.0"),
        ("candle", {"low_price": 0}, "low_price=0 must be above 0"),
        ("my_order", {"side": "ASK"}, "side='ASK'"),
        ("my_order", {"ord_type": "best"}, "ord_type='best'"),
        ("my_order", {"state": "trade"}, "state='trade'"),
        ("my_asset", {"locked": -0.1}, "must not be negative"),
        ("my_asset", {"currency": None}, "currency is missing"),
    ],
)
def test_a_bad_value_raises_and_is_named(kind: str, change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        getattr(models, f"validate_{kind}_data")({**VALID[kind], **change})


def test_frames_of_the_private_websocket_do_not_have_the_rest_shape() -> None:
    frame = {"type": "myOrder", "code": "KRW-BTC", "uuid": "u", "ask_bid": "BID", "state": "wait"}
    checked = models.validate_mixed_message(frame)
    assert checked["_inferred_type"] == "myOrder"
    assert "market is missing" in checked["_validation_error"]
    assert {key: checked[key] for key in frame} == frame


def test_a_mixed_message_never_raises() -> None:
    assert models.validate_mixed_message(TICKER) == TICKER
    bad = {**TICKER, "trade_price": -1}
    checked = models.validate_mixed_message(bad)
    assert set(checked) - set(bad) == {"_validation_error", "_inferred_type"}
    for unchecked in ({"type": "candle.1m", "high_price": -1}, {"status": "UP"}, {}):
        assert models.validate_mixed_message(unchecked) is unchecked


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        ({"type": "ticker"}, "ticker"),
        ({"type": "candle.1m"}, "candle.1m"),
        ({"type": "myAsset"}, "myAsset"),
        ({"ty": "orderbook"}, "orderbook"),
        ({"ty": "candle.240m"}, "candle.240m"),
        ({"ty": "myOrder"}, "unknown"),
        ({"type": "news", "ty": "trade"}, "trade"),
        ({"type": None}, "unknown"),
        ({"trade_price": 1, "change_rate": 0, "acc_trade_volume_24h": 1}, "ticker"),
        ({"ask_bid": "ASK", "sequential_id": 1}, "trade"),
        ({"orderbook_units": [], "total_ask_size": 0}, "orderbook"),
        ({"candle_date_time_utc": "", "candle_acc_trade_volume": 0}, "candle"),
        ({"uuid": "", "side": "", "ord_type": ""}, "myOrder"),
        ({"currency": "", "balance": 0, "locked": 0}, "myAsset"),
        ({"error": {}}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_the_type_is_inferred_from_names_then_from_keys(frame: dict[str, Any], kind: str) -> None:
    assert models.infer_message_type(frame) == kind


def test_an_envelope_has_exactly_six_keys() -> None:
    frame = dict(TICKER, stream_type="SNAPSHOT")
    envelope = models.create_websocket_message("ticker", "krw-btc", frame)
    assert list(envelope) == ["type", "market", "data", "timestamp", "stream_type", "raw_data"]
    assert envelope["market"] == "KRW-BTC"
    assert envelope["data"] is envelope["raw_data"] is frame
    assert isinstance(envelope["timestamp"], datetime)
    assert envelope["timestamp"].tzinfo is None
    assert not models.is_snapshot_message(envelope)
    assert models.is_snapshot_message(frame)
    assert not models.is_realtime_message(frame)
    at = datetime(2025, 9, 1)
    given = models.create_websocket_message("ticker", "", frame, at, "REALTIME")
    assert (given["market"], given["timestamp"]) == ("UNKNOWN", at)
    assert models.is_realtime_message(given)


def test_data_types_know_where_they_belong() -> None:
    assert [str(kind.value) for kind in DataType.get_private_types()] == ["myOrder", "myAsset"]
    assert len(DataType.get_candle_types()) == 9
    assert len(DataType.get_public_types()) == 12
    assert DataType("candle.60m") is DataType.CANDLE_1H is DataType.CANDLE_60M
    assert DataType.CANDLE_1S.is_candle()
    assert DataType.CANDLE_1S.is_public()
    assert DataType.MYORDER.is_private()
    assert not DataType.TICKER.is_candle()
    assert DataType.MYASSET == "myAsset"


def test_the_connection_status_counts_what_it_is_told() -> None:
    status = models.create_connection_status("SUBSCRIBING", "id-1")
    assert len(status) == 10
    assert status["is_connected"] is True
    assert status["is_active"] is False
    assert models.create_connection_status("ACTIVE", "x")["is_active"] is True
    assert models.create_connection_status("ERROR", "x")["is_connected"] is False

    status["connected_at"] = datetime(2020, 1, 1)
    updated = models.update_connection_status(status, message_received=True, error_occurred=True)
    assert (updated["message_count"], updated["error_count"]) == (1, 1)
    assert updated["uptime_seconds"] > 1e8
    assert (status["message_count"], status["uptime_seconds"]) == (0, 0.0)
    assert models.update_connection_status({}) == {}


def test_either_format_becomes_a_default_envelope() -> None:
    simple = {"ty": "ticker", "cd": "KRW-BTC", "tp": 1.0}
    message = models.process_websocket_message(simple)
    assert message["data"] == {"type": "ticker", "code": "KRW-BTC", "trade_price": 1.0}
    assert message["market"] == "KRW-BTC"
    assert "format_conversion_error" not in message
    assert models.process_websocket_message(TICKER)["data"] == TICKER

    back = models.process_websocket_message(TICKER, "simple", validate_data=False)
    assert back["data"] == {"ty": "ticker", "cd": "KRW-BTC", "tp": 1.0, "c": "RISE"}
    assert back["market"] == "KRW-BTC"


def test_a_simple_private_frame_is_recognised_once_its_keys_are_long() -> None:
    message = models.process_websocket_message({"ty": "myAsset", "ast": [{"cu": "KRW", "b": 1}]})
    assert message["type"] == "myAsset"
    assert message["data"]["assets"] == [{"currency": "KRW", "balance": 1}]


def test_an_unknown_type_is_reported_in_the_envelope() -> None:
    message = models.process_websocket_message({"what": 1})
    assert message["type"] == "unknown"
    assert message["market"] == "UNKNOWN"
    assert "data_type='unknown'" in message["format_conversion_error"]


def test_messages_convert_both_ways() -> None:
    envelope = models.create_websocket_message("candle.1m", "KRW-BTC", dict(CANDLE))
    simple = models.convert_message_format(envelope)
    assert simple["format"] == "SIMPLE"
    assert simple["data"]["tp"] == 2.0
    assert models.get_message_format(simple) == "SIMPLE"
    assert models.get_message_format(envelope) == "DEFAULT"
    assert models.get_message_format({"what": 1}) == "UNKNOWN"
    back, failed = models.batch_convert_messages([simple, {"data": {}}], "default")
    assert back["data"] == CANDLE
    assert "format_conversion_error" in failed
    assert "format" not in failed


def test_a_format_aware_message_says_both_formats() -> None:
    message = models.create_format_aware_message("ticker", "KRW-BTC", dict(TICKER), "auto")
    assert (message["format"], message["format_mode"]) == ("DEFAULT", "AUTO")
    simple = models.create_format_aware_message("ticker", "KRW-BTC", dict(TICKER), "simple")
    assert (simple["format"], simple["format_mode"]) == ("SIMPLE", "SIMPLE")
    assert "cd" in simple["data"]
    assert models.is_simple_format_supported() is models.SIMPLE_FORMAT_AVAILABLE is True
    assert set(models.get_format_conversion_stats()) == {
        "simple_format_available",
        "supported_data_types",
        "conversion_modes",
        "bandwidth_savings",
    }


def test_samples_pass_their_own_validation() -> None:
    for kind in ("ticker", "trade", "orderbook"):
        frame = getattr(models, f"example_{kind}_message")()
        assert models.infer_message_type(frame) == kind
        assert models.validate_mixed_message(frame) == frame


def test_field_documentation_has_the_documented_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {"ticker": 32, "trade": 16, "orderbook": 8, "candle": 17, "myOrder": 22, "myAsset": 10}
    assert {kind: len(models.get_field_documentation(kind)) for kind in sizes} == sizes
    assert len(models.ORDERBOOK_UNIT_FIELDS) == 4
    assert models.get_field_documentation("news") == {}
    models.print_field_documentation("trade")
    models.print_field_documentation("news")
    out = capsys.readouterr().out
    assert "sequential_id" in out
    assert "news: no such type" in out


def test_pydantic_names_raise_with_the_v6_way() -> None:
    with pytest.raises(ImportError, match=r"TickerData.*as_model=True"):
        from compat_v5.models import TickerData  # type: ignore[attr-defined]  # noqa: F401
    with pytest.raises(AttributeError, match="wire name"):
        _ = models.MessageType  # type: ignore[attr-defined]
    assert not hasattr(models, "TickerData")
    assert getattr(models, "TickerData", None) is None
    assert not hasattr(models, "never_there")
