"""A local exchange for tests: the wire protocol of Upbit on a loopback port.

::

    async with ExchangeEmulator(rate=0) as exchange:
        ...                                        # point the application at exchange.url
        await exchange.wait_subscribed("ticker", "KRW-BTC")
        await exchange.publish("ticker", "KRW-BTC", trade_price=1.0)

Nothing here shares code with the client, so the two cannot agree on a mistake.
"""

from __future__ import annotations

from .auth import TEST_ACCESS_KEY, TEST_SECRET_KEY
from .clock import ManualClock
from .connection import ReceivedRequest
from .control import ControlServer
from .emulator import ExchangeEmulator, Peaks
from .exceptions import (
    BadSettingError,
    EmulatorError,
    PortInUseError,
    ReplayFileError,
    WaitTimeoutError,
)
from .feeds import SyntheticFeed
from .lockstep import LockstepFeed
from .prepared import PreparedFeed
from .replay import ReplayFeed
from .spelling import Number

__all__ = [
    "TEST_ACCESS_KEY",
    "TEST_SECRET_KEY",
    "BadSettingError",
    "ControlServer",
    "EmulatorError",
    "ExchangeEmulator",
    "LockstepFeed",
    "ManualClock",
    "Number",
    "Peaks",
    "PortInUseError",
    "PreparedFeed",
    "ReceivedRequest",
    "ReplayFeed",
    "ReplayFileError",
    "SyntheticFeed",
    "WaitTimeoutError",
]
