"""The time as the old contract writes it."""

from __future__ import annotations

from datetime import datetime

__all__ = ["local_now"]


def local_now() -> datetime:
    """Naive local time: legacy code subtracts such values from each other and from its own."""
    return datetime.now()  # noqa: DTZ005
