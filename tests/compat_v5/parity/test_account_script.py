"""Account events advance by step: two runs send the same bytes."""

from __future__ import annotations

import asyncio

from compat_v5.parity import account_script
from compat_v5.parity.received import digest_of
from tests.reference_v5 import UpbitWebSocketPrivateV5
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator


async def digests_of_a_run(steps: int) -> list[str]:
    digests: list[str] = []
    clock = account_script.SteppedClock()
    async with ExchangeEmulator(rate=0, clock=clock) as exchange:
        script = asyncio.create_task(account_script.play(exchange, clock, steps))
        client = UpbitWebSocketPrivateV5(TEST_ACCESS_KEY, TEST_SECRET_KEY)
        client.config.connection.private_url = exchange.private_url
        await client.connect()
        await client.subscribe_my_orders(callback=lambda s, t, d: digests.append(digest_of(d)))
        await script
        await client.disconnect()
    return digests


async def test_two_runs_send_the_same() -> None:
    first, second = await digests_of_a_run(12), await digests_of_a_run(12)
    assert len(first) > 5
    assert first == second
    assert len(set(first)) == len(first)
