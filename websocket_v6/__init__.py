"""One shared, verified connection to the Upbit exchange per process.

::

    ws = WebSocketClientProxy("chart", __name__)
    await ws.subscribe_ticker(["KRW-BTC"], on_ticker)
"""

from __future__ import annotations

from ._version import __version__
from .config import Config
from .credentials import Credentials
from .events import (
    AuthFailed,
    Connected,
    ConnectionEvent,
    Lost,
    RateLimited,
    Rehomed,
    Rejected,
    Resumed,
    SlowConsumer,
)
from .exceptions import (
    AccountConflictError,
    AuthenticationError,
    ConfigError,
    DecodeError,
    InsecureURL,
    InvalidArgument,
    LoopUnavailable,
    ManagerClosed,
    MissingExtra,
    SnapshotTimeout,
    SubscribeTimeout,
    SubscriptionRejected,
    TwoInstallations,
    UpbitWebSocketError,
)
from .global_websocket_manager import GlobalWebSocketManager
from .protocol.liveness import Verdict
from .subscription import DeliveryPolicy, bounded, latest, lossless
from .websocket_client_proxy import WebSocketClientProxy

__all__ = [
    "AccountConflictError",
    "AuthFailed",
    "AuthenticationError",
    "Config",
    "ConfigError",
    "Connected",
    "ConnectionEvent",
    "Credentials",
    "DecodeError",
    "DeliveryPolicy",
    "GlobalWebSocketManager",
    "InsecureURL",
    "InvalidArgument",
    "LoopUnavailable",
    "Lost",
    "ManagerClosed",
    "MissingExtra",
    "RateLimited",
    "Rehomed",
    "Rejected",
    "Resumed",
    "SlowConsumer",
    "SnapshotTimeout",
    "SubscribeTimeout",
    "SubscriptionRejected",
    "TwoInstallations",
    "UpbitWebSocketError",
    "Verdict",
    "WebSocketClientProxy",
    "__version__",
    "bounded",
    "latest",
    "lossless",
]
