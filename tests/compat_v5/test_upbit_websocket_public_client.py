"""The legacy public client against a local exchange."""

from __future__ import annotations

import asyncio
import inspect

import pytest

from compat_v5.config import WebSocketConfig
from compat_v5.exceptions import (
    ErrorCode,
    SubscriptionError,
    WebSocketConnectionError,
    WebSocketConnectionTimeoutError,
)
from compat_v5.state import WebSocketState
from compat_v5.upbit_websocket_public_client import (
    UpbitWebSocketPublicV5,
    create_public_client,
    quick_subscribe_ticker,
)
from websocket_v6.exceptions import SubscribeTimeout
from websocket_v6.testing import ExchangeEmulator

pytestmark = pytest.mark.usefixtures("quiet")

BTC, ETH = "KRW-BTC", "KRW-ETH"


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
