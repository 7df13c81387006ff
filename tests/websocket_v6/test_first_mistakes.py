"""Mistakes people make in their first hour: each is named, and so is what to write instead."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import threading
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from websocket_v6 import (
    AuthenticationError,
    Credentials,
    GlobalWebSocketManager,
    InvalidArgument,
    SnapshotTimeout,
    TwoInstallations,
    WebSocketClientProxy,
    bounded,
)
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

Call = Callable[[WebSocketClientProxy], Any]
BTC = ["KRW-BTC"]


@pytest.fixture
async def exchange() -> AsyncIterator[ExchangeEmulator]:
    async with ExchangeEmulator(rate=0) as server:
        GlobalWebSocketManager.configure(url=server.url)
        yield server
        await (await GlobalWebSocketManager.get_instance()).shutdown()
        GlobalWebSocketManager.configure()


def on_tick(symbol: str, data_type: str, data: dict[str, Any]) -> None: ...


async def on_tick_later(symbol: str, data_type: str, data: dict[str, Any]) -> None: ...


def generator(symbol: str, data_type: str, data: dict[str, Any]) -> Any:
    yield data


async def async_generator(symbol: str, data_type: str, data: dict[str, Any]) -> Any:
    yield data


class Component:
    def on_tick(self, symbol: str, data_type: str, data: dict[str, Any]) -> None: ...


def ticker(symbols: Any, callback: Any = on_tick, **options: Any) -> Call:
    return lambda ws: ws.subscribe_ticker(symbols, callback, **options)


def candle(*arguments: Any) -> Call:
    return lambda ws: ws.subscribe_candle(BTC, *arguments)


def book(**options: Any) -> Call:
    return lambda ws: ws.subscribe_orderbook(BTC, on_tick, **options)


def stream(*arguments: Any, **options: Any) -> Call:
    return lambda ws: ws.stream(*arguments, **options)


# What is called, the value the message repeats, the remedy it names.
WRONG_CALLS: dict[str, tuple[Call, str, str]] = {
    "lower case": (ticker(["krw-btc"]), "'krw-btc'", "'KRW-BTC': QUOTE-BASE, upper case"),
    "quote and base swapped": (ticker(["BTC-KRW"]), "'BTC-KRW'", "'KRW-BTC': QUOTE-BASE"),
    "a slash": (ticker(["KRW/BTC"]), "'KRW/BTC'", "write it as 'KRW-BTC'"),
    "the other way round": (ticker(["BTC/KRW"]), "'BTC/KRW'", "write it as 'KRW-BTC'"),
    "an underscore": (ticker(["KRW_BTC"]), "'KRW_BTC'", "write it as 'KRW-BTC'"),
    "no hyphen": (ticker(["KRWBTC"]), "'KRWBTC'", "write it as 'KRW-BTC'"),
    "no hyphen, swapped": (ticker(["BTCKRW"]), "'BTCKRW'", "write it as 'KRW-BTC'"),
    "a coin": (ticker(["BTC"]), "'BTC'", "QUOTE-BASE"),
    "spaces": (ticker([" KRW-BTC "]), "' KRW-BTC '", "write it as 'KRW-BTC'"),
    "two in one text": (ticker(["KRW-BTC,KRW-ETH"]), "KRW-BTC,", "['KRW-BTC', 'KRW-ETH']"),
    "a size suffix": (ticker(["KRW-BTC.15"]), "'KRW-BTC.15'", "units=15"),
    "a text for a list": (ticker("krw-btc"), "'krw-btc'", "write a list: ['KRW-BTC']"),
    "a text of several": (ticker("KRW-BTC, KRW-ETH"), "KRW-ETH", "list: ['KRW-BTC', 'KRW-ETH']"),
    "an empty list": (ticker([]), "symbols=[]", "name at least one symbol"),
    "no list": (ticker(None), "symbols=None", "write a list of symbols"),
    "a dict": (ticker({"KRW-BTC": 1}), "{'KRW-BTC': 1}", "write a list of symbols: ['KRW-BTC']"),
    "no code": (ticker([None]), "symbols=None", "a symbol is a string"),
    "bytes": (ticker([b"KRW-BTC"]), "b'KRW-BTC'", "a symbol is a string"),
    "a list in a list": (ticker([BTC]), "['KRW-BTC']", "a symbol is a string"),
    "callback first": (lambda ws: ws.subscribe_ticker(on_tick, BTC), "on_tick", "(["),  # type: ignore[arg-type]
    "no callback": (ticker(BTC, None), "callback=None", "(symbol, data_type, data)"),
    "a name": (ticker(BTC, "on_tick"), "'on_tick'", "(symbol, data_type, data)"),
    "one argument": (ticker(BTC, lambda data: None), "(data)", "(symbol, data_type, data)"),
    "four arguments": (ticker(BTC, lambda a, b, c, d: None), "(a, b, c, d)", "(symbol, data_type,"),
    "an unbound method": (ticker(BTC, Component.on_tick), "self", "(symbol, data_type, data)"),
    "a generator": (ticker(BTC, generator), "generator", "take the `yield` out"),
    "an async generator": (ticker(BTC, async_generator), "generator", "iterate over stream("),
    "in a partial": (ticker(BTC, partial(generator)), "generator", "take the `yield` out"),
    "a flag as text": (ticker(BTC, is_only_snapshot="false"), "'false'", "True or False"),
    "both flags": (
        ticker(BTC, is_only_snapshot=True, is_only_realtime=True),
        "is_only_realtime=True",
        "set one",
    ),
    "a policy by name": (ticker(BTC, policy="bounded"), "'bounded'", "bounded(n)"),
    "a policy uncalled": (ticker(BTC, policy=bounded), "bounded", "bounded(1000)"),
    "a size as text": (lambda ws: bounded("100"), "'100'", "the number of frames"),  # type: ignore[arg-type]
    "a thread misspelt": (ticker(BTC, deliver="threads"), "'threads'", '"thread"'),
    "a coroutine in a thread": (ticker(BTC, on_tick_later, deliver="thread"), "thread", "leave it"),
    "an interval of none": (candle("2m", on_tick), "'2m'", "1s, 1m, 3m, 5m"),
    "a day": (candle("1d", on_tick), "'1d'", "GET /v1/candles/days"),
    "a month": (candle("1M", on_tick), "'1M'", "GET /v1/candles/months"),
    "a number": (candle(60, on_tick), "interval=60", "did you mean '60m'?"),
    "the REST name": (candle("minutes/1", on_tick), "'minutes/1'", "did you mean '1m'?"),
    "the legacy name": (candle("minute1", on_tick), "'minute1'", "did you mean '1m'?"),
    "an hour": (candle("1H", on_tick), "'1H'", "did you mean '60m'?"),
    "no interval": (candle(on_tick), "on_tick", "the interval comes before the callback"),
    "no candle callback": (candle("1m"), "callback=None", "(symbol, data_type, data)"),
    "ten units": (book(units=10), "units=10", "1, 5, 15 or 30"),
    "units as text": (book(units="15"), "'15'", "1, 5, 15 or 30"),
    "a level as text": (book(level="10000"), "'10000'", "such as 10000"),
    "a level below 0": (book(level=-1), "level=-1", "such as 10000"),
    "a level that is none": (book(level=float("nan")), "level=nan", "such as 10000"),
    "a level without end": (book(level=float("inf")), "level=inf", "such as 10000"),
    "a level elsewhere": (
        lambda ws: ws.subscribe_orderbook(["BTC-ETH"], on_tick, level=1),
        "level=1",
        "only KRW pairs",
    ),
    "a plural": (stream("tickers", BTC), "'tickers'", "did you mean 'ticker'?"),
    "a capital": (stream("Ticker", BTC), "'Ticker'", "did you mean 'ticker'?"),
    "an underscore in a type": (stream("order_book", BTC), "'order_book'", "mean 'orderbook'?"),
    "the CLI's name": (stream("my-orders"), "'my-orders'", "did you mean 'myOrder'?"),
    "balances": (stream("balances"), "'balances'", "did you mean 'myAsset'?"),
    "a candle of no length": (stream("candle", BTC), "'candle'", "'candle.1m'"),
    "the symbol first": (stream("KRW-BTC", "ticker"), "'KRW-BTC'", 'comes first: ("ticker"'),
    "no type": (stream(None), "data_type=None", "ticker, trade, orderbook"),
    "orders with the markets first": (
        lambda ws: ws.subscribe_my_orders(BTC, on_tick),  # type: ignore[arg-type]
        "on_tick",
        "(callback, [",
    ),
    "assets by currency": (lambda ws: ws.subscribe_my_assets(["KRW"]), "['KRW']", "a function"),  # type: ignore[arg-type]
    "several ids": (lambda ws: ws.unsubscribe(["a"]), "['a']", "unsubscribe_all()"),  # type: ignore[arg-type]
    "a symbol to unsubscribe": (
        lambda ws: ws.unsubscribe_symbols("ticker", "KRW-BTC"),
        "'KRW-BTC'",
        "write a list",
    ),
    "a timeout as text": (
        lambda ws: ws.get_ticker_snapshot(BTC, timeout="5"),  # type: ignore[arg-type]
        "'5'",
        "seconds",
    ),
    "explain in lower case": (lambda ws: ws.explain("ticker", "krw-btc"), "'krw-btc'", "'KRW-BTC'"),
    "a proxy of no name": (lambda ws: WebSocketClientProxy(""), "''", "the component's name"),
    "a pair as account": (
        lambda ws: WebSocketClientProxy("a", account=("k", "s")),  # type: ignore[arg-type]
        "tuple",
        "Credentials(access_key, secret_key)",
    ),
    "the same key twice": (lambda ws: Credentials("K", "K"), "same as access_key", "of one pair"),
    "a key with a line end": (lambda ws: Credentials("K\n", "S"), "white space", "the key alone"),
}


async def outcome(call: Call, proxy: WebSocketClientProxy) -> object:
    result = call(proxy)
    return await result if isinstance(result, Awaitable) else result


@pytest.mark.parametrize(("call", "value", "remedy"), WRONG_CALLS.values(), ids=list(WRONG_CALLS))
async def test_a_wrong_call_names_the_value_and_the_remedy(
    call: Call, value: str, remedy: str
) -> None:
    with pytest.raises(InvalidArgument) as raised:
        await outcome(call, WebSocketClientProxy("chart"))
    assert value in str(raised.value)
    assert remedy in str(raised.value)


async def test_what_is_no_mistake_is_left_alone(exchange: ExchangeEmulator) -> None:
    ws = WebSocketClientProxy("chart")
    await ws.subscribe_ticker(["KRW-BTC", "KRW-BTC"], on_tick)
    await ws.subscribe_ticker(("USDT-BTC", "BTC-ETH"), on_tick_later)
    await ws.subscribe_candle({"KRW-BTC": 1}.keys(), "1h", partial(on_tick))
    await exchange.wait_subscribed("candle.60m", "KRW-BTC")
    assert exchange.held("public") == {
        ("ticker", "KRW-BTC"),
        ("ticker", "USDT-BTC"),
        ("ticker", "BTC-ETH"),
        ("candle.60m", "KRW-BTC"),
    }
    await ws.unsubscribe(None)
    await ws.unsubscribe("somebody-elses")


async def test_a_callback_that_was_called_already() -> None:
    called = on_tick_later("KRW-BTC", "ticker", {})
    with pytest.raises(InvalidArgument, match="without calling it"):
        await WebSocketClientProxy("chart").subscribe_ticker(BTC, called)  # type: ignore[arg-type]
    called.close()


@pytest.mark.parametrize(
    ("listener", "remedy"),
    [(None, "takes one event"), (on_tick, "one event, but its signature is (sy")],
)
async def test_an_event_listener_takes_one_event(listener: Any, remedy: str) -> None:
    manager = await GlobalWebSocketManager.get_instance()
    with pytest.raises(InvalidArgument) as raised:
        manager.on_connection_event(listener)
    assert remedy in str(raised.value)


async def test_options_of_a_stream_are_checked_before_it_is_read() -> None:
    ws = WebSocketClientProxy("chart")
    with pytest.raises(TypeError, match="'units'"):
        ws.stream("ticker", BTC, units=5)
    with pytest.raises(TypeError, match="'callback'"):
        ws.stream("ticker", BTC, callback=on_tick)


async def test_a_plain_for_or_with_says_what_to_write() -> None:
    ws = WebSocketClientProxy("chart")
    with pytest.raises(TypeError, match="`async for`"):
        list(ws.stream("ticker", BTC))  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="`async with`"), ws:  # type: ignore[attr-defined]
        pass


def test_a_call_without_await_is_named_by_python() -> None:
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        WebSocketClientProxy("chart").subscribe_ticker(BTC, on_tick)  # type: ignore[unused-coroutine]
        gc.collect()
    assert "'WebSocketClientProxy.subscribe_ticker' was never awaited" in str(shown[0].message)


async def test_a_loop_inside_the_running_loop_is_named_by_python(
    exchange: ExchangeEmulator,
) -> None:
    call = WebSocketClientProxy("chart").subscribe_ticker(BTC, on_tick)
    with pytest.raises(RuntimeError, match="running event loop"):
        asyncio.run(call)
    call.close()


async def test_a_subscription_that_its_loop_does_not_outlive_is_reported(
    exchange: ExchangeEmulator, caplog: pytest.LogCaptureFixture
) -> None:
    ws = WebSocketClientProxy("script")
    await ws.subscribe_trade(BTC, on_tick)
    thread = threading.Thread(target=lambda: asyncio.run(ws.subscribe_ticker(BTC, on_tick)))
    thread.start()
    await asyncio.to_thread(thread.join)
    with caplog.at_level(logging.WARNING):
        await exchange.wait_unsubscribed("ticker", "KRW-BTC", timeout=10.0)
    assert "subscribe on a loop that goes on running" in caplog.text


async def test_private_data_without_keys_says_where_they_go(exchange: ExchangeEmulator) -> None:
    with pytest.raises(AuthenticationError, match="UPBIT_ACCESS_KEY") as raised:
        await WebSocketClientProxy("bot").subscribe_my_orders(on_tick)
    assert "initialize(access_key, secret_key)" in str(raised.value)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ((TEST_SECRET_KEY, TEST_ACCESS_KEY), "are the two keys swapped"),
        ((TEST_ACCESS_KEY, "TEST-SECRET-OTHER"), "does not belong to the access key"),
    ],
)
async def test_keys_that_are_refused_say_why(
    exchange: ExchangeEmulator,
    caplog: pytest.LogCaptureFixture,
    keys: tuple[str, str],
    words: str,
) -> None:
    manager = await GlobalWebSocketManager.get_instance()
    await manager.initialize(*keys)
    with pytest.raises(AuthenticationError, match=words) as raised:
        await WebSocketClientProxy("bot").subscribe_my_orders(on_tick)
    assert "initialize()" in str(raised.value)
    assert words in caplog.text
    for text in (str(raised.value), caplog.text):
        assert not any(key in text for key in keys)


async def test_one_key_without_the_other() -> None:
    manager = await GlobalWebSocketManager.get_instance()
    with pytest.raises(InvalidArgument, match="secret_key=None: give both"):
        await manager.initialize("TEST-ACCESS-KEY")


async def test_an_account_nobody_added() -> None:
    with pytest.raises(AuthenticationError, match=r"add_account\('second', \.\.\.\)"):
        await WebSocketClientProxy("bot", account="second").subscribe_my_orders(on_tick)


async def test_a_market_that_does_not_exist_is_reported(exchange: ExchangeEmulator) -> None:
    with pytest.raises(SnapshotTimeout, match="KRW-NOPE") as raised:
        await WebSocketClientProxy("chart").get_ticker_snapshot(["KRW-NOPE"], timeout=0.1)
    assert "codes it does not know" in str(raised.value)


async def test_settings_after_the_connection_name_the_remedy(exchange: ExchangeEmulator) -> None:
    await WebSocketClientProxy("chart", auto_cleanup=False).subscribe_ticker(BTC, on_tick)
    with pytest.raises(InvalidArgument, match="shutdown"):
        GlobalWebSocketManager.configure(ping_interval=5)


async def test_a_manager_that_was_shut_down_starts_anew(exchange: ExchangeEmulator) -> None:
    ws = WebSocketClientProxy("chart")
    await ws.subscribe_ticker(BTC, on_tick)
    await (await GlobalWebSocketManager.get_instance()).shutdown()
    await ws.subscribe_ticker(BTC, on_tick)
    assert exchange.opened("public") == 2
    await ws.aclose()
    await ws.subscribe_ticker(BTC, on_tick)


async def test_two_copies_of_the_package_name_the_one_to_bind_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    holder = ("trader.vendor.websocket_v6", os.getpid())
    monkeypatch.setattr(sys, "_upbit_websocket_v6_in_use", holder, raising=False)
    with pytest.raises(TwoInstallations, match="Import one of them everywhere") as raised:
        await WebSocketClientProxy("chart").subscribe_ticker(BTC, on_tick)
    assert "install(v6='trader.vendor.websocket_v6')" in str(raised.value)


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("connect", "the first subscription connects"),
        ("disconnect", "unsubscribe_all()"),
        ("is_connected", "is_public_available()"),
        ("subscribe", "subscribe_ticker(symbols, callback)"),
        ("get_status", "get_system_status()"),
    ],
)
def test_a_call_of_the_client_before_is_told_the_present_one(name: str, instead: str) -> None:
    ws = WebSocketClientProxy("chart")
    assert not hasattr(ws, name)
    with pytest.raises(AttributeError) as raised:
        getattr(ws, name)
    assert repr(name) in str(raised.value)
    assert instead in str(raised.value)


def test_an_attribute_nobody_knows_is_an_ordinary_error() -> None:
    with pytest.raises(AttributeError, match=r"^a proxy has no 'subscribe_tickers'$") as raised:
        getattr(WebSocketClientProxy("chart"), "subscribe_tickers")  # noqa: B009 - a typing error
    assert raised.value.name == "subscribe_tickers"
