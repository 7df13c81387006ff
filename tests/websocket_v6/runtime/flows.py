"""Streams of every kind, and whether all of them flow."""

from __future__ import annotations

from typing import Any

from websocket_v6 import WebSocketClientProxy
from websocket_v6.testing import ExchangeEmulator

from .conftest import Inbox


async def streaming(exchange: ExchangeEmulator) -> tuple[WebSocketClientProxy, dict[str, Inbox]]:
    """A proxy with a ticker, a trade and an order book stream that run."""
    ws = WebSocketClientProxy("component")
    inboxes = {"ticker": Inbox(), "trade": Inbox(), "orderbook": Inbox()}
    await ws.subscribe_ticker(["KRW-BTC"], inboxes["ticker"])
    await ws.subscribe_trade(["KRW-BTC"], inboxes["trade"])
    await ws.subscribe_orderbook(["KRW-BTC"], inboxes["orderbook"])
    for inbox in inboxes.values():
        await inbox.wait()
    return ws, inboxes


MARK = -987654321
"""A time stamp that no other frame has."""


def is_marked(frame: tuple[str, str, dict[str, Any]]) -> bool:
    return frame[2]["timestamp"] == MARK


async def assert_all_flow(exchange: ExchangeEmulator, inboxes: dict[str, Inbox]) -> None:
    """Each stream delivers a fresh frame, once."""
    for data_type, inbox in inboxes.items():
        await exchange.wait_subscribed(data_type, "KRW-BTC")
        before = len(inbox.frames)
        await exchange.publish(data_type, "KRW-BTC", timestamp=MARK)
        await inbox.until(lambda inbox=inbox: any(map(is_marked, inbox.frames)))
        marked = [frame[2]["stream_type"] for frame in filter(is_marked, inbox.frames[before:])]
        assert marked.count("REALTIME") == 1
