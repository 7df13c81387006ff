"""From the URL to the socket: proxies, addresses, refusals, and failures that no network cures."""

from __future__ import annotations

import asyncio
import email.utils
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from websocket_v6 import (
    AuthenticationError,
    AuthFailed,
    GlobalWebSocketManager,
    Lost,
    RateLimited,
    Resumed,
    SubscribeTimeout,
    WebSocketClientProxy,
)
from websocket_v6._async import connecting, dialing
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

from .conftest import FAST, Events, Inbox
from .flows import assert_all_flow, streaming


class Door:
    """A server that answers every upgrade with the same bytes."""

    def __init__(self, answer: str, body: str = "") -> None:
        self.answer = f"HTTP/1.1 {answer}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        self.calls = 0
        self.url = ""

    async def _knock(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self.answer)
        await writer.drain()
        writer.close()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Door]:
        server = await asyncio.start_server(self._knock, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.url = f"ws://127.0.0.1:{port}/websocket/v1"
        async with server:
            yield self


async def test_no_proxy_stands_between_this_machine_and_itself(
    exchange: ExchangeEmulator,
    manager: GlobalWebSocketManager,
    inbox: Inbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Door("502 Bad Gateway").open() as proxy:
        for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(variable, proxy.url.replace("ws://", "http://"))
        for variable in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(variable, raising=False)
        await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
        ws = WebSocketClientProxy("component")
        await ws.subscribe_ticker(["KRW-BTC"], inbox)
        await inbox.wait()
        await ws.subscribe_my_orders(Inbox())
        await exchange.wait_subscribed("myOrder")
        assert proxy.calls == 0


@pytest.mark.usefixtures("manager")
async def test_a_dead_address_does_not_hide_the_next_one(
    exchange: ExchangeEmulator, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, exchange.port))
        for host in ("127.0.0.2", "127.0.0.1")
    ]
    loop = asyncio.get_running_loop()
    connect = loop.sock_connect

    async def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        return addresses

    async def sock_connect(sock: socket.socket, address: Any) -> None:
        if address[0] == "127.0.0.2":
            await asyncio.Event().wait()  # the network swallows it
        await connect(sock, address)

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(loop, "sock_connect", sock_connect)
    GlobalWebSocketManager.configure(url=f"ws://localhost:{exchange.port}/websocket/v1", **FAST)
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    await (await GlobalWebSocketManager.get_instance()).shutdown()


@pytest.mark.usefixtures("manager")
async def test_a_race_that_is_cancelled_leaves_no_socket(
    exchange: ExchangeEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    addresses = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", exchange.port)) for _ in range(3)
    ]

    async def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        return addresses

    made: list[socket.socket] = []
    new = socket.socket

    def make(*arguments: Any) -> socket.socket:
        made.append(new(*arguments))
        return made[-1]

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(dialing.socket, "socket", make)
    monkeypatch.setattr(dialing, "_NEXT_ADDRESS", 0.0)
    for steps in range(12):
        dialled = asyncio.ensure_future(dialing.dial("localhost", exchange.port))
        for _ in range(steps):
            await asyncio.sleep(0)
        dialled.cancel()
        await asyncio.wait([dialled])
        if not dialled.cancelled():
            dialled.result().close()
        assert [one for one in made if one.fileno() >= 0] == []
    assert made


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (None, "UnicodeError"),
        (ImportError("python-socks is required"), "python-socks is required"),
        (RuntimeError("broken"), "a defect: RuntimeError"),
    ],
)
async def test_who_never_reaches_the_exchange_is_told(
    manager: GlobalWebSocketManager,
    events: Events,
    monkeypatch: pytest.MonkeyPatch,
    failure: Exception | None,
    words: str,
) -> None:
    url = "wss://api..upbit.localhost/websocket/v1"
    if failure is not None:
        url = "ws://127.0.0.1:9/websocket/v1"

        async def fails(*_: Any, **__: Any) -> None:
            raise failure

        target = asyncio.get_running_loop() if isinstance(failure, ImportError) else connecting
        name = "create_connection" if isinstance(failure, ImportError) else "open_transport"
        monkeypatch.setattr(target, name, fails)
    GlobalWebSocketManager.configure(url=url, **FAST, subscribe_timeout=0.3)
    ws = WebSocketClientProxy("component")
    with pytest.raises(SubscribeTimeout, match=words):
        await ws.subscribe_ticker(["KRW-BTC"], Inbox())
    assert await ws.get_active_subscriptions() == {}
    assert events.of(Lost) == []


def in_seconds(seconds: float) -> str:
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


@pytest.mark.parametrize(
    ("status", "retry_after", "least", "most"),
    [
        ("429", lambda: in_seconds(25), 23.0, 26.0),
        ("503", lambda: in_seconds(25), 23.0, 26.0),
        ("503", lambda: "20", 20.0, 20.0),
        ("503", lambda: "7200", 300.0, 300.0),
        ("429", lambda: in_seconds(25) + "\r\nRetry-After: 1", 23.0, 26.0),
    ],
)
async def test_a_wait_that_is_told_is_waited_for(
    manager: GlobalWebSocketManager,
    events: Events,
    status: str,
    retry_after: Callable[[], str],
    least: float,
    most: float,
) -> None:
    async with Door(f"{status} X\r\nRetry-After: {retry_after()}").open() as door:
        GlobalWebSocketManager.configure(url=door.url, **FAST, subscribe_timeout=0.3)
        ws = WebSocketClientProxy("component")
        with pytest.raises(SubscribeTimeout, match=f"HTTP {status}"):
            await ws.subscribe_ticker(["KRW-BTC"], Inbox())
        limited = await events.wait(RateLimited)
        assert least <= limited.wait <= most
        assert door.calls == 1


async def test_a_short_absence_is_not_made_longer(
    exchange: ExchangeEmulator, events: Events
) -> None:
    slow = {**FAST, "rate_limit_wait": 600.0}
    GlobalWebSocketManager.configure(url=exchange.url, **slow)
    _, inboxes = await streaming(exchange)
    exchange.faults.refuse(503, times=1, retry_after=0.2)
    exchange.faults.kill()
    assert (await events.wait(RateLimited)).wait == pytest.approx(0.2)
    await events.wait(Resumed)
    await assert_all_flow(exchange, inboxes)


@pytest.mark.parametrize(
    ("body", "of_keys"),
    [
        ('{"error":{"name":"out_of_scope","message":"no"}}', True),
        ('{"error":{"name":"no_authorization_ip","message":"no"}}', True),
        ('{"error":{"name":"blocked","message":"no"}}', False),
        ("<html>forbidden</html>", False),
    ],
)
async def test_keys_that_lack_a_permission_are_refused_keys(
    manager: GlobalWebSocketManager, events: Events, body: str, of_keys: bool
) -> None:
    async with Door("403 Forbidden", body).open() as door:
        GlobalWebSocketManager.configure(url=door.url, **FAST, subscribe_timeout=0.3)
        await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
        ws = WebSocketClientProxy("bot")
        with pytest.raises(AuthenticationError if of_keys else SubscribeTimeout, match="403"):
            await ws.subscribe_my_orders(Inbox())
        assert bool(events.of(AuthFailed)) is of_keys
        assert ws.is_private_available() is not of_keys
        assert (door.calls == 1) is of_keys
