"""What can be told of a callback before it is called: its name, its signature, whose method it is."""

from __future__ import annotations

import inspect
from functools import partial

from ..exceptions import InvalidArgument
from ..typing import Callback

__all__ = ["belongs_to", "callback_name", "check_callback", "check_deliver", "returns_awaitable"]


def callback_name(callback: object) -> str:
    """The qualified name people know a callback by: ``Chart.on_tick``."""
    while isinstance(callback, partial):
        callback = callback.func
    callback = inspect.unwrap(callback) if callable(callback) else callback
    while isinstance(callback, partial):
        callback = callback.func
    name = getattr(callback, "__qualname__", None)
    return str(name) if isinstance(name, str) else type(callback).__qualname__


def check_callback(callback: object) -> Callback:
    """A callable that takes three positionals.

    Raises:
        InvalidArgument: not callable, or it cannot bind ``(symbol, data_type, data)``.
    """
    if inspect.isawaitable(callback):
        remedy = "give the function itself, without calling it: on_tick instead of on_tick(...)"
        raise InvalidArgument("callback", callback, remedy)
    if not callable(callback):
        raise InvalidArgument(
            "callback", callback, "give a function that takes (symbol, data_type, data)"
        )
    if _is_generator(callback):
        remedy = "its body would never run: take the `yield` out, or iterate over stream(...)"
        raise InvalidArgument("callback", callback, remedy)
    try:
        signature = inspect.signature(callback)
    except (TypeError, ValueError):
        return callback
    try:
        signature.bind("KRW-BTC", "ticker", {})
    except TypeError as error:
        raise InvalidArgument(
            "callback",
            callback,
            f"it has to take (symbol, data_type, data), but its signature is {signature}: {error}",
        ) from None
    return callback


def check_deliver(deliver: object, callback: Callback) -> bool:
    """Whether *deliver* asks for a thread.

    Raises:
        InvalidArgument: it is neither a way to deliver nor ``None``, or not one for this callback.
    """
    if deliver in (None, "loop"):
        return False
    if deliver != "thread":
        raise InvalidArgument("deliver", deliver, 'give "thread", or None')
    if returns_awaitable(callback):
        raise InvalidArgument(
            "deliver", deliver, "a coroutine function runs on its event loop; leave it out"
        )
    return True


def _is_generator(callback: object) -> bool:
    """Whether a call only makes a generator; `functools.partial` is looked through."""
    while isinstance(callback, partial):
        callback = callback.func
    return inspect.isgeneratorfunction(callback) or inspect.isasyncgenfunction(callback)


def returns_awaitable(callback: object) -> bool:
    """Whether a call gives an awaitable, as far as it shows before the first call."""
    while isinstance(callback, partial):
        callback = callback.func
    if inspect.iscoroutinefunction(callback):
        return True
    # An object whose class defines `async def __call__`.
    call = next(
        (vars(cls)["__call__"] for cls in type(callback).__mro__ if "__call__" in vars(cls)), None
    )
    return inspect.iscoroutinefunction(call)


def belongs_to(owner: object, proxy: object) -> bool:
    """Whether *proxy* is an attribute or slot value of *owner*, or sits in a list or dict that is."""
    names = [
        name
        for cls in type(owner).__mro__
        for name in _slots(cls)
        if name not in ("__dict__", "__weakref__")
    ]
    values = [*getattr(owner, "__dict__", {}).values()]
    values += [getattr(owner, name, None) for name in names]
    for value in values:
        if value is proxy:
            return True
        if isinstance(value, list | tuple) and any(element is proxy for element in value):
            return True
        if isinstance(value, dict) and any(element is proxy for element in value.values()):
            return True
    return False


def _slots(cls: type) -> tuple[str, ...]:
    slots = cls.__dict__.get("__slots__", ())
    names = (slots,) if isinstance(slots, str) else tuple(slots)
    # A private slot is stored under its mangled name.
    return tuple(
        f"_{cls.__name__.lstrip('_')}{name}"
        if name.startswith("__") and not name.endswith("__")
        else name
        for name in names
    )
