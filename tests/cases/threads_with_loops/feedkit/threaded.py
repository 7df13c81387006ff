import asyncio
import threading
import queue
import feedkit


class ThreadedFeed(threading.Thread):
    def __init__(self, symbols):
        super().__init__(daemon=True, name="feed-%s" % "-".join(symbols))
        self.symbols = symbols
        self.out = queue.Queue()
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.client = None

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.client = self.loop.run_until_complete(self._setup())
        self.ready.set()
        try:
            self.loop.run_forever()
        finally:
            self.loop.run_until_complete(self.client.disconnect())
            self.loop.close()

    async def _setup(self):
        client = feedkit._Client()
        await client.connect()
        await client.subscribe_ticker(self.symbols, self._put)
        return client

    def _put(self, symbol, kind, data):
        self.out.put((symbol, data["data"]["trade_price"], threading.current_thread().name))

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.join(10)

    def add(self, symbol):
        future = asyncio.run_coroutine_threadsafe(self.client.subscribe_trade([symbol], self._put_trade), self.loop)
        return future.result(10)

    def _put_trade(self, symbol, kind, data):
        self.out.put((symbol, data["data"]["trade_volume"], kind))

    def connected(self):
        return self.client.is_connected
