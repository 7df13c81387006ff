"""An error frame is an outage or a refusal, and neither takes down what the exchange serves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from websocket_v6 import (
    AuthFailed,
    GlobalWebSocketManager,
    Lost,
    Rejected,
    Resumed,
    SubscriptionRejected,
    WebSocketClientProxy,
)
from websocket_v6._async.probe import Probe
from websocket_v6.protocol import rejection
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator
from websocket_v6.testing import connection as emulated

from .conftest import Events, Inbox, eventually
from .flows import assert_all_flow, streaming

UNCLEAR = "NO_TICKET"
"""A name that no topic can be the reason of."""


async def verified(exchange: ExchangeEmulator) -> None:
    lists = len(exchange.requests("list"))
    await eventually(lambda: len(exchange.requests("list")) > lists, "the check after a change")


async def send_error(exchange: ExchangeEmulator, name: str, kind: str = "public") -> None:
    """As a server in trouble does: an error frame, then a close, whatever was asked."""
    text = f'{{"error":{{"name":"{name}","message":"trouble"}}}}'
    await exchange.publish_raw(text.encode(), kind=kind)
    exchange.faults.close(1000, kind=kind)


@pytest.mark.parametrize(
    "name",
    ["INTERNAL_ERROR", "SERVER_MAINTENANCE", "INVALID_AUTH", "NO_TICKET", "WRONG_FORMAT", "X"],
)
async def test_one_error_frame_is_an_outage_of_what_ran_before(
    exchange: ExchangeEmulator, events: Events, inbox: Inbox, name: str
) -> None:
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    await verified(exchange)
    await send_error(exchange, name)
    lost = await events.wait(Lost)
    assert name in lost.cause
    await events.wait(Resumed)
    await assert_all_flow(exchange, {"ticker": inbox})
    assert events.of(Rejected) == []


async def test_a_private_stream_outlives_an_error_frame(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, events: Events, inbox: Inbox
) -> None:
    await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
    ws = WebSocketClientProxy("bot")
    await ws.subscribe_my_orders(inbox)
    await exchange.wait_subscribed("myOrder")
    await verified(exchange)
    await send_error(exchange, "INTERNAL_ERROR", "private")
    await events.wait(Resumed)
    await exchange.wait_subscribed("myOrder")
    exchange.account().place_order("KRW-BTC", "BID", price=1000, volume=2)
    await inbox.wait()
    assert events.of(Rejected) == events.of(AuthFailed) == []


@pytest.mark.parametrize(("name", "times"), [(UNCLEAR, 12), ("INVALID_PARAM", 6)])
async def test_an_exchange_that_refuses_everything_for_a_while_costs_nobody_his_stream(
    exchange: ExchangeEmulator,
    manager: GlobalWebSocketManager,
    events: Events,
    name: str,
    times: int,
) -> None:
    ws, inboxes = await streaming(exchange)
    await verified(exchange)
    exchange.faults.reject_next(name, times=times)
    exchange.faults.kill()
    await events.wait(Lost, times + 1)
    await assert_all_flow(exchange, inboxes)
    assert events.of(Rejected) == []
    assert (await manager.health_check())["rejected_topics"] == []
    assert [one["status"] for one in (await ws.get_active_subscriptions()).values()] == [
        "active"
    ] * 3


async def test_who_subscribes_during_an_outage_is_not_blamed_for_it(
    exchange: ExchangeEmulator, events: Events, inbox: Inbox
) -> None:
    ws, inboxes = await streaming(exchange)
    await verified(exchange)
    exchange.faults.reject_next("INVALID_PARAM", times=5)
    exchange.faults.kill()
    await events.wait(Lost, 2)
    await ws.subscribe_ticker(["KRW-ETH"], inbox)
    await inbox.wait()
    await assert_all_flow(exchange, inboxes)
    assert events.of(Rejected) == []


class Refusing:
    """Lets the exchange refuse every request that contains *text*, under *name*, while *holds*."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
        self.holds = True
        parse = emulated.parse

        def refusing(message: bytes | str, **options: Any) -> object:
            if self.holds and text in (message if isinstance(message, str) else message.decode()):
                raise emulated.RejectionError(name, "the test says so")
            return parse(message, **options)

        monkeypatch.setattr(emulated, "parse", refusing)


@pytest.mark.parametrize("name", [UNCLEAR, "UNHEARD_OF"])
async def test_a_bad_subscription_is_found_whatever_the_name(
    exchange: ExchangeEmulator, events: Events, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ws, inboxes = await streaming(exchange)
    await verified(exchange)
    Refusing(monkeypatch, name, "KRW-XRP")
    bad = await ws.subscribe_ticker(["KRW-ETH", "KRW-XRP"], inboxes.setdefault("other", Inbox()))
    other = inboxes.pop("other")
    rejected = await events.wait(Rejected)
    assert (rejected.name, rejected.topics) == (name, (("ticker", "KRW-XRP"),))
    await other.wait()
    await assert_all_flow(exchange, inboxes)
    assert ws.explain("ticker", "KRW-XRP").state == "rejected"
    assert ws.explain("ticker", "KRW-ETH").state == "live"
    info = await ws.get_subscription_info(bad)
    assert info is not None
    assert info["symbols"] == ["KRW-ETH"]
    health = await ws.health_check()
    assert health["rejected_topics"] == [["ticker", "KRW-XRP"]]
    assert health["health_score"] == 80
    await ws.unsubscribe(bad)
    assert (await ws.health_check())["rejected_topics"] == []


async def test_a_waiting_caller_learns_of_a_refusal_under_any_name(
    exchange: ExchangeEmulator, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws, inboxes = await streaming(exchange)
    await verified(exchange)
    Refusing(monkeypatch, UNCLEAR, "KRW-XRP")
    with pytest.raises(SubscriptionRejected, match=UNCLEAR):
        await ws.get_ticker_snapshot(["KRW-XRP"], timeout=10)
    await assert_all_flow(exchange, inboxes)


async def test_a_topic_that_is_refused_after_it_was_served_is_set_aside_and_comes_back(
    exchange: ExchangeEmulator, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejection, "_ASIDE", (0.05, 0.1))
    ws, inboxes = await streaming(exchange)
    late = Inbox()
    await ws.subscribe_ticker(["KRW-XRP"], late)
    await late.wait()
    await verified(exchange)
    refusing = Refusing(monkeypatch, "INVALID_PARAM", "KRW-XRP")
    exchange.faults.kill()
    rejected = await events.wait(Rejected)
    assert rejected.topics == (("ticker", "KRW-XRP"),)
    await assert_all_flow(exchange, inboxes)
    assert ws.explain("ticker", "KRW-XRP").state == "rejected"
    assert (await ws.health_check())["rejected_topics"] == [["ticker", "KRW-XRP"]]
    refusing.holds = False
    await exchange.wait_subscribed("ticker", "KRW-XRP")
    before = len(late.frames)
    await exchange.publish("ticker", "KRW-XRP")
    await late.wait(before + 1)
    assert (await ws.health_check())["rejected_topics"] == []
    assert len(events.of(Rejected)) == 1


async def test_what_one_was_refused_another_may_be_served(
    exchange: ExchangeEmulator, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = Refusing(monkeypatch, "INVALID_PARAM", "KRW-XRP")
    first, second, inbox = WebSocketClientProxy("first"), WebSocketClientProxy("second"), Inbox()
    await first.subscribe_ticker(["KRW-XRP"], Inbox())
    await events.wait(Rejected)
    assert first.explain("ticker", "KRW-XRP").state == "rejected"
    refusing.holds = False
    await second.subscribe_ticker(["KRW-XRP"], inbox)
    await inbox.wait()
    assert second.explain("ticker", "KRW-XRP").state == "live"


async def test_a_wider_book_that_is_refused_costs_the_narrow_one_nothing(
    exchange: ExchangeEmulator, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws, narrow = WebSocketClientProxy("component"), Inbox()
    await ws.subscribe_orderbook(["KRW-BTC"], narrow, units=5)
    await narrow.wait()
    await verified(exchange)
    Refusing(monkeypatch, "INVALID_PARAM", "KRW-BTC.15")
    await ws.subscribe_orderbook(["KRW-BTC"], Inbox(), units=15)
    await events.wait(Rejected)
    await events.wait(Resumed)
    await assert_all_flow(exchange, {"orderbook": narrow})
    states = [one["status"] for one in (await ws.get_active_subscriptions()).values()]
    assert sorted(states) == ["active", "rejected"]


async def test_the_good_ones_do_not_wait_for_the_end_of_a_search(
    exchange: ExchangeEmulator, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws, codes = WebSocketClientProxy("component"), sorted(exchange.markets.codes)[:40]
    Refusing(monkeypatch, "INVALID_PARAM", codes[-1])
    gate, trials = asyncio.Event(), 0
    ask = Probe._try_once

    async def ask_once_and_wait(probe: Probe, trial: Any) -> Any:
        nonlocal trials
        trials += 1
        if trials > 1:
            await gate.wait()
        return await ask(probe, trial)

    monkeypatch.setattr(Probe, "_try_once", ask_once_and_wait)
    inbox = Inbox()
    await ws.subscribe_ticker(["KRW-XRP"], Inbox())
    await verified(exchange)
    await ws.subscribe_ticker(codes, inbox)
    try:
        await inbox.wait(20)
        assert events.of(Rejected) == []
    finally:
        gate.set()
    await events.wait(Rejected)
    await inbox.wait(39)
