"""v5 never reconnects and forgets callbacks, so everything is rebuilt here."""
import asyncio
import logging
from typing import Callable, List, Optional, Tuple

from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_public_client import (
    UpbitWebSocketPublicV5,
    create_public_client,
)
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.state import WebSocketState

log = logging.getLogger("resilient")


class ResilientFeed:
    """Callback lists instead of callbacks, a watchdog instead of trust."""

    def __init__(self, factory: Callable[[], "UpbitWebSocketPublicV5"] = UpbitWebSocketPublicV5):
        self._factory = factory
        self._client: Optional[UpbitWebSocketPublicV5] = None
        self._callbacks: List[Callable] = []
        self._wanted: List[Tuple[str, List[str]]] = []
        self._last = 0.0
        self.rebuilt = 0

    def add_callback(self, callback):
        self._callbacks.append(callback)

    async def want(self, kind, symbols):
        self._wanted.append((kind, symbols))
        if self._client is not None:
            await self._subscribe(kind, symbols)

    async def _subscribe(self, kind, symbols):
        method = getattr(self._client, f"subscribe_{kind}")
        await method(symbols, self._fan_out)

    async def start(self):
        await self._rebuild()

    async def _rebuild(self):
        if self._client is not None:
            try:
                await self._client.disconnect()
            except Exception:
                log.exception("ignored")
        self._client = self._factory()
        await self._client.connect()
        for kind, symbols in self._wanted:
            await self._subscribe(kind, symbols)
        self.rebuilt += 1

    async def watchdog(self, times):
        for _ in range(times):
            await asyncio.sleep(0.2)
            if self._client.state_machine.current_state is not WebSocketState.ACTIVE or not self._client.is_connected():
                await self._rebuild()

    def _fan_out(self, symbol, kind, envelope):
        frame = envelope["data"] if "data" in envelope else envelope
        for callback in list(self._callbacks):
            callback(symbol, frame)

    async def stop(self):
        client, self._client = self._client, None
        if client:
            await client.disconnect()


class LateCallbacks:
    """Subscribes with nothing and patches the callback in later."""

    def __init__(self):
        self.rows = []
        self.handler = None

    async def start(self):
        self.client = await create_public_client()
        self.sub = await self.client.subscribe_ticker(["KRW-BTC"], self.dispatch)

    def dispatch(self, symbol, kind, data):
        if self.handler:
            self.handler(symbol, kind, data)

    def use(self, handler):
        self.handler = handler

    async def restart(self):
        await self.client.disconnect()
        await self.client.connect()
        self.sub = await self.client.subscribe_ticker(["KRW-ETH"], self.dispatch)

    async def stop(self):
        await self.client.disconnect()
