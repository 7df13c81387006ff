"""A plain client of the ``websockets`` library, and emulators that end with their test."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any

import jwt
import pytest
from websockets.asyncio.client import ClientConnection, connect

from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator


def bearer(
    access_key: str = TEST_ACCESS_KEY, secret: str = TEST_SECRET_KEY, algorithm: str = "HS256"
) -> str:
    claims = {"access_key": access_key, "nonce": str(uuid.uuid4())}
    return "Bearer " + jwt.encode(claims, secret, algorithm)


class Client:
    """One open connection that speaks JSON; numbers are read exactly."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def subscribe(self, *objects: dict[str, Any], wire_format: str | None = None) -> None:
        request: list[dict[str, Any]] = [{"ticket": "test"}, *objects]
        if wire_format is not None:
            request.append({"format": wire_format})
        await self.send(request)

    async def send(self, value: object) -> None:
        await self.socket.send(value if isinstance(value, str) else json.dumps(value))

    async def text(self) -> str:
        """The next message, which is BINARY like every one the exchange sends."""
        message = await self.socket.recv()
        assert isinstance(message, bytes)
        return message.decode()

    async def frame(self) -> Any:
        return json.loads(await self.text(), parse_float=Decimal)

    async def frames(self, count: int) -> list[Any]:
        return [await self.frame() for _ in range(count)]

    async def listed(self) -> list[dict[str, Any]]:
        """What LIST_SUBSCRIPTIONS says; nothing else may be under way."""
        await self.send([{"ticket": "list"}, {"method": "LIST_SUBSCRIPTIONS"}])
        reply = await self.frame()
        assert reply["method"] == "LIST_SUBSCRIPTIONS", f"not silent: {reply}"
        return reply["result"]

    async def everything(self) -> list[Any]:
        """All frames that are under way."""
        await self.send([{"ticket": "list"}, {"method": "LIST_SUBSCRIPTIONS"}])
        frames = [await self.frame()]
        while "method" not in frames[-1]:
            frames.append(await self.frame())
        return frames[:-1]

    async def rejected(self) -> dict[str, str]:
        """The error frame; the server closes with 1000 after it."""
        error = (await self.frame())["error"]
        await self.socket.wait_closed()
        assert self.socket.close_code == 1000
        return error

    async def lost(self) -> int | None:
        """Wait for the end; the close code, 1006 when there was no close frame."""
        await self.socket.wait_closed()
        return self.socket.close_code


Open = Callable[..., Any]


@pytest.fixture
async def opening() -> AsyncIterator[Open]:
    """``await opening(exchange, private=False, ...)`` gives a ``Client``; closed with the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def opened(
            exchange: ExchangeEmulator, *, private: bool = False, path: str = "", **options: Any
        ) -> Client:
            headers = options.pop("headers", {})
            if private:
                headers.setdefault("Authorization", bearer(**options.pop("auth", {})))
            options.setdefault("compression", None)
            options.setdefault("ping_interval", None)
            url = exchange.private_url if private else exchange.url + path
            socket = await connect(
                url, additional_headers=headers, max_size=2**24, close_timeout=1, **options
            )
            stack.push_async_callback(socket.close)
            return Client(socket)

        yield opened


@pytest.fixture
async def exchange() -> AsyncIterator[ExchangeEmulator]:
    """An exchange that sends snapshots and what the test publishes, nothing by itself."""
    async with ExchangeEmulator(rate=0) as running:
        yield running


@pytest.fixture
def token() -> Callable[..., str]:
    return bearer


def samples(name: str) -> list[str]:
    """The lines of a file of recorded and documented frames."""
    from importlib.resources import files

    text = (files("websocket_v6.testing") / "frames" / name).read_text(encoding="utf-8")
    return text.splitlines()


@pytest.fixture(name="samples")
def _samples() -> Callable[[str], list[str]]:
    return samples
