#!/usr/bin/env python
import os, sys
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "src"))
import asyncio; from app.net import PublicFeed as Feed

async def main():
    feed = Feed(); await feed.connect()
    await feed.subscribe_ticker(["KRW-BTC"], print)
    try:
        await asyncio.sleep(10)
    finally: await feed.disconnect()

if __name__ == "__main__": asyncio.run(main())
