"""Calls that are cancelled after any number of steps leave nothing behind and disturb nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from websocket_v6 import GlobalWebSocketManager, WebSocketClientProxy
from websocket_v6.registry import set_default_hub
from websocket_v6.testing import ExchangeEmulator

from .conftest import FAST, Inbox, eventually

STEPS = 40
"""More turns of the loop than a subscribe takes, with its connection or without."""
FREE = {
    **FAST,
    "linger": 0.0,
    "connects_per_second": 1000,
    "messages_per_second": 1000,
    "messages_per_minute": 100_000,
    "removal_delay": 0.0,
    "verify_delay": 5.0,
}

Call = Callable[[WebSocketClientProxy], Awaitable[object]]
CALLS: dict[str, Call] = {
    "subscribe": lambda ws: ws.subscribe_ticker(["KRW-BTC", "KRW-ETH"], Inbox()),
    "coroutine": lambda ws: ws.subscribe_trade(["KRW-BTC"], _coroutine, is_only_realtime=True),
    "snapshot": lambda ws: ws.get_orderbook_snapshot(["KRW-BTC"]),
    "stream": lambda ws: anext(ws.stream("ticker", ["KRW-BTC"])),
}


async def _coroutine(*_: object) -> None:
    await asyncio.sleep(0)


@pytest.fixture
async def exchange() -> AsyncIterator[ExchangeEmulator]:
    async with ExchangeEmulator(rate=0, limits=False) as exchange:
        set_default_hub(None)
        GlobalWebSocketManager.configure(url=exchange.url, **FREE)
        yield exchange
        await (await GlobalWebSocketManager.get_instance()).shutdown()
        set_default_hub(None)


async def cancel_after(steps: int, call: Awaitable[object]) -> bool:
    """Whether it was cancelled; else it had ended."""
    task = asyncio.ensure_future(call)
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    return task.cancelled() or task.result() is None


@pytest.mark.parametrize("name", CALLS)
async def test_with_a_running_neighbour(exchange: ExchangeEmulator, name: str) -> None:
    neighbour, inbox = WebSocketClientProxy("neighbour"), Inbox()
    await neighbour.subscribe_ticker(["KRW-XRP"], inbox)
    await inbox.wait()
    outcomes = set()
    for steps in range(STEPS):
        ws = WebSocketClientProxy("component")
        cancelled = await cancel_after(steps, CALLS[name](ws))
        outcomes.add(cancelled)
        active = await ws.get_active_subscriptions()
        if cancelled or name == "snapshot":
            assert active == {}, steps
        await ws.unsubscribe_all()
        await exchange.publish("ticker", "KRW-XRP", trade_price=steps)
        await inbox.until(lambda steps=steps: inbox.prices()[-1] == steps)
    assert outcomes == {True, False}
    await eventually(
        lambda: exchange.held("public") == {("ticker", "KRW-XRP")}, "the neighbour's alone"
    )
    assert inbox.prices()[1:] == list(range(STEPS))
    assert exchange.opened("public") == 1


@pytest.mark.parametrize("name", CALLS)
async def test_as_the_first_that_needs_the_connection(
    exchange: ExchangeEmulator, name: str
) -> None:
    manager = await GlobalWebSocketManager.get_instance()
    for steps in range(STEPS):
        ws = WebSocketClientProxy("component")
        if await cancel_after(steps, CALLS[name](ws)):
            assert await ws.get_active_subscriptions() == {}
        await ws.unsubscribe_all()
        if steps % 2:
            await manager.shutdown()
        await exchange.wait_connections("public", 0)
    status = await manager.get_system_status()
    assert status["subscriptions"] == status["topics"] == 0


async def test_unsubscribing(exchange: ExchangeEmulator) -> None:
    neighbour, inbox = WebSocketClientProxy("neighbour"), Inbox()
    await neighbour.subscribe_ticker(["KRW-XRP"], inbox)
    ws = WebSocketClientProxy("component")
    for steps in range(4):
        mine = Inbox()
        subscription = await ws.subscribe_ticker(["KRW-BTC"], mine)
        await mine.wait()
        if await cancel_after(steps, ws.unsubscribe(subscription)):
            await ws.unsubscribe(subscription)
        await eventually(
            lambda: exchange.held("public") == {("ticker", "KRW-XRP")}, "mine has left"
        )
        await exchange.publish("ticker", "KRW-BTC", trade_price=1)
        assert len(mine.frames) == 1
        assert await ws.get_active_subscriptions() == {}


@pytest.mark.parametrize("steps", range(12))
async def test_a_shutdown_that_is_cancelled_can_be_asked_again(
    exchange: ExchangeEmulator, steps: int
) -> None:
    manager = await GlobalWebSocketManager.get_instance()
    ws, inbox = WebSocketClientProxy("component"), Inbox()
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    await cancel_after(steps, manager.shutdown())
    await manager.shutdown()
    await exchange.wait_connections("public", 0)
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait(2)
