"""Decorators made with ``functools.wraps``: what only passes its arguments on keeps nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

PROGRAM = """\
import functools
from app.net.websocket_v5 import UpbitWebSocketPublicV5

def log(function):
    @functools.wraps(function)
    {wrapper}
    return wrapper

class Feed:
    def __init__(self):
        self.client = UpbitWebSocketPublicV5()
    {on_start}
    async def start(self):
        await self.client.connect()
        await self.client.subscribe_ticker(["KRW-BTC"], self.on_tick)
    {on_tick}
    def on_tick(self, symbol, data_type, data):
        print(data["data"]["trade_price"])
"""
PASSING = "def wrapper(*args, **kwargs): return function(*args, **kwargs)"


@pytest.mark.parametrize(
    "wrapper",
    [PASSING, "def wrapper(self, *args, **kwargs): return function(self, *args, **kwargs)"],
)
def test_a_method_that_subscribes_may_be_wrapped(migrate: Migrate, wrapper: str) -> None:
    source = PROGRAM.format(wrapper=wrapper, on_start="@log", on_tick="")
    text = migrate({"app/module.py": source}).text()
    assert 'print(data["trade_price"])' in text
    assert "UpbitWebSocketPublicV5" not in text


@pytest.mark.parametrize(
    "wrapper",
    [
        'def wrapper(*args): return function(*args[:-1], {"data": args[-1]})',
        'def wrapper(*args, **kwargs): return function(*args[:-1], {"data": args[-1]}, **kwargs)',
        'def wrapper(me, symbol, kind, data): return function(me, symbol, kind, {"data": data})',
    ],
)
def test_a_wrapper_that_makes_an_envelope_keeps_the_client(migrate: Migrate, wrapper: str) -> None:
    source = PROGRAM.format(wrapper=wrapper, on_start="", on_tick="@log")
    text = migrate({"app/module.py": source}).text()
    assert 'print(data["data"]["trade_price"])' in text
    assert "from compat_v5 import UpbitWebSocketPublicV5" in text


HANDLER = """\
import asyncio
import functools
from app.net.websocket_v5 import UpbitWebSocketPublicV5

{decorator}

{handler}

async def main():
    client = UpbitWebSocketPublicV5()
    await client.connect()
    await client.subscribe_ticker(["KRW-BTC"], {callback})
"""
FUNCTION = """\
@{mark}
def on(symbol, data_type, data):
    print(data["data"]["code"])
"""
METHOD = """\
class Bot:
    @{mark}
    def on(self, symbol, data_type, data):
        print(data["data"]["code"])

bot = Bot()
"""
PARAMETERS = """\
def log(fn):
    def wrapper(symbol, data_type, data):
        print(data["data"]["trade_price"])
        return fn(symbol, data_type, data)
    return wrapper
"""
UNPACKED = """\
def log(fn):
    @functools.wraps(fn)
    def wrapper(*args, **kwargs):
        symbol, data_type, data = args
        if data["data"]["trade_price"] <= 0:
            return None
        return fn(*args, **kwargs)
    return wrapper
"""
LAST = """\
def log(fn):
    @functools.wraps(fn)
    def wrapper(*args, **kwargs):
        {extra}
        print(args[-1]["data"]["trade_price"])
        return fn(*args, **kwargs)
    return wrapper
"""
WITH_ARGUMENTS = """\
def log(tag=None):
    def decorate(fn):
        def wrapper(*args, **kwargs):
            print(tag, args[2]["data"]["trade_price"])
            return fn(*args, **kwargs)
        return wrapper
    return decorate
"""
ASYNCHRONOUS = """\
def log(fn):
    async def inner(*a):
        try:
            r = fn(*a)
            if asyncio.iscoroutine(r):
                await r
        except Exception:
            print(a[2]["data"]["trade_price"])
    return inner
"""
CLASS = """\
class log:
    def __init__(self, fn):
        self.fn = fn
        functools.update_wrapper(self, fn)
    def __call__(self, *args):
        print(args[2]["data"]["trade_price"])
        return self.fn(*args)
"""
SLICED = LAST.format(extra='_, _, d = args[-3:]; print(d["data"]["trade_volume"])')


@pytest.mark.parametrize(
    ("decorator", "mark"),
    [
        (PARAMETERS, "log"),
        (UNPACKED, "log"),
        (LAST.format(extra="pass"), "log"),
        (SLICED, "log"),
        (WITH_ARGUMENTS, 'log(tag="x")'),
        (ASYNCHRONOUS, "log"),
        (CLASS, "log"),
    ],
    ids=["parameters", "unpacked", "last", "sliced", "arguments", "asynchronous", "class"],
)
def test_what_a_decorator_puts_around_a_callback_moves_with_it(
    migrate: Migrate, decorator: str, mark: str
) -> None:
    handler = FUNCTION.format(mark=mark)
    source = HANDLER.format(decorator=decorator, handler=handler, callback="on")
    text = migrate({"app/module.py": source}).text()
    assert '["data"]' not in text
    assert "UpbitWebSocketPublicV5" not in text
    assert ["trade_price" in line for line in text.splitlines()].count(True) == 1


@pytest.mark.parametrize("extra", ["pass", 'print(args[3]["data"]["trade_volume"])'])
def test_a_decorated_method_hands_its_receiver_to_the_wrapper(migrate: Migrate, extra: str) -> None:
    source = HANDLER.format(
        decorator=LAST.format(extra=extra), handler=METHOD.format(mark="log"), callback="bot.on"
    )
    text = migrate({"app/module.py": source}).text()
    assert '["data"]' not in text
    assert "UpbitWebSocketPublicV5" not in text


def test_a_decorator_that_takes_the_payload_apart_decides_the_arity(migrate: Migrate) -> None:
    decorator = """\
def alone(fn):
    def wrapper(symbol, data_type, data):
        return fn(data)
    return wrapper
"""
    handler = '@alone\ndef on(data):\n    print(data["data"]["code"])\n'
    source = HANDLER.format(decorator=decorator, handler=handler, callback="on")
    text = migrate({"app/module.py": source}).text()
    assert 'print(data["code"])' in text
    assert '["KRW-BTC"], on)' in text


def test_functions_that_share_a_decorator_stay_apart(migrate: Migrate) -> None:
    source = HANDLER.format(
        decorator=LAST.format(extra="pass").replace('args[-1]["data"]["trade_price"]', "args"),
        handler=FUNCTION.format(mark="log")
        + '@log\ndef rest(symbol, kind, reply):\n    print(reply["data"]["market"])\n'
        + 'rest("KRW-BTC", "order", {"data": {"market": "KRW-BTC"}})\n',
        callback="on",
    )
    text = migrate({"app/module.py": source}).text()
    assert 'print(data["code"])' in text
    assert 'print(reply["data"]["market"])' in text
    assert "UpbitWebSocketPublicV5" not in text


SHIFTING = {
    "more arguments each time": "return fn(*args, symbol, **kwargs)",
    "one in front": "return fn(symbol, *args[1:], **kwargs)",
    "calls its own name": "return wrapper(None, symbol, *args)",
    "hands itself on": "return asyncio.get_running_loop().call_soon(wrapper, fn, symbol, *args)",
    "slices of slices": "args = (symbol, *args[1:]); return fn(*args[1:], **kwargs)",
}


@pytest.mark.parametrize("body", SHIFTING.values(), ids=list(SHIFTING))
def test_a_wrapper_that_moves_its_arguments_comes_to_an_end(migrate: Migrate, body: str) -> None:
    decorator = f"""\
def log(fn):
    def wrapper(symbol, *args, **kwargs):
        {body}
    return wrapper
"""
    handler = "@log\n@log\n" + FUNCTION.format(mark="log")
    source = HANDLER.format(decorator=decorator, handler=handler, callback="on")
    done = migrate({"app/module.py": source})
    assert done.failures == []
    assert done.findings


DISPATCHED = """\
import functools
from app.net.websocket_v5 import UpbitWebSocketPublicV5

{function}

async def main():
    client = UpbitWebSocketPublicV5()
    await client.connect()
    await client.subscribe_ticker(["KRW-BTC"], lambda symbol, kind, data: {call}(data))
"""
DISPATCHING_FUNCTION = """\
@functools.singledispatch
def show(item):
    print(item)

@show.register{types}
def _(item: dict):
    print(item["data"]["trade_price"])
"""
DISPATCHING_METHOD = """\
class View:
    @functools.singledispatchmethod
    def show(self, item):
        print(item)

    @show.register{types}
    def _show_dict(self, item: dict):
        print(item["data"]["trade_price"])
view = View()
"""


@pytest.mark.parametrize("types", ["", "(dict)"])
@pytest.mark.parametrize(
    ("function", "call"), [(DISPATCHING_FUNCTION, "show"), (DISPATCHING_METHOD, "view.show")]
)
def test_what_is_registered_for_a_type_gets_the_argument(
    migrate: Migrate, function: str, call: str, types: str
) -> None:
    source = DISPATCHED.format(function=function.format(types=types), call=call)
    text = migrate({"app/module.py": source}).text()
    assert 'print(item["trade_price"])' in text
    assert "TODO" not in text
