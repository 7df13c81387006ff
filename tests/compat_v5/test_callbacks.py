"""How legacy callbacks are called."""

from __future__ import annotations

import functools
import inspect
from unittest.mock import AsyncMock, MagicMock, Mock

import pytest

from compat_v5.callbacks import (
    as_three_arguments,
    callback_name,
    is_coroutine_callback,
    present_as,
)
from compat_v5.payload import Payload
from websocket_v6.exceptions import InvalidArgument

PAYLOAD = Payload(type="ticker", code="KRW-BTC")
CALL = ("KRW-BTC", "ticker", PAYLOAD)


class Component:
    def three(self, symbol, data_type, data):
        return symbol, data_type, data

    def one(self, data):
        return data

    async def coroutine(self, symbol, data_type, data): ...


class Callable3:
    def __call__(self, symbol, data_type, data):
        return symbol, data_type, data


class AsyncCallable:
    async def __call__(self, symbol, data_type, data): ...


def with_extra(tag, symbol, data_type, data):
    return symbol, data_type, data


THREE = [
    lambda symbol, data_type, data: (symbol, data_type, data),
    lambda *arguments: arguments,
    lambda symbol, data_type=None, data=None: (symbol, data_type, data),
    Component().three,
    Callable3(),
    functools.partial(with_extra, "tag"),
]


@pytest.mark.parametrize("callback", THREE)
def test_three_arguments(callback):
    assert as_three_arguments(callback)(*CALL) == CALL


@pytest.mark.parametrize(
    "callback", [lambda data: data, Component().one, lambda data, verbose=False: data]
)
def test_one_argument_gets_the_payload_alone(callback):
    assert as_three_arguments(callback)(*CALL) is PAYLOAD


@pytest.mark.parametrize("mock", [Mock(), MagicMock(), AsyncMock()])
def test_mocks_get_three(mock):
    assert as_three_arguments(mock) is mock


def test_an_unreadable_signature_counts_as_three():
    class Unreadable:
        __signature__ = "no signature"

        def __call__(self, *arguments):
            return arguments

    callback = Unreadable()
    assert as_three_arguments(callback) is callback


@pytest.mark.parametrize(
    "callback", [None, "print", 5, lambda: None, lambda a, b: None, lambda a, b, c, d: None]
)
def test_anything_else_is_refused(callback):
    with pytest.raises(InvalidArgument, match="symbol, data_type, data"):
        as_three_arguments(callback)


@pytest.mark.parametrize(
    ("callback", "expected"),
    [
        (Component().coroutine, True),
        (functools.partial(Component().coroutine), True),
        (AsyncCallable(), True),
        (AsyncMock(), True),
        (Component().three, False),
        (Callable3(), False),
        (MagicMock(), False),
        (None, False),
    ],
)
def test_coroutine_callbacks_are_known_before_the_call(callback, expected):
    assert is_coroutine_callback(callback) is expected


@pytest.mark.parametrize(
    "callback",
    [Component().one, lambda data: data, functools.partial(with_extra, "tag"), Callable3(), Mock()],
)
def test_presented_callables_unwrap_to_the_users_and_take_three(callback):
    def deliver(symbol, data_type, data): ...

    presented = present_as(callback, deliver)
    assert inspect.unwrap(presented) is callback
    assert list(inspect.signature(presented).parameters) == ["symbol", "data_type", "data"]


def test_names_of_callbacks():
    assert callback_name(Component().three) == "Component.three"
    assert callback_name(functools.partial(with_extra, "tag")) == "with_extra"
    assert callback_name(Callable3()) == "Callable3"
