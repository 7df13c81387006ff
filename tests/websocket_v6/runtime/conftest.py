"""An exchange and a manager per test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

import websocket_v6.testing
from websocket_v6 import ConnectionEvent, GlobalWebSocketManager
from websocket_v6.registry import set_default_hub
from websocket_v6.testing import ExchangeEmulator

from .loop_thread import LoopThread

_FRAMES = Path(websocket_v6.testing.__file__).parent / "frames"

FAST = {
    "verify_delay": 0.05,
    "removal_delay": 0.1,
    "reconnect_first": 0.02,
    "reconnect_fast_max_gap": 0.05,
    "linger": 0.1,
    "rate_limit_wait": 0.1,
}
"""Settings that make waits short without changing what happens."""


@pytest.fixture
async def exchange() -> AsyncIterator[ExchangeEmulator]:
    async with ExchangeEmulator(rate=0) as exchange:
        yield exchange


@pytest.fixture
async def manager(exchange: ExchangeEmulator) -> AsyncIterator[GlobalWebSocketManager]:
    """A manager of this test alone, with short waits, connected to the test's exchange."""
    set_default_hub(None)
    GlobalWebSocketManager.configure(url=exchange.url, **FAST)
    manager = await GlobalWebSocketManager.get_instance()
    yield manager
    await manager.shutdown()
    set_default_hub(None)
    leftover = [
        task
        for task in asyncio.all_tasks()
        if task.get_name().startswith("upbit-ws") and not task.done()
    ]
    assert leftover == []


class Events:
    """Connection events as they come, and a way to wait for one."""

    def __init__(self) -> None:
        self.seen: list[ConnectionEvent] = []
        self._changed = asyncio.Event()

    def __call__(self, event: ConnectionEvent) -> None:
        self.seen.append(event)
        self._changed.set()

    def of(self, kind: type[ConnectionEvent]) -> list[Any]:
        return [event for event in self.seen if isinstance(event, kind)]

    async def wait(self, kind: type[ConnectionEvent], count: int = 1) -> Any:
        async with asyncio.timeout(10):
            while len(self.of(kind)) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.of(kind)[count - 1]


@pytest.fixture
def events(manager: GlobalWebSocketManager) -> Events:
    events = Events()
    manager.on_connection_event(events)
    return events


class Inbox:
    """A plain callback that keeps what it gets."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, str, dict[str, Any]]] = []
        self._changed = asyncio.Event()

    def __call__(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self.frames.append((symbol, data_type, data))
        self._changed.set()

    def kinds(self) -> list[tuple[str, str | None]]:
        return [(symbol, data.get("stream_type")) for symbol, _, data in self.frames]

    def prices(self) -> list[Any]:
        return [data.get("trade_price") for _, _, data in self.frames]

    async def wait(self, count: int = 1) -> None:
        await self.until(lambda: len(self.frames) >= count)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


class Arrivals:
    """The handshakes that reach an exchange: when, and of which kind."""

    def __init__(self, exchange: ExchangeEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: list[tuple[str, float]] = []
        self.before: Callable[[str], None] = lambda kind: None
        answer = exchange.faults.before_handshake

        async def before_handshake(kind: str) -> object:
            self.seen.append((kind, monotonic()))
            self.before(kind)
            return await answer(kind)

        monkeypatch.setattr(exchange.faults, "before_handshake", before_handshake)

    def of(self, kind: str) -> list[float]:
        return [at for one, at in self.seen if one == kind]


@pytest.fixture
def arrivals(exchange: ExchangeEmulator, monkeypatch: pytest.MonkeyPatch) -> Arrivals:
    return Arrivals(exchange, monkeypatch)


def raw_frame(data_type: str, **changes: Any) -> bytes:
    """A REALTIME frame of KRW-BTC with *changes*, type and code first."""
    text = (_FRAMES / f"{data_type}.jsonl").read_text(encoding="utf-8")
    first = json.loads(text.splitlines()[0])
    whole = {**first, "type": data_type, "code": "KRW-BTC", "stream_type": "REALTIME", **changes}
    head = {key: whole.pop(key) for key in ("type", "code")}
    return json.dumps({**head, **whole}, separators=(",", ":")).encode()


async def eventually(condition: Callable[[], bool], what: str) -> None:
    """Let the loop turn until *condition* holds; for states that nothing announces."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)
    assert condition(), what


@pytest.fixture
def elsewhere() -> Iterator[LoopThread]:
    thread = LoopThread()
    yield thread
    thread.close()


@pytest.fixture
def server(elsewhere: LoopThread) -> Iterator[ExchangeEmulator]:
    """An exchange on a loop of its own, so that the client's loops may come and go."""
    thread = elsewhere
    exchange = ExchangeEmulator(rate=200)
    thread.run(exchange.start())
    set_default_hub(None)
    GlobalWebSocketManager.configure(url=exchange.url, rehome_after=0.5, **FAST)
    yield exchange
    thread.run(exchange.stop())
    set_default_hub(None)
