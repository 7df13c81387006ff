"""A peer: ccxt.pro's exchange class, which keeps the parsed state and wakes whoever watches it."""

from __future__ import annotations

import asyncio
from typing import Any

import ccxt.pro

from benchmarks.meter import Meter

MARKET = {
    "id": "KRW-BTC",
    "symbol": "BTC/KRW",
    "base": "BTC",
    "quote": "KRW",
    "baseId": "BTC",
    "quoteId": "KRW",
    "type": "spot",
    "spot": True,
    "active": True,
}


async def flood(url: str, kind: str, count: int) -> dict[str, float]:
    """One task that watches; every frame that was parsed counts, also those it was too slow to see."""
    meter = Meter(count)

    class Counting(ccxt.pro.upbit):  # type: ignore[misc]
        def handle_message(self, client: Any, message: Any) -> None:
            super().handle_message(client, message)
            meter.one(message)

    exchange = Counting()
    exchange.set_markets([MARKET])
    exchange.urls["api"]["ws"] = url
    watch = {
        "ticker": exchange.watch_ticker,
        "trade": exchange.watch_trades,
        "orderbook": exchange.watch_order_book,
    }[kind]

    async def keep_watching() -> None:
        while True:
            await watch("BTC/KRW")

    task = asyncio.create_task(keep_watching())
    try:
        await asyncio.wait_for(meter.done.wait(), 60)
    finally:
        task.cancel()
        await exchange.close()
    return meter.result()
