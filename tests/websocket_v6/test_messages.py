from __future__ import annotations

import json
import pickle
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from websocket_v6.exceptions import DecodeError
from websocket_v6.messages import (
    Asset,
    Candle,
    Message,
    MyAsset,
    MyOrder,
    Orderbook,
    OrderbookUnit,
    Ticker,
    Trade,
    decode_message,
    decode_messages,
    message_class,
)

DATA = Path(__file__).parent / "data"
CLASSES = {
    "ticker": Ticker,
    "trade": Trade,
    "orderbook": Orderbook,
    "candle": Candle,
    "my_order": MyOrder,
    "my_asset": MyAsset,
}


def lines(name: str) -> list[bytes]:
    return (DATA / f"{name}.jsonl").read_bytes().splitlines()


COMPLETE = [
    pytest.param(name, line, id=f"{name}-{number}")
    for name in CLASSES
    for number, line in enumerate(lines(name), 1)
    if (name, number) != ("ticker", 6)  # cut down by its author: no timestamp
]


def exact(value: Any) -> Any:
    """Plain JSON content with every number as a Decimal."""
    if isinstance(value, dict):
        return {key: exact(content) for key, content in value.items()}
    if isinstance(value, list | tuple):
        return [exact(content) for content in value]
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.mark.parametrize(("name", "line"), COMPLETE)
def test_a_recorded_frame_keeps_every_digit(name: str, line: bytes) -> None:
    message = decode_message(line)
    assert isinstance(message, CLASSES[name])
    content = exact(msgspec.structs.asdict(message))
    sent = exact(json.loads(line, parse_float=Decimal))
    if "type" not in sent:
        return  # short names: compared below
    for key, value in sent.items():
        if key in ("orderbook_units", "assets"):
            units = [exact(msgspec.structs.asdict(unit)) for unit in content[key]]
            assert units == value
        else:
            assert content[key] == value, key


@pytest.mark.parametrize("number", range(5))
def test_the_short_names_give_the_same_message(number: int) -> None:
    name, line = [("ticker", 1), ("trade", 2), ("my_order", 0), ("my_order", 1), ("my_asset", 0)][
        number
    ]
    assert decode_message(lines("derived_simple")[number]) == decode_message(lines(name)[line])


def test_a_balance_of_23_decimals_and_a_large_id_are_exact() -> None:
    message = decode_message(lines("my_asset")[0])
    assert isinstance(message, MyAsset)
    assert message.assets == (
        Asset(
            currency="KRW",
            balance=Decimal("1386929.37231066771348207123"),
            locked=Decimal("10329.670127489597585685"),
        ),
    )
    trade = decode_message(lines("trade")[2])
    assert isinstance(trade, Trade)
    assert trade.sequential_id == 17303368620470000


@pytest.mark.parametrize(
    "spelling", ["0E-8", "1.16539E8", "7.9276E-4", "0", "0.0", "116606000", "0.00077720", "-1.5"]
)
@pytest.mark.parametrize("short", [False, True])
def test_every_spelling_of_a_number_is_read_exactly(spelling: str, short: bool) -> None:
    template = lines("trade")[4 if short else 2].decode()
    key = '"tp":' if short else '"trade_price":'
    start = template.index(key) + len(key)
    end = template.index(",", start)
    message = decode_message((template[:start] + spelling + template[end:]).encode())
    assert isinstance(message, Trade)
    assert isinstance(message.trade_price, Decimal)
    assert message.trade_price == Decimal(spelling)


@settings(deadline=None)
@given(st.decimals(min_value=0, max_value=10**15, allow_nan=False, allow_infinity=False, places=20))
def test_any_price_survives(price: Decimal) -> None:
    frame = (
        f'{{"ty":"myAsset","astuid":"a","ast":[{{"cu":"KRW","b":{price},"l":0}}],"tms":1}}'
    ).encode()
    message = decode_message(frame)
    assert isinstance(message, MyAsset)
    assert message.assets[0].balance == price


def test_the_formats_that_send_arrays_hold_one_message_or_more() -> None:
    candle = lines("candle")[2]
    assert decode_messages(candle) == [decode_message(candle)]
    both = b" [" + candle + b"," + lines("candle")[11] + b"]"
    assert decode_messages(both) == [decode_message(candle), decode_message(lines("candle")[11])]
    assert decode_messages(b"[]") == []


def test_missing_and_null_fields_are_none_and_unknown_ones_are_ignored() -> None:
    old = decode_message(lines("my_order")[2])
    assert isinstance(old, MyOrder)
    assert (old.trade_fee, old.smp_type, old.identifier) == (None, None, None)
    regional = decode_message(lines("orderbook")[4])
    assert isinstance(regional, Orderbook)
    assert regional.level is None
    extended = json.loads(lines("trade")[2]) | {"brand_new": {"x": 1}}
    assert isinstance(decode_message(json.dumps(extended).encode()), Trade)


@pytest.mark.parametrize("value", [None, "", "2026-01-02", {"year": 2026, "month": 1, "day": 2}])
def test_a_delisting_date_has_many_forms(value: object) -> None:
    frame = json.loads(lines("ticker")[1]) | {"delisting_date": value}
    message = decode_message(json.dumps(frame).encode())
    assert isinstance(message, Ticker)
    assert message.delisting_date == value


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (b"", "frame of 0 bytes"),
        (b"PONG", "malformed"),
        (b"\xff\xfe", "malformed"),
        (b'{"type":"ticker"', "truncated"),
        (b'{"status":"UP"}', "no type"),
        (b'{"type":"announcement"}', "no typed message for type 'announcement'"),
        (b'{"type":"ticker","code":"KRW-BTC"}', "missing required field"),
        (b'{"ty":"trade","cd":5}', "Expected `str`, got `int`"),
        (b"[1]", "Expected `object`"),
        (b'[{"type":', "truncated"),
    ],
)
def test_a_frame_that_is_no_message_says_what_is_wrong(frame: bytes, words: str) -> None:
    with pytest.raises(DecodeError, match=words):
        decode_messages(frame)


def test_a_bad_public_frame_is_shown_in_part_and_a_private_one_never() -> None:
    with pytest.raises(DecodeError) as public:
        decode_message(b'{"type":"ticker","code":"KRW-BTC"}')
    assert "KRW-BTC" in str(public.value)
    for frame in (
        b'{"type":"myAsset","asset_uuid":"secret-uuid","assets":[{"balance":12345}]}',
        b'{"ty":"myOrder","uid":"secret-uuid","p":"12345"}',
        b'{"uuid":"secret-uuid","price":12345}',
        b'{"type":"myOrder","uuid":"secret-uuid","price":12345',
    ):
        with pytest.raises(DecodeError) as private:
            decode_message(frame)
        shown = str(private.value) + repr(private.value.__cause__) + private.value.sample
        assert "secret" not in shown
        assert "12345" not in shown


def test_messages_are_frozen_values() -> None:
    message = decode_message(lines("candle")[2])
    assert isinstance(message, Candle)
    with pytest.raises(AttributeError):
        message.code = "KRW-ETH"  # type: ignore[misc]
    assert hash(message) == hash(decode_message(lines("candle")[2]))


def test_each_data_type_has_a_class() -> None:
    for data_type in ("ticker", "trade", "orderbook", "candle.1s", "myOrder", "myAsset"):
        wanted: type[Message] = message_class(data_type)
        assert wanted.__name__.lower().startswith(data_type.split(".")[0].lower())
    with pytest.raises(KeyError):
        message_class("announcement")


def book(line: int = 0) -> Orderbook:
    message = decode_message(lines("orderbook")[line])
    assert isinstance(message, Orderbook)
    return message


def test_a_book_is_the_same_however_its_units_are_looked_at() -> None:
    sent = json.loads(lines("orderbook")[0], parse_float=Decimal)["orderbook_units"]
    expected = [
        OrderbookUnit(**{key: Decimal(value) for key, value in one.items()}) for one in sent
    ]
    assert list(book().orderbook_units) == expected
    assert [book().orderbook_units[at] for at in range(len(expected))] == expected
    assert book().orderbook_units[-1] == expected[-1]
    assert book().orderbook_units[1:3] == tuple(expected[1:3])
    assert len(book().orderbook_units) == len(expected)
    with pytest.raises(IndexError):
        book().orderbook_units[len(expected)]
    by_one = book()
    assert by_one.orderbook_units[0] == expected[0]
    assert by_one.orderbook_units == tuple(expected)


def test_books_are_values() -> None:
    looked_at, fresh = book(), book()
    assert tuple(looked_at.orderbook_units)
    assert looked_at == fresh
    assert hash(looked_at) == hash(book())
    assert pickle.loads(pickle.dumps(book())) == fresh
    assert repr(book()) == repr(looked_at)
    made = msgspec.structs.replace(fresh, orderbook_units=tuple(looked_at.orderbook_units))
    assert made == fresh
    assert made != msgspec.structs.replace(fresh, orderbook_units=())
    assert fresh.orderbook_units != [1]
    encoded = msgspec.json.Encoder(enc_hook=tuple, decimal_format="number").encode(fresh)
    assert decode_message(encoded) == fresh


@pytest.mark.parametrize("units", ['[{"ask_price":1}]', '[{"ask_price":"no"}]', "[1]", "{}"])
def test_a_bad_unit_shows_when_it_is_looked_at(units: str) -> None:
    frame = json.loads(lines("orderbook")[0]) | {"orderbook_units": json.loads(units)}
    message = decode_message(json.dumps(frame).encode())
    assert isinstance(message, Orderbook)
    with pytest.raises(DecodeError, match="does not decode"):
        message.orderbook_units[0]
    with pytest.raises(DecodeError, match="does not decode"):
        list(message.orderbook_units)
