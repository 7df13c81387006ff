"""Decorators made with ``functools.wraps``: what only passes its arguments on keeps nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

PROGRAM = """\
import functools
from app.net.websocket_v5 import UpbitWebSocketPublicV5

def log(function):
    @functools.wraps(function)
    {wrapper}
    return wrapper

class Feed:
    def __init__(self):
        self.client = UpbitWebSocketPublicV5()
    {on_start}
    async def start(self):
        await self.client.connect()
        await self.client.subscribe_ticker(["KRW-BTC"], self.on_tick)
    {on_tick}
    def on_tick(self, symbol, data_type, data):
        print(data["data"]["trade_price"])
"""
PASSING = "def wrapper(*args, **kwargs): return function(*args, **kwargs)"


@pytest.mark.parametrize(
    "wrapper",
    [PASSING, "def wrapper(self, *args, **kwargs): return function(self, *args, **kwargs)"],
)
def test_a_method_that_subscribes_may_be_wrapped(migrate: Migrate, wrapper: str) -> None:
    source = PROGRAM.format(wrapper=wrapper, on_start="@log", on_tick="")
    text = migrate({"app/module.py": source}).text()
    assert 'print(data["trade_price"])' in text
    assert "UpbitWebSocketPublicV5" not in text


@pytest.mark.parametrize(
    "wrapper",
    [
        'def wrapper(*args): return function(*args[:-1], {"data": args[-1]})',
        'def wrapper(*args, **kwargs): return function(*args[:-1], {"data": args[-1]}, **kwargs)',
        'def wrapper(me, symbol, kind, data): return function(me, symbol, kind, {"data": data})',
    ],
)
def test_a_wrapper_that_makes_an_envelope_keeps_the_client(migrate: Migrate, wrapper: str) -> None:
    source = PROGRAM.format(wrapper=wrapper, on_start="", on_tick="@log")
    text = migrate({"app/module.py": source}).text()
    assert 'print(data["data"]["trade_price"])' in text
    assert "from compat_v5 import UpbitWebSocketPublicV5" in text
