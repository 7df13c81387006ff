"""Many clients, forgotten clients, clients on other loops."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref

import pytest

from compat_v5.exceptions import SubscriptionError
from compat_v5.upbit_websocket_public_client import (
    UpbitWebSocketPublicV5,
    quick_subscribe_ticker,
)
from websocket_v6 import GlobalWebSocketManager
from websocket_v6.testing import ExchangeEmulator

pytestmark = pytest.mark.usefixtures("quiet")

BTC, ETH = "KRW-BTC", "KRW-ETH"


async def test_fifty_clients_share_a_socket_and_never_stop_each_other(exchange, new_inbox):
    inboxes = [new_inbox() for _ in range(50)]
    clients = [UpbitWebSocketPublicV5() for _ in inboxes]
    for client, inbox in zip(clients, inboxes, strict=True):
        await client.connect()
        await client.subscribe_ticker([BTC], inbox.plain)
    for inbox in inboxes:
        await inbox.has(1)
    for leaving in range(50):
        await clients[leaving].disconnect()
        before = [len(inbox.items) for inbox in inboxes]
        if leaving < 49:
            await exchange.publish("ticker", BTC, trade_price=float(leaving + 1))
            await inboxes[-1].has(before[-1] + 1)
        after = [len(inbox.items) for inbox in inboxes]
        gained = [now - then for now, then in zip(after, before, strict=True)]
        assert gained == [0] * (leaving + 1) + [1] * (49 - leaving)
    assert exchange.opened("public") == 1
    await exchange.wait_unsubscribed("ticker", BTC)


async def test_a_forgotten_client_delivers_until_disconnect(exchange, inbox):
    async def start():
        client = UpbitWebSocketPublicV5()
        await client.connect()
        await client.subscribe_ticker([BTC], lambda *arguments: inbox.plain(*arguments))
        return weakref.ref(client)

    reference = await start()
    gc.collect()
    await inbox.has(1)
    await exchange.publish("ticker", BTC)
    await inbox.has(2)
    client = reference()
    assert client is not None
    await client.disconnect()
    await exchange.wait_unsubscribed("ticker", BTC)
    del client
    gc.collect()
    assert reference() is None


async def test_a_client_that_was_never_connected_is_simply_freed():
    reference = weakref.ref(UpbitWebSocketPublicV5())
    gc.collect()
    assert reference() is None


async def test_a_connected_component_delivers_after_its_owner_forgot_it(exchange, inbox):
    class Component:
        def __init__(self):
            self.client = UpbitWebSocketPublicV5()

        async def start(self):
            await self.client.connect()
            await self.client.subscribe_ticker([BTC], self.on_tick)

        async def on_tick(self, symbol, data_type, data):
            inbox.plain(symbol, data_type, data)

    component = Component()
    await component.start()
    client = component.client
    del component
    gc.collect()
    await inbox.has(1)
    await exchange.publish("ticker", BTC)
    await inbox.has(2)
    await client.disconnect()


def test_a_client_on_another_loop_and_thread(monkeypatch):
    received = threading.Event()

    async def on_its_own_loop(url):
        client = UpbitWebSocketPublicV5()
        client.config.connection.url = url
        await client.connect()
        arrived = asyncio.Event()

        async def callback(data):
            arrived.set()
            received.set()

        await client.subscribe_ticker([BTC], callback)
        async with asyncio.timeout(5):
            await arrived.wait()
        await client.disconnect()

    async def main():
        async with ExchangeEmulator(rate=0) as exchange:
            async with UpbitWebSocketPublicV5() as first:
                first_arrived = asyncio.Event()
                await first.disconnect()
                first.config.connection.url = exchange.url
                await first.connect()
                await first.subscribe_ticker([ETH], lambda data: first_arrived.set())
                await asyncio.to_thread(asyncio.run, on_its_own_loop(exchange.url))
                async with asyncio.timeout(5):
                    await first_arrived.wait()
                assert exchange.opened("public") == 1
            await (await GlobalWebSocketManager.get_instance()).shutdown()

    asyncio.run(main())
    assert received.is_set()


async def test_disconnect_after_the_manager_was_shut_down(exchange, inbox):
    client = UpbitWebSocketPublicV5()
    await client.connect()
    await client.subscribe_ticker([BTC], inbox.plain)
    await (await GlobalWebSocketManager.get_instance()).shutdown()
    await client.disconnect()
    assert not client.is_connected()
    await client.connect()
    await client.subscribe_ticker([BTC], inbox.plain)
    await inbox.has(1)
    await client.disconnect()


@pytest.mark.parametrize("shape", ["coroutine", "plain"])
async def test_a_callback_may_stop_its_own_client(exchange, inbox, shape):
    client = UpbitWebSocketPublicV5()
    await client.connect()
    stopping = []

    async def coroutine(data):
        await client.unsubscribe(id_)
        await client.disconnect()
        inbox.payload_only(data)

    def plain(data):
        stopping.append(asyncio.ensure_future(coroutine(data)))

    id_ = await client.subscribe_ticker([BTC], coroutine if shape == "coroutine" else plain)
    await inbox.has(1)
    await exchange.wait_unsubscribed("ticker", BTC)
    assert not client.is_connected()
    assert len(inbox.items) == 1


async def test_a_quick_helper_that_fails_leaves_nothing_behind(exchange):
    broken = quick_subscribe_ticker(["NO SYMBOL"], lambda data: None)
    with pytest.raises(SubscriptionError):
        await broken
    gc.collect()
    assert not [
        each
        for each in gc.get_objects()
        if isinstance(each, UpbitWebSocketPublicV5) and each.state_machine.is_connected()
    ]
