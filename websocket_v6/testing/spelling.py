"""How the exchange writes numbers.

Every value is a JSON number, but its spelling depends on the type, the key and the format: eight
fixed decimals (``158219000.00000000``), sixteen (``860743.5307100000000000``), exponents with a
capital E and no plus sign (``1.16539E8``, ``7.9276E-4``, ``6E-8``), bare integers, ``0E-8`` for
zero. A reader that copes with one spelling only is wrong, so the emulator produces all of them,
always with exactly the same value.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

__all__ = ["Number", "Style", "double", "fixed8", "fixed16", "plain", "style_of", "tiny"]

Style = Callable[[Decimal], str]


class Number(str):
    """The text of a JSON number, sent exactly as it stands."""

    __slots__ = ()


def plain(value: Decimal) -> str:
    """No exponent, no trailing zeros: ``116606000``, ``0.0203``, ``0``."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if text not in ("", "-0") else "0"


def _fixed(value: Decimal, places: int) -> str:
    if not value:
        return f"0E-{places}"
    text = format(value, "f")
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(places, '0')}"


def fixed8(value: Decimal) -> str:
    """At least eight decimals: ``158219000.00000000``; zero is ``0E-8``."""
    return _fixed(value, 8)


def fixed16(value: Decimal) -> str:
    """At least sixteen decimals: ``95078733694.3792000000000000``; zero is ``0E-16``."""
    return _fixed(value, 16)


def double(value: Decimal) -> str:
    """As Java prints a double: ``127.0``, ``1.16539E8`` from 10^7 on, ``7.9276E-4`` below 10^-3."""
    if not value:
        return "0.0"
    exponent = value.adjusted()
    if -3 <= exponent < 7:
        text = plain(value)
        return text if "." in text else text + ".0"
    sign, digits, _ = value.as_tuple()
    figures = "".join(map(str, digits)).rstrip("0")
    return f"{'-' if sign else ''}{figures[0]}.{figures[1:] or '0'}E{exponent}"


def tiny(value: Decimal) -> str:
    """Plain, but an exponent without needless digits below 10^-6: ``6E-8``, ``9.9E-7``."""
    if not value or value.adjusted() >= -6:
        return plain(value)
    sign, digits, _ = value.as_tuple()
    figures = "".join(map(str, digits)).rstrip("0")
    fraction = f".{figures[1:]}" if figures[1:] else ""
    return f"{'-' if sign else ''}{figures[0]}{fraction}E{value.adjusted()}"


# (family, key) -> styles in DEFAULT and in SIMPLE; several styles take turns from frame to frame.
_STYLES: Final[dict[tuple[str, str], tuple[tuple[Style, ...], tuple[Style, ...]]]] = {
    ("ticker", "acc_trade_price"): ((fixed16, fixed8, plain), (plain,)),
    ("ticker", "acc_trade_price_24h"): ((plain, fixed8), (plain, double)),
    ("ticker", "change_rate"): ((plain,), (plain, double)),
    ("ticker", "signed_change_rate"): ((plain,), (plain, double)),
    ("ticker", "trade_volume"): ((fixed8,), (tiny, double)),
    ("ticker", "opening_price"): ((fixed8, plain), (double, plain)),
    ("ticker", "trade_price"): ((fixed8, plain), (plain, double)),
    ("trade", "trade_price"): ((fixed8, double, plain), (double, plain)),
    ("trade", "trade_volume"): ((fixed8, plain, double), (tiny, double)),
    ("trade", "prev_closing_price"): ((fixed8,), (fixed8, double)),
    ("trade", "best_ask_price"): ((plain,), (plain,)),
    ("trade", "best_bid_price"): ((plain,), (plain,)),
    ("trade", "best_ask_size"): ((plain, fixed8), (tiny,)),
    ("trade", "best_bid_size"): ((plain, fixed8), (tiny,)),
    ("orderbook", "ask_price"): ((double,), (plain,)),
    ("orderbook", "bid_price"): ((double,), (plain,)),
    ("orderbook", "total_ask_size"): ((fixed8,), (plain,)),
    ("orderbook", "total_bid_size"): ((fixed8,), (plain,)),
    ("orderbook", "ask_size"): ((fixed8,), (double,)),
    ("orderbook", "bid_size"): ((fixed8,), (double,)),
    ("orderbook", "level"): ((plain,), (plain,)),
    ("candle", "candle_acc_trade_price"): ((fixed16, fixed8), (plain, double)),
    ("candle", "candle_acc_trade_volume"): ((fixed8,), (tiny, double)),
}
_PLAIN: Final[tuple[Style, ...]] = (plain,)
_OTHERWISE: Final[dict[str, tuple[tuple[Style, ...], tuple[Style, ...]]]] = {
    "ticker": ((fixed8,), (double, plain)),
    "trade": ((fixed8,), (fixed8, double)),
    "candle": ((fixed8,), (double, plain)),
}


def style_of(family: str, key: str, simple: bool, turn: int) -> Style:
    """The spelling of one value.

    Args:
        family: the type, with every candle interval under ``candle``.
        key: the long key.
        simple: one of the SIMPLE formats.
        turn: a number that grows from frame to frame; it rotates through the spellings a key has.
    """
    both = _STYLES.get((family, key)) or _OTHERWISE.get(family) or (_PLAIN, _PLAIN)
    styles = both[simple]
    return styles[turn % len(styles)]
