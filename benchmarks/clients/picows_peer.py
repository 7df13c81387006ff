"""A peer: picows alone with msgspec, the fastest bare loop there is."""

from __future__ import annotations

import asyncio

import msgspec
import picows

from benchmarks.meter import Meter

from .bare import request


async def flood(url: str, kind: str, count: int) -> dict[str, float]:
    meter = Meter(count)
    callback, loads = meter.one, msgspec.json.decode

    class Listener(picows.WSListener):  # type: ignore[misc]
        def on_ws_connected(self, transport: picows.WSTransport) -> None:
            transport.send(picows.WSMsgType.TEXT, request(kind, ["KRW-BTC"]).encode())

        def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
            callback(loads(frame.get_payload_as_memoryview()))

    transport, _ = await picows.ws_connect(Listener, url)
    await asyncio.wait_for(meter.done.wait(), 120)
    transport.disconnect()
    return meter.result()
