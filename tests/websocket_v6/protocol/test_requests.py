from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.protocol.requests import (
    DEFAULT_UNITS,
    PING,
    Item,
    list_request,
    subscribe_request,
)
from websocket_v6.testing.grammar import Ping, Subscribe, parse

codes = st.from_regex(r"(KRW|BTC|USDT)-[A-Z]{2,6}", fullmatch=True)
flags = st.sampled_from([(True, True), (True, False), (False, True)])


@st.composite
def items(draw: st.DrawFn) -> Item:
    data_type = draw(st.sampled_from(["ticker", "trade", "orderbook", "candle.1m"]))
    is_book = data_type == "orderbook"
    units = draw(st.sampled_from([None, 1, 5, 15, 30])) if is_book else None
    level = draw(st.sampled_from([0, 0, 1000, 10000])) if is_book else 0
    snapshot, realtime = draw(flags)
    return Item(data_type, draw(codes), snapshot, realtime, units, level)


unique = st.lists(items(), min_size=1, max_size=30, unique_by=lambda item: item.topic)
formats = st.sampled_from(["DEFAULT", "SIMPLE", "JSON_LIST", "SIMPLE_LIST"])


@given(unique, formats)
def test_the_exchange_reads_what_was_meant(wanted: list[Item], wire_format: str) -> None:
    request = parse(subscribe_request(wanted, ticket="t", wire_format=wire_format))
    assert isinstance(request, Subscribe)
    assert request.ticket == "t"
    assert request.wire_format == wire_format
    assert set(request.topics) == {item.topic for item in wanted}
    for item in wanted:
        options = request.topics[item.topic]
        assert options.units == (item.units or DEFAULT_UNITS)
        assert options.level == item.level
        assert options.is_only_snapshot == (not item.realtime)
        assert options.is_only_realtime == (item.realtime and not item.snapshot)


def sent(*wanted: Item, wire_format: str = "DEFAULT") -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = json.loads(
        subscribe_request(wanted, ticket="t", wire_format=wire_format)
    )
    return parts


def test_codes_with_equal_options_share_one_object() -> None:
    assert sent(Item("ticker", "KRW-BTC"), Item("trade", "KRW-BTC"), Item("ticker", "KRW-ETH")) == [
        {"ticket": "t"},
        {"type": "ticker", "codes": ["KRW-BTC", "KRW-ETH"]},
        {"type": "trade", "codes": ["KRW-BTC"]},
    ]


def test_a_format_is_named_unless_it_is_the_default() -> None:
    assert sent(Item("ticker", "KRW-BTC"), wire_format="SIMPLE")[-1] == {"format": "SIMPLE"}
    assert sent(Item("ticker", "KRW-BTC"))[-1] == {"type": "ticker", "codes": ["KRW-BTC"]}


@pytest.mark.parametrize(
    ("item", "part"),
    [
        (Item("myAsset", "*"), {"type": "myAsset"}),
        (Item("myOrder", "*"), {"type": "myOrder"}),
        (Item("myOrder", "KRW-BTC"), {"type": "myOrder", "codes": ["KRW-BTC"]}),
        (Item("ticker", "*"), {"type": "ticker", "codes": ["*"]}),
        (Item("orderbook", "KRW-BTC", units=5), {"type": "orderbook", "codes": ["KRW-BTC.5"]}),
        (Item("orderbook", "KRW-BTC", units=30), {"type": "orderbook", "codes": ["KRW-BTC"]}),
        (
            Item("orderbook", "KRW-BTC", level=10000),
            {"type": "orderbook", "codes": ["KRW-BTC"], "level": 10000},
        ),
        (
            Item("trade", "KRW-BTC", snapshot=False),
            {"type": "trade", "codes": ["KRW-BTC"], "is_only_realtime": True},
        ),
        (
            Item("trade", "KRW-BTC", realtime=False),
            {"type": "trade", "codes": ["KRW-BTC"], "is_only_snapshot": True},
        ),
    ],
)
def test_one_item(item: Item, part: dict[str, Any]) -> None:
    assert sent(item) == [{"ticket": "t"}, part]


def test_an_empty_request_is_impossible() -> None:
    with pytest.raises(
        ValueError, match=r"^an empty request is impossible: close the connection instead$"
    ):
        subscribe_request([], ticket="t", wire_format="DEFAULT")


def test_the_other_two_messages() -> None:
    parts = [{"ticket": "t"}, {"method": "LIST_SUBSCRIPTIONS"}]
    assert json.loads(list_request(ticket="t", wire_format="DEFAULT")) == parts
    simple = json.loads(list_request(ticket="t", wire_format="SIMPLE"))
    assert simple == [*parts, {"format": "SIMPLE"}]
    assert parse(PING) == Ping()
