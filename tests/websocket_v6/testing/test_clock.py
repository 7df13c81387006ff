"""Time moved by hand."""

from __future__ import annotations

import asyncio

from websocket_v6.testing import ManualClock


async def test_nothing_fires_while_time_stands_still():
    clock, fired = ManualClock(), []
    clock.call_later(1.0, lambda: fired.append(1))
    await asyncio.sleep(0)
    assert fired == []


async def test_timers_fire_in_order_at_their_time():
    clock, fired = ManualClock(wall=1000.0), []
    clock.call_later(2.0, lambda: fired.append(clock.wall()))
    clock.call_later(1.0, lambda: fired.append(clock.wall()))
    cancelled = clock.call_later(1.5, lambda: fired.append(None))
    cancelled.cancel()
    await clock.advance(1.9)
    assert fired == [1001.0]
    await clock.advance(0.1)
    assert fired == [1001.0, 1002.0]


async def test_a_sleeper_that_sleeps_again_is_woken_within_one_advance():
    clock, woken = ManualClock(), []

    async def sleeper():
        for _ in range(3):
            await clock.sleep(1.0)
            woken.append(clock.now())

    task = asyncio.create_task(sleeper())
    await clock.advance(10.0)
    await task
    assert woken == [1.0, 2.0, 3.0]
