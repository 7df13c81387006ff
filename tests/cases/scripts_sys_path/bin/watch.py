#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

import asyncio  # noqa: E402

import feedlib  # noqa: E402
from feedlib import Runner  # noqa: E402


async def main():
    async with Runner() as client:
        await client.subscribe_trade(["KRW-BTC"], lambda s, t, d: print(d.get("data", {}).get("trade_price")))
        await asyncio.sleep(1)
    extra = feedlib.public(); await extra.connect()
    try:
        await extra.subscribe_orderbook(["KRW-BTC"], show)
        if not extra.is_connected(): await extra.connect()
    finally: await extra.disconnect()


def show(symbol, data_type, data):
    print(data)


if __name__ == "__main__":
    asyncio.run(main())
