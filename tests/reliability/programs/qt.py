"""A Qt program: one loop for both, a window that shows the price, and an end by signal."""

import asyncio
import signal
import sys

import qasync
from PySide6.QtWidgets import QApplication, QLabel

from websocket_v6 import GlobalWebSocketManager, WebSocketClientProxy


class Price(QLabel):
    def __init__(self):
        super().__init__("KRW-BTC")
        self.ws = WebSocketClientProxy("label")

    async def start(self):
        await self.ws.subscribe_ticker(["KRW-BTC"], self.on_ticker)

    def on_ticker(self, symbol, data_type, data):
        self.setText(str(data["trade_price"]))


async def main(app):
    closed = asyncio.Event()
    app.setQuitOnLastWindowClosed(False)
    app.lastWindowClosed.connect(closed.set)
    manager = await GlobalWebSocketManager.get_instance()
    label = Price()
    await label.start()
    label.show()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Qt's own loop runs no Python between events; the frames that come in let it.
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(closed.set))
    print("ready", flush=True)
    try:
        await closed.wait()
    finally:
        await manager.shutdown()
        print("shut down", flush=True)


app = QApplication(sys.argv[:1])
with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
    runner.run(main(app))
