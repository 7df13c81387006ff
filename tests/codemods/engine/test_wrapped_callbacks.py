"""Callbacks that take the payload alone and are wrapped: as they are then, and hiding nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

PROGRAM = """\
import asyncio
from app.net.websocket_v5 import UpbitWebSocketPublicV5

async def main(markets):
    client = UpbitWebSocketPublicV5()
    await client.connect()
{body}
    await client.disconnect()
"""
WRAPPED = {
    "its own names": (
        "    data = []\n    await client.subscribe_ticker(markets, data.append)",
        "lambda symbol, data_type, _data: data.append(_data)",
    ),
    "another name of its own": (
        "    symbol = []\n    await client.subscribe_ticker(markets, symbol.append)",
        "lambda _symbol, data_type, data: symbol.append(data)",
    ),
    "no name of its own": (
        "    seen = []\n    await client.subscribe_ticker(markets, seen.append)",
        "lambda symbol, data_type, data: seen.append(data)",
    ),
    "a name of a loop": (
        "    for market in markets:\n        seen = []\n"
        "        await client.subscribe_ticker([market], seen.append)",
        "lambda symbol, data_type, data, callback=seen.append: callback(data)",
    ),
    "the target of a loop": (
        "    for seen in ([], []):\n        await client.subscribe_ticker(markets, seen.append)",
        "lambda symbol, data_type, data, callback=seen.append: callback(data)",
    ),
    "a name that is bound again": (
        "    seen = []\n    await client.subscribe_ticker(markets, seen.append)\n"
        "    seen = []\n    await client.subscribe_trade(markets, seen.append)",
        "lambda symbol, data_type, data, callback=seen.append: callback(data)",
    ),
}


@pytest.mark.parametrize(("body", "wanted"), WRAPPED.values(), ids=WRAPPED)
def test_the_wrapper_calls_what_v5_was_given(body: str, wanted: str, migrate: Migrate) -> None:
    done = migrate({"app/module.py": PROGRAM.format(body=body)})
    assert wanted in done.text(), done.text()
    assert "TODO" not in done.text()
