"""An emulator on its own thread, for programs and commands of the documents."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from threading import Thread

import pytest

from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator


@pytest.fixture(scope="session")
def emulator_url() -> Iterator[str]:
    """The URL of a market that moves and of an account that places and cancels orders."""
    loop = asyncio.new_event_loop()
    ready: Future[str] = Future()
    ended = asyncio.Event()
    thread = Thread(target=lambda: loop.run_until_complete(serve(ready, ended)), daemon=True)
    thread.start()
    yield ready.result(timeout=10)
    loop.call_soon_threadsafe(ended.set)
    thread.join(timeout=10)
    loop.close()


async def serve(ready: Future[str], ended: asyncio.Event) -> None:
    async with ExchangeEmulator(rate=50) as exchange:
        ready.set_result(exchange.url)
        while not ended.is_set():
            order = exchange.account().place_order(
                "KRW-BTC", "BID", price=90_000_000, volume="0.01"
            )
            exchange.account().cancel(order)
            try:
                await asyncio.wait_for(ended.wait(), 0.1)
            except TimeoutError:
                continue


@pytest.fixture(scope="session")
def environment(emulator_url: str) -> dict[str, str]:
    """What a program needs to run here as it would against the exchange."""
    return {
        **os.environ,
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")]),  # noqa: PTH120 - resolving would leave the environment
        "PYTHONUTF8": "1",
        "NO_COLOR": "1",
        "QT_QPA_PLATFORM": "offscreen",
        "UPBIT_WS_URL": emulator_url,
        "UPBIT_ACCESS_KEY": TEST_ACCESS_KEY,
        "UPBIT_SECRET_KEY": TEST_SECRET_KEY,
        "UPBIT_V5_WARNINGS": "off",
        # More than `prove --frames` asks for: of a program that ends by itself, two runs on a busy
        # machine may see different stretches of the feed.
        "DESK_FRAMES": "30",
    }
