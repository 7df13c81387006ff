"""One component's faults are nobody else's."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any

import pytest

from websocket_v6 import (
    GlobalWebSocketManager,
    SlowConsumer,
    WebSocketClientProxy,
    bounded,
    latest,
    lossless,
)
from websocket_v6.testing import ExchangeEmulator

from .conftest import Events, Inbox, eventually

pytestmark = pytest.mark.usefixtures("manager")


async def test_bad_neighbours_change_nothing(
    exchange: ExchangeEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    inboxes = [Inbox() for _ in range(97)]

    async def sleeps_for_ever(*_: Any) -> None:
        await asyncio.Event().wait()

    def raises(*_: Any) -> None:
        raise ValueError("a consumer's fault")

    def mutates(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        for unit in data["orderbook_units"]:
            unit["ask_price"] = -1
        data.clear()

    proxies = [WebSocketClientProxy(f"component-{n}") for n in range(100)]
    for ws, callback in zip(proxies, [sleeps_for_ever, raises, mutates, *inboxes], strict=True):
        await ws.subscribe_orderbook(["KRW-BTC"], callback)
    await inboxes[-1].wait()
    for _ in range(20):
        await exchange.publish("orderbook", "KRW-BTC")
    for inbox in inboxes:
        await inbox.wait(21)
        assert all(
            unit["ask_price"] >= 0
            for _, _, data in inbox.frames
            for unit in data["orderbook_units"]
        )
    failures = [record for record in caplog.records if record.message == "callback_failed"]
    assert len(failures) == 1  # once per episode
    assert failures[0].exc_info is not None


@pytest.mark.parametrize("order", ["waiting first", "waiting last", "waiting around"])
async def test_callbacks_that_wait_and_callbacks_that_do_not_share_nothing(
    exchange: ExchangeEmulator, order: str
) -> None:
    seen: dict[str, list[tuple[int, float]]] = {}

    def spoil(name: str, data: dict[str, Any]) -> None:
        units = data["orderbook_units"]
        seen.setdefault(name, []).append((len(units), units[0]["ask_price"]))
        units[0]["ask_price"] = -1
        units.clear()
        data.clear()

    def plain(name: str) -> Any:
        return lambda symbol, data_type, data: spoil(name, data)

    def waiting(name: str) -> Any:
        async def callback(symbol: str, data_type: str, data: dict[str, Any]) -> None:
            await asyncio.sleep(0)
            spoil(name, data)

        return callback

    kinds = {
        "waiting first": [waiting, waiting, plain, plain],
        "waiting last": [plain, plain, waiting, waiting],
        "waiting around": [waiting, plain, plain, waiting],
    }[order]
    proxies = [WebSocketClientProxy(f"component-{number}") for number in range(4)]
    for number, (ws, kind) in enumerate(zip(proxies, kinds, strict=True)):
        name = f"{kind.__name__} {number}"
        await ws.subscribe_orderbook(
            ["KRW-BTC"], kind(name), policy=lossless, is_only_realtime=True
        )
    await exchange.wait_subscribed("orderbook", "KRW-BTC")
    for _ in range(10):
        await exchange.publish("orderbook", "KRW-BTC")
    await eventually(
        lambda: len(seen) == 4 and all(len(got) == 10 for got in seen.values()), "all have all"
    )
    first, *others = seen.values()
    assert all(got == first for got in others)
    assert all(count > 0 and price > 0 for count, price in first)


async def test_a_failing_callback_is_reported_again_after_it_recovered(
    exchange: ExchangeEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    outcomes = iter([1 / 2, None, 0, 0, None, 0])
    calls = []

    def callback(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        calls.append(data)
        if next(outcomes, None) == 0:
            raise ValueError

    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], callback)
    await eventually(lambda: len(calls) == 1, "snapshot")
    for _ in range(5):
        await exchange.publish("ticker", "KRW-BTC")
    await eventually(lambda: len(calls) == 6, "all frames")
    failures = [record for record in caplog.records if record.message == "callback_failed"]
    assert len(failures) == 2


async def test_a_full_mailbox_of_trades_drops_the_oldest_and_says_so_once(
    exchange: ExchangeEmulator, events: Events
) -> None:
    gate = asyncio.Event()
    seen: list[int] = []

    async def slow(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        await gate.wait()
        seen.append(data["trade_price"])

    ws, witness = WebSocketClientProxy("slow"), Inbox()
    subscription = await ws.subscribe_trade(
        ["KRW-BTC"], slow, policy=bounded(3), is_only_realtime=True
    )
    await ws.subscribe_trade(["KRW-BTC"], witness, is_only_realtime=True)
    await exchange.wait_subscribed("trade", "KRW-BTC")
    for price in range(1, 11):
        await exchange.publish("trade", "KRW-BTC", trade_price=price)
        await witness.wait(price)
    gate.set()
    await eventually(lambda: len(seen) == 4, "the survivors arrive")
    assert seen == [1, 8, 9, 10]  # the first was in the callback's hands
    info = await ws.get_subscription_info(subscription)
    assert info is not None
    assert info["dropped"] == 6
    (event,) = events.of(SlowConsumer)
    assert "slow" in event.callback


async def test_conflation_keeps_the_newest_per_code(exchange: ExchangeEmulator) -> None:
    GlobalWebSocketManager.configure(url=exchange.url, mailbox_size=4)
    gate = asyncio.Event()
    seen: list[tuple[str, int]] = []

    async def slow(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        await gate.wait()
        seen.append((symbol, data["trade_price"]))

    ws, witness = WebSocketClientProxy("slow"), Inbox()
    await ws.subscribe_ticker(["KRW-BTC", "KRW-ETH"], slow, is_only_realtime=True)
    await ws.subscribe_ticker(["KRW-BTC", "KRW-ETH"], witness, is_only_realtime=True)
    await exchange.wait_subscribed("ticker", "KRW-ETH")
    for price in range(1, 11):
        code = "KRW-ETH" if price == 5 else "KRW-BTC"
        await exchange.publish("ticker", code, trade_price=price)
        await witness.wait(price)
    gate.set()
    await eventually(lambda: ("KRW-BTC", 10) in seen, "the newest arrives")
    assert ("KRW-ETH", 5) in seen
    assert seen == sorted(seen, key=lambda entry: entry[1])
    assert len(seen) < 10


async def test_latest_keeps_one_per_code_and_lossless_keeps_all(
    exchange: ExchangeEmulator,
) -> None:
    gate = asyncio.Event()
    newest: list[int] = []
    everything: list[int] = []

    async def only_newest(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        await gate.wait()
        newest.append(data["trade_price"])

    async def all_of_them(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        await gate.wait()
        everything.append(data["trade_price"])

    ws, witness = WebSocketClientProxy("component"), Inbox()
    await ws.subscribe_ticker(["KRW-BTC"], only_newest, policy=latest, is_only_realtime=True)
    await ws.subscribe_ticker(["KRW-BTC"], all_of_them, policy=lossless, is_only_realtime=True)
    await ws.subscribe_ticker(["KRW-BTC"], witness, is_only_realtime=True)
    await exchange.wait_subscribed("ticker", "KRW-BTC")
    for price in range(1, 6):
        await exchange.publish("ticker", "KRW-BTC", trade_price=price)
        await witness.wait(price)
    gate.set()
    await eventually(lambda: len(everything) == 5 and len(newest) == 2, "both drained")
    assert everything == [1, 2, 3, 4, 5]
    assert newest == [1, 5]


async def test_thread_delivery_keeps_the_loop_free_and_the_order(
    exchange: ExchangeEmulator,
) -> None:
    release = threading.Event()
    seen: list[tuple[int, bool]] = []
    loop_thread = threading.get_ident()

    def blocking(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        release.wait(10)
        seen.append((data["trade_price"], threading.get_ident() == loop_thread))

    ws, witness = WebSocketClientProxy("component"), Inbox()
    await ws.subscribe_ticker(["KRW-BTC"], blocking, deliver="thread", is_only_realtime=True)
    await ws.subscribe_ticker(["KRW-BTC"], witness, is_only_realtime=True)
    await exchange.wait_subscribed("ticker", "KRW-BTC")
    for price in (1, 2, 3):
        await exchange.publish("ticker", "KRW-BTC", trade_price=price)
        await witness.wait(price)
    release.set()
    await eventually(lambda: len(seen) == 3, "the thread drains")
    assert seen == [(1, False), (2, False), (3, False)]


async def test_a_thread_that_cannot_be_started_costs_nothing_but_time(
    exchange: ExchangeEmulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, logger="websocket_v6._async.delivery")
    in_thread: list[int] = []
    start, refused = threading.Thread.start, []

    def refuse_once(thread: threading.Thread) -> None:
        if thread.name.startswith("upbit-ws deliver") and not refused:
            refused.append(thread)
            raise RuntimeError("can't start new thread")
        start(thread)

    ws, witness = WebSocketClientProxy("component"), Inbox()
    await ws.subscribe_ticker(
        ["KRW-BTC"],
        lambda symbol, data_type, data: in_thread.append(data["trade_price"]),
        deliver="thread",
        is_only_realtime=True,
    )
    await ws.subscribe_ticker(["KRW-BTC"], witness, is_only_realtime=True)
    await exchange.wait_subscribed("ticker", "KRW-BTC")
    monkeypatch.setattr(threading.Thread, "start", refuse_once)
    await exchange.publish("ticker", "KRW-BTC", trade_price=1)
    await witness.wait()
    assert refused
    await eventually(lambda: in_thread == [1], "it is tried again although nothing else comes")
    await exchange.publish("ticker", "KRW-BTC", trade_price=2)
    await eventually(lambda: in_thread == [1, 2], "the thread drains")
    metrics = await ws.get_performance_metrics()
    assert metrics["router_errors"] == 0
    assert [one["errors"] for one in metrics["callbacks"]] == [1, 0]


async def test_a_blocking_plain_callback_is_named(
    manager: GlobalWebSocketManager, exchange: ExchangeEmulator
) -> None:
    GlobalWebSocketManager.configure(url=exchange.url, slow_callback_ms=1e-6)
    events = Events()
    (await GlobalWebSocketManager.get_instance()).on_connection_event(events)
    inbox = Inbox()
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], inbox, is_only_realtime=True)
    await exchange.wait_subscribed("ticker", "KRW-BTC")
    for price in range(3):
        await exchange.publish("ticker", "KRW-BTC", trade_price=price)
    await inbox.wait(3)
    event = await events.wait(SlowConsumer)
    assert "Inbox" in event.callback
    assert len(events.of(SlowConsumer)) == 1


@pytest.mark.parametrize("error", [asyncio.CancelledError, GeneratorExit])
async def test_a_callback_that_raises_what_ends_tasks_does_not_end_delivery(
    exchange: ExchangeEmulator, caplog: pytest.LogCaptureFixture, error: type[BaseException]
) -> None:
    caplog.set_level(logging.CRITICAL, logger="websocket_v6._async.delivery")
    plain: list[Any] = []
    awaited: list[Any] = []

    def raises(*arguments: Any) -> None:
        plain.append(arguments)
        raise error

    async def raises_later(*arguments: Any) -> None:
        awaited.append(arguments)
        raise error

    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], raises)
    await ws.subscribe_ticker(["KRW-BTC"], raises_later)
    await eventually(lambda: len(plain) == len(awaited) == 1, "snapshots")
    await exchange.publish("ticker", "KRW-BTC")
    await eventually(lambda: len(plain) == len(awaited) == 2, "the next frame")
    metrics = await ws.get_performance_metrics()
    assert [one["errors"] for one in metrics["callbacks"]] == [2, 2]
