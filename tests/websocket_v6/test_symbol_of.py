"""The ``symbol`` argument of a callback."""

from __future__ import annotations

from typing import Any

import pytest

from websocket_v6.subscription import symbol_of


@pytest.mark.parametrize(
    ("data_type", "frame", "symbol"),
    [
        ("ticker", {"code": "KRW-BTC"}, "KRW-BTC"),
        ("myAsset", {"assets": [{"currency": "KRW"}]}, "KRW"),
        ("myAsset", {"assets": [{"currency": "KRW"}, {"currency": "BTC"}]}, "*"),
        ("myAsset", {"assets": []}, "*"),
        ("myAsset", {"assets": [{"currency": None}]}, "*"),
        ("myAsset", {"assets": [{}]}, "*"),
        ("myAsset", {}, "*"),
    ],
)
def test_symbol_of(data_type: str, frame: dict[str, Any], symbol: str) -> None:
    assert symbol_of(data_type, "KRW-BTC", frame) == symbol
