from dataclasses import dataclass, field
from app.websocket_v5 import UpbitWebSocketPublicV5
@dataclass
class D:
    client: UpbitWebSocketPublicV5 = field(default_factory=UpbitWebSocketPublicV5)
    async def go(self):
        await self.client.connect()
        await self.client.subscribe_ticker(["KRW-BTC"], print)
clients = list(map(UpbitWebSocketPublicV5, ["a", "b"]))
async def x():
    for c in clients:
        await c.connect()
