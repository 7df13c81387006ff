"""QThread that owns an event loop and a v5 client."""
import asyncio
import logging

from PyQt5.QtCore import QThread, pyqtSignal, pyqtSlot

from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_public_client import (
    UpbitWebSocketPublicV5,
)
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.exceptions import (
    WebSocketConnectionError,
    WebSocketConnectionTimeoutError,
    SubscriptionError,
)

log = logging.getLogger(__name__)


class FeedWorker(QThread):
    """Runs until `stop` is called; everything the GUI sees comes through signals."""

    tick = pyqtSignal(str, dict)
    book = pyqtSignal(object)
    failed = pyqtSignal(str)
    connected = pyqtSignal(bool)

    def __init__(self, symbols, parent=None):
        super().__init__(parent)
        self._symbols = list(symbols)
        self._client: UpbitWebSocketPublicV5 | None = None
        self._loop = None
        self._stop = None
        self._ids = {}

    def run(self):
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._main())
        except (WebSocketConnectionError, WebSocketConnectionTimeoutError) as exc:
            self.failed.emit(f"connection: {exc}")
        except SubscriptionError as exc:
            self.failed.emit(f"subscription: {exc}")
        finally:
            self._loop.close()

    async def _main(self):
        self._stop = asyncio.Event()
        self._client = UpbitWebSocketPublicV5()
        try:
            await asyncio.wait_for(self._client.connect(), timeout=15)
            self.connected.emit(self._client.is_connected())
            self._ids["ticker"] = await self._client.subscribe_ticker(self._symbols, self._on_tick)
            self._ids["orderbook"] = await self._client.subscribe_orderbook(
                self._symbols, callback=self._on_book  # one for all
            )
            await self._stop.wait()
            for kind, sub_id in self._ids.items():
                await self._client.unsubscribe(sub_id)
                log.debug("%s gone", kind)
        finally:
            if self._client is not None and self._client.is_connected():
                await self._client.disconnect()

    def _on_tick(self, symbol, data_type, data):
        self.tick.emit(symbol, data)

    def _on_book(self, symbol, data_type, data):
        # the signal carries the envelope, the widget digs the frame out
        self.book.emit(data)

    @pyqtSlot()
    def stop(self):
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
