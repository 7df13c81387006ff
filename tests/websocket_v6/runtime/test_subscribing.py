"""Subscribing through the proxy, against the emulated exchange."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import Any
from unittest.mock import AsyncMock, MagicMock

import pytest

from websocket_v6 import GlobalWebSocketManager, InvalidArgument, WebSocketClientProxy
from websocket_v6.testing import ExchangeEmulator

from .conftest import Inbox, eventually

pytestmark = pytest.mark.usefixtures("manager")


async def test_nothing_is_opened_before_the_first_subscription(exchange: ExchangeEmulator) -> None:
    ws = WebSocketClientProxy("idle")
    assert ws.is_public_available()
    assert await ws.get_active_subscriptions() == {}
    assert exchange.opened("public") == 0


async def test_snapshot_then_realtime(exchange: ExchangeEmulator, inbox: Inbox) -> None:
    ws = WebSocketClientProxy("component", __name__)
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait(1)
    await exchange.publish("ticker", "KRW-BTC", trade_price=123)
    await inbox.wait(2)
    assert inbox.kinds() == [("KRW-BTC", "SNAPSHOT"), ("KRW-BTC", "REALTIME")]
    assert inbox.frames[1][1:] == ("ticker", inbox.frames[1][2])
    assert inbox.frames[1][2]["trade_price"] == 123


async def test_the_first_frame_comes_after_subscribe_returned(exchange: ExchangeEmulator) -> None:
    order: list[str] = []
    first = asyncio.Event()

    def callback(*_: object) -> None:
        order.append("frame")
        first.set()

    ws = WebSocketClientProxy("component")
    for _ in range(3):  # the later ones are served from the cache
        await ws.subscribe_ticker(["KRW-BTC"], callback)
        order.append("returned")
        await asyncio.wait_for(first.wait(), 5)
        first.clear()
        assert order == ["returned", "frame"]
        order.clear()


@pytest.mark.parametrize("kind", ["coroutine", "partial", "object", "mock", "returns_awaitable"])
async def test_every_kind_of_callback(exchange: ExchangeEmulator, kind: str) -> None:
    inbox = Inbox()

    async def coroutine(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        inbox(symbol, data_type, data)

    class Receiver:
        async def __call__(self, *arguments: Any) -> None:
            inbox(*arguments)

    callbacks: dict[str, Any] = {
        "coroutine": coroutine,
        "partial": partial(coroutine),
        "object": Receiver(),
        "mock": AsyncMock(side_effect=inbox),
        "returns_awaitable": lambda *arguments: coroutine(*arguments),
    }
    ws = WebSocketClientProxy("component")
    await ws.subscribe_trade(["KRW-BTC"], callbacks[kind])
    await inbox.wait()
    for price in (1, 2, 3):
        await exchange.publish("trade", "KRW-BTC", trade_price=price)
    await inbox.wait(4)
    assert inbox.prices()[1:] == [1, 2, 3]


async def test_mock_callback_counts_as_able(exchange: ExchangeEmulator) -> None:
    callback = MagicMock(return_value=None)
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], callback)
    await eventually(lambda: callback.called, "the snapshot reaches the mock")
    assert callback.call_args.args[:2] == ("KRW-BTC", "ticker")


@pytest.mark.parametrize(
    ("symbols", "remedy"),
    [
        ("KRW-BTC", "['KRW-BTC']"),
        ([], "at least one"),
        (["krw-btc"], "'KRW-BTC'"),
        (["BTCKRW"], "QUOTE-BASE"),
        ([1], "is a string"),
        (None, "list of symbols"),
        ({"KRW-BTC": 1}, "list of symbols"),
    ],
)
async def test_bad_symbols_raise_before_anything_is_sent(
    exchange: ExchangeEmulator, symbols: Any, remedy: str
) -> None:
    ws = WebSocketClientProxy("component")
    with pytest.raises(InvalidArgument, match="symbols") as caught:
        await ws.subscribe_ticker(symbols, print)
    assert remedy in str(caught.value)
    assert exchange.opened("public") == 0


@pytest.mark.parametrize("callback", [None, 1, lambda data: None, lambda a, b, c, d: None])
async def test_bad_callbacks_raise(exchange: ExchangeEmulator, callback: Any) -> None:
    ws = WebSocketClientProxy("component")
    with pytest.raises(InvalidArgument, match="callback"):
        await ws.subscribe_ticker(["KRW-BTC"], callback)
    assert exchange.opened("public") == 0


@pytest.mark.parametrize("interval", ["1d", "1w", "1M"])
async def test_intervals_the_websocket_lacks_name_the_rest_route(interval: str) -> None:
    ws = WebSocketClientProxy("component")
    with pytest.raises(InvalidArgument, match="/v1/candles/"):
        await ws.subscribe_candle(["KRW-BTC"], interval, print)


@pytest.mark.parametrize(
    ("interval", "data_type"),
    [("1s", "candle.1s"), ("1m", "candle.1m"), ("1h", "candle.60m"), ("4h", "candle.240m")],
)
async def test_candles(
    exchange: ExchangeEmulator, inbox: Inbox, interval: str, data_type: str
) -> None:
    ws = WebSocketClientProxy("component")
    await ws.subscribe_candle(["KRW-BTC"], interval, inbox)
    await inbox.wait()
    assert inbox.frames[0][:2] == ("KRW-BTC", data_type)


async def test_only_realtime_sees_no_snapshot_also_when_others_do(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], inbox, is_only_realtime=True)
    await exchange.wait_subscribed("ticker", "KRW-BTC")
    late = Inbox()
    await ws.subscribe_trade(["KRW-BTC"], late)
    await late.wait()
    await exchange.publish("ticker", "KRW-BTC", trade_price=5)
    await inbox.wait()
    assert inbox.kinds() == [("KRW-BTC", "REALTIME")]


async def test_only_snapshot_ends_by_itself(exchange: ExchangeEmulator, inbox: Inbox) -> None:
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC", "KRW-ETH"], inbox, is_only_snapshot=True)
    await inbox.wait(2)
    assert sorted(inbox.kinds()) == [("KRW-BTC", "SNAPSHOT"), ("KRW-ETH", "SNAPSHOT")]
    assert await ws.get_active_subscriptions() == {}
    request = json.loads(exchange.requests("subscribe")[0].text)
    # A new socket asks for everything; the flag says that nobody streams it.
    assert request[1]["is_only_snapshot"] is True


async def test_late_trade_subscriber_gets_its_snapshot_and_others_do_not(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws = WebSocketClientProxy("component")
    await ws.subscribe_trade(["KRW-BTC"], inbox)
    await inbox.wait()
    late = Inbox()
    await ws.subscribe_trade(["KRW-BTC"], late)
    await late.wait()
    await exchange.publish("trade", "KRW-BTC", trade_price=7)
    await inbox.wait(2)
    await late.wait(2)
    assert late.kinds() == [("KRW-BTC", "SNAPSHOT"), ("KRW-BTC", "REALTIME")]
    assert inbox.kinds() == [("KRW-BTC", "SNAPSHOT"), ("KRW-BTC", "REALTIME")]


async def test_late_ticker_subscriber_is_served_from_the_cache(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    await exchange.publish("ticker", "KRW-BTC", trade_price=77)
    await inbox.wait(2)
    inbox.frames[1][2].clear()  # a consumer that spoils its payload
    sent = len(exchange.requests("subscribe"))
    late = Inbox()
    await ws.subscribe_ticker(["KRW-BTC"], late)
    await late.wait()
    assert late.frames[0][2]["trade_price"] == 77
    assert late.frames[0][2]["stream_type"] == "SNAPSHOT"
    assert len(exchange.requests("subscribe")) == sent


async def test_units_the_largest_goes_out_and_others_get_a_cut_copy(
    exchange: ExchangeEmulator,
) -> None:
    small, large = Inbox(), Inbox()
    ws = WebSocketClientProxy("component")
    await ws.subscribe_orderbook(["KRW-BTC"], small, units=5)
    await small.wait()
    await ws.subscribe_orderbook(["KRW-BTC"], large, units=15)
    await large.wait()
    await exchange.publish("orderbook", "KRW-BTC")
    await small.wait(2)
    await large.wait(2)
    assert [len(data["orderbook_units"]) for _, _, data in small.frames] == [5, 5]
    assert [len(data["orderbook_units"]) for _, _, data in large.frames] == [15, 15]
    book = small.frames[1][2]
    assert book["total_ask_size"] == pytest.approx(
        sum(unit["ask_size"] for unit in book["orderbook_units"]), rel=1e-12
    )
    last = json.loads(exchange.requests("subscribe")[-1].text)
    assert last[1]["codes"] == ["KRW-BTC.15"]


async def test_a_second_level_gets_its_own_connection(exchange: ExchangeEmulator) -> None:
    native, grouped = Inbox(), Inbox()
    ws = WebSocketClientProxy("component")
    await ws.subscribe_orderbook(["KRW-BTC"], native)
    await ws.subscribe_orderbook(["KRW-BTC"], grouped, level=10000)
    await native.wait()
    await grouped.wait()
    assert exchange.opened("public") == 2
    assert native.frames[0][2]["level"] == 0
    assert grouped.frames[0][2]["level"] == 10000


async def test_unsubscribe_stops_the_callback_at_once(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws = WebSocketClientProxy("component")
    subscription = await ws.subscribe_ticker(["KRW-BTC", "KRW-ETH"], inbox)
    await inbox.wait(2)
    other = Inbox()
    await ws.subscribe_ticker(["KRW-BTC"], other)
    await other.wait()
    await exchange.publish("ticker", "KRW-BTC", trade_price=1)
    assert await ws.unsubscribe(subscription) is None
    seen = len(inbox.frames)
    await exchange.publish("ticker", "KRW-BTC", trade_price=2)
    await other.until(lambda: 2 in other.prices())
    assert len(inbox.frames) == seen
    await exchange.wait_unsubscribed("ticker", "KRW-ETH")
    assert exchange.held("public") == {("ticker", "KRW-BTC")}


async def test_unsubscribe_of_none_and_foreign_ids_does_nothing(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws, other = WebSocketClientProxy("one"), WebSocketClientProxy("two")
    subscription = await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await other.unsubscribe(None)
    await other.unsubscribe("no-such-id")
    await other.unsubscribe(subscription)
    assert list(await ws.get_active_subscriptions()) == [subscription]


async def test_unsubscribe_symbols_ends_a_subscription_without_symbols(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws = WebSocketClientProxy("component")
    both = await ws.subscribe_ticker(["KRW-BTC", "KRW-ETH"], inbox)
    only = await ws.subscribe_ticker(["KRW-ETH"], inbox)
    await ws.subscribe_trade(["KRW-ETH"], Inbox())
    await ws.unsubscribe_symbols("ticker", ["KRW-ETH"])
    await exchange.wait_unsubscribed("ticker", "KRW-ETH")
    active = await ws.get_active_subscriptions()
    assert active[both]["symbols"] == ["KRW-BTC"]
    assert only not in active
    assert ("trade", "KRW-ETH") in exchange.held("public")


async def test_the_connection_closes_after_a_linger(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await ws.unsubscribe_all()
    await exchange.wait_connections("public", 0)
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    assert exchange.opened("public") == 2


async def test_a_callback_may_unsubscribe_itself_and_others(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws = WebSocketClientProxy("component")
    ids: list[str] = []
    seen: list[str] = []

    async def once(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        seen.append(symbol)
        for subscription in ids:
            await ws.unsubscribe(subscription)

    ids.append(await ws.subscribe_ticker(["KRW-BTC"], once))
    ids.append(await ws.subscribe_trade(["KRW-ETH"], once))
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await exchange.publish("ticker", "KRW-BTC", trade_price=1)
    await exchange.publish("ticker", "KRW-BTC", trade_price=2)
    await inbox.until(lambda: 2 in inbox.prices())
    await exchange.wait_unsubscribed("trade", "KRW-ETH")
    assert len(seen) <= 2  # each may have been called once before it was ended


async def test_hundred_components_at_once_cost_two_messages(
    manager: GlobalWebSocketManager, exchange: ExchangeEmulator
) -> None:
    codes = sorted(exchange.markets.codes)[:10]
    proxies = [WebSocketClientProxy(f"component-{n}") for n in range(100)]
    inboxes = [Inbox() for _ in proxies]
    await asyncio.gather(
        *(
            ws.subscribe_ticker([codes[n % 10], codes[(n + 1) % 10]], inboxes[n])
            for n, ws in enumerate(proxies)
        )
    )
    assert len(exchange.requests("subscribe")) <= 2
    await asyncio.gather(*(one.wait(2) for one in inboxes))
    before = len(exchange.requests("subscribe"))
    await asyncio.gather(*(ws.unsubscribe_all() for ws in proxies[1:]))
    await exchange.wait_unsubscribed("ticker", codes[5])
    assert len(exchange.requests("subscribe")) - before <= 2
    assert exchange.opened("public") == 1


async def test_hundred_one_after_another_cost_ten_messages(
    manager: GlobalWebSocketManager, exchange: ExchangeEmulator
) -> None:
    codes = sorted(exchange.markets.codes)
    proxies = []
    for n in range(100):
        ws = WebSocketClientProxy(f"component-{n}")
        await ws.subscribe_ticker([codes[n % len(codes)]], Inbox())
        await ws.subscribe_trade([codes[n % len(codes)]], Inbox())
        proxies.append(ws)
    wanted = {(kind, codes[n % len(codes)]) for n in range(100) for kind in ("ticker", "trade")}
    await eventually(lambda: exchange.held("public") == wanted, "everything is on the wire")
    assert len(exchange.requests("subscribe")) <= 10


async def test_snapshots_are_one_shot_and_shared(exchange: ExchangeEmulator) -> None:
    ws = WebSocketClientProxy("component")
    results = await asyncio.gather(
        *(ws.get_ticker_snapshot(["KRW-BTC", "KRW-ETH"]) for _ in range(5))
    )
    assert len(exchange.requests("subscribe")) == 1
    for result in results:
        assert list(result) == ["KRW-BTC", "KRW-ETH"]
        assert result["KRW-BTC"]["stream_type"] == "SNAPSHOT"
    assert results[0]["KRW-BTC"] is not results[1]["KRW-BTC"]


async def test_a_snapshot_does_not_disturb_the_stream(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws = WebSocketClientProxy("component")
    await ws.subscribe_trade(["KRW-BTC"], inbox)
    await inbox.wait()
    snapshot = await ws.get_trade_snapshot(["KRW-BTC"])
    assert snapshot["KRW-BTC"]["stream_type"] == "SNAPSHOT"
    await exchange.publish("trade", "KRW-BTC", trade_price=3)
    await inbox.wait(2)
    assert inbox.kinds() == [("KRW-BTC", "SNAPSHOT"), ("KRW-BTC", "REALTIME")]


async def test_silent_codes_of_a_snapshot_are_named(exchange: ExchangeEmulator) -> None:
    from websocket_v6 import SnapshotTimeout

    ws = WebSocketClientProxy("component")
    with pytest.raises(SnapshotTimeout) as caught:
        await ws.get_ticker_snapshot(["KRW-BTC", "KRW-NOSUCH"], timeout=0.3)
    assert list(caught.value.received) == ["KRW-BTC"]
    assert caught.value.missing == ("KRW-NOSUCH",)


async def test_streams(exchange: ExchangeEmulator) -> None:
    ws = WebSocketClientProxy("component")
    async with ws.stream("ticker", ["KRW-BTC"]) as stream:
        first = await anext(stream)
        assert first["stream_type"] == "SNAPSHOT"
        await exchange.publish("ticker", "KRW-BTC", trade_price=9)
        second = await anext(stream)
        assert second["trade_price"] == 9
    assert await ws.get_active_subscriptions() == {}
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_cancelling_the_reader_ends_the_subscription(exchange: ExchangeEmulator) -> None:
    ws = WebSocketClientProxy("component")

    async def read() -> None:
        async for _ in ws.stream("ticker", ["KRW-BTC"]):
            pass

    task = asyncio.create_task(read())
    await exchange.wait_subscribed("ticker", "KRW-BTC")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await ws.get_active_subscriptions() == {}


async def test_shutdown_ends_a_stream(
    manager: GlobalWebSocketManager, exchange: ExchangeEmulator
) -> None:
    ws = WebSocketClientProxy("component")
    seen = []

    async def read() -> None:
        async for frame in ws.stream("ticker", ["KRW-BTC"]):
            seen.append(frame)

    task = asyncio.create_task(read())
    await eventually(lambda: bool(seen), "the snapshot arrives")
    await manager.shutdown()
    await asyncio.wait_for(task, 5)


async def test_typed_messages_are_exact(exchange: ExchangeEmulator) -> None:
    from decimal import Decimal

    ws = WebSocketClientProxy("component")
    async with ws.stream("trade", ["KRW-BTC"], as_model=True) as stream:
        await anext(stream)
        await exchange.publish("trade", "KRW-BTC", trade_volume=Decimal("0.12345678901234567890"))
        message = await anext(stream)
    assert message.trade_volume == Decimal("0.12345678901234567890")
    assert isinstance(message.sequential_id, int)


@pytest.mark.parametrize("wire_format", ["DEFAULT", "SIMPLE", "JSON_LIST", "SIMPLE_LIST"])
async def test_all_wire_formats_give_the_same_keys(
    exchange: ExchangeEmulator, wire_format: str
) -> None:
    GlobalWebSocketManager.configure(url=exchange.url, wire_format=wire_format, verify_delay=0.01)
    inbox = Inbox()
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC", "KRW-ETH"], inbox)
    await ws.subscribe_orderbook(["KRW-BTC"], inbox)
    await inbox.wait(3)
    await exchange.publish("ticker", "KRW-BTC", trade_price=4)
    await inbox.wait(4)
    late = Inbox()
    await ws.subscribe_ticker(["KRW-BTC"], late)
    await late.wait()
    manager = await GlobalWebSocketManager.get_instance()
    metrics = await manager.get_performance_metrics()
    assert metrics["schema_drift"] == {}
    assert metrics["decode_errors"] == 0
    for _, data_type, data in inbox.frames + late.frames:
        assert data["type"] == data_type
        assert {"code", "timestamp", "stream_type"} <= set(data)
    book = next(data for _, kind, data in inbox.frames if kind == "orderbook")
    assert set(book["orderbook_units"][0]) == {"ask_price", "bid_price", "ask_size", "bid_size"}


async def test_closing_a_proxy_ends_a_subscribe_that_still_waits(
    exchange: ExchangeEmulator,
) -> None:
    exchange.faults.slow_handshake(30)
    ws = WebSocketClientProxy("component")
    waiting = asyncio.create_task(ws.subscribe_ticker(["KRW-BTC"], Inbox()))
    await asyncio.sleep(0)
    await ws.aclose()
    await asyncio.wait_for(waiting, 1)
    assert await ws.get_active_subscriptions() == {}
    exchange.faults.lift()


async def test_typed_streams_beside_dict_streams(exchange: ExchangeEmulator) -> None:
    typed, untyped = Inbox(), Inbox()
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], typed, as_model=True)
    await typed.wait()
    for price in (1, 2, 3):
        await exchange.publish("ticker", "KRW-BTC", trade_price=price)
    await typed.wait(4)
    key = await ws.subscribe_ticker(["KRW-BTC"], untyped)
    await untyped.wait()
    await exchange.publish("ticker", "KRW-BTC", trade_price=4)
    await typed.wait(5)
    await untyped.wait(2)
    await ws.unsubscribe(key)
    await exchange.publish("ticker", "KRW-BTC", trade_price=5)
    await typed.wait(6)
    messages = [message for _, _, message in typed.frames]
    assert [message.stream_type for message in messages] == ["SNAPSHOT"] + ["REALTIME"] * 5
    assert [message.trade_price for message in messages[1:]] == [1, 2, 3, 4, 5]
    assert untyped.prices()[1] == 4


async def test_typed_trades_come_once(exchange: ExchangeEmulator) -> None:
    typed = Inbox()
    ws = WebSocketClientProxy("component")
    await ws.subscribe_trade(["KRW-BTC"], typed, as_model=True, is_only_realtime=True)
    await exchange.wait_subscribed("trade", "KRW-BTC")
    for number in (1, 2, 2, 3, 1, 4):
        await exchange.publish("trade", "KRW-BTC", sequential_id=17000000000000000 + number)
    await typed.wait(4)
    ids = [message.sequential_id - 17000000000000000 for _, _, message in typed.frames]
    assert ids == [1, 2, 3, 4]
