"""Dictionaries of ``get_status()``: shown as a whole they may have other keys, read by key they may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

PROGRAM = """\
import asyncio
from app.net.websocket_v5 import UpbitWebSocketPublicV5

history = []

async def main(loop):
    client = UpbitWebSocketPublicV5()
    await client.connect()
    {body}
"""
SHOWN = [
    "print(await client.get_status())",
    "print(loop.run_until_complete(client.get_status()))",
    "print(await asyncio.wait_for(client.get_status(), 3))",
    "status = asyncio.run(client.get_status()); print(status)",
]
READ = {
    "status = asyncio.run(client.get_status()); print(status['state'])": "`status['state']`",
    "status = loop.run_until_complete(client.get_status()); print(status['state'])": (
        "`status['state']`"
    ),
    "print((await asyncio.wait_for(client.get_status(), 3))['state'])": (
        "its keys, possibly elsewhere"
    ),
    "global status; status = await client.get_status()": "its keys, possibly elsewhere",
    "history.append(await client.get_status()); print(history[-1]['state'])": (
        "whatever append() reads"
    ),
}


@pytest.mark.parametrize("body", SHOWN)
def test_what_is_shown_is_renamed(body: str, migrate: Migrate) -> None:
    done = migrate({"app/module.py": PROGRAM.format(body=body)})
    assert body.replace("get_status", "get_system_status") in done.text()


@pytest.mark.parametrize(("body", "reader"), READ.items())
def test_what_is_read_stays_and_is_named(body: str, reader: str, migrate: Migrate) -> None:
    done = migrate({"app/module.py": PROGRAM.format(body=body)})
    assert body in done.text()
    assert f"get_status() is read for {reader}" in done.text()
