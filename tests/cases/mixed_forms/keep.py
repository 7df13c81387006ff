from app.websocket_v5 import UpbitWebSocketPublicV5  # uws: keep[UWS101] bridge for the old desk
from app.websocket_v5 import UpbitWebSocketPrivateV5, quick_subscribe_ticker

class A:
    def __init__(self, k, s):
        self.a = UpbitWebSocketPublicV5()
        # uws: keep needs its own socket
        self.b = UpbitWebSocketPrivateV5(k, s)
        self.c = UpbitWebSocketPrivateV5(access_key=k, secret_key=s) if k else None
        self.d: "UpbitWebSocketPrivateV5 | None" = None

    async def go(self):
        self.q = await quick_subscribe_ticker(["KRW-BTC"], self.cb)
        await quick_subscribe_ticker(["KRW-BTC"], self.cb)
        while (c := self.c) is not None:
            await c.connect()
            break
        getattr(self, "c").is_connected()
        def cb2(m): print(m['raw_data']['trade_price'])
        await self.c.subscribe_my_assets(cb2)
        await self.c.subscribe_my_assets(callback=self.q2.put_nowait)
    async def cb(self, s, t, d): ...
