"""Number spelling: docs/emulator.md, "Numbers"."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from websocket_v6.testing.spelling import double, fixed8, fixed16, plain, tiny

NUMBERS = st.decimals(
    min_value=-(10**12), max_value=10**12, places=8, allow_nan=False, allow_infinity=False
)


@given(NUMBERS, st.sampled_from((plain, fixed8, fixed16, double, tiny)))
def test_every_spelling_is_json_and_keeps_the_value(value, style):
    text = style(value)
    assert json.loads(text, parse_float=Decimal, parse_int=Decimal) == value
    assert "e" not in text
    assert "+" not in text


@pytest.mark.parametrize(
    ("style", "value", "text"),
    [
        (fixed8, "158219000", "158219000.00000000"),
        (fixed8, "0.0007772", "0.00077720"),
        (fixed8, "0", "0E-8"),
        (fixed16, "860743.53071", "860743.5307100000000000"),
        (double, "116539000", "1.16539E8"),
        (double, "127", "127.0"),
        (double, "0.00079276", "7.9276E-4"),
        (double, "0.0005", "5.0E-4"),
        (double, "0", "0.0"),
        (double, "-306", "-306.0"),
        (tiny, "0.00000006", "6E-8"),
        (tiny, "0.00000099", "9.9E-7"),
        (tiny, "0.0203", "0.0203"),
        (plain, "116606000", "116606000"),
        (plain, "1386929.37231066771348207123", "1386929.37231066771348207123"),
        (plain, "0", "0"),
    ],
)
def test_recorded_spellings(style, value, text):
    assert style(Decimal(value)) == text
