"""The legacy subscription manager, alone and as a client shows it."""

from __future__ import annotations

import json

import pytest

from compat_v5.exceptions import RemovedFeatureError, SubscriptionError
from compat_v5.models import DataType
from compat_v5.subscription_manager import (
    AutoLifecycleManager,
    ConnectionType,
    SubscriptionDebugger,
    SubscriptionManager,
    SubscriptionOptimizer,
)
from compat_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5
from websocket_v6.exceptions import InvalidArgument
from websocket_v6.testing import TEST_ACCESS_KEY

pytestmark = pytest.mark.usefixtures("quiet")

BTC, ETH = "KRW-BTC", "KRW-ETH"


@pytest.fixture
async def manager(exchange):
    manager = SubscriptionManager(cleanup_interval=30, config=None)
    yield manager
    await manager.unsubscribe_all("public")
    await manager.unsubscribe_all(ConnectionType.PRIVATE)


def test_arguments_of_older_generations_are_refused_with_the_way_out():
    with pytest.raises(RemovedFeatureError, match="WebSocketClientProxy"):
        SubscriptionManager(public_pool_size=3)


def test_methods_of_older_generations_name_the_way_out():
    manager = SubscriptionManager()
    with pytest.raises(AttributeError, match="WebSocketClientProxy"):
        _ = manager.register_global_callback
    assert not hasattr(manager, "ticket_manager")


@pytest.mark.parametrize(
    "helper", [SubscriptionOptimizer, AutoLifecycleManager, SubscriptionDebugger]
)
def test_helpers_exist_and_say_that_nothing_is_left_to_do(helper):
    with pytest.raises(AttributeError, match="by itself"):
        _ = helper(30).start


async def test_subscribe_and_unsubscribe_by_id(exchange, manager, inbox):
    id_ = await manager.subscribe("ticker", [BTC], inbox.plain, client_id="chart")
    assert id_ == "chart:ticker"
    ((symbol, data_type, data),) = await inbox.has(1)
    assert (symbol, data_type, data["market"]) == (BTC, "ticker", BTC)
    assert await manager.get_subscription_count() == {"public": 1, "private": 0, "total": 1}
    assert await manager.unsubscribe(id_) is None
    assert await manager.unsubscribe("chart:trade") is None
    assert await manager.get_subscription_count() == {"public": 0, "private": 0, "total": 0}
    await exchange.wait_unsubscribed("ticker", BTC)


async def test_a_failed_subscribe_is_both_errors(manager):
    with pytest.raises(SubscriptionError) as caught:
        await manager.subscribe("ticker", [], lambda data: None)
    assert isinstance(caught.value, InvalidArgument)


async def test_realtime_data_is_added_and_taken_symbol_by_symbol(exchange, manager, inbox):
    assert await manager.request_realtime_data([BTC], DataType.TICKER, inbox.plain, "a") is True
    assert await manager.request_realtime_data([ETH], "ticker", inbox.plain, "a") is True
    await inbox.has(2)
    assert await manager.stop_realtime_data([BTC], "ticker", "a") is True
    await exchange.wait_unsubscribed("ticker", BTC)
    assert await manager.stop_realtime_data([BTC], "ticker", "a") is False
    await exchange.publish("ticker", ETH)
    await inbox.has(3)
    assert inbox.items[-1][0] == ETH


async def test_taking_one_of_two_symbols_keeps_the_other_without_a_second_snapshot(
    exchange, manager, inbox
):
    await manager.request_realtime_data([BTC, ETH], "ticker", inbox.plain, "a")
    await inbox.has(2)
    assert await manager.stop_realtime_data([BTC], "ticker", "a") is True
    await exchange.wait_unsubscribed("ticker", BTC)
    await exchange.publish("ticker", ETH)
    await inbox.has(3)
    assert [data["stream_type"] for _, _, data in inbox.items] == [
        "SNAPSHOT",
        "SNAPSHOT",
        "REALTIME",
    ]


async def test_a_request_that_fails_says_false(manager, caplog):
    caplog.set_level("CRITICAL")
    assert await manager.request_realtime_data([BTC], "nonsense", lambda data: None) is False
    assert await manager.request_realtime_data([], "ticker", lambda data: None) is False


async def test_snapshots_of_every_symbol(manager):
    answer = await manager.request_snapshot_data([BTC, ETH], "ticker")
    assert set(answer) == {BTC, ETH}
    envelope = answer[BTC]["ticker"]
    assert (envelope["type"], envelope["market"]) == ("ticker", BTC)
    assert envelope["data"]["code"] == BTC


async def test_snapshots_never_raise(manager, caplog):
    caplog.set_level("CRITICAL")
    assert await manager.request_snapshot_data([], "ticker") == {}
    assert await manager.request_snapshot_data([BTC], "nonsense") == {}
    assert await manager.request_snapshot_data(["KRW-NOPE"], "ticker", timeout=0.05) == {}
    assert (await manager.get_subscription_count())["total"] == 0


async def test_private_types_use_the_private_connection(exchange, manager, inbox):
    assert await manager.request_realtime_data([], "myAsset", inbox.plain, "a") is True
    await exchange.wait_subscribed("myAsset")
    exchange.account(TEST_ACCESS_KEY).deposit("BTC", 1)
    ((symbol, data_type, _),) = await inbox.has(1)
    assert (symbol, data_type) == ("BTC", "myAsset")
    assert (await manager.get_subscription_count())["private"] == 1


async def test_state_and_health(manager, inbox, capsys):
    assert (await manager.health_check())["overall_status"] == "idle"
    await manager.subscribe("ticker", [BTC], inbox.plain)
    await inbox.has(1)
    state = manager.get_state()
    assert json.loads(json.dumps(state)) == state
    assert state["realtime_intents"] == 1
    assert state["pending_snapshots"] == 0
    assert state["public_connection"]["active_subscription"]["symbols"] == [BTC]
    assert state["private_connection"]["active_subscription"] is None
    health = await manager.health_check()
    assert health["overall_status"] == "healthy"
    assert health["connections"] == {"public": True, "private": False}
    assert health["performance"]["public"]["message_count"] == 1
    assert manager.public_state.active_subscription.data_types == {"ticker"}
    assert [intent.symbols for intent in manager.realtime_intents.values()] == [{BTC}]
    assert manager.snapshot_requests == {}
    manager.print_state()
    assert json.loads(capsys.readouterr().out)["realtime_intents"] == 1


async def test_data_may_be_handed_in(manager, inbox, new_inbox):
    other = new_inbox()
    await manager.subscribe("ticker", [BTC], inbox.plain)
    await manager.subscribe("ticker", [BTC], other.coroutine, client_id="b")
    await inbox.has(1)
    await other.has(1)
    manager.on_data_received(BTC, "ticker", {"type": "ticker", "code": BTC, "trade_price": 7})
    manager.on_data_received(ETH, "ticker", {"type": "ticker", "code": ETH})
    assert (await inbox.has(2))[1][2]["trade_price"] == 7
    assert (await other.has(2))[1][2]["trade_price"] == 7
    assert len(inbox.items) == 2


async def test_services_need_no_starting(manager):
    assert await manager.start_background_services() is None
    assert manager.stop_background_services() is None
    assert manager.set_websocket_connections(public_ws=object()) is None
    assert await manager.force_reconnect() is False


async def test_a_clients_manager_sees_the_clients_subscriptions(exchange, inbox):
    client = UpbitWebSocketPublicV5()
    manager = client.subscription_manager
    assert (await manager.health_check())["overall_status"] == "critical"
    with pytest.raises(SubscriptionError, match="connect"):
        await manager.subscribe("ticker", [BTC])
    await client.connect()
    own = await client.subscribe_ticker([BTC], inbox.plain)
    await manager.subscribe("trade", [BTC], inbox.plain)
    await inbox.has(2)
    assert await manager.get_subscription_count() == {"public": 2, "private": 0, "total": 2}
    assert manager.public_state.message_count == 2
    await manager.unsubscribe(own)
    assert await manager.get_subscription_count() == {"public": 1, "private": 0, "total": 1}
    assert await manager.unsubscribe_all() is True
    assert client.subscriptions == {}
    await client.disconnect()
