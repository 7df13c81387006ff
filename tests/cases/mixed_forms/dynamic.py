import importlib
import app.websocket_v5.upbit_websocket_public_client
import app.websocket_v5
mod = importlib.import_module("app.websocket_v5.upbit_websocket_public_client")

async def f():
    a = mod.UpbitWebSocketPublicV5()
    b = app.websocket_v5.upbit_websocket_public_client.UpbitWebSocketPublicV5()
    await b.subscribe("ticker", ["KRW-BTC"], print)
    await b.subscribe(app.websocket_v5.models.DataType.TRADE.value, ["KRW-BTC"], print)
    await b.subscribe("candle.1m", ["KRW-BTC"], callback=print)
    await b.disconnect()

REGISTRY = {"public": app.websocket_v5.UpbitWebSocketPublicV5, "private": app.websocket_v5.UpbitWebSocketPrivateV5}
def build(kind):
    return REGISTRY[kind]()

class Pool:
    def __init__(self, n):
        self.clients = []
        for i in range(n):
            self.clients.append(app.websocket_v5.UpbitWebSocketPublicV5())
    async def start(self, symbols):
        await asyncio.gather(*(c.connect() for c in self.clients))
        for c, s in zip(self.clients, symbols):
            await c.subscribe_ticker([s], self.on_tick)
    async def stop(self):
        await asyncio.gather(*(c.disconnect() for c in self.clients), return_exceptions=True)
        for name, c in {"a": self.clients[0]}.items():
            await c.disconnect()
    def on_tick(self, data):
        self.last = data["data"]
        print(self.last["trade_price"])
import asyncio
