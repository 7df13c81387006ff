"""What the bot does with what the exchange sends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from price_alert import PriceAlert


@pytest_asyncio.fixture
async def prices() -> asyncio.Queue[float]:
    """The prices the bot reported."""
    return asyncio.Queue()


@pytest_asyncio.fixture
async def bot(upbit_manager, prices: asyncio.Queue[float]) -> AsyncIterator[PriceAlert]:
    """The running bot. `upbit_manager` fails the test if it leaves a task or a socket behind."""
    bot = PriceAlert("KRW-BTC", limit=1e9, notify=prices.put_nowait)
    await bot.start()
    yield bot
    await bot.stop()


async def test_only_prices_over_the_limit_are_reported(bot, prices, upbit_emulator) -> None:
    await upbit_emulator.wait_subscribed("ticker", "KRW-BTC")
    for price in (9e8, 1.1e9, 1e9, 1.2e9):
        await upbit_emulator.publish("ticker", "KRW-BTC", trade_price=price)
    assert [await prices.get(), await prices.get()] == [1.1e9, 1.2e9]


async def test_the_bot_goes_on_after_an_outage(bot, prices, upbit_emulator) -> None:
    await upbit_emulator.wait_subscribed("ticker", "KRW-BTC")
    upbit_emulator.faults.kill()
    await upbit_emulator.wait_unsubscribed("ticker", "KRW-BTC")
    await upbit_emulator.wait_subscribed("ticker", "KRW-BTC")
    await upbit_emulator.publish("ticker", "KRW-BTC", trade_price=2e9)
    assert await prices.get() == 2e9


async def test_a_filled_order_is_remembered(bot, upbit_emulator) -> None:
    await upbit_emulator.wait_subscribed("myOrder")
    account = upbit_emulator.account()
    order = account.place_order("KRW-BTC", "BID", price=100, volume=2)
    assert bot.filled.empty()
    account.fill(order)
    assert await bot.filled.get() == order.uuid


async def test_one_component_costs_one_request(bot, upbit_emulator) -> None:
    await upbit_emulator.wait_subscribed("ticker", "KRW-BTC")
    assert upbit_emulator.opened("public") == 1
    assert len(upbit_emulator.requests("subscribe")) == 2  # one public, one private
