from __future__ import annotations

import json
from typing import Any

import pytest

from websocket_v6.exceptions import DecodeError
from websocket_v6.protocol.isolation import copier

FLAT = {"type": "ticker", "code": "KRW-BTC", "trade_price": 1.5}
BOOK = {"type": "orderbook", "orderbook_units": [{"ask_price": 1.0}, {"ask_price": 2.0}]}
ASSETS = {"type": "myAsset", "assets": [{"currency": "BTC", "balance": 1.5}]}
ODD = [
    {"type": "ticker", "delisting_date": {"year": 2024}},
    {"type": "ticker", "new": [[1]]},
    {"type": "ticker", "orderbook_units": [{"ask_price": 1.0}]},
    {"type": "orderbook", "orderbook_units": {"ask_price": [1]}},
    {"type": "orderbook", "orderbook_units": [{"ask_price": [1]}]},
    {"type": "orderbook", "orderbook_units": [{"ask_price": {"a": 1}}]},
    {"type": "orderbook", "orderbook_units": [[1], {}]},
    {"type": "orderbook", "orderbook_units": [1, "a"]},
    {"type": "orderbook", "orderbook_units": [], "new": [1]},
    {"type": "orderbook", "orderbook_units": 5},
    {"type": "myAsset", "assets": [{"currency": {"a": "}"}}]},
    {"type": "x", "": []},
    {"": [1]},
    {"type": "orderbook"},
    {"type": "ticker", "code": "{[{["},
]


def containers(value: Any) -> list[int]:
    if isinstance(value, dict):
        return [id(value), *(i for inner in value.values() for i in containers(inner))]
    if isinstance(value, list):
        return [id(value), *(i for inner in value for i in containers(inner))]
    return []


@pytest.mark.parametrize("frame", [FLAT, BOOK, ASSETS, *ODD])
@pytest.mark.parametrize("with_text", [False, True])
def test_a_copy_is_equal_and_shares_nothing(frame: dict[str, Any], with_text: bool) -> None:
    text = json.dumps(frame).encode() if with_text else None
    copied = copier(frame, text)(frame)
    assert copied == frame
    assert set(containers(frame)).isdisjoint(containers(copied))


def test_a_flat_frame_takes_the_shortest_way() -> None:
    assert copier(FLAT) is dict.copy
    assert copier(FLAT, json.dumps(FLAT).encode()) is dict.copy
    assert copier(BOOK) is copier(BOOK, json.dumps(BOOK).encode())
    assert copier(ASSETS) is copier(ASSETS, json.dumps(ASSETS).encode())
    assert copier(BOOK).__name__ == "_with_orderbook_units"
    assert copier(ASSETS).__name__ == "_with_assets"


def test_what_is_nested_too_deeply_to_be_copied_is_no_frame() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    frame = {"type": "ticker", "new": deep}
    with pytest.raises(DecodeError, match="nested too deeply to be copied") as caught:
        copier(frame)(frame)
    assert caught.value.args == ("nested too deeply to be copied", 0, "")


def test_the_brackets_of_the_text_spare_a_look_at_the_values() -> None:
    """Shown with texts that are not those of the frame."""
    flat: dict[str, Any] = {"type": "ticker", "new": [1]}
    assert copier(flat, b"{}") is dict.copy
    book: dict[str, Any] = {"type": "orderbook", "orderbook_units": [{"ask_price": [1]}]}
    assert copier(book, b"{[{}]}").__name__ == "_with_orderbook_units"
    empty: dict[str, Any] = {"type": "orderbook", "orderbook_units": [], "new": [1]}
    assert copier(empty, b"{[]}").__name__ == "_with_orderbook_units"
    for text in (b"{", b"{{}}", b"{[}", b"{[{[]}]}", b"{[{}{}]}"):
        assert copier(book, text).__name__ == "_deep", text
    for text in (b"{[1]}", b"{{}}", b""):
        assert copier(flat, text).__name__ == "_deep", text
    numbers: dict[str, Any] = {"type": "orderbook", "orderbook_units": [1]}
    assert copier(numbers, b"{[{}]}").__name__ == "_deep"
    number: dict[str, Any] = {"type": "orderbook", "orderbook_units": 5, "new": [1]}
    assert copier(number, b"{[]}").__name__ == "_deep"
