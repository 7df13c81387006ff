"""What a misspelt value probably means, so that an error can say what to write instead. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

__all__ = ["interval_meant", "near_miss", "pair_meant", "pairs_in", "without_suffix"]

_SEPARATORS: Final = str.maketrans("/_:", "---")
_FIAT: Final = ("IDR", "KRW", "SGD", "THB")
"""Currencies that are only ever the quote of a pair: those of Upbit's four regions."""
_SUFFIXED: Final = re.compile(r"[A-Z0-9]+-[A-Z0-9]+\.\d+")
_LONG_INTERVALS: Final = {"1h": "60m", "4h": "240m"}


def pair_meant(text: str) -> str:
    """``krw-btc``, ``KRW/BTC``, ``BTC-KRW`` and ``KRWBTC`` as ``KRW-BTC``; others in upper case."""
    code = text.strip().upper().translate(_SEPARATORS)
    quote, hyphen, base = code.partition("-")
    if hyphen:
        swapped = base in _FIAT and quote not in _FIAT
        return f"{base}-{quote}" if swapped else code
    for fiat in _FIAT:
        if code.startswith(fiat) and code != fiat:
            return f"{fiat}-{code.removeprefix(fiat)}"
        if code.endswith(fiat) and code != fiat:
            return f"{fiat}-{code.removesuffix(fiat)}"
    return code


def pairs_in(text: str) -> list[str]:
    """The pairs of a text such as ``"krw-btc, KRW-ETH"``."""
    return [pair_meant(word) for word in re.split(r"[\s,;]+", text) if word]


def without_suffix(pair: str) -> tuple[str, str] | None:
    """``KRW-BTC.15`` as ``("KRW-BTC", "15")``; ``None`` for a pair without a unit count."""
    if not _SUFFIXED.fullmatch(pair):
        return None
    code, _, units = pair.partition(".")
    return code, units


def near_miss(word: str, choices: Iterable[str]) -> str | None:
    """The one of *choices* that *word* probably means, whatever its case and separators."""
    by_letters = {_letters(choice): choice for choice in choices}
    import difflib  # for an error's text only

    close = difflib.get_close_matches(_letters(word), by_letters, n=1, cutoff=0.75)
    return by_letters[close[0]] if close else None


def interval_meant(value: object, intervals: Iterable[str]) -> str | None:
    """``60``, ``"minute1"``, ``"minutes/1"``, ``"1min"``, ``"1H"`` as one of *intervals*."""
    found = re.fullmatch(r"(?:([a-z]*)[/.]?(\d+)|(\d+)([a-z]*))", str(value).strip().lower())
    if found is None:
        return None
    unit = found[1] or found[4] or "m"
    for name in ("minutes", "seconds", "hours"):
        if name.startswith(unit):
            candidate = f"{found[2] or found[3]}{unit[0]}"
            candidate = _LONG_INTERVALS.get(candidate, candidate)
            return candidate if candidate in intervals else None
    return None


def _letters(word: str) -> str:
    return re.sub(r"[\s_.-]", "", word).lower()
