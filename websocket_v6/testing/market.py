"""A made-up market: one seeded random walk per code, and the frames it gives.

The values are invented, their relations are not: ticker, trade and candle of one code tell of the
same trades, best prices agree with the book, totals are the exact sums of the units.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from .encoding import Frame, Value
from .fields import CANDLE_SECONDS, family

__all__ = ["Market", "MarketPlace", "default_markets", "supported_levels"]

_E8: Final = Decimal("0.00000001")
_NAMES: Final = """
BTC ETH XRP SOL DOGE ADA TRX SUI LINK AVAX XLM HBAR BCH DOT SHIB PEPE UNI NEAR APT AAVE
ETC ONDO POL ARB VET ATOM ALGO SEI STX GRT IMX SAND MANA AXS CHZ EOS NEO XTZ FLOW GAS QTUM
ZIL ICX WAVES LAMB ARK STEEM USDT USDC USDS WLD TIA STRK ZRO BLUR ENS BERA KAITO VIRTUAL
MOVE ME
""".split()  # noqa: SIM905 - a table, not sixty strings
_PRICES: Final[dict[str, int | Decimal]] = {
    "BTC": 116_539_000,
    "ETH": 3_427_000,
    "XRP": 3_005,
    "SOL": 198_500,
    "DOGE": 245,
    "USDT": 1_431,
    "PEPE": Decimal("0.0141"),
    "SHIB": Decimal("0.0183"),
}
_KRW_PER: Final = {
    "KRW": Decimal(1),
    "USDT": Decimal(1431),
    "BTC": Decimal(116_539_000),
    "SGD": Decimal(1090),
    "IDR": Decimal("0.0863"),
    "THB": Decimal(43),
}
_QUOTES: Final = {
    "kr": {"KRW": 289, "BTC": 328, "USDT": 238},
    "sg": {"SGD": 60, "BTC": 60, "USDT": 60},
    "id": {"IDR": 60, "BTC": 60, "USDT": 60},
    "th": {"THB": 60, "BTC": 60, "USDT": 60},
}


def default_markets(region: str) -> tuple[str, ...]:
    """Codes the emulator knows: 855 for ``kr``, the size of the real list on 2026-09-23.

    After the well-known names follow invented ones, ``KRW-T001`` and so on.
    """
    codes = []
    for quote, count in _QUOTES[region].items():
        names = [name for name in _NAMES if name != quote]
        names += [f"T{number:03}" for number in range(1, count)]
        codes += [f"{quote}-{name}" for name in names[:count]]
    return tuple(codes)


def _tick(price: Decimal) -> Decimal:
    """About a hundred-thousandth of the price, as a power of ten, at least 10^-8."""
    return max(Decimal(1).scaleb(price.adjusted() - 5), _E8)


def supported_levels(code: str) -> tuple[Decimal, ...]:
    """Order book groupings of a code: 0, and for KRW pairs four powers of ten (BTC: from 10000)."""
    if not code.startswith("KRW-"):
        return (Decimal(0),)
    size = _base_price(code).adjusted()
    return (Decimal(0), *(Decimal(1).scaleb(size - shift) for shift in (4, 3, 2, 1)))


def _base_price(code: str) -> Decimal:
    quote, _, name = code.partition("-")
    invented = random.Random(name).randint(20, 90_000)  # noqa: S311 - a game, not a secret
    krw = Decimal(_PRICES.get(name, 0)) or Decimal(invented)
    price = krw / _KRW_PER.get(quote, Decimal(1))
    return max(price.quantize(_tick(price)), _E8 * 100)


class _Candle:
    __slots__ = ("amount", "close", "high", "low", "open", "start", "volume")

    def __init__(self, start: int, price: Decimal) -> None:
        self.start = start
        self.open = self.high = self.low = self.close = price
        self.volume = self.amount = Decimal(0)

    def add(self, price: Decimal, volume: Decimal) -> None:
        self.high = max(self.high, price)
        self.low = min(self.low, price)
        self.close = price
        self.volume += volume
        self.amount += price * volume


class Market:
    """One code's state: trades change it, frames show it.

    Args:
        code: such as ``KRW-BTC``.
        seed: with the code, decides every value.
        at_ms: Unix milliseconds of the trade it starts with.
        korean: whether order books carry ``level``.
    """

    def __init__(self, code: str, seed: int, at_ms: int, *, korean: bool = True) -> None:
        self.code = code
        self.korean = korean
        self._random = random.Random(f"{seed}:{code}")  # noqa: S311 - a game, not a secret
        self._turns = 0
        self.tick = _tick(_base_price(code))
        self.prev_close = self.open = self.high = self.low = self.price = _base_price(code)
        self.high_52w = (self.price * 2).quantize(self.tick)
        self.low_52w = (self.price / 2).quantize(self.tick)
        self.ask_volume = Decimal(self._random.randint(10**8, 10**11)) * _E8
        self.bid_volume = Decimal(self._random.randint(10**8, 10**11)) * _E8
        self.amount = ((self.ask_volume + self.bid_volume) * self.price).quantize(_E8)
        self.volume_24h = (self.ask_volume + self.bid_volume) * 3
        self.amount_24h = self.amount * 3
        self.side = "BID"
        self.volume = _E8
        self.trade_ms = self.updated_ms = 0
        self.sequential_id = 0
        self._same_ms = 0
        self._candles: dict[str, _Candle] = {}
        self._sizes: list[tuple[Decimal, Decimal]] = []
        self._ask_depth = self._bid_depth = 30
        self.book_ms = at_ms
        self.trade(at_ms)
        self.shake_book(at_ms)

    def _size(self) -> Decimal:
        """Sizes of every magnitude, whole numbers and single satoshis among them."""
        return Decimal(self._random.randint(1, 10 ** self._random.randint(1, 10))) * _E8

    def trade(self, at_ms: int) -> None:
        """One trade: a step of the walk, new totals, candles of every interval."""
        draw = self._random.random()
        if draw < 0.08:
            self.price = self.prev_close  # an unchanged price is spelled in ways of its own
        elif draw < 0.7:
            step = self._random.choice((-2, -1, -1, 1, 1, 2)) * self.tick
            self.price = max(self.price + step, self.tick * 64)
        self.side = self._random.choice(("ASK", "BID"))
        self.record(self.price, self._size(), at_ms)

    def record(self, price: Decimal, volume: Decimal, at_ms: int) -> None:
        """Take in one trade of a given price and size."""
        self._turns += 1
        self.price, self.volume = price, volume
        self.high, self.low = max(self.high, price), min(self.low, price)
        amount = price * volume
        self.amount += amount
        self.amount_24h += amount
        self.volume_24h += volume
        if self.side == "ASK":
            self.ask_volume += volume
        else:
            self.bid_volume += volume
        self._same_ms = self._same_ms + 1 if at_ms == self.trade_ms else 0
        self.trade_ms = self.updated_ms = at_ms
        self.sequential_id = at_ms * 10_000 + self._same_ms
        for data_type, seconds in CANDLE_SECONDS.items():
            start = at_ms // 1000 // seconds * seconds
            candle = self._candles.get(data_type)
            if candle is None or candle.start != start:
                candle = self._candles[data_type] = _Candle(start, price)
            candle.add(price, volume)

    def shake_book(self, at_ms: int) -> None:
        """Change the order book; now and then one side has fewer than thirty units."""
        self._turns += 1
        self.book_ms = at_ms
        if self._sizes and self._random.random() < 0.9:
            for _ in range(4):
                self._sizes[self._random.randrange(30)] = (self._size(), self._size())
        else:
            self._sizes = [(self._size(), self._size()) for _ in range(30)]
            self._ask_depth = self._bid_depth = 30
            if self._random.random() < 0.2:
                self._ask_depth = self._random.randint(3, 30)
                self._bid_depth = self._random.randint(3, 30)

    # Frames

    def frame(self, data_type: str, stream_type: str, level: Decimal = Decimal(0)) -> Frame:
        """The frame that describes the market as it is."""
        match family(data_type):
            case "ticker":
                values = self._ticker()
            case "trade":
                values = self._trade()
            case "candle":
                values = self._candle(data_type)
            case _:
                values = self._orderbook(level)
        values["stream_type"] = stream_type
        if data_type == "orderbook" and self.korean:
            values["level"] = level
        return Frame(values, self._turns)

    def _change(self) -> tuple[str, Decimal]:
        difference = self.price - self.prev_close
        return ("RISE" if difference > 0 else "FALL" if difference < 0 else "EVEN"), difference

    def _ticker(self) -> dict[str, Value]:
        change, difference = self._change()
        rate = (difference / self.prev_close).quantize(Decimal("0.0000000001"))
        moment = datetime.fromtimestamp(self.trade_ms / 1000, UTC)
        return {
            "type": "ticker",
            "code": self.code,
            "opening_price": self.open,
            "high_price": self.high,
            "low_price": self.low,
            "trade_price": self.price,
            "prev_closing_price": self.prev_close,
            "acc_trade_price": self.amount,
            "change": change,
            "change_price": abs(difference),
            "signed_change_price": difference,
            "change_rate": abs(rate),
            "signed_change_rate": rate,
            "ask_bid": self.side,
            "trade_volume": self.volume,
            "acc_trade_volume": self.ask_volume + self.bid_volume,
            "trade_date": moment.strftime("%Y%m%d"),
            "trade_time": moment.strftime("%H%M%S"),
            "trade_timestamp": self.trade_ms,
            "acc_ask_volume": self.ask_volume,
            "acc_bid_volume": self.bid_volume,
            "highest_52_week_price": self.high_52w,
            "highest_52_week_date": (moment - timedelta(days=100)).strftime("%Y-%m-%d"),
            "lowest_52_week_price": self.low_52w,
            "lowest_52_week_date": (moment - timedelta(days=300)).strftime("%Y-%m-%d"),
            "market_state": "ACTIVE",
            "is_trading_suspended": False,
            "delisting_date": None,
            "market_warning": "NONE",
            "timestamp": self.updated_ms,
            "acc_trade_price_24h": self.amount_24h,
            "acc_trade_volume_24h": self.volume_24h,
        }

    def _trade(self) -> dict[str, Value]:
        change, difference = self._change()
        moment = datetime.fromtimestamp(self.trade_ms / 1000, UTC)
        ask_size, bid_size = self._sizes[0]
        return {
            "type": "trade",
            "code": self.code,
            "timestamp": self.updated_ms,
            "trade_date": moment.strftime("%Y-%m-%d"),
            "trade_time": moment.strftime("%H:%M:%S"),
            "trade_timestamp": self.trade_ms,
            "trade_price": self.price,
            "trade_volume": self.volume,
            "ask_bid": self.side,
            "prev_closing_price": self.prev_close,
            "change": change,
            "change_price": abs(difference),
            "sequential_id": self.sequential_id,
            "best_ask_price": self.price + self.tick,
            "best_ask_size": ask_size,
            "best_bid_price": self.price - self.tick,
            "best_bid_size": bid_size,
        }

    def _candle(self, data_type: str) -> dict[str, Value]:
        candle = self._candles[data_type]
        start = datetime.fromtimestamp(candle.start, UTC)
        return {
            "type": data_type,
            "code": self.code,
            "candle_date_time_utc": start.strftime("%Y-%m-%dT%H:%M:%S"),
            "candle_date_time_kst": (start + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M:%S"),
            "opening_price": candle.open,
            "high_price": candle.high,
            "low_price": candle.low,
            "trade_price": candle.close,
            "candle_acc_trade_volume": candle.volume,
            "candle_acc_trade_price": candle.amount,
            "timestamp": self.updated_ms,
        }

    def _orderbook(self, level: Decimal) -> dict[str, Value]:
        step = level or self.tick
        lowest_ask = (self.price // step + 1) * step
        highest_bid = lowest_ask - step * (2 if not level else 1)
        zero = Decimal(0)
        units: list[dict[str, Value]] = []
        total_ask = total_bid = zero
        for index, (ask_size, bid_size) in enumerate(self._sizes):
            ask_price, bid_price = lowest_ask + index * step, highest_bid - index * step
            if index >= self._ask_depth:
                ask_price = ask_size = zero
            if index >= self._bid_depth or bid_price <= 0:
                bid_price = bid_size = zero
            units.append(
                {
                    "ask_price": ask_price,
                    "bid_price": bid_price,
                    "ask_size": ask_size,
                    "bid_size": bid_size,
                }
            )
            total_ask += ask_size
            total_bid += bid_size
        return {
            "type": "orderbook",
            "code": self.code,
            "timestamp": self.book_ms,
            "total_ask_size": total_ask,
            "total_bid_size": total_bid,
            "orderbook_units": units,
        }


class MarketPlace:
    """Every market of one exchange, made when first looked at.

    Args:
        region: ``kr``, ``sg``, ``id`` or ``th``.
        seed: decides every value of every market.
        codes: what is traded here; ``None`` for the region's default list.
        now_ms: Unix milliseconds, now.
    """

    def __init__(
        self, region: str, seed: int, codes: Iterable[str] | None, now_ms: Callable[[], int]
    ) -> None:
        self.korean = region == "kr"
        self.seed = seed
        self.codes = frozenset(default_markets(region) if codes is None else codes)
        self._now_ms = now_ms
        self._markets: dict[str, Market] = {}

    def __getitem__(self, code: str) -> Market:
        market = self._markets.get(code)
        if market is None:
            market = self._markets[code] = self.fresh(code, self._now_ms() - 1000)
        return market

    def fresh(self, code: str, at_ms: int) -> Market:
        """A market of its own that nobody else moves; the same seed and code give the same walk."""
        return Market(code, self.seed, at_ms, korean=self.korean)

    def serves(self, code: str, level: Decimal) -> bool:
        """Whether a request for this code gets anything but silence."""
        return code in self.codes and level in supported_levels(code)
