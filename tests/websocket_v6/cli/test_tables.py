from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from websocket_v6.cli.tables import TAIL, View, amount, clock_time, number, size, view_of

DATA = Path(__file__).parent.parent / "data"


def frame(name: str, line: int) -> dict[str, Any]:
    text = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[line - 1]
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def shown(view: View, width: int = 140) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(view.render())
    return capture.get()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.16539e8, "116,539,000"),
        (7.9276e-4, "0.00079276"),
        (0, "0"),
        (-0.5, "-0.5"),
        (100, "100"),
        (None, "-"),
        ("x", "-"),
    ],
)
def test_numbers_are_written_for_people(value: object, text: str) -> None:
    assert number(value) == text


def test_sizes_line_up_and_times_keep_their_milliseconds() -> None:
    assert size(1234.5) == "1,234.50000000"
    assert size(None) == "-"
    assert clock_time(1758875205276).endswith(":45.276")
    assert clock_time(None) == "-"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.0"),
        (999.94, "999.9"),
        (999.96, "1.0K"),
        (331_187_169_240, "331.2B"),
        (2e15, "2,000.0T"),
        (None, "-"),
    ],
)
def test_amounts_are_written_with_their_power_of_ten(value: object, text: str) -> None:
    assert amount(value) == text


def test_tickers_fit_a_terminal_of_eighty_columns() -> None:
    view = view_of("ticker")
    view.add(frame("ticker", 2))
    assert "…" not in shown(view, width=80)


@pytest.mark.parametrize(
    ("data_type", "name", "line", "width", "left_out"),
    [
        ("ticker", "ticker", 2, 60, ["turnover"]),
        ("ticker", "ticker", 2, 36, ["turnover", "low", "high"]),
        ("trade", "trade", 3, 40, ["at"]),
        ("candle.1m", "candle", 3, 50, ["volume", "at"]),
        ("myOrder", "my_order", 2, 60, ["order", "executed"]),
    ],
)
def test_a_narrow_terminal_gets_fewer_columns_and_no_cut_number(
    data_type: str, name: str, line: int, width: int, left_out: list[str]
) -> None:
    view = view_of(data_type)
    view.add(frame(name, line))
    drawn = shown(view, width)
    assert "…" not in drawn
    headers = drawn.splitlines()[0].split()
    assert not set(left_out) & set(headers)
    assert shown(view).splitlines()[0].split() != headers


@pytest.mark.parametrize(
    ("data_type", "name", "line", "words"),
    [
        ("ticker", "ticker", 2, ["KRW-BTC", "158,201,000", "+0.00%", "331.2B"]),
        ("trade", "trade", 3, ["KRW-BTC", "buy", "100,473,000", "0.00014208"]),
        ("orderbook", "orderbook", 2, ["KRW-BTC", "116,538,000", "0.08120946", "total"]),
        ("candle.1m", "candle", 3, ["KRW-BTC"]),
        ("myOrder", "my_order", 1, ["KRW-BTC", "limit", "trade", "ac2dc2a3"]),
        ("myOrder", "my_order", 2, ["wait", "5,000", "-"]),
        ("myAsset", "my_asset", 1, ["KRW", "1,386,929.37231067"]),
    ],
)
def test_each_data_type_has_a_table(data_type: str, name: str, line: int, words: list[str]) -> None:
    view = view_of(data_type)
    view.add(frame(name, line))
    text = shown(view)
    for word in words:
        assert word in text


@pytest.mark.parametrize("odd", [None, "x", -(10**18), 1e30, True, [], [1, None, {}], {"a": 1}])
@pytest.mark.parametrize(
    ("data_type", "name"),
    [
        ("ticker", "ticker"),
        ("trade", "trade"),
        ("orderbook", "orderbook"),
        ("candle.1m", "candle"),
        ("myOrder", "my_order"),
        ("myAsset", "my_asset"),
    ],
)
def test_values_that_nobody_expects_end_no_table(data_type: str, name: str, odd: object) -> None:
    whole = frame(name, 1)
    for key in whole:
        view = view_of(data_type)
        view.add({**whole, key: odd})
        shown(view)
        view.add({other: value for other, value in whole.items() if other != key})
        shown(view)


def test_nothing_received_yet_is_an_empty_table() -> None:
    for data_type in ("ticker", "trade", "orderbook", "candle.1m", "myOrder", "myAsset"):
        assert "None" not in shown(view_of(data_type))


def test_a_ticker_replaces_its_former_row_and_trades_pile_up() -> None:
    tickers, trades = view_of("ticker"), view_of("trade")
    for price in range(TAIL + 5):
        tickers.add({"code": "KRW-BTC", "trade_price": 1000 + price})
        trades.add({"code": "KRW-BTC", "trade_price": 1000 + price})
    assert shown(tickers).count("KRW-BTC") == 1
    assert f"{1000 + TAIL + 4:,}" in shown(tickers)
    assert shown(trades).count("KRW-BTC") == TAIL
    assert shown(trades).index("1,024") < shown(trades).index("1,023")


def test_the_depth_limits_the_levels_of_a_book() -> None:
    units = [
        {"ask_price": 100 + n, "bid_price": 99 - n, "ask_size": 1, "bid_size": 1} for n in range(30)
    ]
    view = view_of("orderbook", depth=3)
    view.add({"code": "KRW-BTC", "orderbook_units": units})
    assert len(shown(view).splitlines()) == 1 + 1 + 3 + 1


def test_assets_are_merged_over_messages() -> None:
    view = view_of("myAsset")
    view.add(frame("my_asset", 2))
    view.add(frame("my_asset", 3))
    text = shown(view)
    assert "KRW" in text
    assert "XRP" in text
