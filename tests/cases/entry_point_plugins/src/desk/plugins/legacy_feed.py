from desk.core.api import FeedPlugin
from desk.core.loader import legacy_class


class LegacyFeed(FeedPlugin):
    name = "legacy"

    def make_client(self):
        cls = legacy_class("public")
        return cls()

    async def start(self, sink):
        self.sink = sink
        await self.client.subscribe_orderbook(["KRW-ETH"], self.on_book)

    def on_book(self, symbol, data_type, data):
        self.sink("legacy", data["data"]["orderbook_units"][0]["ask_price"])
