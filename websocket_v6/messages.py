"""Typed messages with exact numbers.

Prices, sizes and balances are ``Decimal``, read from the digits the exchange sent (balances have up
to 23 decimals, more than a float holds); times are ``int``, in milliseconds since 1970 UTC. A
``Decimal`` is exact only when made from the bytes: these classes are not built from the dicts that
callbacks get.

The units of an order book are decoded when they are looked at (``OrderbookUnits``).

Field names are the exchange's long ones, whatever the wire format. A field that is ``None`` was
``null`` or absent: older servers and other regions leave keys out. Unknown keys are ignored. Words
such as ``RISE`` stay texts, so that a new one is no error.
Source: Upbit developer documentation 1.6.4, the WebSocket page of each data type.

The module is long because the exchange's types have many fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, overload

import msgspec
from msgspec import Raw, Struct

from .exceptions import DecodeError
from .protocol.fields import expand

__all__ = [
    "Asset",
    "Candle",
    "Message",
    "MyAsset",
    "MyOrder",
    "Orderbook",
    "OrderbookUnit",
    "OrderbookUnits",
    "Ticker",
    "Trade",
    "decode_message",
    "decode_messages",
    "message_class",
    "message_decoder",
]

T = TypeVar("T")


class Ticker(Struct, frozen=True, kw_only=True):
    """The state of a market's day, which starts at 00:00 UTC. Prices are in the quote currency."""

    type: str
    """``ticker``."""
    code: str
    """The pair, such as ``KRW-BTC``."""
    opening_price: Decimal
    high_price: Decimal
    low_price: Decimal
    trade_price: Decimal
    """The last price."""
    prev_closing_price: Decimal
    change: str
    """``RISE``, ``EVEN`` or ``FALL``, against the previous close, as all changes."""
    change_price: Decimal
    """Without sign."""
    signed_change_price: Decimal
    change_rate: Decimal
    """A fraction (0.01 is one per cent), without sign."""
    signed_change_rate: Decimal
    trade_volume: Decimal
    """Size of the last trade, in the base currency."""
    acc_trade_volume: Decimal
    """Since 00:00 UTC, in the base currency."""
    acc_trade_volume_24h: Decimal
    """Of the last 24 hours, in the base currency."""
    acc_trade_price: Decimal
    """Turnover since 00:00 UTC, in the quote currency."""
    acc_trade_price_24h: Decimal
    """Turnover of the last 24 hours, in the quote currency."""
    trade_date: str
    """Of the last trade, UTC, ``yyyyMMdd``."""
    trade_time: str
    """Of the last trade, UTC, ``HHmmss``."""
    trade_timestamp: int
    """Of the last trade, in milliseconds."""
    timestamp: int
    """Of this message, in milliseconds."""
    ask_bid: str | None = None
    """Of the last trade: ``ASK`` when its taker sold, ``BID`` when its taker bought."""
    acc_ask_volume: Decimal | None = None
    """Sold by takers since 00:00 UTC, in the base currency."""
    acc_bid_volume: Decimal | None = None
    """Bought by takers since 00:00 UTC, in the base currency."""
    highest_52_week_price: Decimal | None = None
    highest_52_week_date: str | None = None
    """``yyyy-MM-dd``."""
    lowest_52_week_price: Decimal | None = None
    lowest_52_week_date: str | None = None
    """``yyyy-MM-dd``."""
    market_state: str | None = None
    """``PREVIEW``, ``ACTIVE`` or ``DELISTED``."""
    is_trading_suspended: bool | None = None
    """Deprecated by the exchange."""
    delisting_date: str | dict[str, Any] | None = None
    """A date, or an object of year, month and day (official SDK); ``None`` in practice."""
    market_warning: str | None = None
    """``NONE`` or ``CAUTION``. Deprecated by the exchange."""
    stream_type: str | None = None
    """``SNAPSHOT`` or ``REALTIME``."""


class Trade(Struct, frozen=True, kw_only=True, gc=False):
    """One trade. Prices are in the quote currency, sizes in the base currency."""

    type: str
    """``trade``."""
    code: str
    """The pair, such as ``KRW-BTC``."""
    timestamp: int
    """Of this message, in milliseconds."""
    trade_date: str
    """UTC, ``yyyy-MM-dd``: not the form a ticker has."""
    trade_time: str
    """UTC, ``HH:mm:ss``."""
    trade_timestamp: int
    """In milliseconds."""
    trade_price: Decimal
    trade_volume: Decimal
    ask_bid: str
    """``ASK`` when the taker sold, ``BID`` when the taker bought."""
    prev_closing_price: Decimal
    change: str
    """``RISE``, ``EVEN`` or ``FALL``, against the previous close."""
    change_price: Decimal
    """Against the previous close, without sign."""
    sequential_id: int
    """Unique in its market. Larger than a float holds, and not in order."""
    best_ask_price: Decimal | None = None
    best_ask_size: Decimal | None = None
    best_bid_price: Decimal | None = None
    best_bid_size: Decimal | None = None
    stream_type: str | None = None
    """``SNAPSHOT`` or ``REALTIME``."""


class OrderbookUnit(Struct, frozen=True, kw_only=True, gc=False):
    """The n-th best offer of either side. A thin side is filled up with price and size 0."""

    ask_price: Decimal
    bid_price: Decimal
    ask_size: Decimal
    bid_size: Decimal


class OrderbookUnits(Sequence[OrderbookUnit]):
    """The units of one order book, best first: a sequence that cannot be changed.

    A book of 30 units holds 120 exact numbers, which take longer to make than everything else about a
    frame, and most programs look at the best few. Units are therefore decoded when they are looked at:
    one by one until all are wanted. Looking raises ``DecodeError`` where a unit lacks a field or has one
    of another kind.

    Args:
        units: in order.
    """

    __slots__ = ("_raw", "_units")

    def __init__(self, units: Iterable[OrderbookUnit]) -> None:
        self._units: tuple[OrderbookUnit, ...] | None = tuple(units)
        self._raw: Sequence[Raw] | Raw = ()

    @classmethod
    def _waiting(cls, raw: Raw) -> OrderbookUnits:
        made = cls.__new__(cls)
        made._units = None
        made._raw = raw
        return made

    def _elements(self) -> Sequence[Raw]:
        if isinstance(self._raw, Raw):
            self._raw = _decoded(_ELEMENTS, self._raw)
        return self._raw

    def _all(self) -> tuple[OrderbookUnit, ...]:
        units = self._units
        if units is None:
            raw = self._raw
            if isinstance(raw, Raw):
                units = _decoded(_UNITS, raw)
            else:
                units = tuple(_decoded(_UNIT, element) for element in raw)
            self._units = units
        return units

    @overload
    def __getitem__(self, index: int) -> OrderbookUnit: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[OrderbookUnit, ...]: ...

    def __getitem__(self, index: int | slice) -> OrderbookUnit | tuple[OrderbookUnit, ...]:
        if self._units is not None:
            return self._units[index]
        found = self._elements()[index]
        if isinstance(found, Raw):
            return _decoded(_UNIT, found)
        return tuple(_decoded(_UNIT, element) for element in found)

    def __len__(self) -> int:
        return len(self._elements() if self._units is None else self._units)

    def __iter__(self) -> Iterator[OrderbookUnit]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, OrderbookUnits):
            return self._all() == other._all()
        return self._all() == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return repr(self._all())

    def __reduce__(self) -> tuple[type[OrderbookUnits], tuple[tuple[OrderbookUnit, ...]]]:
        return OrderbookUnits, (self._all(),)


if TYPE_CHECKING:
    _Units: TypeAlias = Sequence[OrderbookUnit]
else:
    _Units = Raw


class Orderbook(Struct, frozen=True, kw_only=True):
    """The whole book to its depth, best first. Sizes are in the base currency."""

    type: str
    """``orderbook``."""
    code: str
    """The pair, without the unit count of the request."""
    timestamp: int
    """Last change of the book, in milliseconds."""
    total_ask_size: Decimal
    """The sum over the units of this message."""
    total_bid_size: Decimal
    """The sum over the units of this message."""
    orderbook_units: _Units
    """An ``OrderbookUnits``, which decodes units when they are looked at. To encode a book with msgspec, give
    it ``enc_hook=tuple``."""
    stream_type: str | None = None
    """``SNAPSHOT`` or ``REALTIME``."""
    level: Decimal | None = None
    """Price step the book is grouped by, 0 for none. ``None`` outside Korea."""

    def __post_init__(self) -> None:
        units = self.orderbook_units
        if isinstance(units, Raw):
            msgspec.structs.force_setattr(self, "orderbook_units", OrderbookUnits._waiting(units))
        elif not isinstance(units, OrderbookUnits):
            msgspec.structs.force_setattr(self, "orderbook_units", OrderbookUnits(units))


class Candle(Struct, frozen=True, kw_only=True, gc=False):
    """One candle as it stands. It comes again with each change; the last one counts."""

    type: str
    """``candle.`` and the interval, such as ``candle.1m``."""
    code: str
    """The pair, such as ``KRW-BTC``."""
    candle_date_time_utc: str
    """Start of the interval, ``yyyy-MM-ddTHH:mm:ss``, UTC."""
    candle_date_time_kst: str
    """The same in Korean time, UTC+9."""
    opening_price: Decimal
    high_price: Decimal
    low_price: Decimal
    trade_price: Decimal
    """The last price: the close, once the next candle has begun."""
    candle_acc_trade_volume: Decimal
    """In the base currency."""
    candle_acc_trade_price: Decimal
    """Turnover, in the quote currency."""
    timestamp: int
    """Of the last trade, in milliseconds."""
    stream_type: str | None = None
    """``SNAPSHOT`` or ``REALTIME``."""


class MyOrder(Struct, frozen=True, kw_only=True, gc=False):
    """One event of one of the account's orders."""

    type: str
    """``myOrder``."""
    code: str
    """The pair, such as ``KRW-BTC``."""
    uuid: str
    """Of the order."""
    ask_bid: str
    """``ASK`` or ``BID``."""
    order_type: str
    """``limit``, ``price`` (buy at market by amount), ``market`` (sell at market) or ``best``."""
    state: str
    """``wait``, ``watch``, ``trade``, ``done``, ``cancel`` or ``prevented``."""
    timestamp: int
    """Of this message, in milliseconds."""
    trade_uuid: str | None = None
    """Only with state ``trade``."""
    price: Decimal | None = None
    """Of the order; with state ``trade``, of this trade. In the quote currency."""
    avg_price: Decimal | None = None
    """Average of the trades so far, 0 before the first. In the quote currency."""
    volume: Decimal | None = None
    """Of the order; with state ``trade``, of this trade. In the base currency."""
    remaining_volume: Decimal | None = None
    executed_volume: Decimal | None = None
    trades_count: int | None = None
    reserved_fee: Decimal | None = None
    remaining_fee: Decimal | None = None
    paid_fee: Decimal | None = None
    locked: Decimal | None = None
    """Amount or volume the order holds back."""
    executed_funds: Decimal | None = None
    """Sum of the trades so far, in the quote currency."""
    time_in_force: str | None = None
    """``ioc``, ``fok`` or ``post_only``."""
    trade_fee: Decimal | None = None
    """Only with state ``trade``."""
    is_maker: bool | None = None
    """Only with state ``trade``."""
    identifier: str | None = None
    """What the order's author called it. Orders from 2024-10-18 on."""
    smp_type: str | None = None
    """Self-match prevention: ``reduce``, ``cancel_maker`` or ``cancel_taker``."""
    prevented_volume: Decimal | None = None
    """Cancelled by self-match prevention."""
    prevented_locked: Decimal | None = None
    """Released by self-match prevention."""
    trade_timestamp: int | None = None
    """Only with state ``trade``, in milliseconds."""
    order_timestamp: int | None = None
    """In milliseconds."""
    stream_type: str | None = None
    """``REALTIME``."""


class Asset(Struct, frozen=True, kw_only=True, gc=False):
    """What the account has of one currency."""

    currency: str
    balance: Decimal
    """Free to use."""
    locked: Decimal
    """Held by orders and withdrawals."""


class MyAsset(Struct, frozen=True, kw_only=True):
    """A change of the account's assets. Two currencies changed at once may come as two messages."""

    type: str
    """``myAsset``."""
    asset_uuid: str
    assets: tuple[Asset, ...]
    timestamp: int
    """Of this message, in milliseconds."""
    asset_timestamp: int | None = None
    """Of the change, in milliseconds."""
    stream_type: str | None = None
    """``REALTIME``."""


Message: TypeAlias = Ticker | Trade | Orderbook | Candle | MyOrder | MyAsset

_CLASSES: Final[Mapping[str, type[Message]]] = {
    "ticker": Ticker,
    "trade": Trade,
    "orderbook": Orderbook,
    "myOrder": MyOrder,
    "myAsset": MyAsset,
}
_PRIVATE: Final = frozenset({"myOrder", "myAsset"})


class _Head(Struct):
    """What tells the kind and the format of a frame."""

    type: str | None = None
    ty: str | None = None


_HEAD: Final = msgspec.json.Decoder(_Head)
_ELEMENTS: Final = msgspec.json.Decoder(tuple[Raw, ...])
_UNIT: Final = msgspec.json.Decoder(OrderbookUnit)
_UNITS: Final = msgspec.json.Decoder(tuple[OrderbookUnit, ...])
_EXACT: Final = msgspec.json.Decoder(float_hook=Decimal)
_AS_SENT: Final = msgspec.json.Encoder(decimal_format="number")


def message_class(data_type: str) -> type[Message]:
    """The class of a data type's messages.

    Raises:
        KeyError: a data type that has no typed message.
    """
    return Candle if data_type.startswith("candle.") else _CLASSES[data_type]


def message_decoder(data_type: str) -> Callable[[bytes], Message]:
    """What decodes DEFAULT frames that are known to be of *data_type*; it raises msgspec's errors.

    Raises:
        KeyError: a data type that has no typed message.
    """
    return _decoder(message_class(data_type)).decode


def decode_message(payload: bytes | memoryview) -> Message:
    """One frame, in the DEFAULT or the SIMPLE format, as a typed message.

    Raises:
        DecodeError: no JSON object, an unknown type, or a field that is missing or of another kind.
            Its text shows a part of the frame only if that is certainly public.
    """
    data_type = None
    try:
        head = _HEAD.decode(payload)
        data_type = head.type or head.ty or ""
        wanted = message_class(data_type)
        if head.type is not None:
            return _decoder(wanted).decode(payload)
        return _decoder(wanted).decode(_AS_SENT.encode(expand(_EXACT.decode(payload))))
    except KeyError:
        problem = f"no typed message for type {data_type!r}" if data_type else "no type"
        raise DecodeError(problem, len(payload)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(str(error), len(payload), _sample(payload, data_type)) from error


def decode_messages(payload: bytes | memoryview) -> list[Message]:
    """One WebSocket message of any format: one frame, or several in the LIST formats.

    Raises:
        DecodeError: as ``decode_message``; also for an array that is cut off.
    """
    if bytes(payload[:16]).lstrip()[:1] != b"[":
        return [decode_message(payload)]
    try:
        elements = _ELEMENTS.decode(payload)
    except (msgspec.DecodeError, RecursionError) as error:
        raise DecodeError(str(error), len(payload)) from error
    return [decode_message(memoryview(element)) for element in elements]


def _decoded(decoder: msgspec.json.Decoder[T], raw: Raw) -> T:
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        size = len(memoryview(raw))
        raise DecodeError(str(error), size, _sample(memoryview(raw), "orderbook")) from error


@cache
def _decoder(wanted: type[Message]) -> msgspec.json.Decoder[Message]:
    return msgspec.json.Decoder(wanted)


def _sample(payload: bytes | memoryview, data_type: str | None) -> str:
    if data_type is None or data_type in _PRIVATE:
        return ""
    return bytes(payload[:120]).decode("utf-8", "replace")
