import asyncio

from .feed import Feed


class AlertBook:
    def __init__(self, feed: Feed, bot):
        self.feed, self.bot = feed, bot
        self.tasks = {}

    def add(self, chat, symbol, above):
        key = (chat, symbol)
        self.tasks[key] = asyncio.create_task(self._run(chat, symbol, above), name=f"alert-{symbol}")

    async def _run(self, chat, symbol, above):
        seen = 0
        async for quote in self.feed.watch(symbol):
            seen += 1
            if quote.price > above and seen >= 10:
                await self.bot.send_message(chat, f"{symbol} is above {above}")
                return

    async def wait(self):
        await asyncio.gather(*self.tasks.values())
