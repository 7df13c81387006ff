from __future__ import annotations
from typing import TYPE_CHECKING, Optional, List
if TYPE_CHECKING:
    from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5

class Base:
    client: Optional["UpbitWebSocketPublicV5"] = None
    async def close(self):
        if self.client and self.client.is_connected():
            await self.client.disconnect()

class Feed(Base):
    def __init__(self, client: "UpbitWebSocketPublicV5", cb=None):
        self.client = client
        self.cb = cb or self.on
    async def start(self):
        if not self.client.is_connected():
            await self.client.connect()
        self.id = await self.client.subscribe_ticker(["KRW-BTC"], self.cb)
    def on(self, symbol, data_type, data):
        self.process(data)
    def process(self, message):
        frame = message['data']
        return frame['trade_price']

class Db:
    def connect(self): ...
    async def disconnect(self): ...

async def use(db: Db):
    db.connect()
    await db.disconnect()

def make() -> UpbitWebSocketPublicV5:
    from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5
    return UpbitWebSocketPublicV5()

async def main():
    c = make()
    f = Feed(c)
    await f.start()
    f2 = Feed(client=make())
    await f2.start(); await f2.close()
    assert isinstance(c, (UpbitWebSocketPublicV5,))
