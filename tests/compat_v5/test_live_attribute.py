"""Names under which subclasses and callers of the legacy classes keep books of their own."""

from __future__ import annotations

import pytest

from compat_v5.subscription_manager import SubscriptionManager
from compat_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5

pytestmark = pytest.mark.usefixtures("quiet")

BTC = "KRW-BTC"


@pytest.mark.parametrize("name", ["callbacks", "subscriptions"])
@pytest.mark.parametrize("first", [True, False])
async def test_a_subclass_keeps_books_of_its_own(exchange, inbox, name, first):
    class Client(UpbitWebSocketPublicV5):
        def __init__(self):
            if first:
                setattr(self, name, [])
            super().__init__()
            if not first:
                setattr(self, name, [])

    client = Client()
    await client.connect()
    getattr(client, name).append("mine")
    id_ = await client.subscribe_ticker([BTC], inbox.plain)
    await inbox.has(1)
    assert getattr(client, name) == ["mine"]
    status = await client.get_status()
    assert status["active_subscriptions"] == 1
    await client.unsubscribe(id_)
    await exchange.wait_unsubscribed("ticker", BTC)
    await client.disconnect()


def test_the_books_of_one_client_are_not_those_of_another():
    one, other = UpbitWebSocketPublicV5(), UpbitWebSocketPublicV5()
    one.subscriptions = {"mine": 1}
    assert (one.subscriptions, other.subscriptions) == ({"mine": 1}, {})


@pytest.mark.parametrize(
    "name", ["public_state", "private_state", "realtime_intents", "snapshot_requests"]
)
async def test_what_a_manager_shows_may_be_assigned(exchange, inbox, name):
    manager = SubscriptionManager()
    setattr(manager, name, None)
    await manager.subscribe("ticker", [BTC], inbox.plain)
    await inbox.has(1)
    assert getattr(manager, name) is None
    assert manager.get_state()["realtime_intents"] == 1
    health = await manager.health_check()
    assert health["performance"]["public"]["message_count"] == 1
    await manager.unsubscribe_all()
