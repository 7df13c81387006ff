"""The legacy design, one socket per component: the independent reference of the tests."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from typing import Any

import tests
from benchmarks.process import ROOT

from .resources import resident
from .v6 import sample_fleet

# pyupbit installs a package `tests`, too.
tests.__path__ = [str(ROOT / "tests")]
from tests.reference_v5 import UpbitWebSocketPublicV5  # noqa: E402


async def fleet(
    url: str, kind: str, count: int, *, seconds: float = 5.0, trace: bool = True
) -> dict[str, float]:
    """Memory and CPU of *count* clients, each with its own connection, from nothing."""
    gc.collect()
    before = resident()
    if trace:
        tracemalloc.start()
    received = [0]

    def note(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        received[0] += 1

    clients = []
    for number in range(count):
        client = UpbitWebSocketPublicV5()
        client.config.connection.url = url
        await client.connect()
        await client.subscribe(kind, ["KRW-BTC"], note)
        clients.append(client)
        if number % 20 == 19:
            await asyncio.sleep(0.05)
    result = await sample_fleet(before, received, seconds)
    for client in clients:
        await client.disconnect()
    return result
