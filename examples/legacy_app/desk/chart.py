"""Live price line for one market."""
from .exchange import PublicClient


class ChartWidget:
    """Opens its own connection when it is shown and drops it when it is hidden."""

    def __init__(self, max_points=500):
        self.max_points = max_points
        self.client = None
        self.subscription_id = None
        self.symbol = None
        self.points = []
        self.frames = 0

    async def start(self, symbol):
        self.symbol = symbol
        self.client = PublicClient()
        await self.client.connect()
        self.subscription_id = await self.client.subscribe_ticker(
            symbols=[symbol],
            callback=self.on_tick,
        )

    async def stop(self):
        if self.client:
            if self.subscription_id:
                await self.client.unsubscribe(self.subscription_id)
            await self.client.disconnect()

    async def on_tick(self, symbol, data_type, data):
        price = data.get('trade_price', 0)
        self.points.append((data.get('timestamp'), price))
        if len(self.points) > self.max_points:
            del self.points[0]
        self.frames += 1
