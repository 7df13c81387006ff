"""The control port: docs/emulator.md, "Control port"."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest

from websocket_v6.testing import ControlServer, PortInUseError

BTC = {"type": "ticker", "codes": ["KRW-BTC"]}


@pytest.fixture
async def control(exchange):
    server = ControlServer(exchange)
    await server.start()
    yield server
    await server.stop()


async def call(
    control: ControlServer, method: str, path: str, body: object = None, headers: str = ""
):
    """One HTTP request; ``(status, JSON)``."""
    reader, writer = await asyncio.open_connection("127.0.0.1", control.port)
    data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    host = "" if "Host:" in headers else f"Host: 127.0.0.1:{control.port}\r\n"
    length = "" if "Content-Length:" in headers else f"Content-Length: {len(data)}\r\n"
    head = f"{method} {path} HTTP/1.1\r\n{host}{headers}{length}\r\n"
    writer.write(head.encode() + data)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    first, _, rest = answer.partition(b"\r\n")
    return int(first.split()[1]), json.loads(rest.partition(b"\r\n\r\n")[2])


async def test_the_state_shows_connections_counters_and_faults(control, exchange, opening):
    client = await opening(exchange)
    await client.subscribe({"type": "ticker", "codes": ["KRW-BTC", "KRW-NOPE"]})
    await client.frame()
    exchange.faults.stall("trade", "KRW-BTC")
    status, state = await call(control, "GET", "/state")
    assert status == 200
    assert state["url"] == exchange.url
    (connection,) = state["connections"]
    assert connection["subscriptions"] == [["ticker", "KRW-BTC"]]
    assert connection["ignored"] == [["ticker", "KRW-NOPE"]]
    assert (state["opened"]["public"], state["requests"]["subscribe"]) == (1, 1)
    assert state["peaks"]["messages_per_second"] == 1
    assert state["faults"] == ["stall"]


async def test_requests_are_shown_in_order(control, exchange, opening):
    client = await opening(exchange)
    await client.listed()
    await client.send("PING")
    await client.listed()
    _, requests = await call(control, "GET", "/requests")
    assert [request["kind"] for request in requests] == ["list", "ping", "list"]


async def test_publishing_keeps_the_spelling_of_numbers(control, exchange, opening):
    client = await opening(exchange)
    await client.subscribe({**BTC, "is_only_realtime": True})
    body = {"subscribed": ["ticker", "KRW-BTC"]}
    assert await call(control, "POST", "/wait", body) == (200, {})
    raw = b'{"type":"ticker","code":"KRW-BTC","values":{"trade_price":1.50E8}}'
    assert await call(control, "POST", "/publish", raw) == (200, {"sent": 1})
    assert '"trade_price":1.50E8,' in await client.text()


async def test_raw_bytes_can_be_sent(control, exchange, opening):
    client = await opening(exchange)
    await client.listed()
    packed = base64.b64encode(b"\xff").decode()
    await call(control, "POST", "/publish_raw", {"base64": packed})
    assert await client.socket.recv() == b"\xff"
    await call(control, "POST", "/publish_raw", {"text": "hello", "as_text": True})
    assert await client.socket.recv() == "hello"


async def test_faults_are_called_by_name(control, exchange, opening):
    client = await opening(exchange)
    await client.listed()
    assert await call(control, "POST", "/faults/close", {"code": 1012}) == (200, {"hit": 1})
    assert await client.lost() == 1012
    await call(control, "POST", "/faults/refuse", {"status": 429, "retry_after": 3})
    assert exchange.faults.active == ("refuse",)
    await call(control, "POST", "/faults/lift")
    assert exchange.faults.active == ()


async def test_an_account_is_scripted(control, exchange, opening):
    client = await opening(exchange, private=True)
    await client.subscribe({"type": "myOrder"})
    await client.listed()
    order = {"code": "KRW-BTC", "side": "BID", "price": 1000, "volume": 0.1}
    status, answer = await call(control, "POST", "/account/place_order", order)
    assert status == 200
    assert (await client.frame())["uuid"] == answer["uuid"]
    await call(control, "POST", "/account/fill", {"order": answer["uuid"]})
    assert [f["state"] for f in await client.frames(2)] == ["trade", "done"]


async def test_the_exchange_stops_and_starts(control, exchange):
    assert (await call(control, "POST", "/stop"))[0] == 200
    assert (await call(control, "GET", "/state"))[1]["listening"] is False
    status, answer = await call(control, "POST", "/start", {"port": 0})
    assert (status, answer["url"]) == (200, exchange.url)


async def test_waiting_gives_up_with_408(control):
    body = {"connections": 3, "kind": "public", "timeout": 0.01}
    status, answer = await call(control, "POST", "/wait", body)
    assert status == 408
    assert "3 public connections" in answer["error"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("GET", "/nowhere", None, 404, "docs/emulator.md"),
        ("POST", "/faults/_each", {}, 404, "no such path"),
        ("POST", "/account/_lock", {}, 404, "no such path"),
        ("POST", "/state", {}, 405, "GET"),
        ("GET", "/publish", None, 405, "POST"),
        ("POST", "/publish", b"{", 400, "not JSON"),
        ("POST", "/publish", b"[]", 400, "JSON object"),
        ("POST", "/publish", {"type": "ticker"}, 400, "no market"),
        ("POST", "/publish", {"type": "nope", "code": "KRW-BTC"}, 400, "ticker"),
        ("POST", "/publish", {"type": "ticker", "code": "KRW-NOPE"}, 400, "no market"),
        ("POST", "/publish_raw", {"base64": "***"}, 400, "base64"),
        ("POST", "/faults/refuse", {"status": "many"}, 400, "status=many"),
        ("POST", "/faults/refuse", {"nonsense": 1}, 400, "it takes"),
        ("POST", "/account/place_order", {"code": "KRW-BTC"}, 400, "limit needs"),
        ("POST", "/account/fill", {"order": "unknown"}, 400, "no open order"),
        ("POST", "/wait", {"subscribed": "ticker"}, 400, "topic"),
        ("POST", "/wait", {"timeout": []}, 400, "timeout"),
        ("POST", "/start", {"port": "x"}, 400, "port"),
    ],
)
async def test_a_call_that_cannot_work_says_why(control, method, path, body, status, says):
    got, answer = await call(control, method, path, body)
    assert got == status
    assert says in answer["error"]


@pytest.mark.parametrize("headers", ["Origin: http://example.com\r\n", "Host: example.com\r\n"])
async def test_web_pages_are_kept_out(control, headers):
    status, _ = await call(control, "GET", "/state", headers=headers)
    assert status == 403


async def test_a_body_that_is_too_long_is_refused(control):
    status, _ = await call(control, "POST", "/publish", headers="Content-Length: 99999999\r\n")
    assert status == 413


async def test_a_client_that_goes_away_or_speaks_no_http_does_no_harm(control):
    for data in (b"", b"GET /state", b"\x00\xff\r\n\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", control.port)
        writer.write(data)
        writer.write_eof()
        await reader.read()
        writer.close()
        await writer.wait_closed()
    assert (await call(control, "GET", "/state"))[0] == 200


async def test_a_port_in_use_is_named(control, exchange):
    with pytest.raises(PortInUseError, match=str(control.port)):
        await ControlServer(exchange, control.port).start()
