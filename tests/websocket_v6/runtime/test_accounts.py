"""One private connection per key pair, whatever names the pair has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from websocket_v6 import (
    AccountConflictError,
    AuthenticationError,
    AuthFailed,
    Credentials,
    GlobalWebSocketManager,
    Resumed,
    WebSocketClientProxy,
)
from websocket_v6._async.connecting import Connecting
from websocket_v6.testing import ExchangeEmulator

from .conftest import FAST, Arrivals, Events, Inbox, eventually

A = ("TEST-ACCESS-A", "TEST-SECRET-A")
B = ("TEST-ACCESS-B", "TEST-SECRET-B")

pytestmark = pytest.mark.usefixtures("manager")


@pytest.fixture
async def exchange() -> AsyncIterator[ExchangeEmulator]:
    async with ExchangeEmulator(rate=0, keys=dict([A, B])) as exchange:
        yield exchange


def holders(exchange: ExchangeEmulator) -> list[str | None]:
    """The access key of each open private connection that holds orders."""
    return sorted(
        one.access_key or ""
        for one in exchange.connections
        if one.kind == "private" and one.subscriptions
    )


async def orders(
    name: str, account: str | Credentials | None
) -> tuple[WebSocketClientProxy, Inbox]:
    ws, inbox = WebSocketClientProxy(name, account=account), Inbox()
    await ws.subscribe_my_orders(inbox)
    return ws, inbox


async def refuse(exchange: ExchangeEmulator, events: Events) -> None:
    """Every private connection is lost and its keys are refused."""
    open_now = [one for one in exchange.connections if one.kind == "private"]
    before = len(events.of(AuthFailed))
    exchange.faults.refuse(401, kind="private", times=len(open_now))
    exchange.faults.kill("private")
    await events.wait(AuthFailed, before + len(open_now))


async def test_two_names_of_one_pair_share_a_connection(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager
) -> None:
    await manager.initialize(*A)
    await manager.add_account("same", *A)
    kept = [await orders("one", None), await orders("two", "same")]
    kept.append(await orders("three", Credentials(*A)))
    await eventually(lambda: holders(exchange) == [A[0]], "one connection")
    assert exchange.opened("private") == 1
    exchange.account(A[0]).place_order("KRW-BTC", "BID", price=1, volume=1)
    for _, inbox in kept:
        await inbox.wait()


async def test_new_keys_for_one_name_leave_the_other_names_alone(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, events: Events
) -> None:
    await manager.initialize(*A)
    await manager.add_account("same", *A)
    one, first = await orders("one", None)
    two, second = await orders("two", "same")
    pair, third = await orders("three", Credentials(*A))
    await refuse(exchange, events)
    assert [ws.explain("myOrder").state for ws in (one, two, pair)] == ["auth_failed"] * 3
    await manager.add_account("same", *B)
    await eventually(lambda: holders(exchange) == [B[0]], "only the renewed name is back")
    assert two.is_private_available()
    assert not one.is_private_available()
    assert not pair.is_private_available()
    exchange.account(B[0]).place_order("KRW-BTC", "BID", price=1, volume=1)
    await second.wait()
    assert first.frames == third.frames == []
    # The refused pair is known to be refused, under whatever name.
    with pytest.raises(AuthenticationError):
        await pair.subscribe_my_assets(Inbox())
    # Given again by hand it is tried again, and then it is everybody's who means that pair.
    await manager.initialize(*A)
    await eventually(lambda: holders(exchange) == [A[0], B[0]], "both pairs stream")
    exchange.account(A[0]).place_order("KRW-ETH", "BID", price=1, volume=1)
    await first.wait()
    await third.wait()
    assert [symbol for symbol, _, _ in second.frames] == ["KRW-BTC"]
    names = (await manager.get_system_status())["connections"]
    assert len([name for name in names if name.startswith("private")]) == 2


async def test_renewing_to_a_pair_that_is_in_use_joins_its_connection(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, events: Events
) -> None:
    await manager.initialize(*A)
    one, first = await orders("one", None)
    await refuse(exchange, events)
    await manager.add_account("second", *B)
    two, second = await orders("two", "second")
    await manager.initialize(*B)
    await manager.add_account("second", *B)
    assets = Inbox()
    await one.subscribe_my_assets(assets)
    await exchange.wait_subscribed("myAsset")
    exchange.account(B[0]).place_order("KRW-BTC", "BID", price=1, volume=1)
    await asyncio.gather(first.wait(), second.wait(), assets.wait())
    assert holders(exchange) == [B[0]]
    assert exchange.opened("private") == 2  # A's first, and B's
    await one.unsubscribe_all()
    exchange.account(B[0]).place_order("KRW-BTC", "BID", price=1, volume=1)
    await second.wait(2)
    assert len(first.frames) == 1
    with pytest.raises(AccountConflictError):
        await manager.initialize(*A)
    assert await two.get_active_subscriptions() != {}


async def test_renewed_keys_end_the_outage_that_the_refusal_began(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, events: Events
) -> None:
    await manager.initialize(*A)
    ws, inbox = await orders("bot", None)
    await refuse(exchange, events)
    await manager.initialize(*B)
    resumed = await events.wait(Resumed)
    assert resumed.connection == "private:default"
    assert resumed.topics == (("myOrder", "*"),)
    health = (await ws.health_check())["connections"]["private:default"]
    assert health["reconnects"] == 1
    await exchange.wait_subscribed("myOrder")
    exchange.account(B[0]).place_order("KRW-BTC", "BID", price=1, volume=1)
    await inbox.wait()


async def test_the_environment_and_given_keys_are_one_account(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPBIT_ACCESS_KEY", A[0])
    monkeypatch.setenv("UPBIT_SECRET_KEY", A[1])
    kept = [await orders("pair", Credentials(*A)), await orders("default", None)]
    await eventually(lambda: holders(exchange) == [A[0]], "one connection")
    await manager.initialize(*A)
    kept.append(await orders("default", None))
    assert exchange.opened("private") == 1


async def test_configuring_after_a_refusal_keeps_the_verdict(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager
) -> None:
    await manager.initialize("TEST-WRONG-ACCESS", "TEST-WRONG-SECRET")
    ws = WebSocketClientProxy("bot")
    with pytest.raises(AuthenticationError):
        await ws.subscribe_my_orders(Inbox())
    GlobalWebSocketManager.configure(url=exchange.url, **FAST)
    assert not ws.is_private_available()


@pytest.mark.parametrize("up", [False, True], ids=["alone", "beside a stream"])
async def test_keys_that_a_search_is_refused_are_not_used_again(
    exchange: ExchangeEmulator,
    manager: GlobalWebSocketManager,
    events: Events,
    arrivals: Arrivals,
    monkeypatch: pytest.MonkeyPatch,
    up: bool,
) -> None:
    await manager.initialize(*A)
    ws, orders, assets = WebSocketClientProxy("bot"), Inbox(), Inbox()
    if up:
        await ws.subscribe_my_assets(assets)
        await exchange.wait_subscribed("myAsset")
        exchange.account(A[0]).deposit("KRW", 1)
        await assets.wait()
        await eventually(lambda: bool(exchange.requests("list")), "the check after a change")
    delay, refused = Connecting.search_delay, asyncio.Event()

    def refuse_search(connecting: Connecting) -> float:
        if up and not events.of(Resumed):
            return 0.01
        wait = delay(connecting)
        if wait == 0.0 and not refused.is_set():
            refused.set()
            exchange.faults.refuse(401, kind="private", times=1)
        return wait

    monkeypatch.setattr(Connecting, "search_delay", refuse_search)
    exchange.faults.reject_next("WRONG_FORMAT", kind="private")
    markets = ["KRW-BTC", "KRW-ETH"]
    subscribing = asyncio.gather(ws.subscribe_my_orders(orders, markets), return_exceptions=True)
    await events.wait(AuthFailed)
    await subscribing
    await eventually(
        lambda: not any("probe" in task.get_name() for task in asyncio.all_tasks()),
        "the search's end",
    )
    attempts = len(arrivals.of("private"))
    if up:
        exchange.account(A[0]).deposit("KRW", 2)
        await assets.wait(2)
        assert ws.explain("myAsset", "*").state == "live"
    assert len(arrivals.of("private")) == attempts
    await manager.initialize(*A)
    await ws.subscribe_my_orders(orders, markets)
    wanted = {("myOrder", code) for code in markets}
    await eventually(lambda: exchange.held("private") >= wanted, "what is wanted")
    exchange.account(A[0]).place_order("KRW-BTC", "BID", price=1, volume=1)
    await orders.wait()
    assert len(events.of(AuthFailed)) == 1
