"""A local exchange for legacy clients, and callbacks that remember what they were given."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from compat_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5
from compat_v5.usage import reset_usage
from websocket_v6 import GlobalWebSocketManager
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

from .legacy_packages import PREAMBLE, Run


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


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run code in a new interpreter, warnings being errors, in a folder with the given files."""

    def run(code: str, files: Mapping[str, str] | None = None) -> str:
        for name, content in (files or {}).items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(content), encoding="utf-8")
        script = tmp_path / "script.py"
        script.write_text(PREAMBLE + textwrap.dedent(code), encoding="utf-8")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("UPBIT")}
        result = subprocess.run(
            [sys.executable, "-W", "error", str(script)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert result.returncode == 0, result.stderr
        assert result.stderr == ""
        return result.stdout

    return run
