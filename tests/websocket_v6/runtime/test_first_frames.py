"""What a subscriber gets first, and what is not for it: snapshots, books of the right size, trades once."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

import pytest

from websocket_v6 import GlobalWebSocketManager, WebSocketClientProxy
from websocket_v6._async import router, routes
from websocket_v6.protocol import held_trades, planner
from websocket_v6.testing import ExchangeEmulator

from .conftest import Inbox, raw_frame

pytestmark = pytest.mark.usefixtures("manager")


@pytest.fixture
def slow_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sent before a request may arrive at any time after it, however slow this machine is."""
    monkeypatch.setattr(planner, "TRANSIT", 3600.0)


def trade(number: int, *, at: int = 0, stream_type: str = "REALTIME") -> bytes:
    changes = {"sequential_id": number, "trade_timestamp": at or number}
    return raw_frame("trade", stream_type=stream_type, **changes)


def book(levels: int, stream_type: str = "REALTIME") -> bytes:
    level = {"ask_price": 2.0, "bid_price": 1.0, "ask_size": 1.0, "bid_size": 1.0}
    units = [level] * levels
    return raw_frame("orderbook", stream_type=stream_type, orderbook_units=units)


def trades(inbox: Inbox) -> list[tuple[str, int]]:
    return [(data["stream_type"], data["sequential_id"]) for _, _, data in inbox.frames]


def books(inbox: Inbox) -> list[tuple[str, int]]:
    return [(data["stream_type"], len(data["orderbook_units"])) for _, _, data in inbox.frames]


async def stream(exchange: ExchangeEmulator, data_type: str, **options: Any) -> Inbox:
    """A subscriber that has its SNAPSHOT; the exchange is silent about the topic from now on."""
    inbox, ws = Inbox(), WebSocketClientProxy("early", auto_cleanup=False)
    await getattr(ws, f"subscribe_{data_type}")(["KRW-BTC"], inbox, **options)
    await inbox.wait()
    exchange.faults.stall(data_type, "KRW-BTC")
    inbox.frames.clear()
    return inbox


async def test_who_wants_a_snapshot_only_gets_nothing_of_the_stream(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    early = await stream(exchange, "trade")
    ws = WebSocketClientProxy("late")
    await ws.subscribe_trade(["KRW-BTC"], inbox, is_only_snapshot=True)
    taken = asyncio.create_task(ws.get_trade_snapshot(["KRW-BTC"]))
    for number in (1, 2, 3):
        await exchange.publish_raw(trade(number))
    await early.wait(3)
    assert inbox.frames == []
    exchange.faults.resume("trade", "KRW-BTC")
    await inbox.wait()
    assert inbox.kinds() == [("KRW-BTC", "SNAPSHOT")]
    assert (await taken)["KRW-BTC"]["stream_type"] == "SNAPSHOT"
    assert [kind for kind, _ in trades(early)[:3]] == ["REALTIME"] * 3


@pytest.mark.usefixtures("slow_exchange")
async def test_a_book_that_was_cut_for_others_is_none(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    small = await stream(exchange, "orderbook", units=5)
    ws, live, typed = WebSocketClientProxy("late"), Inbox(), Inbox()
    await ws.subscribe_orderbook(["KRW-BTC"], inbox)
    await ws.subscribe_orderbook(["KRW-BTC"], live, is_only_realtime=True)
    await ws.subscribe_orderbook(["KRW-BTC"], typed, as_model=True)
    taken = asyncio.create_task(ws.get_orderbook_snapshot(["KRW-BTC"], units=15))
    for payload in (book(5), book(5, "SNAPSHOT"), book(5)):
        await exchange.publish_raw(payload)
    await small.wait(2)
    assert inbox.frames == live.frames == typed.frames == []
    for payload in (book(30), book(30)):
        await exchange.publish_raw(payload)
    await small.wait(4)
    assert books(inbox) == [("SNAPSHOT", 30), ("REALTIME", 30)]
    assert books(live) == [("REALTIME", 30), ("REALTIME", 30)]
    assert [frame.stream_type for _, _, frame in typed.frames] == ["SNAPSHOT", "REALTIME"]
    assert books(small) == [("REALTIME", 5)] * 4
    received = (await taken)["KRW-BTC"]
    assert (received["stream_type"], len(received["orderbook_units"])) == ("SNAPSHOT", 15)


async def test_a_book_that_has_no_more_is_served_when_that_is_clear(
    exchange: ExchangeEmulator, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner, "TRANSIT", 0.05)
    await stream(exchange, "orderbook", units=5)
    ws = WebSocketClientProxy("late")
    await ws.subscribe_orderbook(["KRW-BTC"], inbox)
    await exchange.publish_raw(book(5))  # all of a thin market, and nothing else happens there
    await inbox.wait()
    assert books(inbox) == [("SNAPSHOT", 5)]


async def test_a_late_subscriber_of_trades_gets_the_snapshot_first_and_loses_none(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    early = await stream(exchange, "trade")
    ws, typed = WebSocketClientProxy("late"), Inbox()
    await ws.subscribe_trade(["KRW-BTC"], inbox)
    await ws.subscribe_trade(["KRW-BTC"], typed, as_model=True)
    at = 10**15  # after the emulator's own
    for number in (1, 2, 3):
        await exchange.publish_raw(trade(number, at=at + number))
    await early.wait(3)
    assert inbox.frames == typed.frames == []
    for payload in (
        trade(2, at=at + 2, stream_type="SNAPSHOT"),
        trade(2, at=at + 2),
        trade(3, at=at + 3),
        trade(4, at=at + 4),
    ):
        await exchange.publish_raw(payload)
    await early.wait(4)
    assert trades(inbox) == [("SNAPSHOT", 2), ("REALTIME", 3), ("REALTIME", 4)]
    models = [(frame.stream_type, frame.sequential_id) for _, _, frame in typed.frames]
    assert models == trades(inbox)
    assert trades(early) == [("REALTIME", number) for number in (1, 2, 3, 4)]


async def test_a_late_subscriber_of_trades_begins_without_a_snapshot_that_does_not_come(
    exchange: ExchangeEmulator, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_trades, "PATIENCE", 0.05)
    await stream(exchange, "trade")
    ws = WebSocketClientProxy("late")
    await ws.subscribe_trade(["KRW-BTC"], inbox)
    await exchange.publish_raw(trade(1))
    await inbox.wait()
    await exchange.publish_raw(trade(2))
    await inbox.wait(2)
    assert trades(inbox) == [("REALTIME", 1), ("REALTIME", 2)]


async def test_each_late_subscriber_of_trades_has_the_whole_time_for_its_snapshot(
    exchange: ExchangeEmulator, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = await stream(exchange, "trade")
    ws, once, late = WebSocketClientProxy("late"), Inbox(), Inbox()
    await ws.subscribe_trade(["KRW-BTC"], inbox)
    await ws.subscribe_trade(["KRW-BTC"], once, is_only_snapshot=True)
    at = 10**15  # after the emulator's own
    await exchange.publish_raw(trade(1, at=at))
    await exchange.publish_raw(trade(1, at=at, stream_type="SNAPSHOT"))
    await inbox.wait()
    await once.wait()
    monkeypatch.setattr(router, "monotonic", lambda: monotonic() + held_trades.PATIENCE)
    await ws.subscribe_trade(["KRW-BTC"], late)
    await exchange.publish_raw(trade(2, at=at + 2))
    await exchange.publish_raw(trade(2, at=at + 2, stream_type="SNAPSHOT"))
    await exchange.publish_raw(trade(3, at=at + 3))
    await early.wait(3)
    assert trades(late) == [("SNAPSHOT", 2), ("REALTIME", 3)]


async def test_a_trade_that_comes_as_snapshot_only_is_lost_to_nobody(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    early, live = await stream(exchange, "trade"), Inbox()
    ws, at = WebSocketClientProxy("late"), 10**15
    await ws.subscribe_trade(["KRW-BTC"], live, is_only_realtime=True)
    await exchange.publish_raw(trade(1, at=at))
    await live.wait()
    await ws.subscribe_trade(["KRW-BTC"], inbox)
    for payload in (trade(2, at=at + 1, stream_type="SNAPSHOT"), trade(2, at=at + 1)):
        await exchange.publish_raw(payload)
    await exchange.publish_raw(trade(3, at=at + 2))
    await early.wait(3)
    assert trades(early) == trades(live) == [("REALTIME", number) for number in (1, 2, 3)]
    assert trades(inbox) == [("SNAPSHOT", 2), ("REALTIME", 3)]


async def test_an_old_trade_that_comes_as_snapshot_is_news_to_the_late_one_alone(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    early, live = await stream(exchange, "trade"), Inbox()
    ws, at = WebSocketClientProxy("late"), 10**15
    await ws.subscribe_trade(["KRW-BTC"], live, is_only_realtime=True)
    await exchange.publish_raw(trade(2, at=at))
    await live.wait()
    await ws.subscribe_trade(["KRW-BTC"], inbox)
    for payload in (trade(1, at=at - 1, stream_type="SNAPSHOT"), trade(3, at=at + 1)):
        await exchange.publish_raw(payload)
    await early.wait(2)
    assert trades(early) == trades(live) == [("REALTIME", 2), ("REALTIME", 3)]
    assert trades(inbox) == [("SNAPSHOT", 1), ("REALTIME", 3)]


async def test_a_ticker_that_streams_serves_who_waits_for_its_snapshot(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    exchange.faults.stall("ticker", "KRW-BTC")
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    taken = asyncio.create_task(ws.get_ticker_snapshot(["KRW-BTC"]))
    await exchange.wait_subscribed("ticker", "KRW-BTC")
    for price in (1, 2):
        await exchange.publish_raw(raw_frame("ticker", trade_price=price))
    await inbox.wait(2)
    assert inbox.kinds() == [("KRW-BTC", "SNAPSHOT"), ("KRW-BTC", "REALTIME")]
    assert (await taken)["KRW-BTC"]["stream_type"] == "SNAPSHOT"
    exchange.faults.resume("ticker", "KRW-BTC")  # the exchange's own comes too late
    await exchange.publish("ticker", "KRW-BTC", trade_price=3)
    await inbox.wait(3)
    assert inbox.prices() == [1, 2, 3]


async def looked_at(exchange: ExchangeEmulator, monkeypatch: pytest.MonkeyPatch, count: int) -> int:
    """Topics compared and routes judged while so many components come and go, each with its market."""
    looked = 0
    compare, judge = planner._adds, routes.Route._look

    def counting_adds(*arguments: Any) -> bool:
        nonlocal looked
        looked += 1
        return compare(*arguments)

    def counting_look(route: routes.Route) -> None:
        nonlocal looked
        looked += 1
        judge(route)

    inbox, got = Inbox(), Inbox()
    components = [WebSocketClientProxy(f"component-{number}") for number in range(count)]
    codes = sorted(exchange.markets.codes)[:count]
    assert len(codes) == count
    with monkeypatch.context() as patch:
        patch.setattr(planner, "_adds", counting_adds)
        patch.setattr(routes.Route, "_look", counting_look)
        async with asyncio.TaskGroup() as group:
            for ws, code in zip(components, codes, strict=True):
                group.create_task(ws.subscribe_ticker([code], inbox))
                group.create_task(ws.subscribe_candle([code], "1m", got, is_only_snapshot=True))
        await inbox.wait(count)
        await got.wait(count)
        for ws in components:
            await ws.aclose()
    return looked


async def test_components_that_come_together_cost_what_they_cost_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    markets = [f"KRW-A{number}" for number in range(200)]
    async with ExchangeEmulator(rate=0, markets=markets) as exchange:
        GlobalWebSocketManager.configure(url=exchange.url)
        few = await looked_at(exchange, monkeypatch, 50)
        assert 0 < await looked_at(exchange, monkeypatch, 200) <= 8 * few
