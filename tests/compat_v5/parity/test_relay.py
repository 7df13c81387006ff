"""The relay counts sockets by kind and passes everything on."""

from __future__ import annotations

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from compat_v5.parity.relay import CountingRelay
from websocket_v6.testing import ExchangeEmulator


async def test_bytes_pass_both_ways_and_sockets_are_counted() -> None:
    async with (
        ExchangeEmulator(rate=0) as exchange,
        CountingRelay(exchange.url) as relay,
        connect(relay.url) as one,
        connect(relay.url),
    ):
        await one.send('[{"ticket": "t"}, {"type": "ticker", "codes": ["KRW-BTC"]}]')
        assert b'"KRW-BTC"' in await one.recv()
        assert relay.opened == {"public": 2}


async def test_refusals_pass_too_and_the_path_tells_the_kind() -> None:
    async with ExchangeEmulator(rate=0) as exchange, CountingRelay(exchange.url) as relay:
        with pytest.raises(Exception, match="401"):
            async with connect(f"{relay.url}/private"):
                pass
        assert relay.opened == {"private": 1}


async def test_the_exchange_going_away_closes_the_client() -> None:
    async with (
        ExchangeEmulator(rate=0) as exchange,
        CountingRelay(exchange.url) as relay,
        connect(relay.url) as client,
    ):
        exchange.faults.kill()
        with pytest.raises(ConnectionClosed):
            await client.recv()
