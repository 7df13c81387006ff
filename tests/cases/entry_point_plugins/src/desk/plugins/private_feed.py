import importlib
from desk.core.api import FeedPlugin

v5 = importlib.import_module("upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5")


class PrivateFeed(FeedPlugin):
    name = "private"

    def make_client(self):
        return v5.UpbitWebSocketPrivateV5()

    async def start(self, sink):
        self.sink = sink
        await self.client.subscribe_my_orders(callback=self.on_order)

    def on_order(self, symbol, data_type, data):
        self.sink("private", data["data"]["uuid"])
