"""Every fault ends in its documented state with its documented event, and all streams back."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from websocket_v6 import (
    Connected,
    GlobalWebSocketManager,
    Lost,
    RateLimited,
    Rejected,
    Resumed,
    SubscribeTimeout,
    WebSocketClientProxy,
)
from websocket_v6._async.connection import Connection
from websocket_v6._async.verification import Verification
from websocket_v6.protocol import session
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator
from websocket_v6.testing import connection as emulated

from .conftest import FAST, Events, Inbox, eventually
from .flows import assert_all_flow, streaming


@pytest.mark.parametrize("fault", ["kill", "cut", "close", "truncated_frame"])
async def test_a_lost_connection_comes_back_with_everything(
    exchange: ExchangeEmulator, events: Events, fault: str
) -> None:
    _, inboxes = await streaming(exchange)
    sent = len(exchange.requests("subscribe"))
    getattr(exchange.faults, fault)()
    lost = await events.wait(Lost)
    assert lost.connection == "public"
    resumed = await events.wait(Resumed)
    assert resumed.outage_seconds >= 0
    assert resumed.topics == (
        ("orderbook", "KRW-BTC"),
        ("ticker", "KRW-BTC"),
        ("trade", "KRW-BTC"),
    )
    await assert_all_flow(exchange, inboxes)
    assert len(exchange.requests("subscribe")) - sent == 1
    assert len(events.of(Connected)) == 2
    # State again for what has a state, no trade twice.
    assert [kind for _, kind in inboxes["ticker"].kinds()].count("SNAPSHOT") == 2
    assert [kind for _, kind in inboxes["trade"].kinds()].count("SNAPSHOT") == 1


@pytest.mark.usefixtures("manager")
async def test_no_trade_twice_after_a_reconnect(exchange: ExchangeEmulator, events: Events) -> None:
    _, inboxes = await streaming(exchange)
    trades = inboxes["trade"]
    await exchange.publish("trade", "KRW-BTC", sequential_id=17000000000000001)
    await trades.wait(2)
    exchange.faults.duplicate(times=None)
    exchange.faults.kill()
    await events.wait(Resumed)
    await exchange.wait_subscribed("trade", "KRW-BTC")
    for number in (1, 2, 3, 2):
        await exchange.publish("trade", "KRW-BTC", sequential_id=17000000000000000 + number)
    await exchange.publish("ticker", "KRW-BTC", trade_price=1)
    await inboxes["ticker"].until(lambda: 1 in inboxes["ticker"].prices())
    ids = [data["sequential_id"] for _, _, data in trades.frames]
    assert len(ids) == len(set(ids))
    assert set(ids) >= {17000000000000001, 17000000000000002, 17000000000000003}


async def test_half_open_is_noticed_by_the_missing_pong(exchange: ExchangeEmulator) -> None:
    GlobalWebSocketManager.configure(url=exchange.url, ping_interval=0.05, pong_timeout=0.1, **FAST)
    manager = await GlobalWebSocketManager.get_instance()
    events = Events()
    manager.on_connection_event(events)
    _, inboxes = await streaming(exchange)
    exchange.faults.half_open()
    lost = await events.wait(Lost)
    assert "pong" in lost.cause
    await events.wait(Resumed)
    for data_type in ("ticker", "orderbook"):  # the new connection is served
        inbox = inboxes[data_type]
        await inbox.until(lambda inbox=inbox: len(inbox.frames) == 2)
    await exchange.publish("ticker", "KRW-BTC", trade_price=1)
    await inboxes["ticker"].wait(3)
    await manager.shutdown()


async def test_half_open_at_the_handshake_is_given_up(exchange: ExchangeEmulator) -> None:
    GlobalWebSocketManager.configure(
        url=exchange.url, connect_timeout=0.1, subscribe_timeout=0.3, **FAST
    )
    manager = await GlobalWebSocketManager.get_instance()
    exchange.faults.half_open(new=True)
    ws = WebSocketClientProxy("component")
    with pytest.raises(SubscribeTimeout, match="handshake"):
        await ws.subscribe_ticker(["KRW-BTC"], Inbox())
    assert await ws.get_active_subscriptions() == {}
    exchange.faults.lift()
    await manager.shutdown()


@pytest.mark.usefixtures("manager")
async def test_a_silently_dropped_topic_is_asked_again(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC", "KRW-ETH"], inbox)
    await inbox.wait(2)
    exchange.faults.forget("ticker", "KRW-ETH")
    await exchange.wait_subscribed("ticker", "KRW-ETH")
    metrics = await ws.get_performance_metrics()
    assert metrics["drift_repairs"] == 1


async def test_a_topic_lost_later_is_found_by_its_silence(exchange: ExchangeEmulator) -> None:
    GlobalWebSocketManager.configure(
        url=exchange.url, silence_suspicion=0.3, silence_suspicion_max=0.3, **FAST
    )
    manager = await GlobalWebSocketManager.get_instance()
    ws, lost, flowing = WebSocketClientProxy("component"), Inbox(), Inbox()
    await ws.subscribe_ticker(["KRW-BTC"], lost)
    await ws.subscribe_trade(["KRW-BTC"], flowing)
    await flowing.wait()
    await eventually(lambda: len(exchange.requests("list")) == 1, "the check after the change")
    exchange.faults.forget("ticker", "KRW-BTC")
    async with asyncio.timeout(10):
        while ("ticker", "KRW-BTC") not in exchange.held("public"):
            await exchange.publish("trade", "KRW-BTC")
            await asyncio.sleep(0.02)
    assert (await manager.get_performance_metrics())["drift_repairs"] == 1
    await manager.shutdown()


SUSPICIOUS = {**FAST, "silence_suspicion": 0.3, "silence_suspicion_max": 0.3}


@pytest.mark.parametrize("lists_unanswered", [0, 1])
async def test_a_lost_topic_is_found_when_nothing_else_flows(
    exchange: ExchangeEmulator,
    events: Events,
    inbox: Inbox,
    monkeypatch: pytest.MonkeyPatch,
    lists_unanswered: int,
) -> None:
    GlobalWebSocketManager.configure(url=exchange.url, **SUSPICIOUS)
    monkeypatch.setattr(session, "LIST_PATIENCE", 0.1)
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    await eventually(lambda: len(exchange.requests("list")) == 1, "the check after the change")
    answers = emulated.list_reply
    unanswered = [b"{}"] * lists_unanswered

    def list_reply(*arguments: Any) -> bytes:
        return unanswered.pop() if unanswered else answers(*arguments)

    monkeypatch.setattr(emulated, "list_reply", list_reply)
    exchange.faults.forget("ticker", "KRW-BTC")
    await exchange.wait_subscribed("ticker", "KRW-BTC")
    # What it sent while it was lost is gone: its state is asked for anew.
    await inbox.until(lambda: len(inbox.frames) == 2)
    assert inbox.kinds()[-1] == ("KRW-BTC", "SNAPSHOT")
    assert events.of(Lost) == []
    assert (await ws.get_performance_metrics())["drift_repairs"] == 1


async def test_lost_orders_are_found_although_nothing_ever_came(
    exchange: ExchangeEmulator, events: Events, inbox: Inbox
) -> None:
    GlobalWebSocketManager.configure(url=exchange.url, **SUSPICIOUS)
    manager = await GlobalWebSocketManager.get_instance()
    await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
    ws = WebSocketClientProxy("component")
    await ws.subscribe_my_orders(inbox)
    await eventually(lambda: len(exchange.requests("list")) == 1, "the check after the change")
    exchange.faults.forget("myOrder")
    await exchange.wait_subscribed("myOrder", "*")
    exchange.account().place_order("KRW-BTC", "BID", price=1, volume=1)
    await inbox.wait()
    assert events.of(Lost) == []
    assert (await ws.get_performance_metrics())["drift_repairs"] == 1


@pytest.mark.usefixtures("manager")
async def test_a_lost_stream_without_snapshot_is_found_although_nothing_ever_came(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    GlobalWebSocketManager.configure(url=exchange.url, **SUSPICIOUS)
    ws, other = WebSocketClientProxy("component"), Inbox()
    await ws.subscribe_ticker(["KRW-ETH"], other)
    await other.wait()
    await ws.subscribe_trade(["KRW-BTC"], inbox, is_only_realtime=True)
    await exchange.wait_subscribed("trade", "KRW-BTC")
    await eventually(lambda: len(exchange.requests("list")) >= 1, "the check after the change")
    exchange.faults.forget("trade", "KRW-BTC")
    async with asyncio.timeout(10):
        while ("trade", "KRW-BTC") not in exchange.held("public"):
            await exchange.publish("ticker", "KRW-ETH")
            await asyncio.sleep(0.02)
    await exchange.publish("trade", "KRW-BTC")
    await inbox.wait()


async def test_an_exchange_that_answers_nothing_but_pings_is_left(
    exchange: ExchangeEmulator, events: Events, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    GlobalWebSocketManager.configure(url=exchange.url, **SUSPICIOUS)
    monkeypatch.setattr(session, "LIST_PATIENCE", 0.1)
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    verified = "last_verified_age_seconds"
    await eventually(
        lambda: verified in ws.explain("ticker", "KRW-BTC").evidence, "it has answered once"
    )
    with monkeypatch.context() as hung:
        hung.setattr(emulated.Connection, "push_bytes", lambda *_: False)
        lost = await events.wait(Lost)
        assert "nothing" in lost.cause
        # The next socket is no better, and is left as well.
        await events.wait(Lost, 2)
    await inbox.until(lambda: inbox.kinds() == [("KRW-BTC", "SNAPSHOT")] * 2)


async def test_a_quiet_market_is_looked_at_and_left_alone(
    exchange: ExchangeEmulator, events: Events, inbox: Inbox
) -> None:
    GlobalWebSocketManager.configure(url=exchange.url, **SUSPICIOUS)
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    await eventually(lambda: len(exchange.requests("list")) == 3, "two looks at the silence")
    assert len(exchange.requests("subscribe")) == 1
    assert len(inbox.frames) == 1
    assert events.of(Lost) == []


async def test_a_topic_that_sends_frames_but_no_snapshot_is_served(
    exchange: ExchangeEmulator, events: Events, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "SNAPSHOT_PATIENCE", 0.2)
    ws = WebSocketClientProxy("component")
    exchange.faults.stall("trade", "KRW-BTC")
    await ws.subscribe_trade(["KRW-BTC"], inbox)
    await eventually(
        lambda: ws.explain("trade", "KRW-BTC").state == "not_served", "silence is told"
    )
    for number in (
        1,
        2,
    ):  # the first may be held back for a moment, for a SNAPSHOT to come before it
        frame = {"type": "trade", "code": "KRW-BTC", "stream_type": "REALTIME"}
        await exchange.publish_raw(json.dumps(frame | {"sequential_id": number}).encode())
        await inbox.wait(number)
    assert ws.explain("trade", "KRW-BTC").state == "live"


async def test_429_waits_as_told(exchange: ExchangeEmulator, events: Events) -> None:
    _, inboxes = await streaming(exchange)
    exchange.faults.refuse(429, times=1, retry_after=0.2)
    exchange.faults.kill()
    limited = await events.wait(RateLimited)
    assert limited.wait == pytest.approx(0.2)
    await events.wait(Resumed)
    await assert_all_flow(exchange, inboxes)


async def test_the_wait_that_is_told_is_the_whole_wait(
    exchange: ExchangeEmulator, events: Events, inbox: Inbox
) -> None:
    slow = {"reconnect_first": 0.6, "reconnect_fast_max_gap": 0.6}
    GlobalWebSocketManager.configure(url=exchange.url, **{**FAST, **slow})
    ws, inboxes = await streaming(exchange)
    exchange.faults.reject_next("TOO_MANY_REQUEST")
    await ws.subscribe_ticker(["KRW-ETH"], inbox)
    limited = await events.wait(RateLimited)
    # Half of the delay is jitter; FAST's wait for the rate limit is shorter than the other half.
    assert limited.wait >= 0.3
    await events.wait(Resumed)
    await assert_all_flow(exchange, inboxes)


@pytest.mark.parametrize(
    ("owner", "step"), [(Connection, "_opened"), (Verification, "watch_topics")]
)
async def test_a_defect_of_its_own_costs_a_reconnect(
    exchange: ExchangeEmulator,
    events: Events,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    owner: type,
    step: str,
) -> None:
    original = getattr(owner, step)
    faults = [RuntimeError("a defect")]

    def faulty(self: object, *arguments: Any) -> None:
        if faults:
            raise faults.pop()
        original(self, *arguments)

    monkeypatch.setattr(owner, step, faulty)
    _, inboxes = await streaming(exchange)
    lost = await events.wait(Lost)
    assert lost.cause == "a defect: RuntimeError"
    await assert_all_flow(exchange, inboxes)
    assert "connection_failed" in caplog.text


@pytest.mark.parametrize(
    "fault", [ValueError, asyncio.CancelledError, GeneratorExit, type("Odd", (BaseException,), {})]
)
@pytest.mark.parametrize("waits", [False, True])
async def test_a_listener_may_raise_anything(
    exchange: ExchangeEmulator,
    manager: GlobalWebSocketManager,
    events: Events,
    caplog: pytest.LogCaptureFixture,
    fault: type[BaseException],
    waits: bool,
) -> None:
    if waits and not issubclass(fault, ValueError | asyncio.CancelledError):
        pytest.skip("what else ends a task is asyncio's affair")

    def plain(event: object) -> None:
        raise fault

    async def coroutine(event: object) -> None:
        raise fault

    manager.on_connection_event(coroutine if waits else plain)
    _, inboxes = await streaming(exchange)
    exchange.faults.kill()
    await events.wait(Resumed)
    await assert_all_flow(exchange, inboxes)
    assert "event_listener_failed" in caplog.text


async def test_503_is_retried(exchange: ExchangeEmulator, events: Events) -> None:
    _, inboxes = await streaming(exchange)
    exchange.faults.refuse(503, times=3)
    exchange.faults.kill()
    await events.wait(Resumed)
    await assert_all_flow(exchange, inboxes)


async def test_restart_on_the_same_port(exchange: ExchangeEmulator, events: Events) -> None:
    _, inboxes = await streaming(exchange)
    port = exchange.port
    await exchange.stop()
    await events.wait(Lost)
    await exchange.start(port)
    await events.wait(Resumed)
    await assert_all_flow(exchange, inboxes)


async def test_subscribing_during_an_outage_returns_at_once(
    exchange: ExchangeEmulator, events: Events
) -> None:
    ws, inboxes = await streaming(exchange)
    port = exchange.port
    await exchange.stop()
    await events.wait(Lost)
    late = Inbox()
    identifier = await asyncio.wait_for(ws.subscribe_ticker(["KRW-ETH"], late), 0.5)
    info = await ws.get_subscription_info(identifier)
    assert info is not None
    assert info["status"] == "reconnecting"
    await exchange.start(port)
    await late.wait()
    await assert_all_flow(exchange, inboxes)


async def test_never_connected_times_out_and_withdraws(manager: GlobalWebSocketManager) -> None:
    GlobalWebSocketManager.configure(
        url="ws://127.0.0.1:9/websocket/v1", subscribe_timeout=0.2, **FAST
    )
    ws = WebSocketClientProxy("component")
    with pytest.raises(SubscribeTimeout) as caught:
        await ws.subscribe_ticker(["KRW-BTC"], Inbox())
    assert "127.0.0.1:9" in str(caught.value)
    assert await ws.get_active_subscriptions() == {}
    await (await GlobalWebSocketManager.get_instance()).shutdown()


@pytest.mark.usefixtures("manager")
async def test_cancelling_a_subscribe_withdraws_it(exchange: ExchangeEmulator) -> None:
    exchange.faults.half_open(new=True)
    ws = WebSocketClientProxy("component")
    task = asyncio.create_task(ws.subscribe_ticker(["KRW-BTC"], Inbox()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await ws.get_active_subscriptions() == {}
    exchange.faults.lift()


async def test_a_rejected_subscription_costs_the_others_one_outage(events: Events) -> None:
    async with ExchangeEmulator(rate=0, region="sg", markets=["SGD-BTC", "KRW-BTC"]) as exchange:
        GlobalWebSocketManager.configure(url=exchange.url, **FAST)
        manager = await GlobalWebSocketManager.get_instance()
        events = Events()
        manager.on_connection_event(events)
        ws, good = WebSocketClientProxy("component"), Inbox()
        await ws.subscribe_ticker(["SGD-BTC"], good)
        await good.wait()
        bad = await ws.subscribe_orderbook(["KRW-BTC"], Inbox(), level=10000)
        rejected = await events.wait(Rejected)
        assert rejected.name == "WRONG_FORMAT"
        assert rejected.topics == (("orderbook", "KRW-BTC"),)
        await events.wait(Resumed)
        await exchange.wait_subscribed("ticker", "SGD-BTC")
        assert len(events.of(Lost)) == 1
        info = await ws.get_subscription_info(bad)
        assert info is not None
        assert info["status"] == "rejected"
        assert ws.explain("orderbook", "KRW-BTC").state == "rejected"
        await manager.shutdown()


async def test_the_culprit_is_found_among_many_new_ones(manager: GlobalWebSocketManager) -> None:
    async with ExchangeEmulator(rate=0, region="sg") as exchange:
        GlobalWebSocketManager.configure(url=exchange.url, **FAST)
        manager = await GlobalWebSocketManager.get_instance()
        events = Events()
        manager.on_connection_event(events)
        codes = sorted(exchange.markets.codes)[:5]
        ws, old = WebSocketClientProxy("component"), Inbox()
        await ws.subscribe_trade(codes[:1], old)
        await old.wait()
        inboxes = [Inbox() for _ in codes]
        await asyncio.gather(
            *(ws.subscribe_ticker([c], i) for c, i in zip(codes, inboxes, strict=True)),
            ws.subscribe_orderbook(["KRW-BTC"], Inbox(), level=10000),
        )
        rejected = await events.wait(Rejected)
        assert rejected.topics == (("orderbook", "KRW-BTC"),)
        for inbox in inboxes:
            await inbox.wait()
        # One loss of the shared connection; the search had connections of its own.
        assert len(events.of(Lost)) == 1
        assert exchange.held("public") >= {("ticker", code) for code in codes}
        await manager.shutdown()


async def test_too_many_request_is_no_rejection(
    exchange: ExchangeEmulator, events: Events, inbox: Inbox
) -> None:
    ws, inboxes = await streaming(exchange)
    exchange.faults.reject_next("TOO_MANY_REQUEST")
    await ws.subscribe_ticker(["KRW-ETH"], inbox)
    await events.wait(RateLimited)
    await inbox.wait()
    await assert_all_flow(exchange, inboxes)
    assert events.of(Rejected) == []


async def test_garbage_is_counted_and_skipped(
    exchange: ExchangeEmulator, events: Events, caplog: pytest.LogCaptureFixture
) -> None:
    ws, inboxes = await streaming(exchange)
    exchange.faults.garbage()
    exchange.faults.truncated_json()
    exchange.faults.truncated_utf8()
    await exchange.publish_raw(b"[]")
    await exchange.publish_raw(b"[1]")
    await exchange.publish_raw(b'{"type": 5}')
    await exchange.publish_raw(b'{"type": "ticker", "code": {}}')
    await exchange.publish_raw(b'{"type": "ticker"}')
    await exchange.publish_raw(b'{"error": "?"}')
    await exchange.publish_raw(b"[" * 100_000)
    await assert_all_flow(exchange, inboxes)
    assert events.of(Lost) == []
    metrics = await ws.get_performance_metrics()
    assert metrics["decode_errors"] >= 6
    assert metrics["router_errors"] == 0
    reports = [one for one in caplog.records if one.message == "frame_undecodable"]
    assert len(reports) == 1


async def test_an_oversize_frame_ends_the_connection_and_it_comes_back(
    exchange: ExchangeEmulator, events: Events
) -> None:
    _, inboxes = await streaming(exchange)
    exchange.faults.oversize(5 * 2**20)
    await events.wait(Lost)
    await events.wait(Resumed)
    await assert_all_flow(exchange, inboxes)


async def test_schema_drift_is_passed_through_and_reported_once(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, caplog: pytest.LogCaptureFixture
) -> None:
    _, inboxes = await streaming(exchange)
    ticker = inboxes["ticker"]
    for number in range(40):
        await exchange.publish("ticker", "KRW-BTC", new_key=number, change="SIDEWAYS")
    await ticker.until(lambda: any(d.get("new_key") == 39 for _, _, d in ticker.frames))
    metrics = await manager.get_performance_metrics()
    assert set(metrics["schema_drift"]) == {
        "unknown_key ticker.new_key",
        "unknown_value ticker.change='SIDEWAYS'",
    }
    assert len([one for one in caplog.records if one.message == "schema_drift"]) == 2


async def test_verdicts(exchange: ExchangeEmulator, events: Events, inbox: Inbox) -> None:
    ws = WebSocketClientProxy("component")
    assert ws.explain("ticker", "KRW-BTC").state == "not_subscribed"
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    assert ws.explain("ticker", "KRW-BTC").state == "live"
    await ws.subscribe_ticker(["KRW-NOSUCH"], inbox)
    assert ws.explain("ticker", "KRW-NOSUCH").state == "awaiting_first_frame"
    await exchange.stop()
    await events.wait(Lost)
    verdict = ws.explain("ticker", "KRW-BTC")
    assert verdict.state == "transport_dead"
    assert verdict.since is not None
