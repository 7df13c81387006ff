"""Several event loops and threads."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from websocket_v6 import ConnectionEvent, GlobalWebSocketManager, WebSocketClientProxy
from websocket_v6.registry import default_hub, set_default_hub
from websocket_v6.testing import ExchangeEmulator

from .conftest import eventually
from .loop_thread import LoopThread


@pytest.fixture
def loops() -> Iterator[list[LoopThread]]:
    threads = [LoopThread(), LoopThread()]
    yield threads
    for thread in threads:
        thread.close()


class Collector:
    """A callback that remembers the thread it runs in; waited for from any thread."""

    def __init__(self) -> None:
        self.threads: set[int | None] = set()
        self.count = 0
        self.prices: list[Any] = []
        self._changed = threading.Condition()

    def __call__(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        with self._changed:
            self.threads.add(threading.current_thread().ident)
            self.count += 1
            self.prices.append(data["trade_price"])
            self._changed.notify_all()

    def wait(self, count: int) -> None:
        self.wait_for(lambda: self.count >= count)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, 20), self.count

    def wait_more(self, count: int = 5) -> None:
        self.wait(self.count + count)


async def shutdown() -> None:
    await (await GlobalWebSocketManager.get_instance()).shutdown()


def test_two_loops_in_two_threads(server: ExchangeEmulator, loops: list[LoopThread]) -> None:
    first, second = Collector(), Collector()
    asynchronous = Collector()

    async def coroutine(*arguments: Any) -> None:
        asynchronous(*arguments)

    one, two = WebSocketClientProxy("one"), WebSocketClientProxy("two")
    loops[0].run(one.subscribe_ticker(["KRW-BTC"], first))
    loops[1].run(two.subscribe_ticker(["KRW-BTC"], second))
    loops[1].run(two.subscribe_trade(["KRW-BTC"], coroutine))
    for collector in (first, second, asynchronous):
        collector.wait(10)
    assert first.threads == {loops[0].thread.ident}
    assert second.threads == asynchronous.threads == {loops[1].thread.ident}
    assert server.opened("public") == 1
    snapshot = loops[1].run(two.get_ticker_snapshot(["KRW-BTC"]))
    assert snapshot["KRW-BTC"]["stream_type"] == "SNAPSHOT"
    loops[1].run(two.unsubscribe_all())
    count = second.count
    first.wait_more(20)
    assert second.count == count
    loops[0].run(shutdown())


def test_one_proxy_from_several_threads_at_once(
    server: ExchangeEmulator, loops: list[LoopThread]
) -> None:
    ws = WebSocketClientProxy("shared")
    collectors = [Collector() for _ in range(20)]

    async def many(mine: list[Collector]) -> None:
        await asyncio.gather(*(ws.subscribe_ticker(["KRW-BTC"], one) for one in mine))

    threads = [
        threading.Thread(target=loops[n].run, args=(many(collectors[n::2]),)) for n in (0, 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for collector in collectors:
        collector.wait(5)
    assert server.opened("public") == 1
    assert len(loops[0].run(ws.get_active_subscriptions())) == 20
    loops[0].run(shutdown())


@pytest.mark.parametrize("how", ["asyncio.run", "closed without cancelling"])
def test_a_loop_that_was_closed_and_replaced(
    server: ExchangeEmulator, how: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        collector = Collector()
        ws = WebSocketClientProxy("component")

        async def use(ws: WebSocketClientProxy = ws, collector: Collector = collector) -> None:
            await ws.subscribe_ticker(["KRW-BTC"], collector)
            async with asyncio.timeout(10):
                while collector.count < 5:
                    await asyncio.sleep(0.01)

        if how == "asyncio.run":
            asyncio.run(use())
        else:
            loop = asyncio.new_event_loop()
            loop.run_until_complete(use())
            loop.close()
        assert collector.count >= 5
    set_default_hub(None)
    gc.collect()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("how", ["cancelled", "closed"])
def test_the_survivor_keeps_receiving_when_the_home_loop_ends(
    server: ExchangeEmulator, loops: list[LoopThread], how: str
) -> None:
    home, other = loops
    first, second = Collector(), Collector()
    one, two = WebSocketClientProxy("one"), WebSocketClientProxy("two")
    home.run(one.subscribe_ticker(["KRW-BTC"], first))
    other.run(two.subscribe_ticker(["KRW-ETH"], second))
    first.wait(3)
    second.wait(3)
    if how == "cancelled":

        async def cancel_all() -> None:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        home.run(cancel_all())
    home.close()
    second.wait_more(20)
    assert second.threads == {other.thread.ident}
    active = other.run(two.get_active_subscriptions())
    assert len(active) == 1
    other.run(shutdown())


def test_a_home_loop_that_stands_still_is_left(
    server: ExchangeEmulator, loops: list[LoopThread]
) -> None:
    home, other = loops
    first, second = Collector(), Collector()
    one, two = WebSocketClientProxy("one"), WebSocketClientProxy("two")
    home.run(one.subscribe_ticker(["KRW-BTC"], first))
    other.run(two.subscribe_ticker(["KRW-ETH"], second))
    second.wait(3)
    release = threading.Event()
    home.loop.call_soon_threadsafe(release.wait, 20)
    second.wait_more(20)
    release.set()
    # Its own subscriptions run again, now through their mailboxes.
    first.wait_more(20)
    assert first.threads == {home.thread.ident}
    assert server.opened("public") == 2  # one on each loop: the old one stays away
    other.run(shutdown())


@pytest.mark.parametrize("units", [None, 5])
def test_a_callback_that_holds_its_loop_up_has_nobody_else_called_there(
    server: ExchangeEmulator, elsewhere: LoopThread, loops: list[LoopThread], units: int | None
) -> None:
    home, other = loops
    threads: list[tuple[int | None, Any]] = []
    release = threading.Event()

    def hold(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        if data["timestamp"] == -1:
            release.wait(20)

    def note(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        threads.append((threading.current_thread().ident, data["timestamp"]))

    one, two = WebSocketClientProxy("one"), WebSocketClientProxy("two")
    home.run(one.subscribe_orderbook(["KRW-BTC"], hold, units=units))
    other.run(two.subscribe_orderbook(["KRW-BTC"], note))
    elsewhere.run(server.publish("orderbook", "KRW-BTC", timestamp=-1))
    elsewhere.run(server.wait_connections("public", 2, timeout=10))
    other.run(asyncio.sleep(0.2))  # what comes on the new connection is called at once there
    release.set()
    home.run(asyncio.sleep(0.05))
    assert {thread for thread, _ in threads} == {other.thread.ident}
    other.run(shutdown())


def test_subscribing_while_the_home_loop_stands_still(
    server: ExchangeEmulator, elsewhere: LoopThread, loops: list[LoopThread]
) -> None:
    home, other = loops
    first, second = Collector(), Collector()
    one, two = WebSocketClientProxy("one"), WebSocketClientProxy("two")
    home.run(one.subscribe_ticker(["KRW-BTC"], first))
    first.wait(1)
    release = threading.Event()
    home.loop.call_soon_threadsafe(release.wait, 20)
    other.run(two.subscribe_ticker(["KRW-ETH"], second))
    second.wait(5)
    release.set()
    first.wait_more(5)
    home.run(asyncio.sleep(0))  # what waited for that loop has had its turn
    # It has entered once, not once on each loop.
    for price in (-1, -2):
        elsewhere.run(server.publish("ticker", "KRW-ETH", trade_price=price))
    second.wait_for(lambda: -2 in second.prices)
    assert second.prices.count(-1) == 1
    other.run(shutdown())


@pytest.mark.parametrize("how", ["cancelled", "closed", "stuck"])
def test_a_call_outlives_the_loop_that_had_picked_it_up(
    server: ExchangeEmulator, elsewhere: LoopThread, loops: list[LoopThread], how: str
) -> None:
    home, other = loops
    collector, release = Collector(), threading.Event()
    ws = WebSocketClientProxy("component")
    elsewhere.call(lambda: server.faults.half_open(new=True))
    home.run(WebSocketClientProxy("first").get_active_subscriptions())  # lives there from now on
    call = asyncio.run_coroutine_threadsafe(ws.subscribe_ticker(["KRW-BTC"], collector), other.loop)
    sockets = default_hub().sockets  # type: ignore[attr-defined]
    elsewhere.run(eventually(lambda: len(sockets) == 1, "the handshake is under way"))
    if how == "stuck":
        home.loop.call_soon_threadsafe(release.wait, 20)
    elif how == "cancelled":

        async def cancel_all() -> None:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        home.run(cancel_all())
    else:
        home.close()
    elsewhere.call(server.faults.lift)
    call.result(20)
    collector.wait(5)
    release.set()
    assert len(other.run(ws.get_active_subscriptions())) == 1
    other.run(shutdown())


def test_a_loop_that_goes_on_after_its_tasks_were_cancelled_keeps_its_streams(
    server: ExchangeEmulator, loops: list[LoopThread]
) -> None:
    async def cancel_all() -> None:
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    home, collector = loops[0], Collector()
    ws = WebSocketClientProxy("component")
    home.run(ws.subscribe_ticker(["KRW-BTC"], collector))
    collector.wait(3)
    home.run(cancel_all())
    collector.wait_more(20)
    health = home.run(ws.health_check())
    assert health["connections"]["public"]["reconnects"] == 1
    home.run(shutdown())


def end_at_once(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel everything and close the loop without one turn more, as hurried programs do."""
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()


async def stream(ws: WebSocketClientProxy) -> None:
    collector = Collector()
    await ws.subscribe_ticker(["KRW-BTC"], collector)
    async with asyncio.timeout(10):
        while collector.count < 3:
            await asyncio.sleep(0.01)


async def begin(ws: WebSocketClientProxy) -> None:
    """Subscribe and go away while the handshake is under way."""
    task = asyncio.ensure_future(ws.subscribe_ticker(["KRW-BTC"], Collector()))
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    sockets = default_hub().sockets  # type: ignore[attr-defined]
    await eventually(lambda: len(sockets) == 1, "the handshake is under way")


@pytest.mark.parametrize("how", ["cancelled", "closed"])
@pytest.mark.parametrize("stage", ["streaming", "handshake"])
@pytest.mark.parametrize("then", ["another loop", "another hub"])
def test_a_loop_that_ends_in_a_hurry_leaves_no_socket_open(
    server: ExchangeEmulator, elsewhere: LoopThread, how: str, stage: str, then: str
) -> None:
    if stage == "handshake":
        elsewhere.call(lambda: server.faults.half_open(new=True))
    loop = asyncio.new_event_loop()
    ws = WebSocketClientProxy("hurried")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        loop.run_until_complete(stream(ws) if stage == "streaming" else begin(ws))
        if how == "cancelled":
            end_at_once(loop)
        else:
            loop.close()
        elsewhere.call(server.faults.lift)
        if then == "another loop":
            asyncio.run(stream(WebSocketClientProxy("next")))
        set_default_hub(None)
        del ws, loop
        gc.collect()
    assert [str(warning.message) for warning in seen] == []


def test_a_loop_may_be_closed_as_soon_as_shutdown_has_returned(
    server: ExchangeEmulator, elsewhere: LoopThread
) -> None:
    async def work() -> None:
        await stream(WebSocketClientProxy("component", auto_cleanup=False))
        elsewhere.call(server.faults.half_open)  # a polite goodbye gets no answer
        await (await GlobalWebSocketManager.get_instance()).shutdown(timeout=0.1)

    loop = asyncio.new_event_loop()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        loop.run_until_complete(work())
        loop.close()
        del loop
        gc.collect()
        assert [str(warning.message) for warning in seen] == []
        assert len(default_hub().sockets) == 0  # type: ignore[attr-defined]


def test_loops_that_come_and_go_leave_nothing_behind(server: ExchangeEmulator) -> None:
    for _ in range(4):
        asyncio.run(stream(WebSocketClientProxy("component")))
    hub = default_hub()
    asyncio.run(stream(WebSocketClientProxy("component")))
    assert len(hub.sockets) <= 1  # type: ignore[attr-defined]
    assert len(hub._left_behind) <= 1  # type: ignore[attr-defined]


def test_what_was_to_live_on_goes_with_its_loop(server: ExchangeEmulator) -> None:
    class Watched:
        """Keeps its proxy alive, listens to events and ends neither."""

        def __init__(self) -> None:
            self.ws = WebSocketClientProxy("component", auto_cleanup=False)

        async def start(self) -> None:
            manager = await GlobalWebSocketManager.get_instance()
            manager.on_connection_event(self.on_event)
            await stream(self.ws)

        def on_event(self, event: ConnectionEvent) -> None: ...

    gone = []
    for _ in range(3):
        watched = Watched()
        gone.append((weakref.ref(watched), weakref.ref(watched.ws)))
        asyncio.run(watched.start())
        del watched
    asyncio.run(Watched().start())
    gc.collect()
    assert [(owner(), proxy()) for owner, proxy in gone] == [(None, None)] * 3
