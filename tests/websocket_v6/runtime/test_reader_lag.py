"""Bad neighbours cost the reader no time that others would notice."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterator
from typing import Any

import pytest

from websocket_v6 import WebSocketClientProxy
from websocket_v6.testing import ExchangeEmulator

from .conftest import Inbox

FRAMES = 1000
RATE = 1000.0
"""Frames per second that the reader has to keep up with."""
ALLOWED_LAG = 0.050

pytestmark = pytest.mark.usefixtures("manager")


@pytest.fixture(autouse=True)
def no_old_objects() -> Iterator[None]:
    """What earlier tests left to the collector is not this test's time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


async def sleeps_for_ever(*_: Any) -> None:
    await asyncio.Event().wait()


def raises(*_: Any) -> None:
    raise ValueError("a consumer's fault")


def mutates(symbol: str, data_type: str, data: dict[str, Any]) -> None:
    for unit in data["orderbook_units"]:
        unit.clear()
    data.clear()


class Counting:
    """A good callback: checks its frame and counts."""

    def __init__(self) -> None:
        self.last = 0
        self.spoiled = 0

    def __call__(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self.last = data["timestamp"]
        self.spoiled += not (symbol == data["code"] and data["orderbook_units"][0]["ask_price"])


async def test_one_that_sleeps_one_that_raises_one_that_mutates(
    exchange: ExchangeEmulator,
) -> None:
    """The lag that 1000 frames a second would see, from the processor time of each frame.

    Arrivals 1 ms apart and the time each frame really took give the lag without a wall clock, so
    that other processes on the machine do not count. The exchange's own work is part of that time.
    """
    good = [Counting() for _ in range(97)]
    proxies = [WebSocketClientProxy(f"component-{n}") for n in range(100)]
    for ws, callback in zip(proxies, [sleeps_for_ever, raises, mutates, *good], strict=True):
        await ws.subscribe_orderbook(["KRW-BTC"], callback, units=5, is_only_realtime=True)
    await exchange.wait_subscribed("orderbook", "KRW-BTC")
    last, lags, turns = good[-1], [0.0], []
    for number in range(1, FRAMES + 1):
        began = time.thread_time()
        await exchange.publish("orderbook", "KRW-BTC", timestamp=number)
        waited = 0
        while last.last != number:
            await asyncio.sleep(0)
            waited += 1
            assert waited < 1000, "the frame does not arrive"
        lags.append(max(0.0, lags[-1] + time.thread_time() - began - 1 / RATE))
        turns.append(waited)
    assert max(lags) < ALLOWED_LAG
    # Each frame reaches everybody in the turn of the loop it is read in.
    assert max(turns) <= min(turns) + 5
    for callback in good:
        assert (callback.last, callback.spoiled) == (FRAMES, 0)
    active = [await ws.get_active_subscriptions() for ws in proxies[:2]]
    asleep, raising = (next(iter(one.values())) for one in active)
    assert asleep["delivered"] == 1
    assert raising["delivered"] == FRAMES


async def test_the_neighbours_of_the_bad_cost_what_they_cost_alone(
    exchange: ExchangeEmulator,
) -> None:
    """No frame waits a turn longer because of a neighbour, whatever its delivery policy."""
    witness = Inbox()
    ws = WebSocketClientProxy("witness")
    await ws.subscribe_trade(["KRW-BTC"], witness, is_only_realtime=True)
    await exchange.wait_subscribed("trade", "KRW-BTC")

    async def turns() -> int:
        count, before = 0, len(witness.frames)
        await exchange.publish("trade", "KRW-BTC")
        while len(witness.frames) == before:
            await asyncio.sleep(0)
            count += 1
        return count

    alone = max([await turns() for _ in range(20)])
    bad = WebSocketClientProxy("bad")
    for policy in (None, "latest", "lossless"):
        await bad.subscribe_trade(["KRW-BTC"], sleeps_for_ever, policy=policy)
    await bad.subscribe_trade(["KRW-BTC"], raises)
    await bad.subscribe_trade(["KRW-BTC"], raises, deliver="thread")
    assert max([await turns() for _ in range(200)]) <= alone + 5
