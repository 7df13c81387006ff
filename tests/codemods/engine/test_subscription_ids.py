"""Ids of subscriptions that are taken apart are noted: v6 spells them differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

PATH = "app/module.py"
V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
HEAD = f"""\
import re
from {V5} import UpbitWebSocketPublicV5


class Chart:
    def __init__(self):
        self.client = UpbitWebSocketPublicV5()

    def on_tick(self, symbol, data_type, data):
        print(symbol)

    async def start(self, held):
        sid = await self.client.subscribe_ticker(["KRW-BTC"], self.on_tick)
        self.sid = await self.client.subscribe("trade", ["KRW-BTC"], self.on_tick)
"""


@pytest.mark.parametrize(
    "look",
    [
        'sid.split("_")[0]',
        "sid[:6]",
        '"ticker" in sid',
        'sid == "ticker_1"',
        're.match("ticker_", sid)',
        'self.sid.startswith("trade")',
    ],
)
def test_an_id_that_is_taken_apart_is_noted(look: str, migrate: Migrate) -> None:
    done = migrate({PATH: HEAD + f"        print({look})\n"})
    assert "WebSocketClientProxy(" in done.text()
    line = HEAD.count("\n") + 1
    notes = [f for f in done.findings if f.outcome == "note"]
    assert [(f.rule, f.line) for f in notes] == [("UWS130", line)]
    assert "MIGRATION.md#subscriptions" in notes[0].message


@pytest.mark.parametrize(
    "look", ["print(sid)", "await self.client.unsubscribe(sid)", "print(sid in held)"]
)
def test_an_id_that_is_only_kept_is_no_matter(look: str, migrate: Migrate) -> None:
    done = migrate({PATH: HEAD + f"        {look}\n"})
    assert not [f for f in done.findings if f.outcome == "note"]
