from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5


class TickerBoard:
    def __init__(self, client=None):
        self.client = client or UpbitWebSocketPublicV5()
        self.prices = {}

    async def open(self, symbols):
        await self.client.connect()
        return await self.client.subscribe_ticker(symbols, self.on_ticker)

    async def close(self):
        await self.client.disconnect()

    def on_ticker(self, symbol, data_type, data):
        self.prices[symbol] = data["data"]["trade_price"]
