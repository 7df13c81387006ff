from desk.core.api import FeedPlugin
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5


class PublicFeed(FeedPlugin):
    name = "public"
    symbols = ("KRW-BTC",)

    def make_client(self):
        return UpbitWebSocketPublicV5()

    async def start(self, sink):
        self.sink = sink
        self.sub = await self.client.subscribe_ticker(list(self.symbols), self.on_data)

    async def on_data(self, symbol, data_type, data):
        self.sink("public", data["data"]["trade_price"])
