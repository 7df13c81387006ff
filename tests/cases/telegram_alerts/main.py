#!/usr/bin/env python3
import asyncio
from telegram import Application

from bot import AlertBook, Feed
from bot.commands import HANDLERS


async def main():
    app = Application.builder().token("123:abc").build()
    feed = Feed()
    app.bot_data["feed"] = feed
    app.bot_data["alerts"] = AlertBook(feed, app.bot)
    for handler in HANDLERS:
        app.add_handler(handler)
    await app.dispatch("alert", "KRW-BTC", "1")
    await app.dispatch("alert", "KRW-XRP", "0")
    await asyncio.wait_for(app.bot_data["alerts"].wait(), 20)
    await app.dispatch("status")
    await app.dispatch("stop", "KRW-BTC")
    await app.dispatch("stop", "KRW-NONE")
    await app.dispatch("status")
    print(await feed.close())
    await app.dispatch("status")
    for line in sorted(app.bot.sent):
        print(line)


if __name__ == "__main__":
    asyncio.run(main())
