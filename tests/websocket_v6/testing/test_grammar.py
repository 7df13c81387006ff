"""The request grammar alone: docs/emulator.md, "Request frame" and "Error frames"."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.testing.grammar import (
    ListRequest,
    Ping,
    RejectionError,
    Subscribe,
    error_payload,
    parse,
)

TICKER = {"type": "ticker", "codes": ["KRW-BTC"]}


def subscribed(*objects: object, **options: object) -> Subscribe:
    request = parse(json.dumps([{"ticket": "t"}, *objects]), **options)
    assert isinstance(request, Subscribe)
    return request


def rejected(message: object, **options: object) -> RejectionError:
    text = message if isinstance(message, str) else json.dumps(message)
    with pytest.raises(RejectionError) as caught:
        parse(text, **options)
    return caught.value


def test_every_recorded_and_documented_request_is_accepted(samples):
    for line in samples("requests.jsonl"):
        kind = "private" if "myOrder" in line else "public"
        assert isinstance(parse(line, kind=kind), (Subscribe, ListRequest))


def test_format_is_optional_and_may_stand_anywhere():
    assert subscribed(TICKER).wire_format == "DEFAULT"
    assert subscribed({"format": "SIMPLE"}, TICKER).wire_format == "SIMPLE"
    assert subscribed(TICKER, {"format": "SIMPLE_LIST"}).wire_format == "SIMPLE_LIST"


def test_the_ticket_may_stand_last():
    assert isinstance(parse(json.dumps([TICKER, {"ticket": "t"}])), Subscribe)


def test_ping_is_the_only_message_that_is_no_array():
    assert parse("PING") == Ping()
    assert rejected("ping").name == "WRONG_FORMAT"
    assert rejected('"PING"').name == "WRONG_FORMAT"


def test_binary_messages_are_read_as_utf8():
    assert isinstance(parse(json.dumps([{"ticket": "t"}, TICKER]).encode()), Subscribe)
    with pytest.raises(RejectionError):
        parse(b"\xff\xfe")


@pytest.mark.parametrize(
    ("message", "name", "korean", "english"),
    [
        ("hello", "WRONG_FORMAT", "Format 이 맞지 않습니다.", "Requested using wrong format."),
        ({}, "WRONG_FORMAT", "Format 이 맞지 않습니다.", "Requested using wrong format."),
        (
            [TICKER],
            "NO_TICKET",
            "티켓이 존재하지 않거나, 유효하지 않습니다.",
            "Ticket field must be contained.",
        ),
        (
            [{"ticket": "t"}, {"type": "nope", "codes": ["KRW-BTC"]}],
            "INVALID_PARAM",
            "nope 은 지원하지 않는 타입입니다.",
            "type nope is not supported.",
        ),
        (
            [{"ticket": "t"}, {"type": "ticker"}],
            "NO_CODES",
            "codes 필드가 존재하지 않습니다.",
            "codes field not exists.",
        ),
    ],
)
def test_errors_speak_the_language_of_the_host(message, name, korean, english):
    assert (rejected(message).name, rejected(message).message) == (name, korean)
    assert rejected(message, korean=False).message == english


def test_error_frames_equal_the_recorded_ones(samples):
    lines = samples("errors.jsonl")
    recorded = {
        6: [TICKER],
        7: [{"ticket": "t"}, {"type": "nope", "codes": ["KRW-BTC"]}],
        8: "hello",
    }
    for index, message in recorded.items():
        assert error_payload(rejected(message)).decode() == lines[index]
    regional = {
        9: [{"ticket": "t"}, {"type": "orderbook", "codes": ["USDT-BTC"], "level": 0}],
        11: [{"ticket": "t"}, {"type": "nope", "codes": ["USDT-BTC"]}],
        12: [{"ticket": "t"}, {"type": "ticker"}],
    }
    for index, message in regional.items():
        assert json.loads(error_payload(rejected(message, korean=False))) == json.loads(
            lines[index]
        )


@pytest.mark.parametrize("ticket", [None, "", 7, ["t"]])
def test_a_ticket_is_a_non_empty_string(ticket):
    assert rejected([{"ticket": ticket}, TICKER]).name == "NO_TICKET"


@pytest.mark.parametrize(
    "request_",
    [
        [{"ticket": "t"}],
        [{"ticket": "t"}, {"codes": ["KRW-BTC"]}],
        [{"ticket": "t"}, {"format": "SIMPLE"}],
    ],
)
def test_a_request_without_a_type_is_rejected(request_):
    assert rejected(request_).name == "NO_TYPE"


def test_types_are_case_sensitive():
    assert rejected([{"ticket": "t"}, {"type": "Ticker", "codes": ["KRW-BTC"]}]).name == (
        "INVALID_PARAM"
    )


def test_empty_codes_are_an_invalid_parameter_on_public_types():
    assert rejected([{"ticket": "t"}, {"type": "ticker", "codes": []}]).name == "INVALID_PARAM"


def test_my_order_without_codes_means_all_markets():
    for item in ({"type": "myOrder"}, {"type": "myOrder", "codes": []}):
        assert set(subscribed(item, kind="private").topics) == {("myOrder", "*")}
    chosen = subscribed({"type": "myOrder", "codes": ["KRW-BTC"]}, kind="private")
    assert set(chosen.topics) == {("myOrder", "KRW-BTC")}


def test_my_asset_takes_no_codes():
    message = [{"ticket": "t"}, {"type": "myAsset", "codes": []}]
    assert rejected(message, kind="private").name == "WRONG_FORMAT"


def test_each_type_has_its_endpoint():
    private = [{"ticket": "t"}, {"type": "myOrder"}]
    assert rejected(private, kind="public").name == "INVALID_AUTH"
    assert rejected([{"ticket": "t"}, TICKER], kind="private").name == "INVALID_PARAM"
    indicator = [{"ticket": "t"}, {"type": "indicator", "codes": ["KRW-BTC"], "indicators": []}]
    assert isinstance(parse(json.dumps(indicator), kind="info"), Subscribe)
    assert rejected(indicator, kind="private").name == "INVALID_PARAM"


def test_more_than_a_hundred_indicator_combinations_are_too_many():
    item = {"type": "indicator", "codes": [f"KRW-T{n}" for n in range(51)], "indicators": [1, 2]}
    assert rejected([{"ticket": "t"}, item], kind="info").name == "TOO_MANY_REQUEST"


def test_announcement_categories_are_checked():
    item = {"type": "announcement", "categories": ["notice"], "include_body": True}
    assert set(subscribed(item, kind="private").topics) == {("announcement", "*")}
    wrong = [{"ticket": "t"}, {"type": "announcement", "categories": ["weather"]}]
    assert rejected(wrong, kind="private").name == "INVALID_PARAM"


@pytest.mark.parametrize(
    ("code", "units"),
    [("KRW-BTC", 30), *((f"KRW-BTC.{n}", n) for n in (1, 5, 15, 30))],
)
def test_the_suffix_chooses_the_unit_count(code, units):
    options = subscribed({"type": "orderbook", "codes": [code]}).topics["orderbook", "KRW-BTC"]
    assert (options.units, options.asked) == (units, code)


@pytest.mark.parametrize("suffix", ["2", "3", "20", "31", "0", "9" * 5000])
def test_any_other_unit_count_gives_thirty(suffix):
    topics = subscribed({"type": "orderbook", "codes": [f"KRW-BTC.{suffix}"]}).topics
    assert topics["orderbook", "KRW-BTC"].units == 30


@pytest.mark.parametrize("level", [10000, 10000.0, "10000"])
def test_level_is_a_number_in_any_spelling(level):
    topics = subscribed({"type": "orderbook", "codes": ["KRW-BTC"], "level": level}).topics
    assert topics["orderbook", "KRW-BTC"].level == Decimal(10000)


def test_regional_hosts_know_no_level():
    message = [{"ticket": "t"}, {"type": "orderbook", "codes": ["USDT-BTC"], "level": 0}]
    assert rejected(message, korean=False).name == "WRONG_FORMAT"


@pytest.mark.parametrize(
    "spelling",
    [("is_only_snapshot", "is_only_realtime"), ("isOnlySnapshot", "isOnlyRealtime")],
)
def test_both_spellings_of_the_flags_work(spelling):
    for index, name in enumerate(spelling):
        options = subscribed({**TICKER, name: True}).topics["ticker", "KRW-BTC"]
        assert (options.is_only_snapshot, options.is_only_realtime) == (index == 0, index == 1)


def test_both_flags_together_count_as_none():
    options = subscribed({**TICKER, "is_only_snapshot": True, "is_only_realtime": True}).topics
    assert not options["ticker", "KRW-BTC"].is_only_snapshot
    assert not options["ticker", "KRW-BTC"].is_only_realtime


@pytest.mark.parametrize(
    "item",
    [
        {"type": 1, "codes": ["KRW-BTC"]},
        {"type": "ticker", "codes": "KRW-BTC"},
        {"type": "ticker", "codes": [1]},
        {"type": "ticker", "codes": ["KRW-BTC"], "is_only_snapshot": "yes"},
        {"type": "orderbook", "codes": ["KRW-BTC"], "level": "many"},
        {"type": "orderbook", "codes": ["KRW-BTC"], "level": True},
    ],
)
def test_a_field_of_the_wrong_type_is_the_wrong_format(item):
    assert rejected([{"ticket": "t"}, item]).name == "WRONG_FORMAT"


def test_an_unknown_format_is_the_wrong_format():
    assert rejected([{"ticket": "t"}, TICKER, {"format": "XML"}]).name == "WRONG_FORMAT"


def test_of_two_mentions_of_a_code_the_last_one_counts():
    items = (
        {"type": "orderbook", "codes": ["KRW-BTC.5", "KRW-ETH"]},
        {"type": "orderbook", "codes": ["KRW-BTC.15"]},
    )
    topics = subscribed(*items).topics
    assert topics["orderbook", "KRW-BTC"].units == 15
    assert len(topics) == 2


def test_one_bad_object_rejects_the_whole_request():
    assert rejected([{"ticket": "t"}, TICKER, {"type": "nope", "codes": ["KRW-BTC"]}]).name == (
        "INVALID_PARAM"
    )


def test_list_subscriptions_may_name_a_format():
    message = [{"ticket": "t"}, {"method": "LIST_SUBSCRIPTIONS"}]
    assert parse(json.dumps(message)) == ListRequest("t", None)
    message.append({"format": "SIMPLE"})
    assert parse(json.dumps(message)) == ListRequest("t", "SIMPLE")


def test_half_a_surrogate_pair_is_answered_too():
    rejection = rejected('[{"ticket":"t"},{"type":"\\ud800","codes":["KRW-BTC"]}]')
    assert json.loads(error_payload(rejection))["error"]["name"] == "INVALID_PARAM"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(
            st.sampled_from(
                ("ticket", "type", "codes", "format", "method", "level", "is_only_snapshot",
                 "categories", "indicators", "include_body", "isOnlyRealtime")
            )
            | st.text(max_size=3),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)  # fmt: skip
TYPES = st.sampled_from(("ticker", "orderbook", "myOrder", "myAsset", "announcement", "indicator"))


def answer(message: str | bytes, **options: object) -> object:
    """What the exchange would say: the request understood, or the error frame."""
    try:
        return parse(message, **options)
    except RejectionError as rejection:
        return json.loads(error_payload(rejection))["error"]["name"]


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_no_message_breaks_the_parser(message):
    assert answer(message)


@given(
    st.lists(st.dictionaries(st.just("type"), TYPES, min_size=1), max_size=2),
    JSON,
    st.sampled_from(("public", "private", "info")),
    st.booleans(),
)
def test_no_json_breaks_the_parser(typed, extra, kind, korean):
    objects = [item | (extra if isinstance(extra, dict) else {}) for item in typed]
    for value in ([{"ticket": "t"}, *objects], [*objects, extra], extra):
        assert answer(json.dumps(value), kind=kind, korean=korean)
