import asyncio, contextlib
from app.websocket_v5 import UpbitWebSocketPublicV5, UpbitWebSocketPrivateV5, create_private_client
from app.websocket_v5.exceptions import WebSocketConnectionError, WebSocketError

class Svc:
    client_class = UpbitWebSocketPublicV5
    _instance = None
    def __init__(self, factory=UpbitWebSocketPublicV5):
        self.c = self.client_class()
        self.d = factory(max_tickets=1)
        self._tasks = []
        self.by = {}
    @classmethod
    def instance(cls):
        if cls._instance is None: cls._instance = cls()
        return cls._instance
    def get(self, key) -> UpbitWebSocketPublicV5:
        return self.by.setdefault(key, UpbitWebSocketPublicV5())
    async def start(self):
        self._tasks.append(asyncio.create_task(self.c.connect()))
        with contextlib.suppress(WebSocketConnectionError):
            await self.d.connect()
        async with asyncio.timeout(3):
            await self.get("a").connect()
        for t in ("ticker", "trade"):
            await getattr(self.c, f"subscribe_{t}")(["KRW-BTC"], self.cb)
    async def stop(self):
        for c in [self.c, self.d, *self.by.values()]:
            with contextlib.suppress(Exception): await c.disconnect()
        await (self.c or self.d).disconnect()
        [await c.disconnect() for c in self.by.values()]
    @staticmethod
    def cb(*args): print(args[2]["data"])

async def main():
    s = Svc.instance()
    await s.start()
    priv = await create_private_client("k1", "s1") if s else None
    if priv: await priv.disconnect()
    try:
        await s.get("x").connect()
    except WebSocketError as e:
        raise WebSocketConnectionError("x") from e
    client = UpbitWebSocketPrivateV5("k", "s")
    async def inner():
        nonlocal client
        await client.connect()
        await client.subscribe_my_assets(lambda *a: None)
    await inner()
    del client
    match s.c:
        case UpbitWebSocketPublicV5(): print(1)
    x: type[UpbitWebSocketPublicV5] = UpbitWebSocketPublicV5
    return lambda: x()
