from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5


class Tape:
    def __init__(self):
        self.client = UpbitWebSocketPublicV5()

    async def open(self, symbols):
        await self.client.connect()
        await self.client.subscribe_trade(symbols, self.on_trade)

    async def close(self):
        if self.client.is_connected():
            await self.client.disconnect()

    async def on_trade(self, symbol, data_type, data):
        print(symbol, data["data"]["trade_volume"])
