"""What ``watch`` shows on a terminal: per data type, which frames are kept and how they look.

Rises are red and falls blue, as on the exchange.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

__all__ = ["View", "view_of"]

Frame: TypeAlias = Mapping[str, Any]

TAIL: Final = 20  # trades and order events shown
_CHANGE: Final = {"RISE": "red", "FALL": "blue"}
_SIDE: Final = {"BID": "red", "ASK": "blue"}


class View:
    """Takes frames, gives what is to be seen. *render* turns the kept frames into a table."""

    def __init__(self, render: Callable[[list[Frame]], RenderableType], *, tail: bool) -> None:
        self._render = render
        self._latest: dict[str, Frame] = {}
        self._tail: deque[Frame] | None = deque(maxlen=TAIL) if tail else None

    def add(self, frame: Frame) -> None:
        """Keep *frame*: the newest per code, or the newest of all."""
        if self._tail is not None:
            self._tail.appendleft(frame)
        elif "assets" in frame:
            assets = _objects(frame["assets"])
            self._latest.update({str(asset.get("currency")): asset for asset in assets})
        else:
            self._latest[str(frame.get("code"))] = frame

    def render(self) -> RenderableType:
        """The table as of now."""
        if self._tail is not None:
            return self._render(list(self._tail))
        return self._render([self._latest[key] for key in sorted(self._latest)])


def view_of(data_type: str, *, depth: int = 10) -> View:
    """The view of a wire data type; *depth* is how many levels of a book are shown."""
    if data_type == "ticker":
        return View(_tickers, tail=False)
    if data_type == "trade":
        return View(_trades, tail=True)
    if data_type == "orderbook":
        return View(lambda books: Group(*(_book(book, depth) for book in books)), tail=False)
    if data_type == "myOrder":
        return View(_orders, tail=True)
    if data_type == "myAsset":
        return View(_assets, tail=False)
    return View(_candles, tail=False)


def number(value: object) -> str:
    """A number for reading: thousands separated, no exponent, no trailing zeros; ``-`` for none."""
    if not isinstance(value, int | float):
        return "-"
    text = f"{value:,.8f}"
    return text.rstrip("0").rstrip(".")


def size(value: object) -> str:
    """An amount with all eight decimals, so that a column of them lines up."""
    return f"{value:,.8f}" if isinstance(value, int | float) else "-"


def amount(value: object) -> str:
    """A large amount with one decimal and its power of ten: K, M, B (10^9) or T (10^12)."""
    if not isinstance(value, int | float):
        return "-"
    scaled = float(value)
    for power in ("", "K", "M", "B"):
        if abs(scaled) < 999.95:
            return f"{scaled:,.1f}{power}"
        scaled /= 1000
    return f"{scaled:,.1f}T"


def clock_time(milliseconds: object) -> str:
    """A time of the exchange on this machine's clock, with milliseconds; ``-`` for what is none."""
    if not isinstance(milliseconds, int):
        return "-"
    try:
        moment = datetime.fromtimestamp(milliseconds / 1000).astimezone()
    except (ValueError, OverflowError, OSError):
        return "-"
    return moment.strftime("%H:%M:%S.") + f"{milliseconds % 1000:03}"


def _objects(values: object) -> list[Frame]:
    """The objects in what should be a list of them."""
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []


class _Rows:
    """A table that leaves columns out where the terminal is too narrow: a cut number would mislead.

    Args:
        columns: headers; ``<`` before one aligns its column to the left, the others hold numbers.
        expendable: headers of the columns that may go, the first one first.
        title: a line above; ``None`` for none.
    """

    def __init__(
        self, columns: str, *, expendable: Iterable[str] = (), title: str | None = None
    ) -> None:
        self._columns = [column.strip() for column in columns.split("|")]
        self._expendable = tuple(expendable)
        self._title = title
        self._rows: list[tuple[str | Text, ...]] = []

    def add_row(self, *cells: str | Text) -> None:
        self._rows.append(cells)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown = list(range(len(self._columns)))
        table = self._table(shown)
        wide = options.update(max_width=10_000)
        for header in self._expendable:
            if Measurement.get(console, wide, table).maximum <= options.max_width:
                break
            shown = [index for index in shown if self._columns[index].lstrip("<") != header]
            table = self._table(shown)
        yield table

    def _table(self, shown: list[int]) -> Table:
        table = Table(
            title=self._title, box=None, pad_edge=False, title_justify="left", header_style="bold"
        )
        for column in (self._columns[index] for index in shown):
            left = column.startswith("<")
            table.add_column(column.removeprefix("<"), justify="left" if left else "right")
        for cells in self._rows:
            table.add_row(*(cells[index] for index in shown))
        return table


def _percent(rate: object) -> str:
    return f"{rate:+.2%}" if isinstance(rate, int | float) else "-"


def _tickers(frames: list[Frame]) -> _Rows:
    # Eighty columns hold this table: no number of it may be cut.
    table = _Rows(
        "<market|price|change|high|low|turnover 24h|at",
        expendable=("turnover 24h", "low", "high", "at"),
    )
    for frame in frames:
        style = _CHANGE.get(str(frame.get("change")), "")
        table.add_row(
            str(frame.get("code")),
            Text(number(frame.get("trade_price")), style),
            Text(_percent(frame.get("signed_change_rate")), style),
            number(frame.get("high_price")),
            number(frame.get("low_price")),
            amount(frame.get("acc_trade_price_24h")),
            clock_time(frame.get("timestamp")).partition(".")[0],
        )
    return table


def _trades(frames: list[Frame]) -> _Rows:
    table = _Rows("<at|<market|<side|price|size", expendable=("at", "side"))
    for frame in frames:
        side = str(frame.get("ask_bid"))
        table.add_row(
            clock_time(frame.get("trade_timestamp")),
            str(frame.get("code")),
            Text("buy" if side == "BID" else "sell", _SIDE.get(side, "")),
            Text(number(frame.get("trade_price")), _SIDE.get(side, "")),
            size(frame.get("trade_volume")),
        )
    return table


def _book(frame: Frame, depth: int) -> _Rows:
    title = f"{frame.get('code')}  {clock_time(frame.get('timestamp'))}"
    table = _Rows("bid size|bid|ask|ask size", title=title)
    for unit in _objects(frame.get("orderbook_units"))[:depth]:
        table.add_row(
            size(unit.get("bid_size")),
            Text(number(unit.get("bid_price")), "red"),
            Text(number(unit.get("ask_price")), "blue"),
            size(unit.get("ask_size")),
        )
    table.add_row(
        Text(size(frame.get("total_bid_size")), "dim"),
        Text("total", "dim"),
        Text("total", "dim"),
        Text(size(frame.get("total_ask_size")), "dim"),
    )
    return table


def _candles(frames: list[Frame]) -> _Rows:
    table = _Rows(
        "<market|<start (KST)|open|high|low|close|volume|at",
        expendable=("at", "volume", "open", "low", "high"),
    )
    for frame in frames:
        closed, opened = frame.get("trade_price"), frame.get("opening_price")
        falling = (
            isinstance(closed, int | float) and isinstance(opened, int | float) and closed < opened
        )
        table.add_row(
            str(frame.get("code")),
            str(frame.get("candle_date_time_kst")).replace("T", " "),
            number(frame.get("opening_price")),
            number(frame.get("high_price")),
            number(frame.get("low_price")),
            Text(number(frame.get("trade_price")), "blue" if falling else "red"),
            size(frame.get("candle_acc_trade_volume")),
            clock_time(frame.get("timestamp")),
        )
    return table


def _orders(frames: list[Frame]) -> _Rows:
    table = _Rows(
        "<at|<market|<side|<type|<state|price|volume|executed|<order",
        expendable=("order", "executed", "at", "type", "volume"),
    )
    for frame in frames:
        side = str(frame.get("ask_bid"))
        table.add_row(
            clock_time(frame.get("timestamp")),
            str(frame.get("code")),
            Text("buy" if side == "BID" else "sell", _SIDE.get(side, "")),
            str(frame.get("order_type")),
            str(frame.get("state")),
            number(frame.get("price")),
            number(frame.get("volume")),
            number(frame.get("executed_volume")),
            str(frame.get("uuid"))[:8],
        )
    return table


def _assets(assets: list[Frame]) -> _Rows:
    table = _Rows("<currency|balance|locked")
    for asset in assets:
        currency, balance = str(asset.get("currency")), size(asset.get("balance"))
        table.add_row(currency, balance, size(asset.get("locked")))
    return table
