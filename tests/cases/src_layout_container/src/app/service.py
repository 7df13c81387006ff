from app.net import Container, PublicFeed


class PriceService:
    def __init__(self, container: Container):
        self.container = container
        self.ids = {}
        self.extra = PublicFeed()

    async def start(self, symbols):
        client = self.container.public
        await client.connect()
        for symbol in symbols:
            self.ids[symbol] = await client.subscribe_ticker([symbol], self._on)
        orders = self.container.private()
        await orders.connect()
        await orders.subscribe_my_orders(self._on)
        f = await self.container.fresh()
        await f.subscribe_trade(symbols, callback=self._on)

    def _on(self, symbol, data_type, data):
        print(symbol, data.get("trade_price"))

    async def stop(self):
        for symbol, sid in self.ids.items():
            await self.container.public.unsubscribe(sid)
        await self.container.shutdown()
