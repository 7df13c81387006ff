"""Frames the exchange has never sent: each costs itself and nothing else."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from websocket_v6 import WebSocketClientProxy
from websocket_v6._async import routes
from websocket_v6.protocol.decoder import parse
from websocket_v6.testing import ExchangeEmulator

from .conftest import Inbox, eventually, raw_frame

pytestmark = pytest.mark.usefixtures("manager")


def nested(data_type: str, price: int, depth: int) -> bytes:
    """The same with a key nobody expects: lists in lists."""
    body = raw_frame(data_type, trade_price=price)[:-1]
    return body + b',"extra":' + b"[" * depth + b"]" * depth + b"}"


async def test_a_frame_too_deep_to_be_copied_ends_no_worker_and_no_thread(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws, in_thread, in_worker = WebSocketClientProxy("component"), [], []

    async def wait(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        in_worker.append(data["trade_price"])

    def work(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        in_thread.append(data["trade_price"])

    await ws.subscribe_ticker(["KRW-BTC"], work, deliver="thread")
    await ws.subscribe_ticker(["KRW-BTC"], wait)
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait(1)
    await exchange.publish_raw(nested("ticker", 1, 600))
    await exchange.publish_raw(nested("ticker", 2, 1))
    await eventually(lambda: in_worker[-1:] == [2] and in_thread[-1:] == [2], "the next frame")


async def test_what_is_kept_of_a_list_is_one_frame_of_it(
    exchange: ExchangeEmulator, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = ["KRW-BTC", "KRW-ETH", "KRW-XRP", "KRW-SOL"]
    ws, late = WebSocketClientProxy("component"), Inbox()
    await ws.subscribe_ticker(codes, inbox)
    await ws.subscribe_trade(codes, inbox)
    await inbox.wait(2 * len(codes))
    frames = [raw_frame(kind, code=code) for kind in ("ticker", "trade") for code in codes]
    await exchange.publish_raw(b"[" + b",".join(frames) + b"]")
    await inbox.wait(4 * len(codes))
    decoded: list[int] = []

    def parse_and_count(payload: bytes) -> Any:
        decoded.append(len(payload))
        return parse(payload)

    monkeypatch.setattr(routes, "parse", parse_and_count)
    await ws.subscribe_ticker(codes, late)
    await late.wait(len(codes))
    # A reconnect's trades are compared with the last ones.
    await exchange.publish_raw(b"[" + b",".join(snapshots(codes)) + b"]")
    await exchange.publish_raw(raw_frame("ticker", trade_price=-1))
    await inbox.until(lambda: inbox.prices()[-1] == -1)
    assert len(decoded) == 2 * len(codes)
    assert max(decoded) < 2 * len(frames[0])


def snapshots(codes: list[str]) -> list[bytes]:
    return [raw_frame("trade", code=code, stream_type="SNAPSHOT") for code in codes]


async def test_a_last_frame_that_is_no_message_is_asked_for_again(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws, messages = WebSocketClientProxy("component"), []
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait(1)
    await exchange.publish_raw(b'{"type":"ticker","code":"KRW-BTC","stream_type":"REALTIME"}')
    await inbox.wait(2)
    late = await ws.subscribe_ticker(
        ["KRW-BTC"], lambda *arguments: messages.append(arguments[-1]), as_model=True
    )
    await eventually(lambda: len(messages) == 1, "the snapshot of the exchange")
    assert messages[0].stream_type == "SNAPSHOT"
    await ws.unsubscribe(late)


async def test_typed_messages_are_undecodable_like_dicts(exchange: ExchangeEmulator) -> None:
    ws, prices = WebSocketClientProxy("component"), []
    await ws.subscribe_ticker(
        ["KRW-BTC"], lambda *arguments: prices.append(arguments[-1].trade_price), as_model=True
    )
    await eventually(lambda: len(prices) == 1, "the snapshot")
    broken = raw_frame("ticker", trade_price=2).replace(b'"REALTIME"', b'"\xff\xfe"')
    for payload in (raw_frame("ticker", trade_price=1), broken, nested("ticker", 3, 3000)):
        await exchange.publish_raw(payload)
    await exchange.publish_raw(raw_frame("ticker", trade_price=4))
    await eventually(lambda: prices[1:] == [Decimal(1), Decimal(4)], "the good ones")
    metrics = await ws.get_performance_metrics()
    assert metrics["decode_errors"] == 2
    assert metrics["router_errors"] == 0


async def test_a_book_whose_numbers_are_texts_is_cut_all_the_same(
    exchange: ExchangeEmulator, inbox: Inbox
) -> None:
    ws, whole = WebSocketClientProxy("component"), Inbox()
    await ws.subscribe_orderbook(["KRW-BTC"], inbox, units=5)
    await ws.subscribe_orderbook(["KRW-BTC"], whole)
    await inbox.wait(1)
    await whole.wait(1)
    unit = {"ask_price": "1", "bid_price": "1", "ask_size": "0.1", "bid_size": "0.2"}
    for units in ([unit] * 30, [{"ask_size": None}] * 30, None):
        await exchange.publish_raw(raw_frame("orderbook", orderbook_units=units))
    await inbox.wait(4)
    await whole.wait(4)
    books = [data["orderbook_units"] for _, _, data in inbox.frames[1:]]
    assert books == [[unit] * 5, [{"ask_size": None}] * 5, None]
    assert inbox.frames[1][2]["total_ask_size"] == 0.5
    late = Inbox()
    await asyncio.wait_for(ws.subscribe_orderbook(["KRW-BTC"], late), 5)
    await late.wait(1)
    assert (await ws.get_performance_metrics())["router_errors"] == 0
