"""What goes over the wire when a connection is made, and what is refused."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from websocket_v6 import GlobalWebSocketManager, WebSocketClientProxy
from websocket_v6.config import Config
from websocket_v6.exceptions import ConfigError, InsecureURL, SubscribeTimeout
from websocket_v6.registry import set_default_hub

from .conftest import ACCESS_KEY, SECRET_KEY
from .hostile_server import shake_hands


class Listener:
    """Records the head of every upgrade request and answers as it is told."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.heads: list[str] = []
        self.arrived = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.heads.append(head.decode())
            self.arrived.set()
            writer.write(self.answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def wait(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.heads) < count:
                self.arrived.clear()
                await self.arrived.wait()


REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


async def follow(url: str, **settings: Any) -> GlobalWebSocketManager:
    set_default_hub(None)
    GlobalWebSocketManager.configure(
        url=url,
        reconnect_first=0.02,
        reconnect_fast_max_gap=0.05,
        subscribe_timeout=0.3,
        **settings,
    )
    return await GlobalWebSocketManager.get_instance()


@pytest.fixture
async def clean() -> AsyncIterator[None]:
    yield
    await (await GlobalWebSocketManager.get_instance()).shutdown()
    set_default_hub(None)


def header(head: str, name: str) -> list[str]:
    return re.findall(rf"(?im)^{name}: *(.*?)\r$", head)


async def test_no_origin_and_a_new_token_with_each_attempt(clean: None) -> None:
    listener = Listener(REFUSAL)
    async with await asyncio.start_server(listener, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        manager = await follow(f"ws://127.0.0.1:{port}/websocket/v1")
        await manager.initialize(ACCESS_KEY, SECRET_KEY)
        ws = WebSocketClientProxy("a")
        with pytest.raises(SubscribeTimeout):
            await ws.subscribe_my_orders(lambda *_: None)
        await listener.wait(3)
    assert not any(header(head, "Origin") for head in listener.heads)
    tokens = [header(head, "Authorization")[0] for head in listener.heads]
    assert len(set(tokens)) == len(tokens)
    claims = [_claims(token) for token in tokens]
    assert len({claim["nonce"] for claim in claims}) == len(claims)
    assert {claim["access_key"] for claim in claims} == {ACCESS_KEY}
    assert not any(SECRET_KEY in head for head in listener.heads)


def _claims(token: str) -> dict[str, str]:
    body = token.removeprefix("Bearer ").split(".")[1]
    claims: dict[str, str] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


async def test_the_public_connection_carries_no_token(clean: None) -> None:
    listener = Listener(REFUSAL)
    async with await asyncio.start_server(listener, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        manager = await follow(f"ws://127.0.0.1:{port}/websocket/v1")
        await manager.initialize(ACCESS_KEY, SECRET_KEY)
        with pytest.raises(SubscribeTimeout):
            await WebSocketClientProxy("a").subscribe_ticker(["KRW-BTC"], lambda *_: None)
    assert listener.heads
    assert not any(header(head, "Authorization|Origin|Cookie") for head in listener.heads)


@pytest.mark.parametrize("status", [302, 308])
async def test_a_redirect_is_not_followed(status: int, clean: None) -> None:
    other = Listener(REFUSAL)
    async with await asyncio.start_server(other, "127.0.0.1", 0) as elsewhere:
        target = f"ws://127.0.0.1:{elsewhere.sockets[0].getsockname()[1]}/websocket/v1/private"
        first = Listener(f"HTTP/1.1 {status} Moved\r\nLocation: {target}\r\n\r\n".encode())
        async with await asyncio.start_server(first, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            manager = await follow(f"ws://127.0.0.1:{port}/websocket/v1")
            await manager.initialize(ACCESS_KEY, SECRET_KEY)
            with pytest.raises(SubscribeTimeout):
                await WebSocketClientProxy("a").subscribe_my_orders(lambda *_: None)
    assert first.heads
    assert other.heads == []


@pytest.mark.parametrize(
    "url",
    [
        "ws://api.upbit.com/websocket/v1",
        "ws://127.0.0.1.example.com/websocket/v1",
        "ws://localhost.example.com/websocket/v1",
        "ws://127.0.0.1@example.com/websocket/v1",
        "ws://[2001:db8::1]/websocket/v1",
        "ws://0.0.0.0/websocket/v1",
        "ws://10.0.0.1/websocket/v1",
        "WS://API.UPBIT.COM/websocket/v1",
    ],
)
@pytest.mark.parametrize("name", ["url", "private_url"])
def test_no_unencrypted_connection_leaves_this_machine(url: str, name: str) -> None:
    with pytest.raises(ConfigError):
        Config.load({name: url}, environ={})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.8.9.10"])
def test_this_machine_may_be_unencrypted(host: str) -> None:
    url = f"ws://{host}:1/websocket/v1"
    assert Config.load({"url": url}, environ={}).url == url


def test_leaving_the_machine_unencrypted_takes_a_word_of_its_own() -> None:
    url = "ws://proxy.internal/websocket/v1"
    with pytest.raises(InsecureURL):
        Config.load({"url": url}, environ={})
    assert Config.load({"url": url, "allow_insecure": True}, environ={}).url == url


def test_no_setting_turns_the_verification_off() -> None:
    names = set(Config.load({}, environ={}).__slots__)
    assert not [name for name in names if re.search("verify_(?!delay)|tls|ssl|cert", name)]


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """A server whose certificate nobody signed."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl command to make a certificate with")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    command += ["-keyout", str(key), "-out", str(cert), "-subj", "/CN=localhost"]
    subprocess.run(
        [*command, "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


async def test_a_certificate_nobody_signed_gets_no_request(
    certificate: ssl.SSLContext, clean: None
) -> None:
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.read(100))
        await shake_hands(reader, writer)

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=certificate) as server:
        port = server.sockets[0].getsockname()[1]
        manager = await follow(f"wss://localhost:{port}/websocket/v1")
        await manager.initialize(ACCESS_KEY, SECRET_KEY)
        with pytest.raises(SubscribeTimeout, match=r"(?i)certificate"):
            await WebSocketClientProxy("a").subscribe_my_orders(lambda *_: None)
    assert not any(heads)
