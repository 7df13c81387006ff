"""One-shot snapshots that cannot be whole say why."""

from __future__ import annotations

import asyncio

import pytest

from websocket_v6 import (
    GlobalWebSocketManager,
    Lost,
    SnapshotTimeout,
    SubscribeTimeout,
    SubscriptionRejected,
    WebSocketClientProxy,
)
from websocket_v6.testing import ExchangeEmulator

from .conftest import FAST, Events, Inbox

pytestmark = pytest.mark.usefixtures("manager")


@pytest.mark.parametrize("patience", [0.2, 5.0])
async def test_a_server_never_reached_is_the_cause(patience: float) -> None:
    GlobalWebSocketManager.configure(
        url="ws://127.0.0.1:9/websocket/v1", subscribe_timeout=patience, **FAST
    )
    ws = WebSocketClientProxy("component")
    with pytest.raises(SubscribeTimeout, match=r"127\.0\.0\.1:9.*Refused"):
        await ws.get_ticker_snapshot(["KRW-BTC"], timeout=0.3)
    status = await ws.get_system_status()
    assert status["subscriptions"] == status["topics"] == 0
    await (await GlobalWebSocketManager.get_instance()).shutdown()


async def test_a_connection_that_is_down_is_the_cause(
    exchange: ExchangeEmulator, events: Events, inbox: Inbox
) -> None:
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    await exchange.stop()
    await events.wait(Lost)
    with pytest.raises(SnapshotTimeout, match="is down") as caught:
        await ws.get_ticker_snapshot(["KRW-ETH"], timeout=0.1)
    assert isinstance(caught.value.__cause__, SubscribeTimeout)
    assert "codes it does not know" not in str(caught.value)


async def test_what_was_not_refused_arrives_with_the_reason(inbox: Inbox) -> None:
    # Region sg has no levels: a book of a KRW pair with one is refused there.
    async with ExchangeEmulator(rate=0, region="sg", markets=["SGD-BTC", "KRW-BTC"]) as exchange:
        GlobalWebSocketManager.configure(url=exchange.url, **FAST)
        ws = WebSocketClientProxy("component")
        await ws.subscribe_ticker(["SGD-BTC"], inbox)
        await inbox.wait()
        ask = asyncio.create_task(ws.get_ticker_snapshot(["KRW-BTC", "SGD-BTC"]))
        exchange.faults.reject_next("WRONG_FORMAT")
        with pytest.raises(SubscriptionRejected, match=r"ticker KRW-BTC.*WRONG_FORMAT") as caught:
            await ask
        assert list(caught.value.received) == ["SGD-BTC"]
        assert caught.value.topics == (("ticker", "KRW-BTC"),)
        await (await GlobalWebSocketManager.get_instance()).shutdown()


async def test_a_request_that_waits_for_the_rate_limit_is_the_cause(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    GlobalWebSocketManager.configure(url=exchange.url, **FAST, messages_per_minute=1)
    ws = WebSocketClientProxy("component")
    await ws.subscribe_trade(["KRW-BTC"], inbox)
    await inbox.wait()
    with pytest.raises(SnapshotTimeout, match="limit of messages") as caught:
        await ws.get_trade_snapshot(["KRW-XRP"], timeout=0.1)
    assert "codes it does not know" not in str(caught.value)
    await (await GlobalWebSocketManager.get_instance()).shutdown()


async def test_a_refused_and_a_silent_code_are_both_told(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws = WebSocketClientProxy("component")
    await ws.subscribe_trade(["KRW-ETH"], inbox)
    await inbox.wait()
    while not exchange.requests("list"):
        await asyncio.sleep(0.005)
    exchange.faults.stall("trade", "KRW-ETH")
    exchange.faults.reject_next("WRONG_FORMAT")
    with pytest.raises(SnapshotTimeout, match=r"KRW-BTC.*rejected.*WRONG_FORMAT") as caught:
        await ws.get_trade_snapshot(["KRW-BTC", "KRW-ETH"], timeout=0.5)
    assert caught.value.missing == ("KRW-BTC", "KRW-ETH")
    assert isinstance(caught.value.__cause__, SubscriptionRejected)
