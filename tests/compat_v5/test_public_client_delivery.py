"""What the legacy public client subscribes, who gets which frames, and how that ends."""

from __future__ import annotations

import asyncio
import functools
import logging

import pytest

from compat_v5.exceptions import SubscriptionError
from compat_v5.payload import Payload
from compat_v5.state import WebSocketState
from compat_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5
from websocket_v6.exceptions import InvalidArgument

pytestmark = pytest.mark.usefixtures("quiet")

BTC, ETH = "KRW-BTC", "KRW-ETH"


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
