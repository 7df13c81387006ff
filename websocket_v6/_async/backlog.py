"""What finalizers and other threads leave to be done on the home loop."""

from __future__ import annotations

from collections import deque

from .proxies import Proxies
from .subscriptions import Subscriptions

__all__ = ["Backlog"]


class Backlog:
    """Filled from anywhere, also inside a finalizer: no locks, no logging. Emptied on the home loop."""

    def __init__(self, proxies: Proxies, subscriptions: Subscriptions) -> None:
        self._proxies = proxies
        self._subscriptions = subscriptions
        self._withdrawn: deque[tuple[str, tuple[str, ...] | None]] = deque()
        self._released: deque[tuple[int, str]] = deque()
        self._gone: deque[str] = deque()

    def withdraw(self, key: str, codes: tuple[str, ...] | None) -> None:
        """A subscription, or some of its codes, is not wanted any more."""
        self._withdrawn.append((key, codes))

    def release(self, token: int, reason: str) -> None:
        """A proxy has ended."""
        self._released.append((token, reason))

    def object_gone(self, key: str) -> None:
        """The object whose method was the callback is gone."""
        self._gone.append(key)

    def drain(self) -> None:
        """Do all of it."""
        while self._withdrawn:
            self._subscriptions.withdraw(*self._withdrawn.popleft())
        while self._released:
            token, reason = self._released.popleft()
            proxy = self._proxies.end(token)
            if proxy is not None:
                self._subscriptions.end_proxy(proxy, reason)
        while self._gone:
            self._subscriptions.object_gone(self._gone.popleft())

    def clear(self) -> None:
        """All subscriptions are over: nothing is left to be withdrawn."""
        self._released.clear()
        self._withdrawn.clear()
