"""Legacy callbacks as v6 callbacks.

v5 callbacks take ``(symbol, data_type, payload)`` or, in older generations, the payload alone.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from websocket_v6.exceptions import InvalidArgument

from .payload import Payload

__all__ = [
    "Callback",
    "Deliver",
    "as_three_arguments",
    "callback_name",
    "is_coroutine_callback",
    "present_as",
]

Callback = Callable[..., Any]
"""As the user wrote it."""

Deliver = Callable[[str, str, Payload], Any]
"""``(symbol, data_type, payload)``; may return an awaitable."""


def as_three_arguments(callback: object) -> Deliver:
    """*callback* as a function of ``(symbol, data_type, payload)``.

    A callable that can bind three positionals gets all three. One that cannot, but can bind one,
    gets the payload alone. An unreadable signature counts as able to bind three.

    Raises:
        InvalidArgument: not callable, or neither one nor three arguments fit.
    """
    if not callable(callback):
        raise InvalidArgument(
            "callback", callback, "give a function of (symbol, data_type, data) or of (data)"
        )
    try:
        signature = inspect.signature(callback)
    except (ValueError, TypeError):
        return callback
    if _binds(signature, 3):
        return callback
    if _binds(signature, 1):
        return lambda symbol, data_type, payload: callback(payload)
    raise InvalidArgument(
        "callback", callback, f"it takes {signature}; take (symbol, data_type, data) or (data)"
    )


def _binds(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*(None,) * count)
    except TypeError:
        return False
    return True


def is_coroutine_callback(callback: object) -> bool:
    """Whether calling *callback* gives a coroutine, as far as can be known without calling it."""
    while isinstance(callback, functools.partial):
        callback = callback.func
    if inspect.iscoroutinefunction(callback):
        return True
    call = getattr(type(callback), "__call__", None)  # noqa: B004 - its kind is asked, not its presence
    return inspect.iscoroutinefunction(call)


def callback_name(callback: object) -> str:
    """The name to show for a callback; partials show their function, objects their class."""
    while isinstance(callback, functools.partial):
        callback = callback.func
    name = getattr(callback, "__qualname__", None)
    return name if isinstance(name, str) else type(callback).__qualname__


_THREE = inspect.signature(lambda symbol, data_type, data: None)


def present_as(
    callback: Callback | None, deliver: Callable[[str, str, dict[str, Any]], Awaitable[None] | None]
) -> Callable[[str, str, dict[str, Any]], Any]:
    """Make *deliver* look like *callback* to whoever names callbacks, but take three arguments.

    ``inspect.unwrap`` finds the user's callable, ``inspect.signature`` the three arguments.
    """
    if callback is not None:
        # Names only: the __dict__ of a mock or a callable object is its own business.
        functools.update_wrapper(deliver, callback, updated=())
    deliver.__signature__ = _THREE  # type: ignore[attr-defined]
    return deliver
