"""Errors, keep-alive and message limits on the wire.

docs/emulator.md, "Error frames", "Keep-alive and idle close", "Rate limits".
"""

from __future__ import annotations

import asyncio

import pytest

from websocket_v6.testing import ExchangeEmulator, ManualClock

BTC = {"type": "ticker", "codes": ["KRW-BTC"]}


@pytest.fixture
async def timed():
    """An exchange whose time stands still, and its clock."""
    clock = ManualClock()
    async with ExchangeEmulator(rate=0, clock=clock) as exchange:
        yield exchange, clock


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("hello", "WRONG_FORMAT"),
        ({"type": "ticker"}, "WRONG_FORMAT"),
        ([BTC], "NO_TICKET"),
        ([{"ticket": "t"}], "NO_TYPE"),
        ([{"ticket": "t"}, {"type": "ticker"}], "NO_CODES"),
        ([{"ticket": "t"}, {"type": "nope", "codes": ["KRW-BTC"]}], "INVALID_PARAM"),
        ([{"ticket": "t"}, {"type": "myOrder"}], "INVALID_AUTH"),
    ],
)
async def test_an_error_frame_and_then_a_close_with_1000(opening, exchange, message, name):
    client = await opening(exchange)
    await client.send(message)
    assert (await client.rejected())["name"] == name


async def test_the_close_comes_later_than_the_error(opening):
    clock = ManualClock()
    async with ExchangeEmulator(rate=0, clock=clock, error_close_delay=0.16) as exchange:
        client = await opening(exchange)
        await client.send("hello")
        assert "error" in await client.frame()
        await clock.advance(0.15)
        assert client.socket.protocol.state.name == "OPEN"
        await clock.advance(0.01)
        assert await client.lost() == 1000


async def test_a_rejected_request_ends_the_running_subscription(opening, exchange):
    client = await opening(exchange)
    await client.subscribe(BTC)
    await client.frame()
    await client.send([{"ticket": "t"}, BTC, {"type": "nope", "codes": ["KRW-BTC"]}])
    assert (await client.frame())["error"]["name"] == "INVALID_PARAM"
    assert await exchange.publish("ticker", "KRW-BTC") == 0
    assert await client.lost() == 1000
    await exchange.wait_connections("public", 0)


async def test_errors_keep_the_default_form_in_every_format(opening, exchange):
    client = await opening(exchange)
    await client.subscribe(BTC, wire_format="SIMPLE_LIST")
    await client.frame()
    await client.send("hello")
    assert set(await client.frame()) == {"error"}


async def test_regional_hosts_answer_in_english(opening):
    async with ExchangeEmulator(rate=0, region="sg") as exchange:
        client = await opening(exchange)
        await client.send("hello")
        assert (await client.rejected())["message"] == "Requested using wrong format."


async def test_the_idle_cut_has_no_close_frame(opening, timed):
    exchange, clock = timed
    client = await opening(exchange)
    await exchange.wait_connections("public", 1)
    await clock.advance(59.9)
    assert exchange.connections
    await clock.advance(0.1)
    assert await client.lost() == 1006


async def test_the_documented_idle_timeout_is_an_option(opening):
    clock = ManualClock()
    async with ExchangeEmulator(rate=0, clock=clock, idle_timeout=120.0) as exchange:
        client = await opening(exchange)
        await exchange.wait_connections("public", 1)
        await clock.advance(119)
        assert exchange.connections
        await clock.advance(1)
        assert await client.lost() == 1006


@pytest.mark.parametrize("keeper", ["ping", "data sent", "data received"])
async def test_traffic_in_either_direction_keeps_a_connection(opening, timed, keeper):
    exchange, clock = timed
    client = await opening(exchange)
    await client.subscribe({**BTC, "is_only_realtime": True})
    await exchange.wait_subscribed("ticker", "KRW-BTC")
    for _ in range(3):
        await clock.advance(50)
        if keeper == "ping":
            await (await client.socket.ping())
        elif keeper == "data sent":
            await exchange.publish("ticker", "KRW-BTC")
            await client.frame()
        else:
            await client.listed()
    assert exchange.connections


async def test_ping_starts_a_ten_second_cycle_without_an_immediate_answer(opening, timed, samples):
    exchange, clock = timed
    await clock.advance(3.0)
    client = await opening(exchange)
    await client.send("PING")
    await client.listed()  # nothing came before the reply
    await clock.advance(7.0)
    assert await client.text() == samples("status.jsonl")[0]
    for _ in range(9):  # the cycle alone keeps the connection
        await clock.advance(10.0)
        assert await client.frame() == {"status": "UP"}


async def test_a_second_ping_starts_no_second_cycle(opening, timed):
    exchange, clock = timed
    client = await opening(exchange)
    await client.send("PING")
    await client.send("PING")
    await client.listed()
    await clock.advance(10.0)
    assert await client.frame() == {"status": "UP"}
    await client.listed()


async def test_the_sixth_message_within_a_second_is_too_many(opening, timed):
    exchange, clock = timed
    client = await opening(exchange)
    for _ in range(4):
        await client.listed()
    await client.send("PING")
    await client.subscribe(BTC)
    assert (await client.frame())["error"]["name"] == "TOO_MANY_REQUEST"
    await clock.advance(1)
    assert await client.lost() == 1000
    assert exchange.peaks.messages_per_second == 6


async def test_the_hundred_and_first_message_within_a_minute_is_too_many(opening, timed):
    exchange, clock = timed
    client = await opening(exchange)
    for _ in range(100):
        await client.listed()
        await clock.advance(0.5)
    await client.send([{"ticket": "t"}, {"method": "LIST_SUBSCRIPTIONS"}])
    assert (await client.frame())["error"]["name"] == "TOO_MANY_REQUEST"
    assert exchange.peaks.messages_per_minute == 101


async def test_messages_count_per_connection(opening, timed):
    exchange, _ = timed
    for _ in range(2):
        client = await opening(exchange)
        for _ in range(5):
            await client.listed()


async def test_a_client_that_takes_nothing_is_dropped(opening):
    async with ExchangeEmulator(rate=0) as exchange:
        client = await opening(exchange, max_queue=1)
        await client.subscribe({**BTC, "is_only_realtime": True})
        await exchange.wait_subscribed("ticker", "KRW-BTC")
        while exchange.connections:  # the client's queue is full, so its socket is not read
            exchange.faults.oversize(2**24)
            await asyncio.sleep(0)
        await exchange.wait_connections("public", 0)
