"""The legacy private client against a local exchange."""

from __future__ import annotations

import inspect
import json
import logging

import pytest

from compat_v5.exceptions import (
    ErrorCode,
    InvalidAPIKeysError,
    SubscriptionError,
    should_retry_error,
)
from compat_v5.upbit_websocket_private_client import (
    PrivateDataType,
    UpbitWebSocketPrivateV5,
    create_private_client,
    quick_subscribe_my_assets,
    quick_subscribe_my_orders,
)
from websocket_v6 import GlobalWebSocketManager
from websocket_v6.exceptions import AuthenticationError
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

pytestmark = pytest.mark.usefixtures("quiet")

BTC, ETH = "KRW-BTC", "KRW-ETH"
OTHER_ACCESS, OTHER_SECRET = "TEST-ACCESS-KEY-OTHER", "TEST-SECRET-KEY-OTHER"


@pytest.fixture
async def client(exchange):
    client = UpbitWebSocketPrivateV5(TEST_ACCESS_KEY, TEST_SECRET_KEY)
    await client.connect()
    yield client
    await client.disconnect()


@pytest.fixture
def no_keys(monkeypatch):
    monkeypatch.delenv("UPBIT_ACCESS_KEY", raising=False)
    monkeypatch.delenv("UPBIT_SECRET_KEY", raising=False)


# Keys


@pytest.mark.parametrize(
    "keys", [(), (None, None), ("", ""), (TEST_ACCESS_KEY,), (None, TEST_SECRET_KEY)]
)
def test_missing_keys(no_keys, keys):
    with pytest.raises(InvalidAPIKeysError) as caught:
        UpbitWebSocketPrivateV5(*keys)
    assert caught.value.error_code is ErrorCode.INVALID_API_KEYS
    assert "UPBIT_ACCESS_KEY" in str(caught.value)


def test_keys_from_the_environment(monkeypatch):
    monkeypatch.setenv("UPBIT_ACCESS_KEY", TEST_ACCESS_KEY)
    monkeypatch.setenv("UPBIT_SECRET_KEY", TEST_SECRET_KEY)
    assert UpbitWebSocketPrivateV5().auth.is_authenticated()


def test_no_key_shows(client_with_canary):
    client, canaries = client_with_canary
    shown = [repr(client), repr(client.auth), repr(vars(client)), str(client.config)]
    for canary in canaries:
        assert all(canary not in text for text in shown)


@pytest.fixture
def client_with_canary():
    canaries = ("CANARY-ACCESS-KEY-0001", "CANARY-SECRET-KEY-0002")
    return UpbitWebSocketPrivateV5(*canaries), canaries


def test_a_text_that_cannot_be_a_key_is_refused_without_showing_it():
    with pytest.raises(InvalidAPIKeysError) as caught:
        UpbitWebSocketPrivateV5("CANARY KEY", "SECRET")
    assert "CANARY" not in str(caught.value)


async def test_keys_given_to_initialize_serve_clients_without_keys(no_keys, inbox, monkeypatch):
    async with ExchangeEmulator(rate=0) as exchange:
        monkeypatch.setenv("UPBIT_WS_URL", exchange.url)
        manager = await GlobalWebSocketManager.get_instance()
        await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
        client = UpbitWebSocketPrivateV5()
        await client.connect()
        await client.subscribe_my_assets(inbox.plain)
        await exchange.wait_subscribed("myAsset")
        await client.disconnect()
        await manager.shutdown()


@pytest.mark.parametrize(
    "arguments",
    [
        (None, None, 2),
        (None, None, 2, True, "auto"),
        (None, None, 30, True, None),
    ],
)
def test_positional_arguments_of_every_generation(arguments):
    client = UpbitWebSocketPrivateV5(TEST_ACCESS_KEY, TEST_SECRET_KEY, *arguments)
    if arguments[-1] == "auto":
        assert (client.enable_compression, client.format_preference) == (True, "auto")


def test_keyword_arguments_of_every_generation():
    keys = {"access_key": TEST_ACCESS_KEY, "secret_key": TEST_SECRET_KEY}
    for older in ({"max_tickets": 2}, {"private_pool_size": 2, "enable_compression": None}):
        assert not UpbitWebSocketPrivateV5(**keys, **older).is_connected()


# Delivery


@pytest.mark.parametrize("shape", ["plain", "coroutine"])
@pytest.mark.parametrize("slot", ["first", "second", "named"])
async def test_orders_reach_the_callback_wherever_it_stands(exchange, client, inbox, shape, slot):
    callback = getattr(inbox, shape)
    if slot == "first":
        id_ = await client.subscribe_my_orders(callback)
    elif slot == "second":
        id_ = await client.subscribe_my_orders([BTC], callback)
    else:
        id_ = await client.subscribe_my_orders(callback=callback)
    assert id_.startswith("private_myOrder_")
    await exchange.wait_subscribed("myOrder", BTC if slot == "second" else "*")
    exchange.account(TEST_ACCESS_KEY).place_order(BTC, side="BID", price=1000, volume=1)
    symbol, data_type, data = (await inbox.has(1))[0]
    assert (symbol, data_type) == (BTC, "myOrder")
    assert data["state"] == data["data"]["state"]
    assert data["market"] == "PRIVATE"


async def test_chosen_markets_only(exchange, client, inbox):
    await client.subscribe_my_orders([ETH], inbox.plain)
    await exchange.wait_subscribed("myOrder", ETH)
    account = exchange.account(TEST_ACCESS_KEY)
    account.place_order(BTC, side="BID", price=1000, volume=1)
    account.place_order(ETH, side="BID", price=1000, volume=1)
    ((symbol, _, _),) = await inbox.has(1)
    assert symbol == ETH


async def test_assets_arrive(exchange, client, inbox):
    id_ = await client.subscribe_my_assets(inbox.payload_only)
    assert id_.startswith("private_myAsset_")
    await exchange.wait_subscribed("myAsset")
    exchange.account(TEST_ACCESS_KEY).deposit("BTC", 1)
    (payload,) = await inbox.has(1)
    assert payload["market"] == "PRIVATE"
    assert payload["data"]["assets"][0]["currency"] == "BTC"


async def test_two_accounts_never_mix(inbox, new_inbox):
    keys = {TEST_ACCESS_KEY: TEST_SECRET_KEY, OTHER_ACCESS: OTHER_SECRET}
    other_inbox = new_inbox()
    async with ExchangeEmulator(rate=0, keys=keys) as exchange:
        clients = []
        for (access, secret), box in zip(keys.items(), (inbox, other_inbox), strict=True):
            client = UpbitWebSocketPrivateV5(access, secret)
            client.config.connection.url = exchange.private_url
            await client.connect()
            await client.subscribe_my_assets(box.plain)
            clients.append(client)
        await exchange.wait_connections("private", 2)
        while not all(connection.subscriptions for connection in exchange.connections):
            await exchange.changed(timeout=5.0)
        for access, currency in ((TEST_ACCESS_KEY, "BTC"), (OTHER_ACCESS, "ETH")):
            exchange.account(access).deposit(currency, 1)
        assert (await inbox.has(1))[0][0] == "BTC"
        assert (await other_inbox.has(1))[0][0] == "ETH"
        assert (len(inbox.items), len(other_inbox.items)) == (1, 1)
        for client in clients:
            await client.disconnect()
        await (await GlobalWebSocketManager.get_instance()).shutdown()


async def test_twenty_clients_of_one_account_share_one_connection(exchange, inbox):
    clients = [UpbitWebSocketPrivateV5(TEST_ACCESS_KEY, TEST_SECRET_KEY) for _ in range(20)]
    for client in clients:
        await client.connect()
        await client.subscribe_my_assets(inbox.plain)
    await exchange.wait_subscribed("myAsset")
    for client in clients[:-1]:
        await client.disconnect()
    exchange.account(TEST_ACCESS_KEY).deposit("BTC", 1)
    await inbox.has(1)
    assert exchange.opened("private") == 1
    await clients[-1].disconnect()


# Unsubscribing


async def test_unsubscribe_is_always_true_and_really_unsubscribes(exchange, client, inbox):
    id_ = await client.subscribe_my_assets(inbox.plain)
    await exchange.wait_subscribed("myAsset")
    assert await client.unsubscribe("private_myAsset_1") is True
    assert await client.get_subscription_count() == 1
    assert await client.unsubscribe(id_) is True
    assert await client.get_subscription_count() == 0
    await exchange.wait_unsubscribed("myAsset")


async def test_unsubscribe_all_and_idle(exchange, client, inbox):
    await client.subscribe_my_assets(inbox.plain)
    assert await client.unsubscribe_all() is True
    await client.subscribe_my_orders(inbox.plain)
    assert await client.switch_to_idle_mode() == "idle"
    assert await client.get_subscription_count() == 0


# Failures


async def test_subscribe_before_connect():
    client = UpbitWebSocketPrivateV5(TEST_ACCESS_KEY, TEST_SECRET_KEY)
    with pytest.raises(SubscriptionError) as caught:
        await client.subscribe_my_orders(lambda data: None)
    assert caught.value.details == {"data_type": "myOrder", "symbols": []}


async def test_refused_keys(inbox, caplog):
    caplog.set_level(logging.CRITICAL)
    async with ExchangeEmulator(rate=0) as exchange:
        client = UpbitWebSocketPrivateV5(OTHER_ACCESS, OTHER_SECRET, event_broker=inbox)
        client.config.connection.url = exchange.url
        await client.connect()
        with pytest.raises(SubscriptionError) as caught:
            await client.subscribe_my_orders(lambda data: None)
        assert isinstance(caught.value, InvalidAPIKeysError)
        assert isinstance(caught.value, AuthenticationError)
        assert not should_retry_error(caught.value, 0, 3)
        assert client.is_connected()
        assert client.stats["auth_failures"] == 1
        health = await client.health_check()
        assert health["auth_status"] == "🔴 Invalid Token"
        assert health["token_auto_refresh"] is False
        auth = await client.get_auth_status()
        assert auth["security_level"] == "unauthenticated"
        assert await client.rotate_jwt_token() is False
        assert (await client.validate_api_permissions())["valid"] is False
        assert "INVALID_API_KEYS" in [e["error_code"] for e in inbox.of("websocket.private.error")]
        assert OTHER_ACCESS not in json.dumps([str(item) for item in inbox.items])
        await client.disconnect()
        await (await GlobalWebSocketManager.get_instance()).shutdown()


# Events and status


async def test_events_and_their_payloads(exchange, inbox):
    client = UpbitWebSocketPrivateV5(TEST_ACCESS_KEY, TEST_SECRET_KEY, None, inbox)
    await client.connect()
    id_ = await client.subscribe_my_assets()
    await exchange.wait_subscribed("myAsset")
    exchange.account(TEST_ACCESS_KEY).deposit("BTC", 1)
    await inbox.has(3)
    assert await client.rotate_jwt_token(force=True) is True
    await client.unsubscribe(id_)
    await client.disconnect()
    names = [name.removeprefix("websocket.private.") for name, _ in inbox.items]
    assert names == [
        "connected",
        "subscribed",
        "myAsset",
        "jwt_rotated",
        "unsubscribed",
        "disconnected",
    ]
    assert set(inbox.of("websocket.private.connected")[0]) == {"connection_id", "timestamp"}
    assert inbox.of("websocket.private.subscribed") == [
        {"subscription_id": id_, "data_type": "myAsset", "markets": []}
    ]
    (envelope,) = inbox.of("websocket.private.myAsset")
    assert (envelope["type"], envelope["market"]) == ("myAsset", "PRIVATE")
    assert envelope["data"]["assets"]
    assert set(inbox.of("websocket.private.jwt_rotated")[0]) == {
        "forced",
        "old_expiry",
        "new_expiry",
        "rotation_reason",
    }


async def test_auth_status_follows_the_client(exchange, client, inbox):
    before = await client.get_auth_status()
    assert before["jwt"]["exists"] is True
    assert before["subscriptions"]["realtime_intents"] == 0
    await client.subscribe_my_orders(inbox.plain)
    after = await client.get_auth_status()
    assert after["connection"] == {"connected": True, "connection_state": "ACTIVE"}
    assert after["subscriptions"]["realtime_intents"] == 1
    active = after["subscriptions"]["private_connection"]["active_subscription"]
    assert active["data_types"] == ["myOrder"]
    assert after["security_level"] == "private_authenticated"
    assert json.loads(json.dumps(after)) == after
    await client.disconnect()
    ended = await client.get_auth_status()
    assert ended["connection"] == {"connected": False, "connection_state": "DISCONNECTED"}
    assert ended["jwt"]["auto_refresh_active"] is False


async def test_status_and_health(exchange, client, inbox):
    await client.subscribe_my_assets(inbox.plain)
    await exchange.wait_subscribed("myAsset")
    exchange.account(TEST_ACCESS_KEY).deposit("BTC", 1)
    await inbox.has(1)
    status = await client.get_status()
    assert status["auth_metrics"] == {
        "token_refreshes": 1,
        "auth_failures": 0,
        "token_expires_at": None,
        "token_valid": True,
    }
    assert status["message_count"] == 1
    health = await client.health_check()
    assert (health["health_score"], health["auth_status"]) == (100, "🟢 Valid Token")
    permissions = (await client.validate_api_permissions())["permissions"]
    assert permissions == {"view_orders": False, "view_balances": True, "trade": False}


async def test_batch_subscribe(client, inbox):
    ids = await client.batch_subscribe(
        [
            {"data_type": "myOrder", "markets": [BTC], "callback": inbox.plain, "mode": "x"},
            {"data_type": PrivateDataType.MY_ASSET},
            {"data_type": "ticker"},
        ]
    )
    assert [bool(id_) for id_ in ids] == [True, True, False]


async def test_factories_return_connected_clients(exchange, inbox):
    first = await create_private_client(TEST_ACCESS_KEY, TEST_SECRET_KEY, private_pool_size=2)
    second = await quick_subscribe_my_orders(None, None, [BTC], inbox.plain)
    third = await quick_subscribe_my_assets(callback=inbox.plain)
    await exchange.wait_subscribed("myAsset")
    assert [c.is_connected() for c in (first, second, third)] == [True] * 3
    assert await first.reconnect_with_auth_refresh() is True
    for client in (first, second, third):
        await client.disconnect()


def test_coroutines_are_coroutines_and_plain_methods_are_plain():
    assert not inspect.iscoroutinefunction(UpbitWebSocketPrivateV5.get_supported_data_types)
    for name in ("rotate_jwt_token", "get_auth_status", "subscribe_my_orders", "unsubscribe_all"):
        assert inspect.iscoroutinefunction(getattr(UpbitWebSocketPrivateV5, name))
    assert not hasattr(UpbitWebSocketPrivateV5, "subscribe")
    client = UpbitWebSocketPrivateV5(TEST_ACCESS_KEY, TEST_SECRET_KEY)
    assert client.get_supported_data_types() == ["myOrder", "myAsset"]
