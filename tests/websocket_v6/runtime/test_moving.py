"""The exchange is found again at another address."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from websocket_v6 import (
    Connected,
    GlobalWebSocketManager,
    InvalidArgument,
    Lost,
    Resumed,
    WebSocketClientProxy,
)
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

from .conftest import FAST, Events, Inbox
from .flows import assert_all_flow, streaming


@pytest.mark.parametrize("former", ["stopped", "running", "silent"])
async def test_a_server_that_was_restarted_on_another_port(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, events: Events, former: str
) -> None:
    await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
    ws, inboxes = await streaming(exchange)
    orders = Inbox()
    await ws.subscribe_my_orders(orders)
    await exchange.wait_subscribed("myOrder")
    async with ExchangeEmulator(rate=0) as other:
        if former == "stopped":
            await exchange.stop()
            await events.wait(Lost, 2)
        elif former == "silent":
            exchange.faults.half_open()
            exchange.faults.half_open(new=True)
        GlobalWebSocketManager.configure(url=other.url, **FAST)
        await events.wait(Resumed, 2)
        await assert_all_flow(other, inboxes)
        await other.wait_subscribed("myOrder")
        other.account().place_order("KRW-BTC", "BID", price=1, volume=1)
        await orders.wait()
        assert len(orders.frames) == 1
        assert (other.opened("public"), other.opened("private")) == (1, 1)
        assert len(events.of(Lost)) == 2
        newcomer, late = WebSocketClientProxy("late"), Inbox()
        await newcomer.subscribe_ticker(["KRW-ETH"], late)
        await late.wait()
        assert other.opened("public") == 1
        exchange.faults.lift()
        await manager.shutdown()


async def test_moving_while_the_first_connection_is_being_made(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, inbox: Inbox
) -> None:
    exchange.faults.half_open(new=True)
    ws = WebSocketClientProxy("component")
    waiting = asyncio.ensure_future(ws.subscribe_ticker(["KRW-BTC"], inbox))
    await asyncio.sleep(0.05)
    async with ExchangeEmulator(rate=0) as other:
        GlobalWebSocketManager.configure(url=other.url, **FAST)
        exchange.faults.lift()
        await waiting
        await inbox.wait()
        assert other.held("public") == {("ticker", "KRW-BTC")}
        assert exchange.held("public") == set()
        await manager.shutdown()


async def test_other_settings_need_a_shutdown_first(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, inbox: Inbox
) -> None:
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    with pytest.raises(InvalidArgument, match=r"linger.*shutdown"):
        GlobalWebSocketManager.configure(url="ws://127.0.0.1:9/x", **{**FAST, "linger": 3.0})
    GlobalWebSocketManager.configure(url=exchange.url, **FAST)  # the same: nothing happens
    await inbox.wait()
    assert exchange.opened("public") == 1


async def test_a_name_that_means_another_address_after_the_loss(
    exchange: ExchangeEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names are looked up at every connect."""
    ports = [exchange.port]
    lookup = socket.getaddrinfo

    def getaddrinfo(host: str, *arguments: Any, **options: Any) -> Any:
        if host != "exchange.localhost":
            return lookup(host, *arguments, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", ports[-1]))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    GlobalWebSocketManager.configure(url="ws://exchange.localhost:1234/websocket/v1", **FAST)
    manager = await GlobalWebSocketManager.get_instance()
    events = Events()
    manager.on_connection_event(events)
    _, inboxes = await streaming(exchange)
    async with ExchangeEmulator(rate=0) as other:
        ports.append(other.port)
        await exchange.stop()
        await events.wait(Resumed)
        await assert_all_flow(other, inboxes)
        assert len(events.of(Connected)) == 2
        await manager.shutdown()
