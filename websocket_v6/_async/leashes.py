"""What is left of a proxy when it goes: enough to tell its hub."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, Self

__all__ = ["put_on"]

_leashes: dict[int, _Leash] = {}


def put_on(proxy: object, hub: weakref.ref[Any], token: int) -> None:
    """Have *hub* release *token* when the last reference to *proxy* goes; replaces an earlier hub."""
    _leashes[token] = _Leash(proxy, _gone, hub, token)


class _Leash(weakref.ref[Any]):
    """``weakref.finalize`` does the same with three objects."""

    __slots__ = ("hub", "token")

    def __new__(
        cls, proxy: object, callback: Callable[[Any], None], hub: weakref.ref[Any], token: int
    ) -> Self:
        return super().__new__(cls, proxy, callback)

    def __init__(
        self, proxy: object, callback: Callable[[Any], None], hub: weakref.ref[Any], token: int
    ) -> None:
        self.hub = hub
        self.token = token


def _gone(leash: _Leash) -> None:
    _leashes.pop(leash.token, None)
    hub = leash.hub()
    if hub is not None:
        hub.release(leash.token, "the last reference to it went")
