from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.exceptions import DecodeError
from websocket_v6.protocol.decoder import (
    Listed,
    ListReply,
    ServerError,
    Status,
    interpret,
    listed_topics,
    parse,
)

numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_json_is_read_as_the_standard_library_reads_it(value: Any) -> None:
    text = json.dumps(value)
    for payload in (text, text.encode(), bytearray(text.encode()), memoryview(text.encode())):
        assert parse(payload) == json.loads(text)


@given(st.binary())
def test_any_bytes_are_json_or_a_decode_error(payload: bytes) -> None:
    try:
        parse(payload)
    except DecodeError as error:
        assert error.size == len(payload)  # noqa: PT017
        assert error.sample == payload[:120].decode(errors="replace")  # noqa: PT017


@pytest.mark.parametrize("payload", [b"", b"{", b'"\xff"', b"nope", b"[" * 10_000, "{"])
def test_what_does_not_decode_says_how_long_it_was_and_how_it_began(payload: bytes | str) -> None:
    with pytest.raises(DecodeError) as caught:
        parse(payload)
    raw = payload.encode() if isinstance(payload, str) else payload
    assert caught.value.size == len(raw)
    assert caught.value.sample == raw[:120].decode(errors="replace")
    assert caught.value.__suppress_context__


def test_the_content_of_a_private_message_stays_out_of_the_error() -> None:
    with pytest.raises(DecodeError) as caught:
        parse(b'{"balance": 123456789.5', private=True)
    assert caught.value.sample == ""
    assert caught.value.size == 23
    assert "123456789" not in str(caught.value)


@given(values)
def test_any_json_is_one_of_four_things_or_a_decode_error(value: Any) -> None:
    try:
        message = interpret(value)
    except DecodeError as error:
        assert len(str(error)) < 300  # noqa: PT017
        return
    assert isinstance(message, dict | Status | ServerError | ListReply)


def test_a_frame_with_long_keys_is_the_object_itself() -> None:
    frame = {"type": "ticker", "code": "KRW-BTC"}
    assert interpret(frame) is frame


def test_a_frame_with_short_keys_gets_long_ones() -> None:
    short = {"ty": "ticker", "cd": "KRW-BTC", "tp": 1.5}
    assert interpret(short) == {"type": "ticker", "code": "KRW-BTC", "trade_price": 1.5}


def test_of_two_types_the_one_that_is_a_name_counts() -> None:
    assert interpret({"ty": "ticker", "type": 0}) == {"type": "ticker"}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"status": "UP"}, Status("UP")),
        ({"status": None}, Status("")),
        ({"error": {"name": "NO_TYPE", "message": "m"}}, ServerError("NO_TYPE", "m")),
        ({"error": {"message": "m"}}, ServerError("UNKNOWN", "m")),
        ({"error": {"name": 404}}, ServerError("404", "")),
        ({"error": {"name": [[[]]], "message": {}}}, ServerError("<list>", "<dict>")),
    ],
)
def test_what_is_no_data(message: Any, expected: object) -> None:
    assert interpret(message) == expected


def test_a_text_of_the_server_is_cut_before_it_reaches_a_log() -> None:
    error = interpret({"error": {"name": "x" * 5000, "message": "y" * 5000}})
    assert error == ServerError("x" * 1000, "y" * 1000)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], "an object was expected, not list"),
        ("PING", "an object was expected, not str"),
        ({"type": 5}, "an object without a type (keys: type)"),
        ({str(n): n for n in range(9)}, "(keys: 0, 1, 2, 3, 4, 5, 6, 7)"),
        ({"error": "text"}, "keys: error"),
        ({"k" * 500: 1}, f"keys: {'k' * 120})"),
    ],
)
def test_what_is_nothing_known(value: Any, words: str) -> None:
    with pytest.raises(DecodeError) as caught:
        interpret(value)
    assert words in caught.value.problem
    assert caught.value.size == 0


LONG_REPLY = {
    "method": "LIST_SUBSCRIPTIONS",
    "result": [
        {"type": "orderbook", "codes": ["KRW-BTC.5", "KRW-ETH"], "level": "10000.5"},
        {"type": "myAsset"},
    ],
    "ticket": "t",
}
SHORT_REPLY = {
    "mthd": "LIST_SUBSCRIPTIONS",
    "rslt": [
        {"ty": "orderbook", "cds": ["KRW-BTC.5", "KRW-ETH"], "lv": 10000.5},
        {"ty": "myAsset", "cds": None},
    ],
    "tckt": "t",
}


@pytest.mark.parametrize("message", [LONG_REPLY, SHORT_REPLY])
def test_a_list_reply_in_both_spellings(message: dict[str, Any]) -> None:
    reply = interpret(message)
    assert reply == ListReply(
        "t", (Listed("orderbook", ("KRW-BTC.5", "KRW-ETH"), 10000.5), Listed("myAsset", ()))
    )
    assert isinstance(reply, ListReply)
    assert listed_topics(reply) == {
        ("orderbook", "KRW-BTC"),
        ("orderbook", "KRW-ETH"),
        ("myAsset", "*"),
    }


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"method": "L"}, ListReply("", ())),
        ({"method": "L", "result": {"type": "x"}, "ticket": 7}, ListReply("7", ())),
        ({"mthd": "L", "rslt": [5, {}], "tckt": "t"}, ListReply("t", (Listed("", ()),))),
        ({"method": "L", "result": [{"codes": 5}]}, ListReply("", (Listed("", ()),))),
        (
            {"method": "L", "result": [{"type": "a", "codes": ["b"], "level": "high"}]},
            ListReply("", (Listed("a", ("b",), 0),)),
        ),
        (
            {"method": "L", "result": [{"type": "a", "codes": [3], "level": None}]},
            ListReply("", (Listed("a", ("3",), 0),)),
        ),
    ],
)
def test_a_list_reply_that_is_not_as_documented(message: Any, expected: ListReply) -> None:
    assert interpret(message) == expected
