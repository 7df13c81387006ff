"""The two checks of the migration guide, as people run them.

The guide's own memory script creates ten proxies while the ten clients are still there, so it always
shows a loss. Here each kind is measured alone, in a process of its own.
"""

from __future__ import annotations

import asyncio

import pytest

from compat_v5.parity.memory import PROXY, measure
from tests.reference_v5 import UpbitWebSocketPublicV5
from websocket_v6 import GlobalWebSocketManager, WebSocketClientProxy
from websocket_v6.testing import ExchangeEmulator, LockstepFeed

FRAMES = 200  # ten seconds' worth of a busy market
REFERENCE = "tests.reference_v5:UpbitWebSocketPublicV5"


async def test_both_sides_see_the_same_keys() -> None:
    v5_frames: list[dict] = []
    v6_frames: list[dict] = []
    async with ExchangeEmulator(feed=LockstepFeed(rate=400.0)) as exchange:
        v5 = UpbitWebSocketPublicV5()
        v5.config.connection.url = exchange.url
        await v5.connect()
        await v5.subscribe_ticker(["KRW-BTC"], lambda s, t, d: v5_frames.append(d))
        v6 = WebSocketClientProxy("side_by_side", endpoint=exchange.url)
        await v6.subscribe_ticker(["KRW-BTC"], lambda s, t, d: v6_frames.append(d))
        async with asyncio.timeout(30):
            while min(len(v5_frames), len(v6_frames)) < FRAMES:
                await asyncio.sleep(0.01)
        await v5.disconnect()
        await v6.aclose()
        await (await GlobalWebSocketManager.get_instance()).shutdown()
    assert v5_frames[0].keys() == v6_frames[0].keys()
    assert all(frame.keys() == v5_frames[0].keys() for frame in v5_frames + v6_frames)


async def test_ten_proxies_need_less_memory_than_ten_clients(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with ExchangeEmulator(limits=False, rate=50.0) as exchange:
        clients = await measure(REFERENCE, exchange.url, 10)
        proxies = await measure(PROXY, exchange.url, 10)
    saving = 1 - proxies / clients
    with capsys.disabled():
        print(
            f"\n10 v5 clients: {clients / 1024:,.0f} KiB, 10 v6 proxies: {proxies / 1024:,.0f} KiB, "
            f"saving {saving:.0%}"
        )
    assert saving > 0.4
