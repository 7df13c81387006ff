"""Orders and assets: who gets which, and what becomes of them when keys are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from websocket_v6 import (
    AuthenticationError,
    AuthFailed,
    GlobalWebSocketManager,
    WebSocketClientProxy,
)
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

from .conftest import FAST, Events, Inbox, eventually


async def test_the_private_stream(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, inbox: Inbox
) -> None:
    ws = WebSocketClientProxy("bot")
    assert not ws.is_private_available()
    with pytest.raises(AuthenticationError, match="initialize"):
        await ws.subscribe_my_orders(inbox)
    await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
    assert ws.is_private_available()
    assets = Inbox()
    await ws.subscribe_my_orders(inbox)
    await ws.subscribe_my_assets(assets)
    await exchange.wait_subscribed("myAsset")
    assert exchange.opened("private") == 1
    exchange.account().place_order("KRW-BTC", "BID", price=1000, volume=2)
    await inbox.wait()
    await assets.wait()
    symbol, data_type, data = inbox.frames[0]
    assert (symbol, data_type, data["state"]) == ("KRW-BTC", "myOrder", "wait")
    assert assets.frames[0][0] == "KRW"


async def test_chosen_markets_and_all_markets(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager
) -> None:
    await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
    ws, chosen, every = WebSocketClientProxy("bot"), Inbox(), Inbox()
    await ws.subscribe_my_orders(chosen, ["KRW-ETH"])
    await ws.subscribe_my_orders(every)
    await exchange.wait_subscribed("myOrder", "*")
    assert exchange.held("private") == {("myOrder", "*")}
    account = exchange.account()
    account.place_order("KRW-BTC", "BID", price=1000, volume=1)
    account.place_order("KRW-ETH", "BID", price=1000, volume=1)
    await every.wait(2)
    await chosen.wait()
    assert [symbol for symbol, _, _ in every.frames] == ["KRW-BTC", "KRW-ETH"]
    assert [symbol for symbol, _, _ in chosen.frames] == ["KRW-ETH"]


async def test_refused_keys_stop_the_account_until_new_ones_come(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, events: Events, inbox: Inbox
) -> None:
    await manager.initialize("TEST-WRONG-ACCESS", "TEST-WRONG-SECRET")
    ws = WebSocketClientProxy("bot")
    with pytest.raises(AuthenticationError) as caught:
        await ws.subscribe_my_orders(inbox)
    assert "TEST-WRONG-SECRET" not in str(caught.value)
    failed = await events.wait(AuthFailed)
    assert failed.account == "default"
    assert not ws.is_private_available()
    attempts = len(events.of(AuthFailed))
    await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
    assert ws.is_private_available()
    await ws.subscribe_my_orders(inbox)
    await exchange.wait_subscribed("myOrder")
    assert len(events.of(AuthFailed)) == attempts


async def test_a_running_private_stream_resumes_with_new_keys(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, events: Events, inbox: Inbox
) -> None:
    await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
    ws = WebSocketClientProxy("bot")
    await ws.subscribe_my_orders(inbox)
    await exchange.wait_subscribed("myOrder")
    exchange.faults.refuse(401, kind="private", times=1)
    exchange.faults.kill("private")
    await events.wait(AuthFailed)
    await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
    await exchange.wait_subscribed("myOrder")
    exchange.account().place_order("KRW-BTC", "BID", price=1000, volume=1)
    await inbox.wait()


async def test_two_accounts_see_their_own_orders_only(manager: GlobalWebSocketManager) -> None:
    from websocket_v6 import AccountConflictError, Credentials

    keys = {"TEST-ACCESS-A": "TEST-SECRET-A", "TEST-ACCESS-B": "TEST-SECRET-B"}
    async with ExchangeEmulator(rate=0, keys=keys) as exchange:
        GlobalWebSocketManager.configure(url=exchange.url, **FAST)
        manager = await GlobalWebSocketManager.get_instance()
        await manager.initialize("TEST-ACCESS-A", "TEST-SECRET-A")
        await manager.initialize(None, None)
        with pytest.raises(AccountConflictError):
            await manager.initialize("TEST-ACCESS-B", "TEST-SECRET-B")
        await manager.add_account("second", "TEST-ACCESS-B", "TEST-SECRET-B")
        first, second, same = Inbox(), Inbox(), Inbox()
        one = WebSocketClientProxy("one")
        two = WebSocketClientProxy("two", account="second")
        three = WebSocketClientProxy("three", account=Credentials("TEST-ACCESS-B", "TEST-SECRET-B"))
        await one.subscribe_my_orders(first)
        await two.subscribe_my_orders(second)
        await three.subscribe_my_orders(same)
        await exchange.wait_connections("private", 2)
        await eventually(
            lambda: all(c.subscriptions for c in exchange.connections), "both hold their orders"
        )
        exchange.account("TEST-ACCESS-A").place_order("KRW-BTC", "BID", price=1, volume=1)
        exchange.account("TEST-ACCESS-B").place_order("KRW-ETH", "BID", price=1, volume=1)
        await first.wait()
        await second.wait()
        await same.wait()
        assert [symbol for symbol, _, _ in first.frames] == ["KRW-BTC"]
        assert [symbol for symbol, _, _ in second.frames] == ["KRW-ETH"]
        assert exchange.opened("private") == 2
        await manager.shutdown()


@pytest.mark.usefixtures("manager")
async def test_private_content_and_keys_stay_out_of_the_logs(
    exchange: ExchangeEmulator,
    manager: GlobalWebSocketManager,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)

    def raises(*_: Any) -> None:
        raise ValueError("fault")

    ws = WebSocketClientProxy("bot")
    await ws.subscribe_my_orders(raises)
    await exchange.wait_subscribed("myOrder")
    await exchange.publish_raw(b'{"type": "myOrder", "identifier": "CANARY', kind="private")
    exchange.account().place_order("KRW-BTC", "BID", price=1000, volume=1)
    await eventually(lambda: "callback_failed" in caplog.text, "the callback ran")
    ours = "\n".join(
        json.dumps(vars(record), default=str)
        for record in caplog.records
        if record.name.startswith("websocket_v6") and ".testing" not in record.name
    )
    for secret in (TEST_SECRET_KEY, TEST_ACCESS_KEY, "CANARY", "Bearer"):
        assert secret not in ours
