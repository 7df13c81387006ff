"""A local exchange for legacy clients, and callbacks that remember what they were given."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from compat_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5
from compat_v5.usage import reset_usage
from websocket_v6 import GlobalWebSocketManager
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator


class Inbox:
    """Callbacks of every shape; ``items`` holds what they were given, in order."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._changed = asyncio.Event()

    def _put(self, item: Any) -> None:
        self.items.append(item)
        self._changed.set()

    def plain(self, symbol, data_type, data):
        self._put((symbol, data_type, data))

    async def coroutine(self, symbol, data_type, data):
        await asyncio.sleep(0)
        self._put((symbol, data_type, data))

    def payload_only(self, data):
        self._put(data)

    async def emit(self, event_type, data):
        """As an event broker."""
        self._put((event_type, data))

    async def has(self, count: int, timeout: float = 5.0) -> list[Any]:
        """Wait until *count* items are there; returns all of them."""
        async with asyncio.timeout(timeout):
            while len(self.items) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.items

    def of(self, event_type: str) -> list[Any]:
        """Data of the events of one type."""
        return [data for name, data in self.items if name == event_type]


@pytest.fixture
def inbox():
    return Inbox()


@pytest.fixture
def new_inbox():
    return Inbox


@pytest.fixture
def quiet(monkeypatch):
    """Legacy calls without warnings and without a usage file."""
    monkeypatch.setenv("UPBIT_V5_WARNINGS", "off")
    monkeypatch.delenv("UPBIT_V5_USAGE", raising=False)
    reset_usage()
    yield
    reset_usage()


@pytest.fixture
async def exchange(monkeypatch):
    """Snapshots, and otherwise only what the test publishes. Default clients use it."""
    monkeypatch.setenv("UPBIT_ACCESS_KEY", TEST_ACCESS_KEY)
    monkeypatch.setenv("UPBIT_SECRET_KEY", TEST_SECRET_KEY)
    async with ExchangeEmulator(rate=0) as emulator:
        monkeypatch.setenv("UPBIT_WS_URL", emulator.url)
        monkeypatch.setenv("UPBIT_WS_LINGER", "0.1")
        yield emulator
        manager = await GlobalWebSocketManager.get_instance()
        await manager.shutdown()


@pytest.fixture
async def client(exchange):
    """A public client that is connected."""
    client = UpbitWebSocketPublicV5()
    await client.connect()
    yield client
    await client.disconnect()
