"""The socket itself: docs/emulator.md, "Endpoints and transport", "Authentication", "Rate limits"."""

from __future__ import annotations

import asyncio
import json

import pytest
from websockets.asyncio.client import connect
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus

from websocket_v6.testing import BadSettingError, ExchangeEmulator, ManualClock, PortInUseError

BTC = {"type": "ticker", "codes": ["KRW-BTC"]}


async def refused(opening, exchange, **options) -> tuple[int, dict[str, str], Headers]:
    with pytest.raises(InvalidStatus) as caught:
        await opening(exchange, **options)
    response = caught.value.response
    return response.status_code, json.loads(response.body)["error"], response.headers


async def test_everything_arrives_as_binary(opening, exchange):
    client = await opening(exchange)
    await client.subscribe(BTC)
    await client.frame()  # `Client.text` asserts the opcode of data,
    await client.listed()  # of list replies,
    await client.send("nonsense")
    await client.rejected()  # and of errors


async def test_the_upgrade_reply_carries_the_remaining_count(opening, exchange):
    client = await opening(exchange)
    assert client.socket.response.headers["remaining-req"] == "group=websocket; min=300; sec=3"
    assert client.socket.response.headers["limit-by-ip"] == "Yes"


async def test_compression_is_used_when_offered_and_only_then(opening, exchange):
    plain = await opening(exchange)
    assert "Sec-WebSocket-Extensions" not in plain.socket.response.headers
    packed = await opening(exchange, compression="deflate")
    assert "permessage-deflate" in packed.socket.response.headers["Sec-WebSocket-Extensions"]
    for client in (plain, packed):
        await client.subscribe(BTC)
        assert (await client.frame())["code"] == "KRW-BTC"
    await exchange.publish("ticker", "KRW-BTC", trade_price=2.5)
    assert await plain.frame() == await packed.frame()


async def test_the_server_sends_no_pings(opening, exchange):
    clock = ManualClock()
    async with ExchangeEmulator(rate=0, clock=clock, idle_timeout=1000) as exchange:
        client = await opening(exchange)
        await clock.advance(500)
        await client.subscribe(BTC)
        await client.frame()
        assert client.socket.protocol.state.name == "OPEN"


async def test_unknown_paths_are_refused(opening, exchange):
    status, error, _ = await refused(opening, exchange, path="/nowhere")
    assert (status, error["name"]) == (404, "not_found")


@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
async def test_a_signed_token_opens_the_private_endpoint(opening, exchange, algorithm):
    await opening(exchange, private=True, auth={"algorithm": algorithm})
    (connection,) = exchange.connections
    assert (connection.kind, connection.access_key) == ("private", next(iter(exchange.keys)))
    assert (exchange.opened("private"), exchange.opened("public")) == (1, 0)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer a.b.c"}])
async def test_the_private_endpoint_refuses_everybody_else(opening, exchange, headers):
    status, error, response = await refused(opening, exchange, path="/private", headers=headers)
    assert status == 401
    assert error["name"] in ("no_authorization_token", "jwt_verification")
    assert response["Content-Type"].startswith("application/json")
    assert exchange.opened("private") == 0


async def test_a_bad_token_is_refused_on_the_public_endpoint_too(opening, exchange):
    status, _, _ = await refused(opening, exchange, headers={"Authorization": "Bearer a.b.c"})
    assert status == 401


async def test_the_info_endpoint_needs_a_token(opening, exchange, token):
    status, _, _ = await refused(opening, exchange, path="/info")
    assert status == 401
    client = await opening(exchange, path="/info", headers={"Authorization": token()})
    await client.subscribe({"type": "indicator", "codes": ["KRW-BTC"]})
    assert await client.listed() == [{"type": "indicator", "codes": ["KRW-BTC"]}]


async def test_the_sixth_connect_within_a_second_gets_429():
    clock = ManualClock()
    async with ExchangeEmulator(rate=0, clock=clock) as exchange:
        for _ in range(5):
            await (await connect(exchange.url)).close()
        with pytest.raises(InvalidStatus) as caught:
            await connect(exchange.url)
        assert caught.value.response.status_code == 429
        await clock.advance(1.0)
        await (await connect(exchange.url)).close()
        assert exchange.peaks.connects_per_second == 6
        assert exchange.opened("public") == 6


async def test_connects_with_a_token_count_for_their_key(token):
    clock = ManualClock()
    async with ExchangeEmulator(rate=0, clock=clock) as exchange:
        for _ in range(5):
            await (await connect(exchange.url)).close()
        headers = {"Authorization": token()}
        await (await connect(exchange.url, additional_headers=headers)).close()


async def test_one_connect_in_ten_seconds_with_an_origin_header():
    clock = ManualClock()
    async with ExchangeEmulator(rate=0, clock=clock) as exchange:
        await (await connect(exchange.url, origin="http://example.com")).close()
        with pytest.raises(InvalidStatus):
            await connect(exchange.url, origin="http://example.com")
        await clock.advance(10.0)
        await (await connect(exchange.url, origin="http://example.com")).close()


async def test_limits_can_be_off_and_are_counted_all_the_same(opening):
    async with ExchangeEmulator(rate=0, limits=False, clock=ManualClock()) as exchange:
        clients = [await opening(exchange) for _ in range(9)]
        for _ in range(9):
            await clients[0].listed()
        assert exchange.peaks.connects_per_second == 9
        assert exchange.peaks.messages_per_second == 9


async def test_a_stopped_exchange_cuts_and_starts_again_on_the_same_port(opening, exchange):
    client, port = await opening(exchange), exchange.port
    await exchange.stop()
    assert await client.lost() == 1006
    with pytest.raises(OSError, match="onnect"):
        await opening(exchange)
    await exchange.start()
    assert exchange.port == port
    again = await opening(exchange)
    await again.subscribe(BTC)
    await again.frame()


async def test_an_exchange_may_move_to_another_port(exchange, opening):
    await exchange.stop()
    await exchange.start(port=0)
    await opening(exchange)
    assert f":{exchange.port}/" in exchange.url


async def test_a_port_in_use_is_named(exchange):
    with pytest.raises(PortInUseError, match=f"port {exchange.port} is in use"):
        await ExchangeEmulator(port=exchange.port).start()


@pytest.mark.parametrize("options", [{"region": "mars"}, {"rate": -1}])
async def test_settings_that_cannot_work_are_refused(options):
    with pytest.raises(BadSettingError):
        ExchangeEmulator(**options)


async def test_nothing_is_left_running_after_the_end(opening):
    before = asyncio.all_tasks()
    async with ExchangeEmulator() as exchange:
        client = await opening(exchange)
        await client.subscribe(BTC)
        await client.frame()
    await client.lost()
    await client.socket.wait_closed()
    assert {task for task in asyncio.all_tasks() - before if not task.done()} == set()


async def test_a_port_the_system_keeps_is_told_from_one_in_use(monkeypatch):
    """Windows reserves ranges of ports, POSIX systems those below 1024."""

    async def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(asyncio.get_running_loop(), "create_server", refuse)
    with pytest.raises(PortInUseError, match="port 5357 is not given away by the system"):
        await ExchangeEmulator(port=5357).start()
