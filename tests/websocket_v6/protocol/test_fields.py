from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from websocket_v6.protocol.fields import CANDLE_UNITS, LIST_REPLY, TABLES, Table, expand, table_of
from websocket_v6.testing import fields as emulator

DATA = Path(__file__).parent.parent / "data"


def frames(*names: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in sorted(DATA.glob("*.jsonl")):
        if names and path.stem not in names:
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            message = json.loads(line)
            found += message if isinstance(message, list) else [message]
    return found


LONG = [frame for frame in frames() if "ty" not in frame and "mthd" not in frame]
SHORT = [frame for frame in frames() if "ty" in frame or "mthd" in frame]


def shorten(frame: dict[str, Any], table: Table | None = None) -> dict[str, Any]:
    """The inverse of ``expand``, written without it."""
    if table is None:
        table = LIST_REPLY if "method" in frame else table_of(frame["type"])
    short_name = {long: short for short, long in table.names.items()}
    result = {}
    for key, value in frame.items():
        short = short_name.get(key, key)
        inner = table.nested.get(short)
        if inner is not None and isinstance(value, list):
            value = [shorten(element, inner) for element in value]
        elif inner is not None and isinstance(value, dict):
            value = shorten(value, inner)
        result[short] = value
    return result


@pytest.mark.parametrize("frame", LONG, ids=lambda frame: frame.get("type", "list"))
def test_a_frame_with_long_names_comes_back_as_it_is(frame: dict[str, Any]) -> None:
    before = copy.deepcopy(frame)
    assert expand(frame) is frame
    assert frame == before


def test_messages_that_are_no_data_come_back_as_they_are() -> None:
    for message in ({"status": "UP"}, {"error": {"name": "NO_TICKET", "message": "x"}}, {}):
        assert expand(message) is message


@pytest.mark.parametrize("frame", LONG, ids=lambda frame: frame.get("type", "list"))
def test_a_shortened_frame_expands_to_what_it_was(frame: dict[str, Any]) -> None:
    short = shorten(frame)
    assert not {"type", "code", "timestamp", "stream_type", "method"} & set(short)
    assert expand(short) == frame


@pytest.mark.parametrize("frame", SHORT, ids=lambda frame: frame.get("ty", "list"))
def test_every_key_of_a_short_frame_is_known_and_the_original_stays(frame: dict[str, Any]) -> None:
    before = copy.deepcopy(frame)
    expanded = expand(frame)
    assert frame == before
    assert len(expanded) == len(frame)
    assert all(len(key) > 3 or key == "url" for key in expanded)
    assert shorten(expanded) == frame


def test_names_that_mean_different_things_in_different_types() -> None:
    assert expand({"ty": "ticker", "tdt": "20250926", "ms": "ACTIVE"}) == {
        "type": "ticker",
        "trade_date": "20250926",
        "market_state": "ACTIVE",
    }
    assert expand({"ty": "trade", "td": "2025-09-26"}) == {
        "type": "trade",
        "trade_date": "2025-09-26",
    }
    assert expand({"ty": "myOrder", "ap": 1, "l": 2, "s": "wait", "p": 3}) == {
        "type": "myOrder",
        "avg_price": 1,
        "locked": 2,
        "state": "wait",
        "price": 3,
    }
    assert expand({"ty": "orderbook", "obu": [{"ap": 1, "as": 2}]}) == {
        "type": "orderbook",
        "orderbook_units": [{"ask_price": 1, "ask_size": 2}],
    }
    assert expand({"ty": "myAsset", "ast": [{"cu": "KRW", "b": 1, "l": 2}]}) == {
        "type": "myAsset",
        "assets": [{"currency": "KRW", "balance": 1, "locked": 2}],
    }
    assert expand({"ty": "indicator", "p": {"t": "SMA", "p": 5}, "v": {"hist": 1}}) == {
        "type": "indicator",
        "params": {"type": "SMA", "period": 5},
        "value": {"histogram": 1},
    }


def test_an_unknown_interval_is_a_candle_and_an_unknown_type_keeps_its_own_keys() -> None:
    assert expand({"ty": "candle.7m", "cd": "KRW-BTC", "catv": 1}) == {
        "type": "candle.7m",
        "code": "KRW-BTC",
        "candle_acc_trade_volume": 1,
    }
    assert expand({"ty": "new", "cd": "KRW-BTC", "xyz": 1}) == {
        "type": "new",
        "code": "KRW-BTC",
        "xyz": 1,
    }


@pytest.mark.parametrize("odd", [None, 7, "x", [None, 3, {"ap": 1}]])
def test_a_nested_value_of_another_shape_passes_through(odd: object) -> None:
    units = expand({"ty": "orderbook", "obu": odd})["orderbook_units"]
    assert units == ([None, 3, {"ask_price": 1}] if isinstance(odd, list) else odd)


def test_a_type_that_is_no_string_does_not_break_the_reader() -> None:
    assert expand({"ty": ["ticker"], "cd": "KRW-BTC"}) == {"type": ["ticker"], "code": "KRW-BTC"}


@pytest.mark.parametrize("data_type", TABLES)
def test_no_table_gives_two_keys_of_an_object_the_same_name(data_type: str) -> None:
    names = list(TABLES[data_type].names.values())
    assert len(names) == len(set(names))


NO_LONGER_SENT = {"ticker": {"ts": "trade_status", "msfi": "market_state_for_ios"}}


@pytest.mark.parametrize("data_type", TABLES)
def test_the_emulator_uses_the_same_names(data_type: str) -> None:
    """Both tables were written from the documentation, independently of each other."""
    family = emulator.family(data_type)
    theirs = {short: long for long, short in emulator.SHORT[family].items()}
    theirs |= NO_LONGER_SENT.get(data_type, {})
    if "indicator" in data_type:
        theirs |= {"tr": "trigger", "ep": "event_params"}  # one table for both types
    elif "cd" not in theirs:
        theirs["cd"] = "code"  # private types without a market
    assert TABLES[data_type].names == theirs


@pytest.mark.parametrize("place", emulator.SHORT_NESTED, ids=" ".join)
def test_the_emulator_uses_the_same_names_within(place: tuple[str, str]) -> None:
    data_type, name = place
    table = TABLES[data_type]
    (short,) = [one for one, long in table.names.items() if long == name]
    inner = table.nested[short].names
    for long, theirs in emulator.SHORT_NESTED[place].items():
        assert inner.get(theirs, theirs) == long


def test_the_answer_to_a_list_request() -> None:
    names = dict(emulator.LIST_REPLY)
    outer = {names.pop(long): long for long in ("method", "result", "ticket")}
    assert LIST_REPLY.names == outer
    assert LIST_REPLY.nested["rslt"].names == {short: long for long, short in names.items()}


def test_all_candles_share_a_table() -> None:
    assert {f"candle.{unit}" for unit in CANDLE_UNITS} == set(emulator.CANDLE_SECONDS)


@settings(deadline=None)
@given(
    data_type=st.sampled_from(sorted(TABLES)),
    unknown=st.dictionaries(st.text(min_size=1).map(lambda key: "x_" + key), st.integers()),
    data=st.data(),
)
def test_any_selection_of_fields_survives_the_round_trip(
    data_type: str, unknown: dict[str, int], data: st.DataObject
) -> None:
    table = TABLES[data_type]
    chosen = data.draw(st.sets(st.sampled_from(sorted(set(table.names) - {"ty"}))))
    frame: dict[str, Any] = {"type": data_type} | {table.names[key]: 1 for key in chosen} | unknown
    for key in chosen & set(table.nested):
        inner = table.nested[key].names.values()
        frame[table.names[key]] = [dict.fromkeys(inner, 0) for _ in range(3)]
    assert expand(shorten(frame)) == frame
