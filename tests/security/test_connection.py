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
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from websocket_v6 import GlobalWebSocketManager, WebSocketClientProxy
from websocket_v6.cli import doctor, main
from websocket_v6.config import Config
from websocket_v6.exceptions import ConfigError, InsecureURL, SubscribeTimeout
from websocket_v6.registry import set_default_hub

from .conftest import ACCESS_KEY, SECRET_KEY
from .hostile_server import frame, shake_hands


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


COMMANDS = {
    "doctor": ["doctor"],
    "record": ["record", "my-orders", "--private", "--out=out.jsonl", "--seconds=1"],
}


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The user's keys in the environment, and a working directory to write to."""
    monkeypatch.setenv("UPBIT_ACCESS_KEY", ACCESS_KEY)
    monkeypatch.setenv("UPBIT_SECRET_KEY", SECRET_KEY)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("command", COMMANDS)
async def test_no_command_follows_a_redirect(command: str) -> None:
    other = Listener(REFUSAL)
    async with await asyncio.start_server(other, "127.0.0.1", 0) as elsewhere:
        target = f"ws://127.0.0.1:{elsewhere.sockets[0].getsockname()[1]}/websocket/v1/private"
        first = Listener(f"HTTP/1.1 302 Moved\r\nLocation: {target}\r\n\r\n".encode())
        async with await asyncio.start_server(first, "127.0.0.1", 0) as server:
            url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/websocket/v1"
            assert await asyncio.to_thread(main, [*COMMANDS[command], f"--url={url}"]) == 1
    assert any(header(head, "Authorization") for head in first.heads)
    assert other.heads == []


@pytest.mark.usefixtures("keys")
async def test_each_token_of_a_command_has_a_nonce_of_its_own() -> None:
    listener = Listener(REFUSAL)
    async with await asyncio.start_server(listener, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/websocket/v1"
        for _ in range(2):
            assert await asyncio.to_thread(main, ["doctor", f"--url={url}"]) == 1
    tokens = [token for head in listener.heads for token in header(head, "Authorization")]
    assert len({_claims(token)["nonce"] for token in tokens}) == len(tokens) >= 2


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("asked", "closes"),
    [(True, True), (True, False), (False, False)],
    ids=["asked, closes", "asked, holds on", "at once, holds on"],
)
async def test_a_command_takes_no_message_over_the_limit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, asked: bool, closes: bool
) -> None:
    monkeypatch.setenv("UPBIT_WS_MAX_FRAME_BYTES", "20000")
    monkeypatch.setattr(doctor, "ANSWER_TIMEOUT", 1.0)
    too_long = b'{"type":"ticker","code":"KRW-BTC","x":"' + b"x" * 30_000 + b'"}'

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await shake_hands(reader, writer)
            if asked:
                await reader.read(1000)
            writer.write(frame(too_long))
            # The client's close frame; then its end, for who holds on.
            await reader.read(1000 if closes else -1)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/websocket/v1"
        assert await asyncio.to_thread(main, ["doctor", "--json", f"--url={url}"]) == 1
    found = json.loads(capsys.readouterr().out)
    too_big = [one["check"] for one in found if "message too big" in one["detail"]]
    assert too_big == ["WebSocket", "keys"], found


async def test_no_proxy_stands_between_two_programs_on_this_machine(
    clean: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the environment says: it would be handed the token."""
    proxy, exchange = Listener(REFUSAL), Listener(REFUSAL)
    async with (
        await asyncio.start_server(proxy, "127.0.0.1", 0) as between,
        await asyncio.start_server(exchange, "127.0.0.1", 0) as server,
    ):
        address = f"http://127.0.0.1:{between.sockets[0].getsockname()[1]}"
        for name in ("http_proxy", "https_proxy", "socks_proxy", "ws_proxy"):
            monkeypatch.setenv(name, address)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/websocket/v1"
        manager = await follow(url)
        await manager.initialize(ACCESS_KEY, SECRET_KEY)
        with pytest.raises(SubscribeTimeout):
            await WebSocketClientProxy("a").subscribe_my_orders(lambda *_: None)
    assert exchange.heads
    assert proxy.heads == []


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


@pytest.mark.parametrize("name", ["url", "private_url"])
def test_nor_does_one_of_settings_that_were_not_loaded(name: str) -> None:
    with pytest.raises(InsecureURL):
        Config(**{name: "ws://api.upbit.com/websocket/v1"})
    with pytest.raises(InsecureURL):
        replace(Config(), **{name: "ws://api.upbit.com/websocket/v1"})
    with pytest.raises(ConfigError):
        Config(**{name: "https://api.upbit.com/websocket/v1"})


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


def certificate_for(name: str, folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's end, and the file of a certificate that nobody but itself signed."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl command to make a certificate with")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    command += ["-keyout", str(key), "-out", str(cert), "-subj", f"/CN={name}"]
    subprocess.run(
        [*command, "-addext", f"subjectAltName=DNS:{name}"], check=True, capture_output=True
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert


async def refusal_by_client(context: ssl.SSLContext) -> tuple[str, list[str]]:
    """How a private subscription at a server with this certificate ended, and what it was sent."""
    listener = Listener(REFUSAL)
    async with await asyncio.start_server(listener, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        manager = await follow(f"wss://localhost:{port}/websocket/v1")
        await manager.initialize(ACCESS_KEY, SECRET_KEY)
        with pytest.raises(SubscribeTimeout) as caught:
            await WebSocketClientProxy("a").subscribe_my_orders(lambda *_: None)
    return str(caught.value), listener.heads


async def test_a_certificate_nobody_signed_gets_no_request(clean: None, tmp_path: Path) -> None:
    context, _ = certificate_for("localhost", tmp_path)
    words, heads = await refusal_by_client(context)
    assert "certificate" in words.lower()
    assert heads == []


async def test_a_trusted_certificate_of_another_host_gets_no_request(
    clean: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, cert = certificate_for("otherhost", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    words, heads = await refusal_by_client(context)
    assert "Hostname mismatch" in words
    assert heads == []


async def test_a_trusted_certificate_of_the_host_gets_the_request(
    clean: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the two tests before stand on: but for the certificate, the request would come."""
    context, cert = certificate_for("localhost", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    words, heads = await refusal_by_client(context)
    assert "HTTP 503" in words
    assert header(heads[0], "Authorization")
