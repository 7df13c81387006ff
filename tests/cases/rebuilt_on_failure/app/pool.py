from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5 import UpbitWebSocketPublicV5


class Pool:
    """One socket per three symbols, because v5 lost more."""

    def __init__(self, symbols, per=1):
        self.clients = {}
        for i in range(0, len(symbols), per):
            self.clients[i] = (UpbitWebSocketPublicV5(), symbols[i:i + per])
        self.counts = {}

    async def start(self):
        for client, symbols in self.clients.values():
            await client.connect()
            await client.subscribe_ticker(symbols, self.on_data)
            await client.subscribe_trade(symbols, self.on_data)

    async def on_data(self, symbol, kind, data):
        assert data["market"] == symbol
        self.counts[symbol, kind] = self.counts.get((symbol, kind), 0) + 1

    async def stop(self):
        for client, _ in self.clients.values():
            await client.disconnect()
        assert not any(c.is_connected() for c, _ in self.clients.values())
