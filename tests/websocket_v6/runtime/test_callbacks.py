"""Everything Python can call may be a callback."""

from __future__ import annotations

import asyncio
import functools
import gc
import sys
import types
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from websocket_v6 import WebSocketClientProxy
from websocket_v6.testing import ExchangeEmulator

from .conftest import Inbox, eventually

pytestmark = pytest.mark.usefixtures("manager")


class Owner:
    """Keeps no proxy: its methods are held."""

    kept: list[tuple[Any, ...]]

    def __init__(self) -> None:
        self.frames: list[tuple[Any, ...]] = []

    def method(self, *arguments: Any) -> None:
        self.frames.append(arguments)

    async def coroutine(self, *arguments: Any) -> None:
        await asyncio.sleep(0)
        self.frames.append(arguments)

    @classmethod
    def of_class(cls, *arguments: Any) -> None:
        cls.kept.append(arguments)

    @staticmethod
    def static(*arguments: Any) -> None:
        Owner.kept.append(arguments)

    async def __call__(self, *arguments: Any) -> None:
        self.frames.append(arguments)


class Answering:
    """What its call gives is awaitable without being a coroutine."""

    def __init__(self, frames: list[Any]) -> None:
        self.frames = frames

    def __call__(self, *arguments: Any) -> asyncio.Future[None]:
        self.frames.append(arguments)
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        answer.set_result(None)
        return answer


def callbacks() -> dict[str, tuple[Callable[..., Any], list[Any]]]:
    owner = Owner()
    Owner.kept = []
    plain: list[Any] = []
    answered: list[Any] = []
    wrapped: list[Any] = []

    @functools.wraps(owner.method)
    def decorated(*arguments: Any) -> None:
        wrapped.append(arguments)

    return {
        "lambda": (lambda *arguments: plain.append(arguments), plain),
        "bound method": (owner.method, owner.frames),
        "bound coroutine method": (owner.coroutine, owner.frames),
        "class method": (Owner.of_class, Owner.kept),
        "static method": (Owner.static, Owner.kept),
        "partial": (functools.partial(owner.method, "first"), owner.frames),
        "partial of a coroutine method": (functools.partial(owner.coroutine), owner.frames),
        "async callable object": (owner, owner.frames),
        "object that gives a future": (Answering(answered), answered),
        "decorated": (decorated, wrapped),
    }


@pytest.mark.parametrize("kind", list(callbacks()))
async def test_every_callable_gets_every_frame(exchange: ExchangeEmulator, kind: str) -> None:
    callback, frames = callbacks()[kind]
    ws = WebSocketClientProxy("component")
    subscription = await ws.subscribe_ticker(["KRW-BTC"], callback)
    await eventually(lambda: len(frames) == 1, "the snapshot")
    for price in (1, 2):
        await exchange.publish("ticker", "KRW-BTC", trade_price=price)
    await eventually(lambda: len(frames) == 3, "all frames")
    assert [entry[-1]["stream_type"] for entry in frames] == ["SNAPSHOT", "REALTIME", "REALTIME"]
    assert [entry[-1]["trade_price"] for entry in frames[1:]] == [1, 2]
    await ws.unsubscribe(subscription)


async def test_a_function_without_a_readable_signature(exchange: ExchangeEmulator) -> None:
    ws, frames = WebSocketClientProxy("component"), []
    # max() has no signature; it raises on these arguments, which is its own fault alone.
    await ws.subscribe_ticker(["KRW-BTC"], max)
    await ws.subscribe_ticker(["KRW-BTC"], lambda *arguments: frames.append(arguments))
    await eventually(lambda: len(frames) == 1, "the neighbour's snapshot")
    metrics = await ws.get_performance_metrics()
    assert metrics["callback_errors"] == 1


async def test_a_method_that_only_the_subscription_knows(exchange: ExchangeEmulator) -> None:
    component = Component()
    frames = component.frames
    await component.start()
    await eventually(lambda: len(frames) == 1, "the snapshot")
    await exchange.publish("ticker", "KRW-BTC")
    await eventually(lambda: len(frames) == 2, "the next frame")
    gone = weakref.ref(component)
    del component
    assert gone() is None


class Component:
    """Keeps its proxy and subscribes a function that was made its method for this alone."""

    def __init__(self) -> None:
        self.ws = WebSocketClientProxy("component")
        self.frames: list[tuple[Any, ...]] = []

    async def start(self) -> None:
        def keep(self: Component, *arguments: Any) -> None:
            self.frames.append(arguments)

        await self.ws.subscribe_ticker(["KRW-BTC"], types.MethodType(keep, self))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="asyncio has no eager tasks")
@pytest.mark.parametrize("kind", ["coroutine function", "function that gives a coroutine"])
async def test_a_loop_with_eager_tasks(exchange: ExchangeEmulator, kind: str) -> None:
    loop, ws, frames = asyncio.get_running_loop(), WebSocketClientProxy("component"), []

    async def keep(*arguments: Any) -> None:
        frames.append(arguments)

    def give(*arguments: Any) -> Any:
        return keep(*arguments)

    loop.set_task_factory(getattr(asyncio, "eager_task_factory"))  # noqa: B009 - not in 3.11
    try:
        await ws.subscribe_ticker(["KRW-BTC"], keep if kind == "coroutine function" else give)
        for count in range(1, 5):
            await eventually(lambda count=count: len(frames) == count, "every frame")
            await exchange.publish("ticker", "KRW-BTC")
    finally:
        loop.set_task_factory(None)


async def test_a_weak_method_of_the_users_own(exchange: ExchangeEmulator) -> None:
    owner = Owner()
    frames, method = owner.frames, weakref.WeakMethod(owner.method)

    def callback(*arguments: Any) -> None:
        target = method()
        if target is not None:
            target(*arguments)

    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], callback)
    await eventually(lambda: len(frames) == 1, "the snapshot")
    gone = weakref.ref(owner)
    del owner
    assert gone() is None
    await exchange.publish("ticker", "KRW-BTC")


async def test_a_coroutine_method_of_an_object_that_dies_in_between(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    class Component:
        def __init__(self) -> None:
            self.ws = WebSocketClientProxy("component")
            self.frames: list[Any] = []

        async def on_tick(self, *arguments: Any) -> None:
            self.frames.append(arguments)

    component, witness = Component(), WebSocketClientProxy("witness")
    await component.ws.subscribe_ticker(["KRW-BTC"], component.on_tick)
    await witness.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    frames, gone = component.frames, weakref.ref(component)
    await exchange.publish("ticker", "KRW-BTC", trade_price=1)
    # Frames wait in its mailbox at this moment, or are about to.
    del component
    gc.collect()
    await exchange.publish("ticker", "KRW-BTC", trade_price=2)
    await inbox.until(lambda: 2 in inbox.prices())
    await eventually(lambda: gone() is None, "the component is freed")
    assert all(entry[-1]["trade_price"] != 2 for entry in frames)
    assert (await witness.get_system_status())["subscriptions"] == 1


@pytest.mark.parametrize("units", [1, 5, 15, 30])
async def test_typed_books_of_every_size_and_level(exchange: ExchangeEmulator, units: int) -> None:
    ws, native, grouped, largest = WebSocketClientProxy("component"), Inbox(), Inbox(), Inbox()
    await ws.subscribe_orderbook(["KRW-BTC"], native, units=units, as_model=True)
    await ws.subscribe_orderbook(["KRW-BTC"], grouped, units=units, level=10000, as_model=True)
    await ws.subscribe_orderbook(["KRW-BTC"], largest, units=30)
    for inbox in (native, grouped, largest):
        await inbox.wait()
    await exchange.publish("orderbook", "KRW-BTC")
    for inbox in (native, grouped, largest):
        await inbox.wait(2)
    assert {book.level for _, _, book in native.frames} == {0}
    assert {book.level for _, _, book in grouped.frames} == {10000}
    assert [len(book["orderbook_units"]) for _, _, book in largest.frames] == [30, 30]
    assert all(len(book.orderbook_units) >= units for _, _, book in native.frames)
    assert len(grouped.frames[-1][2].orderbook_units) == units


async def test_late_subscribers_beside_snapshot_only_ones(exchange: ExchangeEmulator) -> None:
    ws = WebSocketClientProxy("component")
    once, streaming, again = Inbox(), Inbox(), Inbox()
    await asyncio.gather(
        ws.subscribe_ticker(["KRW-BTC"], once, is_only_snapshot=True),
        ws.subscribe_ticker(["KRW-BTC"], streaming, is_only_realtime=True),
    )
    await once.wait()
    await exchange.publish("ticker", "KRW-BTC", trade_price=1)
    await streaming.wait()
    await ws.subscribe_ticker(["KRW-BTC"], again, is_only_snapshot=True)
    await again.wait()
    assert again.prices() == [1]
    await exchange.publish("ticker", "KRW-BTC", trade_price=2)
    await streaming.wait(2)
    assert streaming.kinds() == [("KRW-BTC", "REALTIME")] * 2
    assert once.kinds() == again.kinds() == [("KRW-BTC", "SNAPSHOT")]
    assert len(await ws.get_active_subscriptions()) == 1
    await ws.unsubscribe_all()
    # Snapshot-only after everything left the wire asks the exchange anew.
    fresh = Inbox()
    await exchange.wait_unsubscribed("ticker", "KRW-BTC")
    await ws.subscribe_ticker(["KRW-BTC"], fresh, is_only_snapshot=True)
    await fresh.wait()
    assert await ws.get_active_subscriptions() == {}
