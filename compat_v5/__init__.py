"""The legacy v5 API as real classes on top of ``websocket_v6``.

Everything loads on first use: importing this package, ``compat_v5.renames`` or the pytest plugin
loads neither websockets nor websocket_v6.

``__all__`` holds the legacy package's own names and nothing else, so that ``from … import *``
brings what it always brought. Beside them there are ``install`` and ``uninstall`` (legacy import
paths), ``usage_report`` (which legacy calls are still made) and ``LegacyV5Warning``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import config as config
    from . import exceptions as exceptions
    from . import models as models
    from . import simple_format_converter as simple_format_converter
    from . import state as state
    from . import subscription_manager as subscription_manager
    from . import upbit_websocket_private_client as upbit_websocket_private_client
    from . import upbit_websocket_public_client as upbit_websocket_public_client
    from .config import WebSocketConfig, load_config
    from .deprecation import LegacyV5Warning as LegacyV5Warning
    from .exceptions import (
        ConfigurationError,
        InvalidAPIKeysError,
        MessageParsingError,
        SubscriptionError,
        TooManySubscriptionsError,
        WebSocketConnectionError,
        WebSocketError,
    )
    from .models import (
        CANDLE_FIELDS,
        MY_ASSET_FIELDS,
        MY_ORDER_FIELDS,
        ORDERBOOK_FIELDS,
        TICKER_FIELDS,
        TRADE_FIELDS,
        create_connection_status,
        create_websocket_message,
        infer_message_type,
        update_connection_status,
        validate_mixed_message,
    )
    from .redirect import install as install
    from .redirect import uninstall as uninstall
    from .state import WebSocketState, WebSocketStateMachine
    from .upbit_websocket_private_client import UpbitWebSocketPrivateV5, create_private_client
    from .upbit_websocket_public_client import UpbitWebSocketPublicV5, create_public_client
    from .usage import usage_report as usage_report

__all__ = [
    "CANDLE_FIELDS",
    "MY_ASSET_FIELDS",
    "MY_ORDER_FIELDS",
    "ORDERBOOK_FIELDS",
    "TICKER_FIELDS",
    "TRADE_FIELDS",
    "ConfigurationError",
    "InvalidAPIKeysError",
    "MessageParsingError",
    "SubscriptionError",
    "TooManySubscriptionsError",
    "UpbitWebSocketPrivateV5",
    "UpbitWebSocketPublicV5",
    "WebSocketConfig",
    "WebSocketConnectionError",
    "WebSocketError",
    "WebSocketState",
    "WebSocketStateMachine",
    "create_connection_status",
    "create_private_client",
    "create_public_client",
    "create_websocket_message",
    "infer_message_type",
    "load_config",
    "update_connection_status",
    "validate_mixed_message",
]

__version__ = "5.0.0"
"""The version of the API this package answers for, as legacy code may check it. The version of the
distribution is ``websocket_v6.__version__``."""

_NAMES_BY_MODULE = {
    "config": ("WebSocketConfig", "load_config"),
    "deprecation": ("LegacyV5Warning",),
    "exceptions": (
        "ConfigurationError",
        "InvalidAPIKeysError",
        "MessageParsingError",
        "SubscriptionError",
        "TooManySubscriptionsError",
        "WebSocketConnectionError",
        "WebSocketError",
    ),
    "models": (
        "CANDLE_FIELDS",
        "MY_ASSET_FIELDS",
        "MY_ORDER_FIELDS",
        "ORDERBOOK_FIELDS",
        "TICKER_FIELDS",
        "TRADE_FIELDS",
        "create_connection_status",
        "create_websocket_message",
        "infer_message_type",
        "update_connection_status",
        "validate_mixed_message",
    ),
    "redirect": ("install", "uninstall"),
    "simple_format_converter": (),
    "state": ("WebSocketState", "WebSocketStateMachine"),
    "subscription_manager": (),
    "upbit_websocket_private_client": ("UpbitWebSocketPrivateV5", "create_private_client"),
    "upbit_websocket_public_client": ("UpbitWebSocketPublicV5", "create_public_client"),
    "usage": ("usage_report",),
}
_HOMES = {name: module for module, names in _NAMES_BY_MODULE.items() for name in names}


def __getattr__(name: str) -> Any:
    # Nothing is kept here: what a test patches in a submodule must not outlive the test.
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    if name in _NAMES_BY_MODULE:
        return importlib.import_module(f"{__name__}.{name}")
    from .lazy_names import lookup

    return lookup(__name__, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *_NAMES_BY_MODULE})
