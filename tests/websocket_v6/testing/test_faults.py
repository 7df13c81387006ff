"""Everything that can go wrong on demand: docs/emulator.md, "Faults"."""

from __future__ import annotations

import asyncio
import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, InvalidMessage, InvalidStatus

from websocket_v6.testing import BadSettingError, ExchangeEmulator, ManualClock

BTC = {"type": "ticker", "codes": ["KRW-BTC"]}
LIVE = {**BTC, "is_only_realtime": True}


@pytest.fixture
async def client(opening, exchange):
    """A client that holds the KRW-BTC ticker."""
    client = await opening(exchange)
    await client.subscribe(LIVE)
    await exchange.wait_subscribed("ticker", "KRW-BTC")
    return client


async def prices(client, exchange, *values: int) -> list[int]:
    """Publish tickers of these prices; the prices that arrive."""
    for value in values:
        await exchange.publish("ticker", "KRW-BTC", trade_price=value)
    return [frame["trade_price"] for frame in await client.everything()]


# Connections


async def test_without_a_fault_everything_arrives_once_and_in_order(client, exchange):
    assert await prices(client, exchange, 1, 2, 3) == [1, 2, 3]
    assert exchange.faults.active == ()


@pytest.mark.parametrize("fault", ["kill", "cut"])
async def test_an_abrupt_end_has_no_close_frame(client, exchange, fault):
    assert getattr(exchange.faults, fault)() == 1
    assert await client.lost() == 1006
    await exchange.wait_connections("public", 0)


async def test_a_close_has_its_code_and_reason(client, exchange):
    assert exchange.faults.close(1012, "service restart") == 1
    assert await client.lost() == 1012
    assert client.socket.close_reason == "service restart"


async def test_one_kind_of_connection_alone_can_be_hit(client, exchange, opening):
    private = await opening(exchange, private=True)
    assert exchange.faults.kill("private") == 1
    assert await private.lost() == 1006
    assert await prices(client, exchange, 1) == [1]


async def test_a_half_open_connection_answers_nothing_and_stays(client, exchange):
    assert exchange.faults.half_open() == 1
    pong = await client.socket.ping()
    await client.send("PING")
    await exchange.publish("ticker", "KRW-BTC")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await pong
    assert exchange.connections
    assert exchange.requests("ping") == ()
    exchange.faults.kill()
    assert await client.lost() == 1006
    pong.cancel()


async def test_a_half_open_server_lets_handshakes_hang_until_lifted(exchange):
    exchange.faults.half_open(new=True)
    waiting = asyncio.create_task(connect(exchange.url).__aenter__())
    done, _ = await asyncio.wait([waiting], timeout=0.05)
    assert not done
    exchange.faults.lift()
    await (await waiting).close()


async def test_an_exchange_with_hanging_handshakes_can_stop(exchange):
    exchange.faults.half_open(new=True)
    waiting = asyncio.create_task(connect(exchange.url, open_timeout=None).__aenter__())
    await asyncio.wait([waiting], timeout=0.05)
    await exchange.stop()
    with pytest.raises(InvalidMessage):
        await waiting


async def test_a_slow_handshake_takes_its_time_once():
    clock = ManualClock()
    async with ExchangeEmulator(rate=0, clock=clock) as exchange:
        exchange.faults.slow_handshake(5.0, times=1)
        waiting = asyncio.create_task(connect(exchange.url).__aenter__())
        done, _ = await asyncio.wait([waiting], timeout=0.05)
        assert not done
        await clock.advance(5.0)
        await (await waiting).close()
        await (await connect(exchange.url)).close()


@pytest.mark.parametrize("retry_after", [None, 7])
@pytest.mark.parametrize("status", [401, 418, 429, 503])
async def test_a_refused_handshake_has_its_status(exchange, status, retry_after):
    exchange.faults.refuse(status, times=1, retry_after=retry_after)
    assert exchange.faults.active == ("refuse",)
    with pytest.raises(InvalidStatus) as caught:
        await connect(exchange.url)
    response = caught.value.response
    assert response.status_code == status
    assert response.headers.get("Retry-After") == (None if retry_after is None else "7")
    assert "error" in json.loads(response.body)
    await (await connect(exchange.url)).close()


async def test_a_refusal_can_last_and_concern_one_kind(exchange, opening):
    exchange.faults.refuse(429, kind="private")
    await (await connect(exchange.url)).close()
    for _ in range(3):
        with pytest.raises(InvalidStatus):
            await opening(exchange, private=True)
    exchange.faults.lift()
    await opening(exchange, private=True)


async def test_the_next_request_can_be_rejected_by_name(client, exchange):
    exchange.faults.reject_next("INVALID_PARAM")
    await client.subscribe(BTC)
    assert (await client.rejected())["name"] == "INVALID_PARAM"


# Topics


async def test_a_stalled_topic_is_listed_and_silent_while_others_flow(client, exchange):
    other = {"type": "ticker", "codes": ["KRW-ETH"], "is_only_realtime": True}
    await client.subscribe(LIVE, other)
    await exchange.wait_subscribed("ticker", "KRW-ETH")
    exchange.faults.stall("ticker", "KRW-BTC")
    assert exchange.faults.active == ("stall",)
    await exchange.publish("ticker", "KRW-BTC")
    await exchange.publish("ticker", "KRW-ETH")
    assert [frame["code"] for frame in await client.everything()] == ["KRW-ETH"]
    assert await client.listed() == [{"type": "ticker", "codes": ["KRW-BTC", "KRW-ETH"]}]
    exchange.faults.resume("ticker", "KRW-BTC")
    assert await prices(client, exchange, 5) == [5]


async def test_a_snapshot_due_during_a_stall_comes_first_after_it(client, exchange):
    exchange.faults.stall("ticker", "KRW-BTC")
    await client.subscribe(BTC)
    await client.listed()
    exchange.faults.lift()
    await exchange.publish("ticker", "KRW-BTC")
    assert [f["stream_type"] for f in await client.everything()] == ["SNAPSHOT", "REALTIME"]


async def test_a_forgotten_topic_is_gone_from_the_list(client, exchange):
    assert exchange.faults.forget("ticker", "KRW-BTC") == 1
    assert await exchange.publish("ticker", "KRW-BTC") == 0
    assert await client.listed() == []
    assert exchange.faults.forget("ticker", "KRW-BTC") == 0


# Frames


async def test_a_duplicated_frame_comes_twice(client, exchange):
    exchange.faults.duplicate(2)
    assert await prices(client, exchange, 1, 2, 3) == [1, 1, 2, 2, 3]
    assert exchange.faults.active == ()


async def test_two_frames_are_swapped(client, exchange):
    exchange.faults.reorder()
    assert await prices(client, exchange, 1, 2, 3) == [2, 1, 3]


async def test_a_dropped_frame_does_not_come(client, exchange):
    exchange.faults.drop()
    assert await prices(client, exchange, 1, 2) == [2]


async def test_faults_of_frames_combine(client, exchange):
    exchange.faults.drop(1)
    exchange.faults.duplicate(None)
    assert await prices(client, exchange, 1, 2, 3) == [2, 2, 3, 3]
    assert exchange.faults.active == ("duplicate",)


@pytest.mark.parametrize("fault", ["garbage", "truncated_json", "truncated_utf8"])
async def test_a_broken_message_is_followed_by_good_ones(client, exchange, fault):
    assert getattr(exchange.faults, fault)() == 1
    broken = await client.socket.recv()
    with pytest.raises(ValueError, match=r"."):
        json.loads(broken)
    assert await prices(client, exchange, 1) == [1]


async def test_truncated_utf8_in_a_text_message_breaks_the_protocol(client, exchange):
    exchange.faults.truncated_utf8(text=True)
    with pytest.raises(ConnectionClosedError):
        await client.socket.recv()
    assert client.socket.protocol.close_sent.code == 1007


async def test_a_truncated_frame_ends_in_a_reset(client, exchange):
    assert exchange.faults.truncated_frame() == 1
    with pytest.raises(ConnectionClosedError):
        await client.socket.recv()
    assert client.socket.close_code == 1006


async def test_a_compressed_connection_is_broken_in_the_same_ways(exchange, opening):
    client = await opening(exchange, compression="deflate")
    await client.subscribe(LIVE)
    await exchange.publish_raw("as text")
    assert await client.socket.recv() == "as text"
    assert await prices(client, exchange, 1) == [1]
    exchange.faults.truncated_frame()
    with pytest.raises(ConnectionClosedError):
        await client.socket.recv()
    assert client.socket.close_code == 1006


async def test_an_oversize_frame_is_json_of_the_asked_size(client, exchange):
    assert exchange.faults.oversize(3_000_000) == 1
    message = await client.socket.recv()
    assert len(message) == 3_000_000
    assert json.loads(message)["type"] == "ticker"


async def test_a_clock_jump_moves_the_time_stamps(client, exchange):
    await exchange.publish("ticker", "KRW-BTC")
    before = (await client.frame())["timestamp"]
    exchange.faults.clock_jump(-3600)
    await exchange.publish("ticker", "KRW-BTC")
    assert (await client.frame())["timestamp"] < before - 3_500_000
    exchange.faults.lift()
    await exchange.publish("ticker", "KRW-BTC")
    assert (await client.frame())["timestamp"] >= before


async def test_raw_bytes_go_out_as_they_are(client, exchange):
    assert await exchange.publish_raw(b"\x00anything") == 1
    assert await client.socket.recv() == b"\x00anything"
    await exchange.publish_raw("as text")
    assert await client.socket.recv() == "as text"


@pytest.mark.parametrize(
    "call",
    [
        lambda faults: faults.refuse(200),
        lambda faults: faults.reject_next("NOT_A_NAME"),
        lambda faults: faults.duplicate(0),
    ],
)
async def test_faults_that_cannot_be_are_refused(exchange, call):
    with pytest.raises(BadSettingError):
        call(exchange.faults)
