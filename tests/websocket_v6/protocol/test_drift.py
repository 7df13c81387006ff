from __future__ import annotations

import logging
from typing import Any

import pytest

from websocket_v6.protocol.drift import Drift

TICKER = {
    "type": "ticker",
    "code": "KRW-BTC",
    "change": "RISE",
    "ask_bid": "BID",
    "stream_type": "REALTIME",
    "market_state": "ACTIVE",
    "market_warning": "NONE",
    "delisting_date": None,
}
ORDER = {
    "type": "myOrder",
    "order_type": "best",
    "state": "trade",
    "time_in_force": None,
    "smp_type": "reduce",
}


@pytest.mark.parametrize("frame", [TICKER, ORDER, {"type": "candle.9m", "opening_price": 1}])
def test_nothing_is_said_about_what_is_documented(frame: dict[str, Any]) -> None:
    drift = Drift()
    drift.check(frame)
    drift.check(frame)
    assert not drift.counts


ENUMS = {
    "change": ("RISE", "EVEN", "FALL"),
    "ask_bid": ("ASK", "BID"),
    "stream_type": ("SNAPSHOT", "REALTIME"),
    "market_state": ("PREVIEW", "ACTIVE", "DELISTED"),
    "market_warning": ("NONE", "CAUTION"),
    "order_type": ("limit", "price", "market", "best"),
    "state": ("wait", "watch", "trade", "done", "cancel", "prevented"),
    "time_in_force": ("ioc", "fok", "post_only"),
    "smp_type": ("reduce", "cancel_maker", "cancel_taker"),
}


@pytest.mark.parametrize("key", ENUMS)
def test_every_documented_value_is_known_and_no_other(key: str) -> None:
    data_type = "ticker" if key in TICKER else "myOrder"
    for value in ENUMS[key]:
        drift = Drift()
        drift.check({"type": data_type, key: value})
        assert not drift.counts, value
    drift = Drift()
    drift.check({"type": data_type, key: "new"})
    value = "='new'" if data_type == "ticker" else ""  # of private frames no value is shown
    assert drift.counts == {f"unknown_value {data_type}.{key}{value}": 1}


def test_each_kind_is_counted_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    drift = Drift()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            drift.check(TICKER | {"new_field": 1})
    assert drift.counts == {"unknown_key ticker.new_field": 3}
    (record,) = caplog.records
    assert vars(record)["kind"] == "unknown_key"
    assert vars(record)["what"] == "ticker.new_field"


@pytest.mark.parametrize(("value", "shown"), [("x" * 90, "x" * 40), ([1], "list"), (5, "int")])
def test_a_value_is_shown_short(value: object, shown: str) -> None:
    drift = Drift()
    drift.check({"type": "ticker", "change": value})
    assert list(drift.counts) == [f"unknown_value ticker.change={shown!r}"]


def test_a_key_and_a_type_are_shown_short() -> None:
    drift = Drift()
    drift.check({"type": "ticker", "k" * 90: 1})
    drift.unknown_type("t" * 90)
    assert list(drift.counts) == [f"unknown_key ticker.{'k' * 60}", f"unknown_type {'t' * 60}"]


def test_keys_without_end_fill_no_memory(caplog: pytest.LogCaptureFixture) -> None:
    drift = Drift()
    for number in range(3000):
        drift.check({"type": "ticker", f"key{number}": 1})
    assert len(drift.counts) == 1001
    assert drift.counts["unknown_key (others)"] == 2000
    assert len(caplog.records) == 1000


def test_types_without_end_fill_no_memory() -> None:
    drift = Drift()
    for number in range(3000):
        drift.check({"type": f"type{number}"})
    assert len(drift._known) == 1000
