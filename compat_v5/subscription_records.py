"""What the legacy subscription manager shows of itself: records, and helpers with no work left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from .callbacks import Callback
from .payload import Payload

__all__ = [
    "ActiveSubscription",
    "AutoLifecycleManager",
    "ConnectionState",
    "ConnectionType",
    "FrameCounter",
    "SubscriptionDebugger",
    "SubscriptionIntent",
    "SubscriptionOptimizer",
]


class ConnectionType(Enum):
    """The two kinds of connection."""

    PUBLIC = "public"
    PRIVATE = "private"


@dataclass
class SubscriptionIntent:
    """Who wants what: one subscription as the manager's ``realtime_intents`` shows it."""

    symbols: set[str]
    data_type: str
    callback: Callback | None = None
    client_id: str = ""
    created_at: float = field(default_factory=time.time)


@dataclass
class ActiveSubscription:
    """Everything one connection streams for this manager. *timestamp* is Unix time."""

    ticket_id: str
    symbols: set[str]
    data_types: set[str]
    timestamp: float


@dataclass
class ConnectionState:
    """One connection as this manager sees it. *last_message_time* ``None`` = no message yet."""

    connection_type: ConnectionType
    is_connected: bool = False
    active_subscription: ActiveSubscription | None = None
    last_message_time: float | None = None
    message_count: int = 0
    reconnect_count: int = 0


class _NothingLeftToDo:
    """Base of the helpers whose work the shared connection does by itself."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        """Arguments are accepted for the sake of old callers."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"{type(self).__name__}.{name} is gone: the manager of websocket_v6 merges, repairs "
            "and cleans up subscriptions by itself (MIGRATION.md#subscription-manager)"
        )


class SubscriptionOptimizer(_NothingLeftToDo):
    """Merged requests; every request is merged now."""


class AutoLifecycleManager(_NothingLeftToDo):
    """Dropped silent symbols; nothing that is subscribed is dropped now."""


class SubscriptionDebugger(_NothingLeftToDo):
    """Printed states; ``SubscriptionManager.print_state`` does."""


class FrameCounter:
    """The ``FrameObserver`` of a manager without a client."""

    def __init__(self) -> None:
        self.messages = 0
        self.last_message_time: float | None = None

    def frame_received(self, payload: Payload) -> None:
        self.messages += 1
        self.last_message_time = time.time()

    def frame_processed(self) -> None:
        """Nothing to note beyond the arrival."""

    def process_hook(self) -> Callable[[str], Any] | None:
        return None

    def has_broker(self) -> bool:
        return False

    async def emit_frame(self, data_type: str, payload: Payload) -> None:
        """There is no broker."""
