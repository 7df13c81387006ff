"""Copies of frames share nothing that can be changed, whatever is in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.protocol.isolation import copier

scalars = st.none() | st.booleans() | st.integers() | st.text('{[]}":a', max_size=6)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
flat = st.dictionaries(st.text(max_size=3), scalars, max_size=3)
frames = st.builds(
    lambda kind, more, units, assets: {"type": kind, **more, **units, **assets},
    st.sampled_from(["ticker", "orderbook", "myAsset", "brand_new"]),
    st.dictionaries(st.sampled_from(["code", "delisting_date", "new"]), values),
    st.fixed_dictionaries({}, optional={"orderbook_units": st.lists(flat, max_size=3) | values}),
    st.fixed_dictionaries({}, optional={"assets": st.lists(flat, max_size=3) | values}),
)


def containers(value: Any) -> list[Any]:
    """All dicts and lists in *value*, itself included."""
    inner = value.values() if type(value) is dict else value if type(value) is list else ()
    own = [value] if type(value) in (dict, list) else []
    return own + [found for one in inner for found in containers(one)]


@given(frames, st.booleans())
def test_a_copy_is_equal_and_shares_no_container(frame: dict[str, Any], with_text: bool) -> None:
    text = json.dumps(frame, ensure_ascii=False).encode() if with_text else None
    copy = copier(frame, text)(frame)
    assert copy == frame
    assert not {id(one) for one in containers(copy)} & {id(one) for one in containers(frame)}


@pytest.mark.parametrize(
    "units", [[None, {"a": {}}], [[], {}], [{"a": []}], [{}, 5], "{", {}, {"a": {}}, [{"a": "["}]]
)
def test_units_nobody_expected_are_copied_all_the_way(units: object) -> None:
    frame = {"type": "orderbook", "orderbook_units": units}
    copy = copier(frame, json.dumps(frame).encode())(frame)
    assert copy == frame
    assert not {id(one) for one in containers(copy)} & {id(one) for one in containers(frame)}
