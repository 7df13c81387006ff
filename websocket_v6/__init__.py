"""One shared, verified connection to the Upbit exchange per process.

::

    ws = WebSocketClientProxy("chart", __name__)
    await ws.subscribe_ticker(["KRW-BTC"], on_ticker)

Names are loaded when they are first used, and what talks to the exchange with the name of the proxy or
the manager: a program that only imports this package, or its emulator, does not wait for it, and one
that imports the proxy does not wait for it later, in a running event loop.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
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

_NAMES_OF = {
    "config": ("Config",),
    "credentials": ("Credentials",),
    "events": (
        "AuthFailed",
        "Connected",
        "ConnectionEvent",
        "Lost",
        "RateLimited",
        "Rehomed",
        "Rejected",
        "Resumed",
        "SlowConsumer",
    ),
    "exceptions": (
        "AccountConflictError",
        "AuthenticationError",
        "ConfigError",
        "DecodeError",
        "InsecureURL",
        "InvalidArgument",
        "LoopUnavailable",
        "ManagerClosed",
        "MissingExtra",
        "SnapshotTimeout",
        "SubscribeTimeout",
        "SubscriptionRejected",
        "TwoInstallations",
        "UpbitWebSocketError",
    ),
    "global_websocket_manager": ("GlobalWebSocketManager",),
    "protocol.liveness": ("Verdict",),
    "subscription": (
        "DeliveryPolicy",
        "bounded",
        "latest",
        "lossless",
    ),
    "websocket_client_proxy": ("WebSocketClientProxy",),
}
_MODULE_OF = {name: module for module, names in _NAMES_OF.items() for name in names}
_MODULES = frozenset(
    (*_NAMES_OF, "messages", "registry", "streams", "testing", "typing", "protocol", "_async")
)


if not TYPE_CHECKING:  # type checkers would take any misspelt name for one that is found here

    def __getattr__(name: str) -> Any:
        if name in _MODULES:
            return import_module(f".{name}", __name__)
        if name not in _MODULE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)
        if name in ("GlobalWebSocketManager", "WebSocketClientProxy"):
            import_module(".registry", __name__).load_runtime()
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    dunder = (name for name in globals() if name.startswith("__"))
    return sorted({*dunder, *__all__, *(name for name in _MODULES if name[0] != "_")})
