"""Order books cut to fewer units."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

import websocket_v6.testing
from websocket_v6.protocol.orderbook import cut

FRAMES = Path(websocket_v6.testing.__file__).parent / "frames" / "orderbook.jsonl"


@pytest.mark.parametrize("units", [1, 5, 15])
def test_the_totals_are_those_of_the_units_in_the_frame(units: int) -> None:
    frame = json.loads(FRAMES.read_text(encoding="utf-8").splitlines()[0])
    whole = json.dumps(frame)
    shorter = cut(frame, units)
    assert len(shorter["orderbook_units"]) == units
    exact = sum(Decimal(repr(unit["ask_size"])) for unit in frame["orderbook_units"][:units])
    assert shorter["total_ask_size"] == float(exact)
    exact = sum(Decimal(repr(unit["bid_size"])) for unit in frame["orderbook_units"][:units])
    assert shorter["total_bid_size"] == float(exact)
    assert shorter.keys() == frame.keys()
    shorter["orderbook_units"][0]["ask_size"] = -1
    assert json.dumps(frame) == whole
