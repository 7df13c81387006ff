"""An account whose orders a test scripts; every step gives the frames the exchange would send.

Fees, locks and balances are kept as exact decimals, so each myOrder and each myAsset frame follows
from the ones before it.
"""

from __future__ import annotations

import functools
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Final, Literal, ParamSpec, TypeVar

from .encoding import Frame, Value
from .exceptions import BadSettingError

__all__ = ["Account", "Order"]

P = ParamSpec("P")
R = TypeVar("R")
Amount = Decimal | int | float | str
OrderType = Literal["limit", "price", "market", "best"]
ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
_AVERAGE: Final = Decimal("0.00000001")
# Balances of real accounts carry up to 23 decimals after years of fees and rewards.
_OPENING: Final = {
    "KRW": Decimal("1386929372.31066771348207123"),
    "BTC": Decimal("12.30000000000000000000017"),
    "ETH": Decimal("150.00000000000000000123"),
    "USDT": Decimal("250000"),
}
_FEE_RATES: Final = {"KRW": Decimal("0.0005"), "USDT": Decimal("0.0025"), "BTC": Decimal("0.0025")}


def _exactly(method: Callable[P, R]) -> Callable[P, R]:
    """Enough digits for 23 decimals of a large balance; the default context would round."""

    @functools.wraps(method)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with localcontext(prec=80):
            return method(*args, **kwargs)

    return wrapped


@dataclass
class _Balance:
    free: Decimal = ZERO
    locked: Decimal = ZERO


@dataclass
class Order:
    """One order as it stands. Amounts are exact; ``volume`` is ``None`` for orders by amount."""

    uuid: str
    code: str
    side: Literal["ASK", "BID"]
    order_type: OrderType
    price: Decimal | None
    volume: Decimal | None
    order_timestamp: int
    fee_rate: Decimal
    reserved_fee: Decimal
    locked: Decimal
    identifier: str | None = None
    time_in_force: str | None = None
    smp_type: str | None = None
    state: str = "wait"
    executed_volume: Decimal = ZERO
    executed_funds: Decimal = ZERO
    paid_fee: Decimal = ZERO
    trades_count: int = 0
    trades: list[str] = field(default_factory=list)

    @property
    def remaining_volume(self) -> Decimal | None:
        return None if self.volume is None else self.volume - self.executed_volume

    @property
    def open(self) -> bool:
        return self.state in ("wait", "watch")


class Account:
    """What one access key owns.

    Args:
        access_key: whose private connections get the frames.
        deliver: sends a frame to those connections; the code it is about, or ``*``.
        now_ms: Unix milliseconds of the exchange.
        balances: opening balances by currency; others start at a large round amount.
    """

    def __init__(
        self,
        access_key: str,
        deliver: Callable[[str, str, Frame], None],
        now_ms: Callable[[], int],
        balances: Mapping[str, Amount] | None = None,
    ) -> None:
        self.access_key = access_key
        identity = random.Random(access_key)  # noqa: S311 - reproducible on purpose
        self.asset_uuid = str(uuid.UUID(int=identity.getrandbits(128)))
        self._ids = random.Random(f"{access_key}:orders")  # noqa: S311 - reproducible on purpose
        self._deliver = deliver
        self._now_ms = now_ms
        self._balances: dict[str, _Balance] = {}
        self.orders: dict[str, Order] = {}
        for currency, amount in (_OPENING if balances is None else balances).items():
            self._balances[currency] = _Balance(_decimal(amount, currency))

    def balance(self, currency: str) -> tuple[Decimal, Decimal]:
        """``(balance, locked)``: what is free and what open orders hold."""
        held = self._balance(currency)
        return held.free, held.locked

    @_exactly
    def place_order(
        self,
        code: str,
        side: str = "BID",
        *,
        price: Amount | None = None,
        volume: Amount | None = None,
        order_type: OrderType = "limit",
        identifier: str | None = None,
        time_in_force: str | None = None,
        smp_type: str | None = None,
        state: Literal["wait", "watch"] = "wait",
    ) -> Order:
        """Place an order: one myOrder frame, then myAsset of the currency that is locked.

        Args:
            code: the market, such as ``KRW-BTC``.
            side: ``BID`` buys, ``ASK`` sells.
            price: per unit; for ``order_type="price"`` the amount to spend, fee apart.
            volume: in the base currency; not for ``price``.

        Raises:
            BadSettingError: price or volume missing, or more than the account has.
        """
        side = side.upper()
        quote, dash, base = code.partition("-")
        if side not in ("ASK", "BID") or not dash or not quote or not base:
            raise BadSettingError(
                f"place_order({code!r}, {side!r}): a code like KRW-BTC and ASK or BID"
            )
        cost = None if price is None else _decimal(price, "price")
        size = None if volume is None else _decimal(volume, "volume")
        needs_price = order_type in ("limit", "price")
        if (cost is None) == needs_price or (size is None) == (order_type != "price"):
            raise BadSettingError(
                f"place_order({code!r}, order_type={order_type!r}): limit needs price and volume, "
                "price needs the price alone, market and best need the volume alone"
            )
        rate = _FEE_RATES.get(quote, Decimal("0.0025"))
        funds = (cost or ZERO) * (ONE if size is None else size)
        reserved_fee = funds * rate if side == "BID" else ZERO
        lock = funds + reserved_fee if side == "BID" else (size or ZERO)
        currency = quote if side == "BID" else base
        self._lock(currency, lock)
        now = self._now_ms()
        order = Order(
            uuid=self._uuid(),
            code=code,
            side="BID" if side == "BID" else "ASK",
            order_type=order_type,
            price=cost,
            volume=size,
            order_timestamp=now // 1000 * 1000,
            fee_rate=rate,
            reserved_fee=reserved_fee,
            locked=lock,
            identifier=identifier,
            time_in_force=time_in_force,
            smp_type=smp_type,
            state=state,
        )
        self.orders[order.uuid] = order
        self._tell_order(order)
        self._tell_assets(currency)
        return order

    @_exactly
    def fill(
        self, order: Order | str, volume: Amount | None = None, price: Amount | None = None
    ) -> None:
        """Execute an order: a ``trade`` frame, after the last part also ``done``, then myAsset.

        Args:
            order: the order or its uuid.
            volume: how much of the base currency; ``None`` for what remains.
            price: at which price; ``None`` for the order's own.
        """
        order = self._open_order(order)
        at_price = _decimal(price, "price") if price is not None else order.price
        if at_price is None or at_price <= 0:
            raise BadSettingError(
                f"fill of a {order.order_type} order needs the price of the trade"
            )
        if order.order_type == "price" and price is None:
            raise BadSettingError("fill of a price order needs the price of the trade")
        size = self._fill_size(order, volume, at_price)
        quote, _, base = order.code.partition("-")
        funds, fee = size * at_price, size * at_price * order.fee_rate
        bought, paid = (base, quote) if order.side == "BID" else (quote, base)
        released = funds + fee if order.side == "BID" else size
        order.executed_volume += size
        order.executed_funds += funds
        order.paid_fee += fee
        order.trades_count += 1
        order.locked -= released
        order.trades.append(self._uuid())
        self._balance(paid).locked -= released
        self._balance(bought).free += size if order.side == "BID" else funds - fee
        self._tell_order(order, trade=(order.trades[-1], at_price, size, fee))
        if order.remaining_volume == 0 or (order.volume is None and volume is None):
            # An order by amount ends with the cancellation of what could not be spent.
            order.state = "cancel" if order.volume is None and order.locked else "done"
            self._release(order)
            self._tell_order(order)
        self._tell_assets(paid, bought)

    def cancel(self, order: Order | str) -> None:
        """Cancel what remains of an order: a ``cancel`` frame, then myAsset of what is freed."""
        self._end(order, "cancel")

    def prevent(self, order: Order | str) -> None:
        """End an order by self-match prevention: a ``prevented`` frame, then myAsset."""
        self._end(order, "prevented")

    @_exactly
    def deposit(self, currency: str, amount: Amount) -> None:
        """Add to a balance (negative: a withdrawal): one myAsset frame."""
        self._balance(currency).free += _decimal(amount, "amount")
        self._tell_assets(currency)

    @_exactly
    def _end(self, order: Order | str, state: str) -> None:
        order = self._open_order(order)
        order.state = state
        prevented = order.locked if state == "prevented" else ZERO
        self._release(order)
        self._tell_order(order, prevented=prevented)
        quote, _, base = order.code.partition("-")
        self._tell_assets(quote if order.side == "BID" else base)

    def _fill_size(self, order: Order, volume: Amount | None, at_price: Decimal) -> Decimal:
        if volume is not None:
            size = _decimal(volume, "volume")
        elif order.remaining_volume is not None:
            size = order.remaining_volume
        else:
            left = (order.price or ZERO) - order.executed_funds
            size = (left / at_price).quantize(Decimal("0.00000001"), "ROUND_DOWN")
        most = order.remaining_volume
        if size <= 0 or (most is not None and size > most):
            raise BadSettingError(f"fill of {size}: the order has {most} left")
        return size

    def _open_order(self, order: Order | str) -> Order:
        found = self.orders.get(order if isinstance(order, str) else order.uuid)
        if found is None or not found.open:
            raise BadSettingError(f"no open order {order!r} in this account")
        return found

    def _release(self, order: Order) -> None:
        quote, _, base = order.code.partition("-")
        held = self._balance(quote if order.side == "BID" else base)
        held.locked -= order.locked
        held.free += order.locked
        order.locked = ZERO

    def _lock(self, currency: str, amount: Decimal) -> None:
        held = self._balance(currency)
        if held.free < amount:
            raise BadSettingError(
                f"{amount} {currency} needed, {held.free} free; deposit() some first"
            )
        held.free -= amount
        held.locked += amount

    def _balance(self, currency: str) -> _Balance:
        return self._balances.setdefault(currency, _Balance(Decimal(1_000_000)))

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._ids.getrandbits(128), version=4))

    # Frames

    def _tell_order(
        self,
        order: Order,
        *,
        trade: tuple[str, Decimal, Decimal, Decimal] | None = None,
        prevented: Decimal = ZERO,
    ) -> None:
        trade_uuid, price, size, fee = trade if trade else (None, order.price, order.volume, None)
        executed = order.executed_volume
        now = self._now_ms()
        by_amount = order.volume is None and not executed
        values: dict[str, Value] = {
            "type": "myOrder",
            "code": order.code,
            "uuid": order.uuid,
            "ask_bid": order.side,
            "order_type": order.order_type,
            "state": "trade" if trade else order.state,
            "trade_uuid": trade_uuid,
            "price": price,
            "avg_price": (order.executed_funds / executed).quantize(_AVERAGE) if executed else ZERO,
            "volume": size,
            "remaining_volume": order.remaining_volume,
            "executed_volume": None if by_amount else executed,
            "trades_count": order.trades_count,
            "reserved_fee": order.reserved_fee,
            "remaining_fee": max(order.reserved_fee - order.paid_fee, ZERO),
            "paid_fee": order.paid_fee,
            "locked": order.locked,
            "executed_funds": order.executed_funds,
            "time_in_force": order.time_in_force,
            "trade_fee": fee,
            "is_maker": None if trade is None else order.order_type == "limit",
            "identifier": order.identifier,
            "smp_type": order.smp_type,
            "prevented_volume": order.remaining_volume if prevented else None,
            "prevented_locked": prevented,
            "trade_timestamp": None if trade is None else now,
            "order_timestamp": order.order_timestamp,
            "timestamp": now,
            "stream_type": "REALTIME",
        }
        self._deliver("myOrder", order.code, Frame(values))

    def _tell_assets(self, *currencies: str) -> None:
        """One frame per currency, a millisecond apart, with one asset_timestamp."""
        now = self._now_ms()
        for later, currency in enumerate(dict.fromkeys(currencies)):
            held = self._balance(currency)
            values: dict[str, Value] = {
                "type": "myAsset",
                "asset_uuid": self.asset_uuid,
                "assets": [{"currency": currency, "balance": held.free, "locked": held.locked}],
                "asset_timestamp": now,
                "timestamp": now + 8 + later,
                "stream_type": "REALTIME",
            }
            self._deliver("myAsset", "*", Frame(values))


def _decimal(value: Amount, name: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        raise BadSettingError(f"{name}={value!r}: a number") from None
    if not number.is_finite():
        raise BadSettingError(f"{name}={value!r}: a finite number")
    return number
