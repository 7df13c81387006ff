"""Tests that replace a method of the client class, or of a client: what they reach stays, with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

V5 = "app.net.websocket_v5"
BOT = f"""\
from {V5} import UpbitWebSocketPublicV5


class Bot:
    def __init__(self):
        self.client = UpbitWebSocketPublicV5()

    async def start(self):
        await self.client.connect()
        await self.client.subscribe_ticker(["KRW-BTC"], print)
"""
OTHER = f"""\
from {V5} import UpbitWebSocketPublicV5

client = UpbitWebSocketPublicV5()
"""
HEAD = f"""\
from unittest.mock import AsyncMock, patch

from app.bot import Bot
from {V5} import UpbitWebSocketPublicV5


def test_start(monkeypatch, mocker):
"""
PATCHES = {
    "monkeypatch": 'monkeypatch.setattr(UpbitWebSocketPublicV5, "connect", AsyncMock())',
    "monkeypatch by path": (
        'monkeypatch.setattr("app.bot.UpbitWebSocketPublicV5.connect", AsyncMock())'
    ),
    "patch of an object": 'patch.object(UpbitWebSocketPublicV5, "connect", AsyncMock()).start()',
    "plugin": 'mocker.patch.object(UpbitWebSocketPublicV5, "disconnect")',
    "plugin by path": 'mocker.patch("app.bot.UpbitWebSocketPublicV5.is_connected")',
    "several at once": "patch.multiple(UpbitWebSocketPublicV5, connect=AsyncMock()).start()",
    "setattr": 'setattr(UpbitWebSocketPublicV5, "connect", AsyncMock())',
    "assignment": "UpbitWebSocketPublicV5.connect = AsyncMock()",
}


@pytest.mark.parametrize("patch", PATCHES.values(), ids=PATCHES)
def test_what_the_test_imports_stays(migrate: Migrate, patch: str) -> None:
    tests = f"{HEAD}    {patch}\n    Bot()\n"
    done = migrate({"app/bot.py": BOT, "app/other.py": OTHER, "tests/test_bot.py": tests})
    assert "WebSocketClientProxy" not in done.text("app/bot.py"), done.text("app/bot.py")
    assert "self.client.connect()" in done.text("app/bot.py")
    assert patch in done.text("tests/test_bot.py")
    if '"app.bot.' not in patch:
        assert "from compat_v5 import UpbitWebSocketPublicV5" in done.text("tests/test_bot.py")
    assert "WebSocketClientProxy" in done.text("app/other.py")
    reasons = [f.message for f in done.findings if f.outcome == "kept" and "a test" in f.message]
    assert reasons


@pytest.mark.parametrize(
    "patch",
    [
        'monkeypatch.setattr(UpbitWebSocketPublicV5, "subscribe_ticker", AsyncMock())',
        'patch.object(UpbitWebSocketPublicV5, "subscribe_ticker", AsyncMock()).start()',
    ],
)
def test_a_method_that_keeps_its_name_moves_with_the_clients(migrate: Migrate, patch: str) -> None:
    tests = f"{HEAD}    {patch}\n    Bot()\n"
    done = migrate({"app/bot.py": BOT, "tests/test_bot.py": tests})
    assert 'WebSocketClientProxy("Bot", __name__)' in done.text("app/bot.py")
    moved = patch.replace("UpbitWebSocketPublicV5", "WebSocketClientProxy")
    assert moved in done.text("tests/test_bot.py")
    assert "TODO" not in done.text("tests/test_bot.py")


def test_a_method_that_keeps_its_name_stays_with_the_clients(migrate: Migrate) -> None:
    patch = 'patch.object(UpbitWebSocketPublicV5, "subscribe_ticker", AsyncMock()).start()'
    tests = f"{HEAD}    {patch}\n    Bot()\n"
    bot = BOT + "        print(self.client.stats)\n"
    done = migrate({"app/bot.py": bot, "tests/test_bot.py": tests})
    assert "WebSocketClientProxy" not in done.text("app/bot.py")
    assert patch in done.text("tests/test_bot.py")


def test_a_method_of_one_client_that_is_replaced_is_named(migrate: Migrate) -> None:
    tests = (
        "from unittest.mock import AsyncMock\nfrom app.bot import Bot\n\n\ndef test_start():\n"
        "    bot = Bot()\n    bot.client.connect = AsyncMock()\n"
    )
    done = migrate({"app/bot.py": BOT, "tests/test_bot.py": tests})
    assert "connect() of this client is replaced here" in done.text("tests/test_bot.py")
    assert "WebSocketClientProxy" not in done.text("app/bot.py")


def test_a_mock_of_no_known_kind_is_said_to_be_one(migrate: Migrate) -> None:
    bot = BOT.replace("def __init__(self)", "def __init__(self, client=None)").replace(
        "= Upbit", "= client or Upbit"
    )
    tests = (
        "from unittest.mock import AsyncMock\nfrom app.bot import Bot\n\n\ndef test_start():\n"
        "    client = AsyncMock()\n    client.is_connected.return_value = False\n    Bot(client)\n"
    )
    done = migrate({"app/bot.py": bot, "tests/test_bot.py": tests})
    text = done.text("tests/test_bot.py")
    assert "whether this mock stands for a public or a private client cannot be seen" in text
