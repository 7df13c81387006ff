"""A peer: cryptofeed's Upbit feed, which asks for short names and makes decimals. It has no ticker."""

from __future__ import annotations

import asyncio
from typing import Any

from cryptofeed import FeedHandler, connection
from cryptofeed.defines import L2_BOOK, TRADES
from cryptofeed.exchanges.upbit import Upbit
from cryptofeed.symbols import Symbols

from benchmarks.meter import Meter

CHANNELS = {"trade": TRADES, "orderbook": L2_BOOK}


async def flood(url: str, kind: str, count: int) -> dict[str, float]:
    meter = Meter(count)

    async def callback(data: Any, at: float) -> None:
        meter.one(data)

    # Instead of a request for the list of markets.
    Symbols.set(Upbit.id, {"BTC-KRW": "KRW-BTC"}, {"instrument_type": {"BTC-KRW": "spot"}})
    # It takes wss:// only.
    real = connection.connect
    connection.connect = lambda _, **options: real(url, **{**options, "compression": None})
    channel = CHANNELS[kind]
    feed = Upbit(symbols=["BTC-KRW"], channels=[channel], callbacks={channel: callback})
    handler = FeedHandler(config={"log": {"disabled": True}, "uvloop": False})
    handler.add_feed(feed)
    handler.run(start_loop=False, install_signal_handlers=False)
    await asyncio.wait_for(meter.done.wait(), 60)
    await handler.stop_async(loop=asyncio.get_running_loop())
    return meter.result()
