"""Proxies own their subscriptions; components are freed when they should be."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from websocket_v6 import AuthenticationError, GlobalWebSocketManager, WebSocketClientProxy
from websocket_v6.testing import ExchangeEmulator

from .conftest import Inbox, eventually

pytestmark = pytest.mark.usefixtures("manager")


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Only reference counting frees anything."""
    gc.disable()
    yield
    gc.enable()


class Component:
    def __init__(self) -> None:
        self.ws = WebSocketClientProxy("component", __name__)
        self.frames: list[Any] = []

    async def start(self) -> None:
        await self.ws.subscribe_ticker(["KRW-BTC"], self.on_tick)

    def on_tick(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self.frames.append(data)


class AsyncComponent(Component):
    async def on_tick(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:  # type: ignore[override]
        self.frames.append(data)


class LateOwner(Component):
    async def start(self) -> None:
        ws = self.ws
        del self.ws
        await ws.subscribe_ticker(["KRW-BTC"], self.on_tick)
        self.ws = ws


class InAList(Component):
    async def start(self) -> None:
        self.clients = [self.ws]
        del self.ws
        await self.clients[0].subscribe_ticker(["KRW-BTC"], self.on_tick)


class Slotted:
    __slots__ = ("__weakref__", "frames", "ws")

    def __init__(self) -> None:
        self.ws = WebSocketClientProxy("slotted")
        self.frames: list[Any] = []

    async def start(self) -> None:
        await self.ws.subscribe_ticker(["KRW-BTC"], self.on_tick)

    def on_tick(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self.frames.append(data)


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("kind", [Component, AsyncComponent, LateOwner, InAList, Slotted])
async def test_a_dropped_component_is_freed_at_once(
    exchange: ExchangeEmulator, caplog: pytest.LogCaptureFixture, kind: type[Any]
) -> None:
    caplog.set_level(logging.INFO)
    witness = Inbox()
    other = WebSocketClientProxy("other")
    await other.subscribe_trade(["KRW-BTC"], witness)
    component = kind()
    frames = component.frames
    await component.start()
    await eventually(lambda: bool(frames), "the snapshot arrives")
    gone = weakref.ref(component)
    del component
    assert gone() is None
    await exchange.wait_unsubscribed("ticker", "KRW-BTC")
    assert ("trade", "KRW-BTC") in exchange.held("public")
    lines = [record.getMessage() for record in caplog.records if "proxy_ended" in record.msg]
    assert len(lines) == 1
    assert "ticker KRW-BTC" in lines[0]


async def test_a_lambda_is_freed_by_the_collector(exchange: ExchangeEmulator) -> None:
    component = Component()
    await component.ws.subscribe_ticker(
        ["KRW-BTC"], lambda *arguments: component_frames.append(arguments)
    )
    component_frames = component.frames
    gone = weakref.ref(component)
    del component
    gc.collect()
    assert gone() is None


async def test_a_callback_suspended_in_an_await_keeps_its_object_until_it_ends(
    exchange: ExchangeEmulator,
) -> None:
    gate, entered = asyncio.Event(), asyncio.Event()

    class Waits(Component):
        async def on_tick(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:  # type: ignore[override]
            entered.set()
            await gate.wait()

    component = Waits()
    await component.start()
    await asyncio.wait_for(entered.wait(), 5)
    gone = weakref.ref(component)
    del component
    gc.collect()
    assert gone() is not None
    gate.set()
    await eventually(lambda: gone() is None, "freed after the callback ended")


def deliveries() -> list[str]:
    """The callbacks that are running."""
    names = [task.get_name() for task in asyncio.all_tasks()]
    return [name for name in names if name.startswith("upbit-ws deliver")]


async def a_frame_waits_for_its_reader(exchange: ExchangeEmulator) -> None:
    await exchange.publish("ticker", "KRW-BTC")
    await eventually(lambda: bool(deliveries()), "the stream has taken the next frame")


@pytest.mark.usefixtures("no_collector")
async def test_a_stream_left_half_read_is_freed_at_once(exchange: ExchangeEmulator) -> None:
    class Reads(Component):
        async def start(self) -> None:
            async for frame in self.ws.stream("ticker", ["KRW-BTC"]):
                self.frames.append(frame)
                await a_frame_waits_for_its_reader(exchange)
                break

    component = Reads()
    await component.start()
    gone, proxy = weakref.ref(component), weakref.ref(component.ws)
    del component
    assert gone() is proxy() is None
    await exchange.wait_unsubscribed("ticker", "KRW-BTC")
    await eventually(lambda: not deliveries(), "nothing waits for a reader any more")


@pytest.mark.parametrize("way", ["unsubscribe_all", "aclose"])
async def test_a_stream_that_is_ended_while_a_frame_waits_leaves_no_task(
    exchange: ExchangeEmulator, way: str
) -> None:
    ws = WebSocketClientProxy("component")
    stream = ws.stream("ticker", ["KRW-BTC"])
    await anext(stream)
    await a_frame_waits_for_its_reader(exchange)
    await (ws.unsubscribe_all() if way == "unsubscribe_all" else stream.aclose())
    await eventually(lambda: not deliveries(), "nothing waits for a reader any more")


async def test_an_object_that_dies_while_others_hold_the_proxy(
    exchange: ExchangeEmulator,
) -> None:
    component = Component()
    ws = component.ws
    await component.start()
    await exchange.wait_subscribed("ticker", "KRW-BTC")
    del component
    gc.collect()
    await exchange.wait_connections("public", 0)
    assert await ws.get_active_subscriptions() == {}


async def test_auto_cleanup_false_keeps_proxy_and_callback(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    async def subscribe() -> weakref.ref[WebSocketClientProxy]:
        ws = WebSocketClientProxy("local", auto_cleanup=False)
        await ws.subscribe_ticker(["KRW-BTC"], inbox)
        return weakref.ref(ws)

    reference = await subscribe()
    await inbox.wait()
    gc.collect()
    await exchange.publish("ticker", "KRW-BTC")
    await inbox.wait(2)
    ws = reference()
    assert ws is not None
    await ws.aclose()
    del ws
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize("fault", ["no keys", "cancelled"])
async def test_a_failed_subscribe_keeps_no_proxy_alive(
    exchange: ExchangeEmulator, fault: str
) -> None:
    ws = WebSocketClientProxy("local", auto_cleanup=False)
    reference = weakref.ref(ws)
    if fault == "no keys":
        with pytest.raises(AuthenticationError):
            await ws.subscribe_my_orders(print)
    else:
        exchange.faults.half_open(new=True)
        asking = asyncio.ensure_future(ws.subscribe_ticker(["KRW-BTC"], print))
        await asyncio.wait([asking], timeout=0.05)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        del asking
        exchange.faults.lift()
    del ws
    await asyncio.sleep(0)  # until then asyncio refers to the exception, and that to the call
    gc.collect()
    assert reference() is None


async def test_async_with_ends_the_subscriptions(exchange: ExchangeEmulator, inbox: Inbox) -> None:
    async with WebSocketClientProxy("temp") as ws:
        await ws.subscribe_ticker(["KRW-BTC"], inbox)
        await inbox.wait()
    assert await ws.get_active_subscriptions() == {}
    await exchange.wait_connections("public", 0)


async def test_shutdown_is_idempotent_and_a_later_use_starts_anew(
    manager: GlobalWebSocketManager, exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    await manager.shutdown()
    await manager.shutdown()
    await exchange.wait_connections("public", 0)
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait(2)
    assert len(await ws.get_active_subscriptions()) == 1


async def test_shutdown_drains_mailboxes(
    manager: GlobalWebSocketManager, exchange: ExchangeEmulator
) -> None:
    seen: list[Any] = []

    async def slow(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        seen.append(data["trade_price"])

    ws, witness = WebSocketClientProxy("component"), Inbox()
    await ws.subscribe_ticker(["KRW-BTC"], slow, is_only_realtime=True)
    await ws.subscribe_ticker(["KRW-BTC"], witness, is_only_realtime=True)
    await exchange.wait_subscribed("ticker", "KRW-BTC")
    for price in range(50):
        await exchange.publish("ticker", "KRW-BTC", trade_price=price)
    await witness.wait(50)
    await manager.shutdown()
    assert seen == list(range(50))


async def test_shutdown_from_inside_a_callback(
    manager: GlobalWebSocketManager, exchange: ExchangeEmulator
) -> None:
    done = asyncio.Event()

    async def stop(*_: Any) -> None:
        await manager.shutdown(timeout=0.1)
        done.set()

    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], stop)
    await asyncio.wait_for(done.wait(), 5)
    await exchange.wait_connections("public", 0)


async def test_a_hundred_proxies_are_light() -> None:
    import tracemalloc

    tracemalloc.start()
    before = tracemalloc.take_snapshot()
    proxies = [WebSocketClientProxy(f"component-{n}") for n in range(100)]
    after = tracemalloc.take_snapshot()
    tracemalloc.stop()
    grown = sum(entry.size_diff for entry in after.compare_to(before, "filename"))
    assert grown / len(proxies) < 2048
