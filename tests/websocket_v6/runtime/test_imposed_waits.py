"""A wait that the exchange imposes holds for every connection that it is about, and for no other."""

from __future__ import annotations

import asyncio
from time import monotonic

import pytest

from websocket_v6 import (
    GlobalWebSocketManager,
    Lost,
    RateLimited,
    Rejected,
    Resumed,
    SubscribeTimeout,
    WebSocketClientProxy,
)
from websocket_v6._async.connecting import Connecting
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

from .conftest import FAST, Arrivals, Events, Inbox, eventually
from .flows import assert_all_flow, streaming

WAIT = 0.6
BAN = 600.0
"""Seconds that no test waits out."""


async def limited(exchange: ExchangeEmulator, events: Events, status: int, wait: float) -> float:
    """Let the public connection be lost and refused once; when that was."""
    exchange.faults.refuse(status, times=1, retry_after=wait)
    exchange.faults.kill("public")
    await events.wait(RateLimited)
    return monotonic()


@pytest.mark.parametrize("status", [418, 429])
async def test_a_private_connection_waits_for_what_the_public_one_was_told(
    exchange: ExchangeEmulator,
    manager: GlobalWebSocketManager,
    events: Events,
    arrivals: Arrivals,
    status: int,
) -> None:
    await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
    ws, inboxes = await streaming(exchange)
    await limited(exchange, events, status, WAIT)
    refused = arrivals.of("public")[-1]
    subscribing = asyncio.ensure_future(ws.subscribe_my_orders(Inbox()))
    told = await events.wait(RateLimited, 2)
    assert told.connection == "private:default"
    assert 0 < told.wait <= WAIT
    verdict = ws.explain("myOrder", "*")
    assert verdict.state == "rate_limited"
    assert 0 < verdict.evidence["wait_seconds"] <= WAIT
    await subscribing
    assert arrivals.of("private")[0] - refused >= WAIT
    await assert_all_flow(exchange, inboxes)
    # Each connection tells it once.
    assert len(events.of(RateLimited)) == 2


async def test_another_level_of_an_order_book_waits_as_well(
    exchange: ExchangeEmulator, events: Events, arrivals: Arrivals
) -> None:
    ws, _ = await streaming(exchange)
    await limited(exchange, events, 429, WAIT)
    refused = arrivals.of("public")[-1]
    book = Inbox()
    await ws.subscribe_orderbook(["KRW-BTC"], book, level=10000)
    await book.wait()
    assert all(at - refused >= WAIT for at in arrivals.of("public")[2:])


async def test_a_connection_that_is_up_neither_notices_nor_tells(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, events: Events
) -> None:
    await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
    ws, inboxes = await streaming(exchange)
    await ws.subscribe_my_orders(Inbox())
    await exchange.wait_subscribed("myOrder")
    await limited(exchange, events, 429, WAIT)
    await events.wait(Resumed)
    await assert_all_flow(exchange, inboxes)
    assert [event.connection for event in events.of(RateLimited)] == ["public"]
    assert [event.connection for event in events.of(Lost)] == ["public"]


async def test_a_wait_outlasts_a_shutdown(
    exchange: ExchangeEmulator,
    manager: GlobalWebSocketManager,
    events: Events,
    arrivals: Arrivals,
    inbox: Inbox,
) -> None:
    ws, _ = await streaming(exchange)
    await limited(exchange, events, 429, WAIT)
    refused = arrivals.of("public")[-1]
    await manager.shutdown()
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    assert len(arrivals.of("public")) == 3
    assert arrivals.of("public")[-1] - refused >= WAIT


async def test_a_first_connection_that_has_to_wait_for_too_long_times_out_and_says_why(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, events: Events, arrivals: Arrivals
) -> None:
    GlobalWebSocketManager.configure(url=exchange.url, **FAST, subscribe_timeout=0.3)
    await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
    ws, _ = await streaming(exchange)
    await limited(exchange, events, 418, BAN)
    for _ in range(2):
        with pytest.raises(SubscribeTimeout, match=r"HTTP 418.* for another connection"):
            await ws.subscribe_my_orders(Inbox())
    assert arrivals.of("private") == []
    told = [event for event in events.of(RateLimited) if event.connection == "private:default"]
    assert len(told) == 1


async def test_another_server_is_not_bound_by_the_wait(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, events: Events
) -> None:
    _, inboxes = await streaming(exchange)
    await limited(exchange, events, 418, BAN)
    async with ExchangeEmulator(rate=0) as other:
        GlobalWebSocketManager.configure(url=other.url, **FAST)
        await events.wait(Resumed)
        await assert_all_flow(other, inboxes)
        await manager.shutdown()
    assert exchange.opened("public") == 1


async def test_a_shutdown_during_a_long_wait_takes_no_notice_of_it(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, events: Events, inbox: Inbox
) -> None:
    ws, _ = await streaming(exchange)
    await limited(exchange, events, 429, BAN)
    await asyncio.wait_for(manager.shutdown(), 3)
    async with ExchangeEmulator(rate=0) as other:
        GlobalWebSocketManager.configure(url=other.url, **FAST)
        await ws.subscribe_ticker(["KRW-BTC"], inbox)
        await inbox.wait()
        await manager.shutdown()


@pytest.mark.parametrize(("name", "binds"), [("TOO_MANY_REQUEST", False), ("I'm a teapot", True)])
async def test_too_many_messages_are_one_connections_affair_and_a_ban_is_not(
    exchange: ExchangeEmulator,
    manager: GlobalWebSocketManager,
    events: Events,
    arrivals: Arrivals,
    name: str,
    binds: bool,
) -> None:
    slow = {**FAST, "rate_limit_wait": WAIT}
    GlobalWebSocketManager.configure(url=exchange.url, **slow)
    await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
    ws, inboxes = await streaming(exchange)
    await exchange.publish_raw(f'{{"error":{{"name":"{name}","message":""}}}}'.encode())
    exchange.faults.close(1000, kind="public")
    await events.wait(RateLimited)
    await ws.subscribe_my_orders(Inbox())
    await events.wait(Resumed)
    await assert_all_flow(exchange, inboxes)
    again, private = arrivals.of("public")[-1], arrivals.of("private")[0]
    told = [event.connection for event in events.of(RateLimited)]
    assert events.of(Rejected) == []
    if binds:
        assert told == ["public", "private:default"]
    else:
        assert private < again
        assert told == ["public"]


@pytest.mark.parametrize("limit", ["handshake", "frame"])
async def test_a_search_for_a_rejected_subscription_waits_too(
    manager: GlobalWebSocketManager, events: Events, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    async with ExchangeEmulator(rate=0, region="sg") as exchange:
        settings = {**FAST, "rate_limit_wait": WAIT, "verify_delay": 60.0}
        GlobalWebSocketManager.configure(url=exchange.url, **settings)
        codes = sorted(exchange.markets.codes)[:5]
        ws, old = WebSocketClientProxy("component"), Inbox()
        await ws.subscribe_trade(codes[:1], old)
        await old.wait()
        arrivals = Arrivals(exchange, monkeypatch)
        earlier: list[float] = []
        delay = Connecting.search_delay

        def limit_search(connecting: Connecting) -> float:
            """Let the search wait until the shared connection is back, so that the limit meets the search."""
            if not (events.of(Resumed) and exchange.held("public")):
                return 0.01
            wait = delay(connecting)
            if wait == 0.0 and not earlier:
                earlier.extend(arrivals.of("public"))
                if limit == "handshake":
                    exchange.faults.refuse(429, times=1)
                else:
                    exchange.faults.reject_next("TOO_MANY_REQUEST")
            return wait

        monkeypatch.setattr(Connecting, "search_delay", limit_search)
        await asyncio.gather(
            ws.subscribe_orderbook(["KRW-BTC"], Inbox(), level=10000),
            *(ws.subscribe_ticker([code], Inbox()) for code in codes),
        )
        limited = await events.wait(RateLimited)
        assert limited.wait >= WAIT
        rejected = await events.wait(Rejected)
        assert rejected.topics == (("orderbook", "KRW-BTC"),)
        # The shared connection's: it came back after its request was rejected.
        assert len(earlier) == 1
        refused, *later = arrivals.of("public")[len(earlier) :]
        assert later
        assert all(at - refused >= WAIT for at in later)
        await eventually(
            lambda: exchange.held("public") >= {("ticker", code) for code in codes}, "the others"
        )
        assert len(events.of(Rejected)) == len(events.of(RateLimited)) == 1
        await manager.shutdown()
