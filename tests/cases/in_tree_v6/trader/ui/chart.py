from ..net.websocket_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5
from ..net import connect_public
import trader.net.websocket_v5


class Chart:
    def __init__(self):
        self.mine = UpbitWebSocketPublicV5()
        self.shared = connect_public()
        self.third = trader.net.websocket_v5.UpbitWebSocketPublicV5()

    async def show(self):
        for client in (self.mine, self.shared, self.third):
            await client.connect()
            await client.subscribe_ticker(["KRW-BTC"], self.paint)

    async def hide(self):
        for client in (self.mine, self.shared, self.third):
            await client.disconnect()

    def paint(self, symbol, data_type, data): ...
