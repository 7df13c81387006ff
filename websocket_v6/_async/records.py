"""What the hub writes down about one subscription."""

from __future__ import annotations

import asyncio
import weakref
from dataclasses import dataclass, field

from ..typing import Order
from .accounts import Account
from .connection import Connection
from .delivery import Delivery

__all__ = ["ConnectionKey", "Record"]

ConnectionKey = tuple[str, Account | None, int]
"""URL, account (``None``: public) and lane of a connection."""


@dataclass(slots=True)
class Record:
    """One subscription as the hub knows it."""

    order: Order
    connection: Connection | None
    delivery: weakref.ref[Delivery]
    loop: asyncio.AbstractEventLoop
    created_at: float
    rejections: dict[str, str] = field(default_factory=dict)
    """Codes that the exchange refused, and what it said."""
