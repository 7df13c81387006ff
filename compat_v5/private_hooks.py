"""Private methods of the legacy clients that subclasses may have overridden.

An override that nobody calls any more is said aloud when its class is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import CodeType, FunctionType

from .call_site import find_call_site
from .deprecation import warn_at

__all__ = ["HONOURED_HOOKS", "HOOKS_WITHOUT_EFFECT", "warn_about_dead_hooks"]

HONOURED_HOOKS = frozenset({"_process_message", "_emit_event", "_handle_error"})

HOOKS_WITHOUT_EFFECT = frozenset(
    {
        "_attempt_reconnect",
        "_cleanup_tasks",
        "_emit_data",
        "_ensure_rate_limiter",
        "_generate_jwt_token",
        "_handle_candle",
        "_handle_disconnection",
        "_handle_my_asset",
        "_handle_my_order",
        "_handle_orderbook",
        "_handle_ticker",
        "_handle_trade",
        "_identify_message_type",
        "_is_token_expired",
        "_message_loop",
        "_restore_subscriptions",
        "_start_background_tasks",
        "_subscribe",
        "_subscribe_realtime_only",
        "_token_refresh_loop",
        "_wait_for_snapshot_response",
    }
)

# Spellings that differ between generations; a name like these that the class itself never calls was
# written for somebody else to call.
_LIKE_A_HOOK = re.compile(
    r"_(?:attempt|dispatch|emit|ensure|handle|heartbeat|listen|message|process|receive|reconnect|"
    r"refresh|restore)(?:_\w+)?"
)
_REMEDY = (
    "override _process_message(self, raw_message), which gets every frame, or move the code to the "
    "callback and to manager.on_connection_event"
)


def warn_about_dead_hooks(cls: type, base: type) -> None:
    """Warn at the class statement of *cls*, once per hook it overrides for nothing.

    Args:
        cls: a new subclass.
        base: the client's base class; what it defines itself is no dead hook.
    """
    for name in _dead_hooks(cls, base):
        warn_at(find_call_site(), f"{cls.__module__}.{cls.__qualname__}.{name}", _message)


def _message(member: str) -> str:
    return f"{member} is never called on v6; {_REMEDY}"


def _dead_hooks(cls: type, base: type) -> Iterator[str]:
    for name, value in vars(cls).items():
        if name in HONOURED_HOOKS or not callable(value):
            continue
        if name in HOOKS_WITHOUT_EFFECT or (
            _LIKE_A_HOOK.fullmatch(name)
            and not hasattr(base, name)
            and name not in _names_used(cls, besides=name)
        ):
            yield name


def _names_used(cls: type, besides: str) -> set[str]:
    """Every attribute name the functions of *cls* mention, the one called *besides* left out."""
    used: set[str] = set()
    for name, value in vars(cls).items():
        function = getattr(value, "__func__", value)
        if name != besides and isinstance(function, FunctionType):
            used.update(_names_in(function.__code__))
    return used


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)
