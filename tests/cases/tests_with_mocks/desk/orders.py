from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_private_client import UpbitWebSocketPrivateV5


class OrderBook:
    def __init__(self, access_key, secret_key):
        self.ws = UpbitWebSocketPrivateV5(access_key, secret_key)

    async def open(self):
        await self.ws.connect()
        await self.ws.subscribe_my_orders(self.on_order)

    def on_order(self, symbol, data_type, data):
        print(data.get("state"))
