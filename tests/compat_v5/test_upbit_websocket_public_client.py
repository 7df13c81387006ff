"""The legacy public client against a local exchange."""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging

import pytest

from compat_v5.config import WebSocketConfig
from compat_v5.exceptions import (
    ErrorCode,
    RemovedFeatureError,
    SubscriptionError,
    WebSocketConnectionError,
    WebSocketConnectionTimeoutError,
)
from compat_v5.payload import Payload
from compat_v5.state import WebSocketState
from compat_v5.upbit_websocket_public_client import (
    UpbitWebSocketPublicV5,
    create_public_client,
    quick_subscribe_ticker,
)
from websocket_v6.exceptions import InvalidArgument, SubscribeTimeout
from websocket_v6.testing import ExchangeEmulator

pytestmark = pytest.mark.usefixtures("quiet")

BTC, ETH = "KRW-BTC", "KRW-ETH"


@pytest.fixture
async def client(exchange):
    client = UpbitWebSocketPublicV5()
    await client.connect()
    yield client
    await client.disconnect()


# Construction and configuration


def test_construction_needs_no_loop_and_no_server():
    client = UpbitWebSocketPublicV5()
    assert client.state_machine.current_state is WebSocketState.DISCONNECTED
    assert client.websocket is None
    assert client.event_broker is None
    assert isinstance(client.config, WebSocketConfig)
    assert not hasattr(client, "enable_simple_format")
    assert not client.is_connected()


@pytest.mark.parametrize(
    "arguments",
    [
        (None, None, 3),
        (None, None, 3, 2),
        (None, None, 3, 2, True, "AUTO"),
        (None, None, None, None, None, None),
        (None, None, 30, True, None),
    ],
)
def test_positional_arguments_of_every_generation(arguments):
    assert not UpbitWebSocketPublicV5(*arguments).is_connected()


@pytest.mark.parametrize(
    "keyword",
    [
        {"max_tickets": 3},
        {"public_pool_size": 3, "private_pool_size": 2},
        {"enable_compression": True, "format_preference": "SIMPLE"},
        {"cleanup_interval": 30, "use_dynamic_limiter": False, "dynamic_config": object()},
        {"enable_dynamic_rate_limiter": True, "persistent_connection": True},
    ],
)
def test_keyword_arguments_of_every_generation(keyword):
    client = UpbitWebSocketPublicV5(**keyword)
    if "format_preference" in keyword:
        assert (client.enable_compression, client.format_preference) == (True, "simple")


def test_an_argument_nobody_ever_had_is_refused():
    with pytest.raises(TypeError, match="max_tickets"):
        UpbitWebSocketPublicV5(max_ticket=3)


# Life cycle


async def test_connect_and_disconnect_open_nothing(exchange):
    client = UpbitWebSocketPublicV5()
    assert await client.connect() is None
    assert client.is_connected()
    assert client.websocket
    assert client.enable_simple_format is False
    assert client.state_machine.current_state is WebSocketState.CONNECTED
    assert await client.disconnect() is None
    assert not client.is_connected()
    assert client.websocket is None
    assert client.state_machine.current_state is WebSocketState.DISCONNECTED
    assert exchange.opened("public") == 0


async def test_connect_needs_no_server(monkeypatch):
    monkeypatch.setenv("UPBIT_WS_URL", "ws://127.0.0.1:9/websocket/v1")
    async with UpbitWebSocketPublicV5() as client:
        assert client.is_connected()


async def test_repeated_calls_do_nothing(client):
    id_ = client.connection_id
    await client.connect()
    await client.disconnect()
    await client.disconnect()
    assert client.connection_id == id_
    assert [state.name for state, _ in client.state_machine.get_state_history()] == [
        "DISCONNECTED",
        "CONNECTING",
        "CONNECTED",
        "DISCONNECTING",
        "DISCONNECTED",
    ]


async def test_connect_in_state_error_does_nothing_until_disconnect(client):
    client.state_machine.transition_to(WebSocketState.ERROR)
    await client.connect()
    assert client.state_machine.is_error()
    await client.disconnect()
    await client.connect()
    assert client.is_connected()


async def test_a_url_that_cannot_be_used_fails_in_connect(inbox):
    client = UpbitWebSocketPublicV5(event_broker=inbox)
    client.config.connection.url = "ws://exchange.example/websocket/v1"
    with pytest.raises(WebSocketConnectionError) as caught:
        await client.connect()
    assert caught.value.error_code is ErrorCode.CONNECTION_FAILED
    assert client.state_machine.is_error()
    assert [event["error_code"] for event in inbox.of("websocket.error")] == ["CONNECTION_FAILED"]
    await client.disconnect()
    assert client.state_machine.current_state is WebSocketState.DISCONNECTED


@pytest.mark.parametrize("url", ["", "  ", "/", "/private", None, 5])
async def test_an_empty_url_never_means_the_live_exchange(exchange, inbox, url):
    client = UpbitWebSocketPublicV5()
    client.config.connection.url = url
    with pytest.raises(WebSocketConnectionError, match="names no server"):
        await client.connect()
    assert client.state_machine.is_error()
    with pytest.raises(SubscriptionError):
        await client.subscribe_ticker([BTC], inbox.plain)
    await client.disconnect()
    client.config.connection.url = exchange.url
    await client.connect()
    await client.subscribe_ticker([BTC], inbox.plain)
    await inbox.has(1)
    await client.disconnect()


@pytest.mark.parametrize("written", ['url: ""', "url:"])
async def test_an_empty_url_in_a_file_never_means_the_live_exchange(tmp_path, written):
    path = tmp_path / "websocket.yaml"
    path.write_text(f"connection:\n  {written}\n", "utf-8")
    client = UpbitWebSocketPublicV5(str(path))
    with pytest.raises(WebSocketConnectionError, match="names no server"):
        await client.connect()
    assert client.state_machine.is_error()


async def test_connect_again_starts_empty(exchange, inbox, client):
    await client.subscribe_ticker([BTC], inbox.plain)
    await inbox.has(1)
    await client.disconnect()
    await exchange.wait_unsubscribed("ticker", BTC)
    await client.connect()
    status = await client.get_status()
    assert status["active_subscriptions"] == 0
    await client.subscribe_trade([BTC], inbox.plain)
    await inbox.has(2)
    assert exchange.held("public") == {("trade", BTC)}


# Where a client connects to


async def test_an_assigned_url_is_the_clients_endpoint(exchange, inbox):
    async with ExchangeEmulator(rate=0) as other:
        client = UpbitWebSocketPublicV5()
        client.config.connection.url = other.url
        await client.connect()
        await client.subscribe_ticker([BTC], inbox.plain)
        await inbox.has(1)
        await client.disconnect()
        assert (other.opened("public"), exchange.opened("public")) == (1, 0)


async def test_a_yaml_url_is_the_clients_endpoint(exchange, inbox, tmp_path):
    async with ExchangeEmulator(rate=0) as other:
        path = tmp_path / "websocket.yaml"
        path.write_text(f"connection:\n  url: {other.url}\n", "utf-8")
        client = UpbitWebSocketPublicV5(str(path))
        await client.connect()
        await client.subscribe_ticker([BTC], inbox.plain)
        await inbox.has(1)
        await client.disconnect()
        assert (other.opened("public"), exchange.opened("public")) == (1, 0)


# Delivery


@pytest.mark.parametrize("shape", ["plain", "coroutine"])
async def test_three_argument_callbacks(exchange, client, inbox, shape):
    id_ = await client.subscribe_ticker(symbols=[BTC], callback=getattr(inbox, shape))
    assert id_.startswith("realtime_ticker_")
    assert int(id_.rpartition("_")[2]) > 0
    await inbox.has(1)
    await exchange.publish("ticker", BTC, trade_price=5.0)
    (_, second) = await inbox.has(2)
    symbol, data_type, data = second
    assert (symbol, data_type) == (BTC, "ticker")
    assert type(data) is Payload
    assert data["trade_price"] == data["data"]["trade_price"] == data.get("trade_price", 0) == 5.0
    assert data["stream_type"] == "REALTIME"
    assert client.state_machine.is_active()


async def test_other_callables(client, inbox, new_inbox):
    class Sink:
        async def __call__(self, symbol, data_type, data):
            inbox.plain(symbol, data_type, data)

    other = new_inbox()
    await client.subscribe_ticker([BTC], Sink())
    await client.subscribe_ticker([BTC], functools.partial(inbox.coroutine))
    await client.subscribe_ticker([BTC], lambda *arguments: inbox.plain(*arguments))
    await client.subscribe_ticker([BTC], other.payload_only)
    await inbox.has(3)
    (payload,) = await other.has(1)
    assert payload["market"] == BTC


async def test_without_callback_the_broker_gets_the_frames(exchange, inbox):
    client = UpbitWebSocketPublicV5(event_broker=inbox)
    await client.connect()
    await client.subscribe_orderbook([BTC])
    await inbox.has(3)
    (envelope,) = inbox.of("websocket.orderbook")
    assert envelope["market"] == BTC
    assert envelope["data"]["orderbook_units"]
    await client.disconnect()


@pytest.mark.parametrize(
    ("interval", "wire"), [("1m", "candle.1m"), ("1s", "candle.1s"), ("1h", "candle.60m")]
)
async def test_candles_are_delivered(client, inbox, interval, wire):
    await client.subscribe_candle([BTC], interval, inbox.plain)
    ((symbol, data_type, data),) = await inbox.has(1)
    assert (symbol, data_type, data["type"]) == (BTC, wire, wire)
    assert "opening_price" in data


async def test_a_callback_in_the_slot_of_the_interval_gets_minutes(client, inbox):
    await client.subscribe_candle([BTC], inbox.plain)
    assert (await inbox.has(1))[0][1] == "candle.1m"


@pytest.mark.parametrize("interval", ["1d", "1w", "1M", "7m", "minute1"])
async def test_candles_the_exchange_lacks_are_refused(client, inbox, interval):
    with pytest.raises(SubscriptionError) as caught:
        await client.subscribe_candle([BTC], interval, inbox.plain)
    assert isinstance(caught.value, InvalidArgument)
    assert interval in str(caught.value)
    assert client.state_machine.current_state is WebSocketState.CONNECTED


async def test_generic_subscribe_takes_enums_and_candles(client, inbox):
    from compat_v5.models import DataType

    first = await client.subscribe(DataType.TICKER, [BTC], inbox.plain)
    second = await client.subscribe("candle.1m", [BTC], inbox.plain)
    assert first.startswith("realtime_ticker_")
    assert second.startswith("realtime_candle.1m_")
    assert {data_type for _, data_type, _ in await inbox.has(2)} == {"ticker", "candle.1m"}


async def test_snapshot_only_calls_the_callback_before_it_returns(exchange, client, inbox):
    id_ = await client.subscribe_ticker([BTC, ETH], inbox.coroutine, is_only_snapshot=True)
    assert id_.startswith("snapshot_ticker_")
    assert {(symbol, data["stream_type"]) for symbol, _, data in inbox.items} == {
        (BTC, "SNAPSHOT"),
        (ETH, "SNAPSHOT"),
    }
    status = await client.get_status()
    assert status["active_subscriptions"] == 0
    assert client.state_machine.is_active()


async def test_a_cancelled_snapshot_leaves_nothing_behind(exchange, client, inbox):
    waiting = asyncio.create_task(client.subscribe_ticker(["KRW-NOPE"], inbox.plain, True))
    await exchange.wait_connections("public", 1)
    while client.subscription_manager.get_state()["pending_snapshots"] == 0:
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert client.subscriptions == {}


async def test_only_realtime_has_no_first_frame(exchange, client, inbox):
    await client.subscribe_trade([BTC], inbox.plain, is_only_realtime=True)
    await exchange.wait_subscribed("trade", BTC)
    await exchange.publish("trade", BTC, trade_price=1.0)
    ((_, _, data),) = await inbox.has(1)
    assert data["stream_type"] == "REALTIME"


async def test_both_flags_exclude_each_other(client, inbox):
    with pytest.raises(ValueError, match="exclude"):
        await client.subscribe("ticker", [BTC], inbox.plain, True, True)


async def test_a_second_subscription_of_a_type_adds(exchange, client, inbox, new_inbox):
    other = new_inbox()
    first = await client.subscribe_ticker([BTC], inbox.plain)
    second = await client.subscribe_ticker([ETH], other.plain)
    assert first != second
    await inbox.has(1)
    await other.has(1)
    await exchange.publish("ticker", BTC, trade_price=1.0)
    await exchange.publish("ticker", ETH, trade_price=2.0)
    assert [symbol for symbol, _, _ in await inbox.has(2)] == [BTC, BTC]
    assert [symbol for symbol, _, _ in await other.has(2)] == [ETH, ETH]


async def test_one_failing_callback_does_not_silence_the_others(exchange, client, inbox, caplog):
    def faulty(symbol, data_type, data):
        raise RuntimeError("a fault of the user's")

    caplog.set_level(logging.CRITICAL)
    await client.subscribe_ticker([BTC], faulty)
    await client.subscribe_ticker([BTC], inbox.plain)
    await inbox.has(1)
    await exchange.publish("ticker", BTC)
    await inbox.has(2)
    assert client.stats["errors"] == 0
    assert client.state_machine.is_active()


async def test_consumers_do_not_see_each_others_changes(client, inbox):
    def vandal(symbol, data_type, data):
        data.clear()

    await client.subscribe_ticker([BTC], vandal)
    await client.subscribe_ticker([BTC], inbox.plain)
    ((_, _, data),) = await inbox.has(1)
    assert data["code"] == BTC


async def test_a_string_is_one_symbol_and_lower_case_is_forgiven(client, inbox):
    await client.subscribe_ticker("krw-btc", inbox.plain)
    ((symbol, _, _),) = await inbox.has(1)
    assert symbol == BTC


async def test_ids_of_one_second_differ(client, inbox):
    ids = await asyncio.gather(*(client.subscribe_ticker([BTC], inbox.plain) for _ in range(20)))
    assert len(set(ids)) == 20


# Unsubscribing


async def test_unsubscribe_really_unsubscribes(exchange, client, inbox, new_inbox):
    other = new_inbox()
    kept = await client.subscribe_trade([BTC], other.plain)
    id_ = await client.subscribe_ticker([BTC], inbox.plain)
    await inbox.has(1)
    assert await client.unsubscribe(id_) is None
    await exchange.wait_unsubscribed("ticker", BTC)
    await exchange.publish("trade", BTC)
    await other.has(2)
    assert len(inbox.items) == 1
    assert list(client.subscriptions) == [kept]
    assert client.callbacks == {kept: other.plain}


@pytest.mark.parametrize("unknown", ["realtime_ticker_1", None, 5, ["x"]])
async def test_unsubscribe_of_an_unknown_id_does_nothing(exchange, client, inbox, unknown):
    await client.subscribe_ticker([BTC], inbox.plain)
    assert await client.unsubscribe(unknown) is None
    assert await client.soft_unsubscribe(unknown) is False
    await inbox.has(1)
    await exchange.publish("ticker", BTC)
    await inbox.has(2)


async def test_unsubscribe_before_connect_and_after_disconnect():
    client = UpbitWebSocketPublicV5()
    assert await client.unsubscribe("x") is None
    assert await client.unsubscribe_all() is True


async def test_unsubscribe_all(exchange, client, inbox):
    await client.subscribe_ticker([BTC], inbox.plain)
    await client.subscribe_trade([ETH], inbox.plain)
    assert await client.unsubscribe_all() is True
    await exchange.wait_unsubscribed("ticker", BTC)
    await exchange.wait_unsubscribed("trade", ETH)
    assert client.is_connected()


async def test_soft_and_smart_unsubscribe(client, inbox):
    id_ = await client.subscribe_ticker([BTC], inbox.plain)
    await client.subscribe_ticker([ETH], inbox.plain)
    await client.subscribe_trade([ETH], inbox.plain)
    assert await client.soft_unsubscribe(id_) is True
    assert await client.smart_unsubscribe("ticker") == 1
    assert await client.smart_unsubscribe(keep_connection=False) == 1
    assert not client.is_connected()


# Failures


async def test_subscribe_before_connect(exchange):
    client = UpbitWebSocketPublicV5()
    with pytest.raises(SubscriptionError, match=r"connect\(\)") as caught:
        await client.subscribe_ticker([BTC])
    assert caught.value.error_code is ErrorCode.SUBSCRIPTION_FAILED
    assert caught.value.details == {"data_type": "ticker", "symbols": [BTC]}
    assert client.state_machine.current_state is WebSocketState.DISCONNECTED
    assert client.stats["errors"] == 0


async def test_subscribe_after_disconnect(client):
    await client.disconnect()
    with pytest.raises(SubscriptionError):
        await client.subscribe_ticker([BTC])


@pytest.mark.parametrize(
    ("data_type", "symbols", "callback"),
    [
        ("tickers", [BTC], None),
        ("myOrder", [BTC], None),
        ("ticker", [], None),
        ("ticker", None, None),
        ("ticker", ["BTC"], None),
        ("ticker", [5], None),
        ("ticker", [BTC], "not callable"),
        ("ticker", [BTC], lambda a, b: None),
    ],
)
async def test_a_bad_argument_leaves_the_state(client, inbox, data_type, symbols, callback):
    await client.subscribe_ticker([ETH], inbox.plain)
    with pytest.raises(SubscriptionError):
        await client.subscribe(data_type, symbols, callback)
    assert client.state_machine.is_active()
    assert len(client.subscriptions) == 1


async def test_no_server_shows_in_subscribe_as_both_errors(monkeypatch, client):
    monkeypatch.setenv("UPBIT_WS_SUBSCRIBE_TIMEOUT", "0.2")
    other = UpbitWebSocketPublicV5()
    other.config.connection.url = "ws://127.0.0.1:9/websocket/v1"
    await other.connect()
    with pytest.raises(SubscriptionError) as caught:
        await other.subscribe_ticker([BTC])
    assert isinstance(caught.value, WebSocketConnectionTimeoutError)
    assert isinstance(caught.value, SubscribeTimeout)
    assert other.state_machine.current_state is WebSocketState.CONNECTED
    assert other.stats["errors"] == 1
    await other.disconnect()


async def test_disconnect_during_a_subscribe(exchange, client, inbox):
    exchange.faults.slow_handshake(0.3)
    subscribing = asyncio.create_task(client.subscribe_ticker([BTC], inbox.plain))
    await asyncio.sleep(0)
    await client.disconnect()
    with pytest.raises(SubscriptionError):
        await subscribing
    assert client.state_machine.current_state is WebSocketState.DISCONNECTED


async def test_a_bad_frame_leaves_everything_running(exchange, client, inbox):
    await client.subscribe_ticker([BTC], inbox.plain)
    await inbox.has(1)
    await exchange.publish_raw(b"{not json")
    await exchange.publish_raw(b'{"status":"UP"}')
    await exchange.publish("ticker", BTC)
    await inbox.has(2)
    assert client.state_machine.is_active()
    assert client.is_connected()


async def test_a_lost_connection_heals(exchange, client, inbox):
    await client.subscribe_ticker([BTC], inbox.plain)
    await inbox.has(1)
    exchange.faults.close(1000)
    await inbox.has(2)
    assert client.is_connected()
    assert client.state_machine.is_active()
    assert client.stats["reconnect_count"] == 1


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


# Factories


async def test_factories_return_connected_clients(exchange, inbox):
    first = await create_public_client(max_tickets=3)
    second = await create_public_client(None, None, 30, False)
    third = await quick_subscribe_ticker([BTC], inbox.plain)
    await inbox.has(1)
    assert first.is_connected()
    assert second.is_connected()
    assert third.state_machine.is_active()
    for client in (first, second, third):
        await client.disconnect()


def test_coroutines_are_coroutines_and_plain_methods_are_plain():
    plain = {"is_connected", "get_ticket_stats", "get_subscription_stats"}
    for name in ("connect", "disconnect", "subscribe", "unsubscribe", "get_status", *plain):
        method = getattr(UpbitWebSocketPublicV5, name)
        assert inspect.iscoroutinefunction(method) is (name not in plain)
