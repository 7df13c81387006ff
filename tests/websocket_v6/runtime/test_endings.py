"""How subscriptions end: served, refused, withdrawn in the middle, with the manager."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pytest

from websocket_v6 import (
    GlobalWebSocketManager,
    ManagerClosed,
    SubscriptionRejected,
    WebSocketClientProxy,
)
from websocket_v6.testing import ExchangeEmulator

from .conftest import FAST, Inbox, eventually

pytestmark = pytest.mark.usefixtures("manager")


class Outcome(BaseException):
    """Like what test frameworks raise: no ``Exception``."""


async def test_a_stream_of_snapshots_ends_with_the_last() -> None:
    ws = WebSocketClientProxy("once")
    stream = ws.stream("ticker", ["KRW-BTC", "KRW-ETH"], is_only_snapshot=True)
    async with asyncio.timeout(5):
        codes = [frame["code"] async for frame in stream]
    assert sorted(codes) == ["KRW-BTC", "KRW-ETH"]


async def test_a_refused_stream_raises_the_reason(exchange: ExchangeEmulator, inbox: Inbox) -> None:
    ws = WebSocketClientProxy("refused")
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    exchange.faults.reject_next("WRONG_FORMAT")
    stream = ws.stream("orderbook", ["KRW-BTC"])
    with pytest.raises(SubscriptionRejected, match="WRONG_FORMAT"):
        await asyncio.wait_for(anext(stream), 5)


async def test_a_refused_snapshot_raises_the_reason(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws = WebSocketClientProxy("refused")
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    exchange.faults.reject_next("WRONG_FORMAT")
    with pytest.raises(SubscriptionRejected, match="WRONG_FORMAT"):
        await ws.get_orderbook_snapshot(["KRW-BTC"])


async def test_a_refused_subscription_shows_until_it_is_unsubscribed(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws = WebSocketClientProxy("refused")
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    exchange.faults.reject_next("WRONG_FORMAT")
    refused = await ws.subscribe_orderbook(["KRW-BTC"], inbox)
    async with asyncio.timeout(5):
        while (await ws.get_active_subscriptions())[refused]["status"] != "rejected":
            await asyncio.sleep(0.005)
    await ws.subscribe_ticker(["KRW-ETH"], inbox)
    assert refused in await ws.get_active_subscriptions()
    await ws.unsubscribe(refused)
    assert refused not in await ws.get_active_subscriptions()


async def test_several_readers_share_a_stream(exchange: ExchangeEmulator) -> None:
    ws = WebSocketClientProxy("shared")
    stream = ws.stream("ticker", ["KRW-BTC"], is_only_realtime=True)
    readers = [asyncio.ensure_future(anext(stream)) for _ in range(2)]
    await exchange.wait_subscribed("ticker", "KRW-BTC")
    for price in (1.0, 2.0):
        await exchange.publish("ticker", "KRW-BTC", trade_price=price)
    async with asyncio.timeout(5):
        frames = await asyncio.gather(*readers)
    assert [frame["trade_price"] for frame in frames] == [1.0, 2.0]
    assert len(await ws.get_active_subscriptions()) == 1


async def test_a_stream_closed_while_it_starts_leaves_nothing() -> None:
    ws = WebSocketClientProxy("hasty")
    stream = ws.stream("ticker", ["KRW-BTC"])
    reader = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    await stream.aclose()
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(reader, 5)
    assert await ws.get_active_subscriptions() == {}


@pytest.mark.parametrize("fault", [Outcome, SystemExit])
async def test_whatever_a_thread_callback_raises_the_next_frame_comes(
    exchange: ExchangeEmulator, fault: type[BaseException]
) -> None:
    calls: list[str] = []

    def callback(symbol: str, *_: Any) -> None:
        calls.append(symbol)
        raise fault

    ws = WebSocketClientProxy("thread")
    await ws.subscribe_ticker(["KRW-BTC"], callback, deliver="thread")
    await eventually(lambda: len(calls) == 1, "the snapshot")
    await exchange.publish("ticker", "KRW-BTC", trade_price=1.0)
    await eventually(lambda: len(calls) == 2, "the next frame")


async def test_a_coroutine_that_raises_no_exception_is_a_failed_callback(
    exchange: ExchangeEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[str] = []

    async def callback(symbol: str, *_: Any) -> None:
        calls.append(symbol)
        raise Outcome

    ws = WebSocketClientProxy("coroutine")
    await ws.subscribe_ticker(["KRW-BTC"], callback)
    await eventually(lambda: len(calls) == 1, "the snapshot")
    await exchange.publish("ticker", "KRW-BTC", trade_price=1.0)
    await eventually(lambda: len(calls) == 2, "both frames")
    failed = [one for one in caplog.records if one.message == "callback_failed"]
    assert len(failed) == 1


async def test_a_bad_element_of_a_list_does_not_cost_the_others(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws = WebSocketClientProxy("list")
    await ws.subscribe_ticker(["KRW-BTC", "KRW-ETH"], inbox)
    await inbox.wait(2)
    first, second = ({**frame, "stream_type": "REALTIME"} for _, _, frame in inbox.frames)
    await exchange.publish_raw(json.dumps([first, {"type": "ticker"}, 7, second]), "public")
    await inbox.wait(4)
    assert [symbol for symbol, _, _ in inbox.frames[2:]] == [first["code"], second["code"]]


async def test_configuring_keeps_keys_and_listeners(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, inbox: Inbox
) -> None:
    seen: list[object] = []
    manager.on_connection_event(seen.append)
    await manager.initialize("TEST-ACCESS-KEY-" + "0" * 24, "TEST-SECRET-KEY-" + "0" * 24)
    GlobalWebSocketManager.configure(url=exchange.url, **FAST)
    ws = WebSocketClientProxy("keys")
    assert ws.is_private_available()
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    assert seen


async def test_nothing_new_begins_during_a_shutdown(manager: GlobalWebSocketManager) -> None:
    started, release = asyncio.Event(), asyncio.Event()

    async def slow(*_: Any) -> None:
        started.set()
        await release.wait()

    async with ExchangeEmulator(rate=0) as other:
        await WebSocketClientProxy("slow").subscribe_ticker(["KRW-BTC"], Inbox())
        keep = WebSocketClientProxy("drains")
        await keep.subscribe_ticker(["KRW-BTC"], slow)
        await started.wait()
        ending = [asyncio.ensure_future(manager.shutdown()) for _ in range(2)]
        await asyncio.sleep(0)
        late = WebSocketClientProxy("late", endpoint=other.url)
        with pytest.raises(ManagerClosed):
            await late.subscribe_ticker(["KRW-BTC"], Inbox())
        assert not any(one.done() for one in ending)
        release.set()
        await asyncio.gather(*ending)
        assert other.opened("public") == 0


def test_an_empty_mailbox_is_small() -> None:
    from websocket_v6.protocol.mailbox import Mailbox
    from websocket_v6.subscription import lossless

    mailbox = Mailbox(lossless, 1000)
    assert sys.getsizeof(mailbox) + sys.getsizeof(mailbox._letters) < 200
