"""The payload of legacy callbacks: a flat frame that answers envelope look-ups."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat_v5.payload import ENVELOPE_ONLY, Payload

FRAMES = Path(__file__).parents[1] / "websocket_v6" / "data"


def frames():
    for name in ("ticker", "trade", "orderbook", "candle", "my_order", "my_asset"):
        for number, line in enumerate((FRAMES / f"{name}.jsonl").read_text("utf-8").splitlines()):
            frame = json.loads(line)
            if isinstance(frame, dict) and "type" in frame:
                yield pytest.param(frame, id=f"{name}-{number + 1}")


EVERY_FRAME = pytest.mark.parametrize("frame", list(frames()))


@EVERY_FRAME
def test_looks_like_the_frame(frame):
    payload = Payload(frame)
    assert list(payload) == list(frame)
    assert payload == frame
    assert frame == payload
    assert dict(payload) == frame
    assert type(dict(payload)) is dict
    assert len(payload) == len(frame)
    assert list(payload.items()) == list(frame.items())
    assert {**payload} == frame
    assert json.dumps(payload) == json.dumps(frame)
    assert not ENVELOPE_ONLY & set(payload)
    for key in ENVELOPE_ONLY:
        assert key not in payload


@EVERY_FRAME
def test_answers_the_envelope(frame):
    payload = Payload(frame)
    market = "PRIVATE" if frame["type"].startswith("my") else frame["code"]
    assert payload["market"] == payload.get("market") == market
    assert payload["data"] is payload
    assert payload.get("raw_data") is payload
    for key, value in frame.items():
        assert payload[key] == payload["data"][key] == payload.get("data").get(key) == value


@EVERY_FRAME
def test_copies_stay_payloads(frame):
    payload = Payload(frame)
    twins = (
        payload.copy(),
        copy.copy(payload),
        copy.deepcopy(payload),
        pickle.loads(pickle.dumps(payload)),
        payload | {},
        {} | payload,
    )
    for twin in twins:
        assert type(twin) is Payload
        assert twin == frame
        assert twin is not payload
        assert twin["data"] is twin


def test_pickles_under_a_stable_path():
    assert b"compat_v5.payload" in pickle.dumps(Payload(type="ticker"))


def test_the_frame_wins_where_names_meet():
    payload = Payload(type="trade", timestamp=1, stream_type="REALTIME", data="own")
    assert payload["timestamp"] == 1
    assert payload["stream_type"] == "REALTIME"
    assert payload["data"] == payload.get("data") == "own"


def test_a_code_is_upper_case_or_unknown():
    assert Payload(type="ticker", code="krw-btc")["market"] == "KRW-BTC"
    assert Payload(type="ticker")["market"] == "UNKNOWN"


def test_missing_keys_are_missing():
    payload = Payload(type="ticker")
    with pytest.raises(KeyError, match="'price'"):
        payload["price"]
    assert payload.get("price") is None
    assert payload.get("price", 0) == 0
    assert payload.get("type", 0) == "ticker"


def test_union_prefers_the_right_and_refuses_other_types():
    payload = Payload(type="ticker", a=1)
    assert payload | {"a": 2} == {"type": "ticker", "a": 2}
    assert {"a": 2, "b": 3} | payload == {"a": 1, "b": 3, "type": "ticker"}
    with pytest.raises(TypeError):
        payload | [("a", 2)]
    payload |= {"b": 4}
    assert type(payload) is Payload
    assert payload["b"] == 4


def test_pattern_matching_sees_envelope_keys():
    match Payload(type="ticker", code="KRW-BTC", trade_price=5):
        case {"market": market, "data": {"trade_price": price}}:
            assert (market, price) == ("KRW-BTC", 5)
        case _:
            pytest.fail("no match")


@given(st.dictionaries(st.text(), st.integers() | st.text()))
def test_any_frame_survives(frame):
    payload = Payload(frame)
    assert payload == frame
    assert json.loads(json.dumps(payload)) == frame
    assert pickle.loads(pickle.dumps(payload)) == frame
    assert all(payload[key] == payload.get(key) == frame[key] for key in frame)
