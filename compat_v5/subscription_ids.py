"""Subscription ids in the legacy spelling, without the legacy collisions."""

from __future__ import annotations

import threading

__all__ = ["subscription_id"]

_lock = threading.Lock()
_last: dict[str, int] = {}


def subscription_id(prefix: str, now: float) -> str:
    """``{prefix}_{epoch seconds}``, unique in this process.

    v5 gave two subscriptions of one second the same id. Here the later carries the next second.

    Args:
        prefix: such as ``realtime_ticker``.
        now: Unix time in seconds.
    """
    with _lock:
        number = max(int(now), _last.get(prefix, 0) + 1)
        _last[prefix] = number
    return f"{prefix}_{number}"
