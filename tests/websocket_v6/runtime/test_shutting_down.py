"""Shutting down at the worst moment, from the worst place."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from websocket_v6 import (
    ConnectionEvent,
    GlobalWebSocketManager,
    Lost,
    ManagerClosed,
    RateLimited,
    UpbitWebSocketError,
    WebSocketClientProxy,
)
from websocket_v6._async.hub import LocalHub
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

from .conftest import FAST, Events, Inbox, eventually

pytestmark = pytest.mark.usefixtures("manager")


async def test_five_at_once_initialize_use_and_shut_down(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager
) -> None:
    """None hangs, and each fails in no other way than by the others' shutdown."""
    outcomes: list[str] = []

    async def cycle(number: int) -> None:
        for _ in range(4):
            mine = await GlobalWebSocketManager.get_instance()
            ws = WebSocketClientProxy(f"component-{number}")
            try:
                await mine.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
                inbox = Inbox()
                await ws.subscribe_ticker(["KRW-BTC"], inbox)
                await ws.subscribe_my_orders(inbox)
            except UpbitWebSocketError as error:
                outcomes.append(type(error).__name__)
            else:
                outcomes.append("subscribed")
            await mine.shutdown()

    async with asyncio.timeout(20):
        await asyncio.gather(*(cycle(number) for number in range(5)))
    assert len(outcomes) == 20
    assert "subscribed" in outcomes
    # Keys go with a shutdown, so a private call may also find none.
    assert set(outcomes) <= {"subscribed", "ManagerClosed", "AuthenticationError"}
    await exchange.wait_connections("public", 0)
    await exchange.wait_connections("private", 0)
    inbox, ws = Inbox(), WebSocketClientProxy("after")
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()


async def test_the_connect_limit_outlasts_a_shutdown(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, events: Events
) -> None:
    for _ in range(7):
        manager.on_connection_event(events)  # listeners go with a shutdown
        await WebSocketClientProxy("component").subscribe_ticker(["KRW-BTC"], Inbox())
        await manager.shutdown()
    assert events.of(RateLimited) == []
    assert exchange.opened("public") == 7


async def test_a_loop_gives_one_sign_of_life_however_often_it_began_anew(
    exchange: ExchangeEmulator,
    manager: GlobalWebSocketManager,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    beats: list[float] = []
    on_beat = LocalHub.on_beat

    def beat(hub: LocalHub) -> bool:
        beats.append(asyncio.get_running_loop().time())
        return on_beat(hub)

    monkeypatch.setattr(LocalHub, "on_beat", beat)
    for _ in range(4):
        ws = WebSocketClientProxy("component")
        await ws.subscribe_ticker(["KRW-BTC"], Inbox())
        await manager.shutdown()
    await ws.subscribe_ticker(["KRW-BTC"], Inbox())
    await asyncio.sleep(1.2)  # two signs
    assert 1 <= len(beats) <= 3


@pytest.mark.parametrize("stage", ["delay", "handshake"])
async def test_while_reconnecting(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, events: Events, stage: str
) -> None:
    ws, inbox = WebSocketClientProxy("component"), Inbox()
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    if stage == "handshake":
        exchange.faults.half_open(new=True)
    port = exchange.port
    if stage == "delay":
        await exchange.stop()
    else:
        exchange.faults.kill()
    await events.wait(Lost)
    await asyncio.sleep(0.1)
    await asyncio.wait_for(manager.shutdown(), 3)
    assert (await ws.get_system_status())["state"] == "idle"
    exchange.faults.lift()
    if stage == "delay":
        await exchange.start(port)
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait(2)


async def test_a_call_that_waits_for_its_connection_is_told(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager
) -> None:
    exchange.faults.half_open(new=True)
    ws = WebSocketClientProxy("component")
    calls = [
        asyncio.ensure_future(ws.subscribe_ticker(["KRW-BTC"], Inbox())),
        asyncio.ensure_future(ws.get_ticker_snapshot(["KRW-BTC"])),
        asyncio.ensure_future(anext(ws.stream("ticker", ["KRW-BTC"]))),
    ]
    await asyncio.sleep(0.05)
    await asyncio.wait_for(manager.shutdown(), 3)
    for call in calls:
        with pytest.raises(ManagerClosed):
            await asyncio.wait_for(call, 1)
    exchange.faults.lift()


@pytest.mark.parametrize("kind", ["coroutine", "plain", "listener", "thread"])
async def test_by_a_callback(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, kind: str
) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    tasks: list[Any] = []

    async def end(*_: object) -> None:
        await manager.shutdown(timeout=0.2)
        ended.set()

    def plain(*_: object) -> None:
        tasks.append(asyncio.ensure_future(end()))

    def thread(*_: object) -> None:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)

    async def listener(event: ConnectionEvent) -> None:
        if isinstance(event, Lost):
            await end()

    ws, inbox = WebSocketClientProxy("component"), Inbox()
    await ws.subscribe_ticker(["KRW-ETH"], inbox)
    await inbox.wait()
    if kind == "listener":
        manager.on_connection_event(listener)
        exchange.faults.kill()
    elif kind == "thread":
        await ws.subscribe_ticker(["KRW-BTC"], thread, deliver="thread")
    else:
        await ws.subscribe_ticker(["KRW-BTC"], end if kind == "coroutine" else plain)
    await asyncio.wait_for(ended.wait(), 5)
    await exchange.wait_connections("public", 0)
    assert (await ws.get_system_status())["subscriptions"] == 0
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait(2)


async def test_another_thread_subscribes_all_the_while(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager
) -> None:
    """It gets its subscription or the reason, and what is left belongs to the last start."""
    outcomes: list[str] = []
    stop = threading.Event()

    async def work() -> None:
        ws = WebSocketClientProxy("elsewhere")
        while not stop.is_set():
            try:
                await ws.subscribe_ticker(["KRW-BTC"], lambda *_: None)
            except ManagerClosed:
                outcomes.append("closed")
            else:
                outcomes.append("subscribed")
            await asyncio.sleep(0.001)
        await ws.aclose()

    thread = threading.Thread(target=lambda: asyncio.run(work()))
    ws, inbox = WebSocketClientProxy("component"), Inbox()
    await ws.subscribe_ticker(["KRW-ETH"], inbox)
    thread.start()
    for cycle in range(4):
        await eventually(
            lambda cycle=cycle: outcomes.count("subscribed") > 3 * cycle, "the other thread works"
        )
        await asyncio.wait_for(manager.shutdown(), 5)
        await ws.subscribe_ticker(["KRW-ETH"], inbox)
    stop.set()
    await asyncio.to_thread(thread.join, 10)
    assert not thread.is_alive()
    await eventually(
        lambda: exchange.held("public") == {("ticker", "KRW-ETH")}, "the other thread's have left"
    )
    GlobalWebSocketManager.configure(url=exchange.url, **FAST)


async def test_a_coroutine_callback_that_awaits_it_is_not_waited_for(
    manager: GlobalWebSocketManager, exchange: ExchangeEmulator
) -> None:
    ended = asyncio.Event()

    async def stop(*_: object) -> None:
        # Would wait for itself until then, and be cancelled.
        await manager.shutdown(timeout=3600.0)
        ended.set()

    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], stop)
    await asyncio.wait_for(ended.wait(), 30)


async def test_coroutine_listeners_end_with_it(
    manager: GlobalWebSocketManager, exchange: ExchangeEmulator
) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def listen(event: object) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    manager.on_connection_event(listen)
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], lambda *_: None)
    await begun.wait()
    await manager.shutdown()
    await asyncio.wait_for(ended.wait(), 10)
