"""What the legacy public client tells of itself: events, statuses, methods of older generations."""

from __future__ import annotations

import asyncio
import logging

import pytest

from compat_v5.exceptions import RemovedFeatureError
from compat_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5

pytestmark = pytest.mark.usefixtures("quiet")

BTC, ETH = "KRW-BTC", "KRW-ETH"


# Events


async def test_events_and_their_payloads(exchange, inbox):
    client = UpbitWebSocketPublicV5(event_broker=inbox)
    await client.connect(enable_compression=True)
    id_ = await client.subscribe_ticker([BTC])
    await inbox.has(3)
    await exchange.publish("ticker", BTC)
    await inbox.has(4)
    await client.unsubscribe(id_)
    await client.disconnect()
    assert [name for name, _ in inbox.items] == [
        "websocket.connected",
        "websocket.subscribed",
        "websocket.ticker",
        "websocket.ticker",
        "websocket.unsubscribed",
        "websocket.disconnected",
    ]
    connected, subscribed, ticker, _, unsubscribed, disconnected = (d for _, d in inbox.items)
    assert set(connected) == {
        "connection_id",
        "timestamp",
        "compression_enabled",
        "simple_format_enabled",
    }
    assert connected["compression_enabled"] is True
    assert subscribed == {"subscription_id": id_, "data_type": "ticker", "symbols": [BTC]}
    assert list(ticker) == ["type", "market", "data", "timestamp", "stream_type", "raw_data"]
    assert ticker["data"] is ticker["raw_data"]
    assert unsubscribed == {"subscription_id": id_, "data_type": "ticker"}
    assert set(disconnected) == {"connection_id", "timestamp"}


async def test_events_come_once_per_frame_and_after_the_callbacks(exchange, new_inbox):
    order = new_inbox()

    class Broker:
        async def emit(self, event_type, data):
            if event_type == "websocket.trade":
                order.plain("broker", event_type, data)

    async def callback(symbol, data_type, data):
        await asyncio.sleep(0)
        order.plain("callback", data_type, data)

    client = UpbitWebSocketPublicV5(None, Broker())
    await client.connect()
    await client.subscribe_trade([BTC], callback, is_only_realtime=True)
    await client.subscribe_trade([BTC], lambda data: None, is_only_realtime=True)
    await exchange.wait_subscribed("trade", BTC)
    await exchange.publish("trade", BTC, sequential_id=1)
    await exchange.publish("trade", BTC, sequential_id=2)
    await order.has(4)
    assert [who for who, _, _ in order.items] == ["callback", "broker"] * 2
    await client.disconnect()
    assert client.stats["messages_received"] == client.stats["messages_processed"] == 2


async def test_a_failing_broker_is_the_brokers_business(exchange, inbox, caplog):
    class Broken:
        def emit(self, event_type, data):
            raise RuntimeError("broker down")

    caplog.set_level(logging.CRITICAL)
    client = UpbitWebSocketPublicV5(event_broker=Broken())
    await client.connect()
    await client.subscribe_ticker([BTC], inbox.plain)
    await inbox.has(1)
    await client.disconnect()


# Status


async def test_statistics_count_each_frame_once(exchange, client, inbox):
    start = dict(client.stats)
    assert start["messages_received"] == 0
    assert start["last_message_time"] is None
    await client.subscribe_ticker([BTC], inbox.plain)
    await client.subscribe_ticker([BTC], inbox.plain)
    await inbox.has(2)
    await exchange.publish("ticker", BTC)
    await inbox.has(4)
    assert client.stats["messages_received"] == 2
    assert client.stats["messages_processed"] == 2
    assert client.stats["subscription_requests"] == 2
    assert client.stats["last_message_time"] >= start["start_time"]


async def test_status_tells_what_is(exchange, inbox):
    client = UpbitWebSocketPublicV5(use_dynamic_limiter=False)
    before = await client.get_status()
    assert (before["state"], before["is_connected"], before["connected_at"]) == (
        "DISCONNECTED",
        False,
        None,
    )
    assert before["rate_limiter"] == {"type": "legacy", "initialized": False}
    await client.connect()
    await client.subscribe_ticker([BTC], inbox.plain)
    await inbox.has(1)
    after = await client.get_status()
    assert (after["state"], after["is_active"], after["message_count"]) == ("ACTIVE", True, 1)
    assert after["active_subscriptions"] == 1
    assert after["connected_at"] <= after["last_message_at"]
    assert after["rate_limiter"] == {"type": "legacy", "initialized": True}
    active = after["subscription_state"]["public_connection"]["active_subscription"]
    assert (active["symbols"], active["data_types"]) == ([BTC], ["ticker"])
    await client.disconnect()


async def test_health(client, inbox):
    assert (await client.health_check())["last_message_seconds_ago"] is None
    await client.subscribe_ticker([BTC], inbox.plain)
    await inbox.has(1)
    healthy = await client.health_check()
    assert (healthy["overall_status"], healthy["health_score"]) == ("🟢 EXCELLENT", 100)
    assert healthy["active_subscriptions"] == 1
    await client.disconnect()
    ill = await client.health_check()
    assert (ill["connection_status"], ill["health_score"]) == ("🔴 Disconnected", 50)


async def test_older_statistics(client, inbox):
    await client.subscribe_ticker([BTC, ETH], inbox.plain)
    await inbox.has(2)
    tickets = client.get_ticket_stats()
    assert tickets["public_pool"] == {
        "total_capacity": 3,
        "used": 1,
        "available": 2,
        "utilization_percent": 33.3,
    }
    counted = client.get_subscription_stats()
    assert (counted["total_subscriptions"], counted["unique_symbols"]) == (1, 2)
    assert counted["data_type_breakdown"] == {"ticker": 1}
    analysis = client.get_performance_analysis()
    assert analysis["peak_message_rate"] >= 1
    assert analysis["recent_performance"]
    assert analysis["efficiency_metrics"]["symbols_per_subscription"] == 2.0


# Methods of older generations


async def test_request_snapshot_returns_real_data(client):
    answer = await client.request_snapshot("ticker", [BTC])
    assert answer["status"] == "requested"
    assert answer["data"][BTC]["code"] == BTC


async def test_batch_subscribe_marks_failures(client, inbox):
    ids = await client.batch_subscribe(
        [
            {"data_type": "ticker", "symbols": [BTC], "callback": inbox.plain},
            {"data_type": "nonsense", "symbols": [BTC]},
            {"symbols": [BTC]},
        ]
    )
    assert [bool(id_) for id_ in ids] == [True, False, False]
    await inbox.has(1)


async def test_idle_mode(exchange, client, inbox):
    await client.subscribe_trade([ETH], inbox.plain)
    assert (await client.switch_to_idle_mode()).startswith("snapshot_ticker_")
    await exchange.wait_unsubscribed("trade", ETH)
    await client.disconnect()
    assert await client.switch_to_idle_mode() == "idle_mode_failed"


async def test_force_reconnect_tells_whether_connected(client):
    assert await client.force_reconnect() is True
    await client.disconnect()
    assert await client.force_reconnect() is False


def test_what_is_gone_says_so():
    client = UpbitWebSocketPublicV5()
    with pytest.raises(RemovedFeatureError, match="no buffer"):
        client.get_message_buffer_stats()
    assert not hasattr(client, "ticket_manager")
    with pytest.raises(AttributeError, match="one request"):
        _ = client.ticket_manager


async def test_the_socket_is_not_handed_out(client):
    assert client.websocket
    assert client.websocket.closed is False
    with pytest.raises(AttributeError, match="shared"):
        await client.websocket.send("[]")
