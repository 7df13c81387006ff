"""What the connections of one hub share, and whom they tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..config import Config
from ..events import ConnectionEvent
from ..exceptions import SubscriptionRejected
from ..protocol.drift import Drift
from ..protocol.imposed_waits import ImposedWaits
from ..protocol.pacing import RollingWindows
from .transport import Sockets

__all__ = ["Surroundings"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a connection needs from its hub."""

    config: Config
    connects: RollingWindows
    imposed: ImposedWaits
    sockets: Sockets
    emit: Callable[[ConnectionEvent], None]
    on_done: Callable[[str, tuple[str, ...]], None]
    """``(key, codes)``: a snapshot-only subscription has had these codes."""
    on_rejected: Callable[[str, tuple[str, ...], SubscriptionRejected], None]
    on_loop_ending: Callable[[], None]
    on_open: Callable[[bool, str], None]
    """``(private, url)`` of each socket that was opened."""
    random: Callable[[], float]
    new_ticket: Callable[[], str]
    drift: Drift
