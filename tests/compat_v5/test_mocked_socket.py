"""A legacy test that mocks the socket must not reach an exchange: it is refused, and told what to do."""

from __future__ import annotations

import functools
from contextlib import nullcontext
from unittest.mock import AsyncMock, MagicMock, create_autospec, patch

import pytest
import websockets

from compat_v5.exceptions import SubscriptionError, WebSocketConnectionError
from compat_v5.upbit_websocket_private_client import UpbitWebSocketPrivateV5
from compat_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5

pytestmark = pytest.mark.usefixtures("quiet")

PUBLIC = "compat_v5.upbit_websocket_public_client.websockets"
BTC = "KRW-BTC"
REAL = websockets.connect


@functools.wraps(REAL)
def watched(*args, **options):
    return REAL(*args, **options)


@pytest.mark.parametrize(
    "replaced",
    [
        lambda: patch(f"{PUBLIC}.connect", new=AsyncMock()),
        lambda: patch("websockets.connect"),
        lambda: patch("websockets.connect", create_autospec(REAL)),
        lambda: patch("websockets.connect", lambda *args, **options: None),
        lambda: patch(PUBLIC, MagicMock(), create=True),
    ],
    ids=["legacy path", "library", "autospec", "function", "whole library"],
)
async def test_a_replaced_socket_is_refused(exchange, inbox, replaced):
    client = UpbitWebSocketPublicV5()
    with replaced():
        with pytest.raises(WebSocketConnectionError, match="upbit_emulator"):
            await client.connect()
        with pytest.raises(SubscriptionError):
            await client.subscribe_ticker([BTC], inbox.plain)
    assert exchange.opened("public") == 0
    await client.disconnect()
    await client.connect()
    await client.subscribe_ticker([BTC], inbox.plain)
    await inbox.has(1)
    await client.disconnect()


async def test_the_private_client_refuses_likewise(exchange):
    client = UpbitWebSocketPrivateV5()
    with (
        patch("compat_v5.upbit_websocket_private_client.websockets.connect"),
        pytest.raises(WebSocketConnectionError, match="upbit_emulator"),
    ):
        await client.connect()
    assert exchange.opened("private") == 0


@pytest.mark.parametrize("connect", [watched, functools.partial(REAL, proxy=None), None])
async def test_what_still_connects_is_no_mock(exchange, connect):
    client = UpbitWebSocketPublicV5()
    with patch("websockets.connect", connect) if connect is not None else nullcontext():
        await client.connect()
    assert client.is_connected()
    await client.disconnect()
