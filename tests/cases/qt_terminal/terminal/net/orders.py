import asyncio
import os

from PyQt5.QtCore import QObject, pyqtSignal
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5 import UpbitWebSocketPrivateV5, InvalidAPIKeysError


class OrderWorker(QObject):
    order = pyqtSignal(dict)

    def __init__(self):
        super().__init__()
        self.client = None
        self.task = None

    async def open(self):
        try:
            self.client = UpbitWebSocketPrivateV5(os.environ["UPBIT_ACCESS_KEY"], os.environ["UPBIT_SECRET_KEY"])
        except InvalidAPIKeysError:
            return False
        await self.client.connect()
        await self.client.subscribe_my_orders(None, self._on_order)
        await self.client.subscribe_my_assets(lambda s, t, d: self.order.emit(d))
        return True

    async def _on_order(self, symbol, data_type, data):
        self.order.emit(data)

    async def close(self):
        if not self.client:
            return
        await self.client.disconnect()
        self.client = None
