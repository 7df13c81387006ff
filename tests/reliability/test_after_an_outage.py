"""The program that ``docs/reliability.md`` shows fills the gap of an outage."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.documents import reader
from websocket_v6 import GlobalWebSocketManager
from websocket_v6.registry import set_default_hub
from websocket_v6.testing import ExchangeEmulator


@pytest.fixture
def program() -> dict[str, Any]:
    document = reader.REPOSITORY / "docs" / "reliability.md"
    (block,) = (one for one in reader.blocks(document) if one.language == "python")
    names: dict[str, Any] = {"__name__": "__program__"}
    exec(block.text, names)  # noqa: S102 - the text of our own document
    return names


async def test_trades_of_the_gap_are_fetched_and_none_is_taken_twice(
    program: dict[str, Any],
) -> None:
    async with ExchangeEmulator(rate=0) as exchange:
        set_default_hub(None)
        GlobalWebSocketManager.configure(url=exchange.url)
        manager = await GlobalWebSocketManager.get_instance()
        streamed = {"sequential_id": 1, "trade_price": 10.0}
        missed = {"sequential_id": 2, "trade_price": 20.0}
        program["fetch_trades"] = lambda market: [streamed | {"trade_price": 0.0}, missed]
        trades = program["Trades"]("KRW-BTC")
        try:
            await trades.start()
            await exchange.publish("trade", "KRW-BTC", **streamed)
            async with asyncio.timeout(10):
                while 1 not in trades.known:
                    await asyncio.sleep(0.005)
                exchange.faults.kill()
                while 2 not in trades.known:
                    await asyncio.sleep(0.005)
        finally:
            await manager.shutdown()
            set_default_hub(None)
    assert trades.known[1]["trade_price"] == 10.0
    assert trades.known[2]["trade_price"] == 20.0
