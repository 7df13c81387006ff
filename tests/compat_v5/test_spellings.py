"""Legacy spellings: symbols, data types, URLs, subscription ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat_v5.endpoint import DEFAULT_URL, legacy_endpoint
from compat_v5.exceptions import SubscriptionError
from compat_v5.models import DataType
from compat_v5.subscription_ids import subscription_id
from compat_v5.symbols import symbol_list, wire_name


@pytest.mark.parametrize(
    ("given_symbols", "expected"),
    [
        (["KRW-BTC"], ["KRW-BTC"]),
        (("KRW-BTC", "KRW-ETH"), ["KRW-BTC", "KRW-ETH"]),
        ("KRW-BTC", ["KRW-BTC"]),
        (["krw-btc"], ["KRW-BTC"]),
        (["BTC-KRW", "KRW-ETH", "btc-krw"], ["KRW-BTC", "KRW-ETH", "KRW-BTC"]),
        ([], []),
        ([5], [5]),
    ],
)
def test_symbols(given_symbols, expected):
    assert symbol_list(given_symbols) == expected


@pytest.mark.parametrize("symbols", [None, 5, object()])
def test_what_cannot_be_iterated_is_refused(symbols):
    with pytest.raises(SubscriptionError, match="write a list"):
        symbol_list(symbols)


@pytest.mark.parametrize("data_type", DataType)
def test_every_enum_member_is_its_wire_name(data_type):
    assert wire_name(data_type) == wire_name(data_type.value) == data_type.value


def test_hours_are_minutes_and_the_rest_is_left_to_the_proxy():
    assert wire_name("candle.1h") == "candle.60m"
    assert wire_name("candle.4h") == "candle.240m"
    assert wire_name("candle.1d") == "candle.1d"


@pytest.mark.parametrize("data_type", ["", "tickers", "candle", None, 5])
def test_unknown_data_types_are_refused(data_type):
    with pytest.raises(SubscriptionError, match="use one of ticker") as caught:
        wire_name(data_type, ["KRW-BTC"])
    assert caught.value.details["symbols"] == ["KRW-BTC"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (DEFAULT_URL, None),
        (DEFAULT_URL + "/", None),
        (DEFAULT_URL + "/private", None),
        ("ws://127.0.0.1:5000/websocket/v1", "ws://127.0.0.1:5000/websocket/v1"),
        ("ws://127.0.0.1:5000/websocket/v1/private", "ws://127.0.0.1:5000/websocket/v1"),
        ("ws://127.0.0.1:5000/private/", "ws://127.0.0.1:5000"),
    ],
)
def test_urls(url, expected):
    assert legacy_endpoint(url) == expected


@given(st.lists(st.integers(0, 2_000_000_000), min_size=1, max_size=20))
def test_ids_never_repeat_whatever_the_clock_does(times):
    prefix = "realtime_hypothesis"
    ids = [subscription_id(prefix, float(now)) for now in times]
    assert len(set(ids)) == len(ids)
    assert all(id_.removeprefix(f"{prefix}_").isdigit() for id_ in ids)


def test_an_id_carries_the_time():
    assert subscription_id("realtime_example", 1_756_700_000.9) == "realtime_example_1756700000"
    assert subscription_id("realtime_example", 1_756_700_000.9) == "realtime_example_1756700001"
