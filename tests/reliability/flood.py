"""An exchange in a process of its own that sends as fast as its client takes.

``python -m tests.reliability.flood SCALE`` prints its URL. On its standard input ``kill`` resets every
connection and is answered with ``{"killed": n}``, ``peaks`` with the fullest windows so far; the end of the
input ends it.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from dataclasses import asdict
from typing import cast

from tests.reliability.exchange import FastClock
from websocket_v6.testing import ExchangeEmulator
from websocket_v6.testing.connection import Connection
from websocket_v6.testing.encoding import wire_frame
from websocket_v6.testing.feeds import Floor, SyntheticFeed

CHUNK = 64
"""Rounds over all topics that leave in one write."""
_IDENTIFIER = re.compile(rb'("sequential_id":)\d+')


class Flood(SyntheticFeed):
    """Frames of the seeded market, each topic's in turn; trades get numbers of their own."""

    def __init__(self) -> None:
        super().__init__(rate=0)
        self._number = 10**16

    async def run(self, floor: Floor) -> None:
        exchange = cast(ExchangeEmulator, floor)
        while True:
            served = [one for one in exchange.connections if one.subscriptions]
            for connection in served:
                self._send(exchange, connection)
            if served:
                await exchange.drained()
            else:
                await exchange.changed()

    def _send(self, floor: ExchangeEmulator, connection: Connection) -> None:
        forms = [
            (data_type == "trade", self._form(floor, data_type, code))
            for data_type, code in connection.subscriptions
        ]
        for _ in range(CHUNK):
            for numbered, payload in forms:
                connection.push_wire(wire_frame(self._numbered(payload) if numbered else payload))

    def _form(self, floor: ExchangeEmulator, data_type: str, code: str) -> bytes:
        market = floor.markets[code]
        market.trade(floor.now_ms())
        payload, _ = market.frame(data_type, "REALTIME").form("DEFAULT")
        return payload

    def _numbered(self, payload: bytes) -> bytes:
        self._number += 1
        return _IDENTIFIER.sub(rb"\g<1>%d" % self._number, payload, count=1)


async def serve(scale: float) -> None:
    async with ExchangeEmulator(feed=Flood(), clock=FastClock(scale)) as exchange:
        print(json.dumps({"url": exchange.url}), flush=True)
        while command := await asyncio.to_thread(sys.stdin.readline):
            if command == "kill\n":
                # Each request keeps its connection; nobody asks for them here.
                exchange.clear_requests()
                print(json.dumps({"killed": exchange.faults.kill()}), flush=True)
            else:
                print(json.dumps(asdict(exchange.peaks)), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
