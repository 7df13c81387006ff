"""The one table old -> new: every public v5 name and what to write in v6.

Data only. The redirect, the deprecation warnings, the migration tool and the rename table of
``MIGRATION.md`` all read it, so it imports nothing but the standard library. It is long because the
old API is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "CALLBACK_METHODS",
    "CLIENT_CLASSES",
    "EXPORTS_BY_SUBMODULE",
    "FACTORIES",
    "GONE_FROM_SIBLINGS",
    "LEGACY_PACKAGE",
    "LEGACY_PREFIX",
    "LEGACY_SUBMODULES",
    "OLDER_GENERATIONS",
    "PARENT_REEXPORTS",
    "RENAMES",
    "RENAMES_BY_OLD",
    "SHIM_MARK",
    "SIBLING_MODULES",
    "V6_PACKAGE",
    "Argument",
    "Exports",
    "Kind",
    "Rename",
]

Kind = Literal[
    "module", "class", "function", "method", "attribute", "argument", "exception", "key", "constant"
]

LEGACY_PREFIX = "upbit_auto_trading.infrastructure.external_apis.upbit"
"""Where applications kept the Upbit packages."""

LEGACY_PACKAGE = f"{LEGACY_PREFIX}.websocket_v5"

V6_PACKAGE = f"{LEGACY_PREFIX}.websocket_v6"
"""Where applications expect v6 when it is part of their own tree."""

SHIM_MARK = "# Written by `upbit-migrate shim`"
"""How a file of the shim begins; whatever else stands at its place is the application's own."""

LEGACY_SUBMODULES = (
    "config",
    "exceptions",
    "models",
    "simple_format_converter",
    "state",
    "subscription_manager",
    "upbit_websocket_private_client",
    "upbit_websocket_public_client",
)
"""Submodules of the legacy package; ``compat_v5`` has one of the same name for each."""

SIBLING_MODULES = ("dynamic_rate_limiter_wrapper", "upbit_auth")
"""Modules beside the legacy package that its callers import: ``LEGACY_PREFIX + "." + name``."""

GONE_FROM_SIBLINGS: Mapping[str, tuple[str, ...]] = {
    "dynamic_rate_limiter_wrapper": ("DynamicUpbitRateLimiter", "get_dynamic_rate_limiter"),
}
"""``{sibling module: names of the rate limiter that have nothing behind them}``."""

CLIENT_CLASSES: Mapping[str, Literal["public", "private"]] = {
    "UpbitWebSocketPublicV5": "public",
    "UpbitWebSocketPrivateV5": "private",
    "UpbitWebSocketPublicClient": "public",
    "UpbitWebSocketPrivateClient": "private",
}
"""Client classes, the last two being aliases the parent packages re-export."""

PARENT_REEXPORTS: Mapping[str, Mapping[str, str]] = {
    parent: {
        "UpbitWebSocketPublicClient": "UpbitWebSocketPublicV5",
        "UpbitWebSocketPrivateClient": "UpbitWebSocketPrivateV5",
    }
    for parent in (LEGACY_PREFIX, LEGACY_PREFIX.rpartition(".")[0])
}
"""``{parent package: {name there: name in the legacy package}}``."""

FACTORIES: Mapping[str, str] = {
    "create_public_client": "UpbitWebSocketPublicV5",
    "create_private_client": "UpbitWebSocketPrivateV5",
    "quick_subscribe_ticker": "UpbitWebSocketPublicV5",
    "quick_subscribe_my_orders": "UpbitWebSocketPrivateV5",
    "quick_subscribe_my_assets": "UpbitWebSocketPrivateV5",
}
"""Coroutine functions that return a connected client of the named class."""

CALLBACK_METHODS = (
    "subscribe",
    "subscribe_ticker",
    "subscribe_trade",
    "subscribe_orderbook",
    "subscribe_candle",
    "subscribe_my_orders",
    "subscribe_my_assets",
    "subscribe_realtime",
)
"""Client methods that take a callback."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One parameter of a legacy callable.

    Args:
        old: the legacy name; the order in a ``Rename`` is the legacy positional order of the last
            generation, parameters of older generations follow.
        new: the v6 name; ``None`` when v6 has no such parameter.
        note: what to do when *new* is ``None`` or the meaning differs.
    """

    old: str
    new: str | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rename:
    """One legacy name and its v6 spelling.

    Args:
        kind: what the name is.
        old: the legacy spelling: modules relative to ``LEGACY_PREFIX``, members as
            ``Class.member``, dictionary keys as ``where["key"]``.
        new: the v6 spelling; ``None`` when there is no equivalent and the code stays on
            ``compat_v5`` (*note* then says what v6 does instead).
        note: one sentence for a person.
        anchor: heading anchor in ``MIGRATION.md``, without ``#``.
        arguments: parameters of a callable, in legacy positional order.
    """

    kind: Kind
    old: str
    new: str | None
    note: str
    anchor: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Exports:
    """Names importable from one legacy module.

    Args:
        public: names the module defines.
        accidental: ``{name: module that has it today}`` for names that were importable only because
            the module imported them; ``None`` for names with nothing behind them any more.
    """

    public: tuple[str, ...]
    accidental: Mapping[str, str | None] = field(default_factory=dict)


_MODELS_IN_CLIENTS = (
    "create_connection_status",
    "create_websocket_message",
    "validate_mixed_message",
)
_ACCIDENTAL_IN_CLIENTS: Mapping[str, str | None] = {
    **dict.fromkeys(_MODELS_IN_CLIENTS, "compat_v5.models"),
    "load_config": "compat_v5.config",
    **dict.fromkeys(("WebSocketState", "WebSocketStateMachine"), "compat_v5.state"),
    "SubscriptionManager": "compat_v5.subscription_manager",
    **dict.fromkeys(
        ("auto_detect_and_convert", "convert_from_simple_format", "convert_to_simple_format"),
        "compat_v5.simple_format_converter",
    ),
    **dict.fromkeys(
        (
            "ErrorCode",
            "MessageParsingError",
            "SubscriptionError",
            "WebSocketConnectionError",
            "WebSocketConnectionTimeoutError",
            "WebSocketError",
        ),
        "compat_v5.exceptions",
    ),
    **dict.fromkeys(
        ("AdaptiveStrategy", "DynamicConfig"), "compat_v5.dynamic_rate_limiter_wrapper"
    ),
    **dict.fromkeys(
        (
            "DynamicUpbitRateLimiter",
            "UpbitGCRARateLimiter",
            "get_dynamic_rate_limiter",
            "get_global_rate_limiter",
        ),
        None,
    ),
    "websockets": "websockets",
}

_SIMPLE_TYPES = ("ticker", "trade", "orderbook", "candle", "myorder", "myasset")
_SIMPLE_TABLES = (
    "TICKER",
    "TRADE",
    "ORDERBOOK",
    "ORDERBOOK_UNITS",
    "CANDLE",
    "MYORDER",
    "MYASSET",
    "MYASSET_ASSETS",
)

EXPORTS_BY_SUBMODULE: Mapping[str, Exports] = {
    "": Exports(
        public=(
            "CANDLE_FIELDS",
            "ConfigurationError",
            "InvalidAPIKeysError",
            "MY_ASSET_FIELDS",
            "MY_ORDER_FIELDS",
            "MessageParsingError",
            "ORDERBOOK_FIELDS",
            "SubscriptionError",
            "TICKER_FIELDS",
            "TRADE_FIELDS",
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
        ),
    ),
    "config": Exports(
        public=(
            "ConnectionConfig",
            "DEFAULT_CONFIG_TEMPLATE",
            "Environment",
            "EventConfig",
            "LogLevel",
            "LoggingConfig",
            "PerformanceConfig",
            "RateLimitConfig",
            "ReconnectionConfig",
            "SecurityConfig",
            "SubscriptionConfig",
            "WebSocketConfig",
            "create_default_config",
            "load_config",
        ),
    ),
    "exceptions": Exports(
        public=(
            "ConfigFileNotFoundError",
            "ConfigurationError",
            "ErrorCode",
            "InvalidAPIKeysError",
            "InvalidParameterError",
            "MemoryLimitExceededError",
            "MessageError",
            "MessageParsingError",
            "MessageTimeoutError",
            "RateLimitExceededError",
            "RecoveryAction",
            "StateTransitionError",
            "SubscriptionError",
            "TooManySubscriptionsError",
            "UnsupportedDataTypeError",
            "WebSocketAuthenticationError",
            "WebSocketConnectionError",
            "WebSocketConnectionTimeoutError",
            "WebSocketError",
            "get_recovery_delay",
            "should_retry_error",
        ),
    ),
    "models": Exports(
        public=(
            "CANDLE_FIELDS",
            "DataType",
            "MY_ASSET_FIELDS",
            "MY_ORDER_FIELDS",
            "ORDERBOOK_FIELDS",
            "ORDERBOOK_UNIT_FIELDS",
            "SIMPLE_FORMAT_AVAILABLE",
            "StreamType",
            "TICKER_FIELDS",
            "TRADE_FIELDS",
            "batch_convert_messages",
            "convert_message_format",
            "create_connection_status",
            "create_format_aware_message",
            "create_websocket_message",
            "example_orderbook_message",
            "example_ticker_message",
            "example_trade_message",
            "get_field_documentation",
            "get_format_conversion_stats",
            "get_message_format",
            "infer_message_type",
            "is_realtime_message",
            "is_simple_format_supported",
            "is_snapshot_message",
            "print_field_documentation",
            "process_websocket_message",
            "update_connection_status",
            "validate_candle_data",
            "validate_mixed_message",
            "validate_my_asset_data",
            "validate_my_order_data",
            "validate_orderbook_data",
            "validate_ticker_data",
            "validate_trade_data",
        ),
        accidental=dict.fromkeys(
            ("auto_detect_and_convert", "convert_from_simple_format", "convert_to_simple_format"),
            "compat_v5.simple_format_converter",
        ),
    ),
    "simple_format_converter": Exports(
        public=(
            *(f"{table}_SIMPLE_MAPPING" for table in _SIMPLE_TABLES),
            *(f"{table}_SIMPLE_REVERSE_MAPPING" for table in _SIMPLE_TABLES),
            *(f"convert_{name}_default_to_simple" for name in _SIMPLE_TYPES),
            *(f"convert_{name}_simple_to_default" for name in _SIMPLE_TYPES),
            *(f"detect_{name}_format" for name in _SIMPLE_TYPES),
            *(f"validate_{name}_simple_format" for name in _SIMPLE_TYPES),
            "auto_detect_and_convert",
            "convert_from_simple_format",
            "convert_to_simple_format",
            "test_all_simple_conversions",
        ),
    ),
    "state": Exports(
        public=("StateTransitionError", "WebSocketState", "WebSocketStateMachine"),
    ),
    "subscription_manager": Exports(
        public=(
            "ActiveSubscription",
            "AutoLifecycleManager",
            "ConnectionState",
            "ConnectionType",
            "SubscriptionDebugger",
            "SubscriptionIntent",
            "SubscriptionManager",
            "SubscriptionOptimizer",
        ),
        accidental={"DataType": "compat_v5.models"},
    ),
    "upbit_websocket_private_client": Exports(
        public=(
            "PrivateDataType",
            "UpbitWebSocketPrivateV5",
            "create_private_client",
            "logger",
            "quick_subscribe_my_assets",
            "quick_subscribe_my_orders",
        ),
        accidental={
            **_ACCIDENTAL_IN_CLIENTS,
            "InvalidAPIKeysError": "compat_v5.exceptions",
            "UpbitAuthenticator": "compat_v5.upbit_auth",
            "jwt": "jwt",
        },
    ),
    "upbit_websocket_public_client": Exports(
        public=(
            "UpbitWebSocketPublicV5",
            "create_public_client",
            "logger",
            "quick_subscribe_ticker",
        ),
        accidental={**_ACCIDENTAL_IN_CLIENTS, "infer_message_type": "compat_v5.models"},
    ),
}
"""``{submodule ("" is the package): its names}``, last generation."""

_TYPED = "a typed message: subscribe with as_model=True and use websocket_v6.messages"
_MERGED = "the manager merges all subscriptions of the process into one request; nothing to manage"
_SUBSCRIBE = "WebSocketClientProxy.subscribe_ticker(symbols, callback)"

OLDER_GENERATIONS: Mapping[str, Mapping[str, str]] = {
    "": {
        "CandleData": _TYPED,
        "ConnectionStatus": "await ws.get_system_status(), a dict",
        "MessageType": "the data_type argument of the callback, a wire name such as 'ticker'",
        "OrderbookData": _TYPED,
        "SubscriptionRequest": _SUBSCRIBE,
        "TickerData": _TYPED,
        "TradeData": _TYPED,
        "UpbitWebSocketV5": "WebSocketClientProxy; the name never existed in code",
        "WebSocketMessage": _TYPED,
        "quick_subscribe": f"{_SUBSCRIBE}; the name never existed in code",
    },
    "models": {
        "CandleData": _TYPED,
        "ConnectionStatus": "await ws.get_system_status(), a dict",
        "MarketData": _TYPED,
        "MessageType": "the data_type argument of the callback, a wire name such as 'ticker'",
        "OrderbookData": _TYPED,
        "OrderbookUnit": _TYPED,
        "SubscriptionRequest": _SUBSCRIBE,
        "SubscriptionStatus": "await ws.get_subscription_info(subscription_id), a dict or None",
        "TickerData": _TYPED,
        "TradeData": _TYPED,
        "WebSocketMessage": _TYPED,
    },
    "subscription_manager": {
        "DataRequest": _SUBSCRIBE,
        "MessageRouter": "callbacks are called with (symbol, data_type, data), already routed",
        "RequestMode": "is_only_snapshot=True or is_only_realtime=True on the subscribe call",
        "SmartUnsubscriber": "await ws.unsubscribe_all()",
        "Subscription": "await ws.get_subscription_info(subscription_id), a dict or None",
        "TicketManager": _MERGED,
        "TicketPool": _MERGED,
        "TicketPoolType": _MERGED,
        "UnsubscribeStrategy": "await ws.unsubscribe(subscription_id)",
        "bulk_market_snapshot": "await ws.get_ticker_snapshot(symbols)",
        "create_realtime_request": "subscribe_ticker(symbols, callback, is_only_realtime=True)",
        "create_snapshot_request": "await ws.get_ticker_snapshot(symbols)",
        "create_subscription_manager": _MERGED,
        "create_subscription_manager_dict": _MERGED,
        "hybrid_data_collection": _SUBSCRIBE,
        "market_overview_subscribe": _SUBSCRIBE,
        "quick_mixed_subscribe": "one subscribe call per data type; they share one request",
        "quick_price_check": "await ws.get_ticker_snapshot([symbol])",
        "quick_ticker_subscribe": _SUBSCRIBE,
        "smart_unsubscribe_pattern": "await ws.unsubscribe_all()",
        "start_price_monitoring": _SUBSCRIBE,
    },
    "upbit_websocket_private_client": {"PrivateTicketManager": _MERGED},
    "upbit_websocket_public_client": {"TicketManager": _MERGED},
}
"""``{submodule: {name of an older generation: the v6 way}}``; looking one up raises and says so."""

_PUBLIC = "UpbitWebSocketPublicV5"
_PRIVATE = "UpbitWebSocketPrivateV5"
_BOTH = (_PUBLIC, _PRIVATE)

_SYMBOLS = Argument("symbols", "symbols")
_CALLBACK = Argument("callback", "callback")
_ONLY_SNAPSHOT = Argument("is_only_snapshot", "is_only_snapshot")
_ONLY_REALTIME = Argument("is_only_realtime", "is_only_realtime")
_FORMAT_MODE = Argument("format_mode", None, "the wire format is a setting: UPBIT_WS_WIRE_FORMAT")
_CONFIG_PATH = Argument("config_path", None, "UPBIT_WS_* environment variables or a TOML file")
_EVENT_BROKER = Argument("event_broker", None, "manager.on_connection_event(callback)")
_CLEANUP = Argument("cleanup_interval", None, "quiet topics are never dropped")
_LIMITER = Argument("use_dynamic_limiter", None, "pacing is always on")
_LIMITER_CONFIG = Argument("dynamic_config", None, "pacing is always on")
_OLD_CONSTRUCTOR = (
    Argument("max_tickets", None, _MERGED),
    Argument("public_pool_size", None, _MERGED),
    Argument("private_pool_size", None, _MERGED),
    Argument("enable_compression", None, "a setting: UPBIT_WS_COMPRESSION"),
    Argument("format_preference", None, "the wire format is a setting: UPBIT_WS_WIRE_FORMAT"),
)
_ACCESS_KEY = Argument("access_key", "account", "account=Credentials(access_key, secret_key)")
_SECRET_KEY = Argument("secret_key", "account", "account=Credentials(access_key, secret_key)")
_TAIL = (_CONFIG_PATH, _EVENT_BROKER, _CLEANUP, _LIMITER, _LIMITER_CONFIG)

_MODULES = tuple(
    Rename("module", f"websocket_v5.{name}" if name else "websocket_v5", new, note, "imports")
    for name, new, note in (
        ("", "websocket_v6", ""),
        ("upbit_websocket_public_client", "websocket_v6.websocket_client_proxy", ""),
        ("upbit_websocket_private_client", "websocket_v6.websocket_client_proxy", ""),
        ("exceptions", "websocket_v6.exceptions", ""),
        ("config", "websocket_v6.config", "one frozen object; see the configuration reference"),
        ("models", None, "frames are plain dicts with the exchange's own keys; " + _TYPED),
        ("simple_format_converter", None, "SIMPLE frames are decoded to long keys by the manager"),
        ("state", None, "the manager owns the connection; ws.explain() says how a topic fares"),
        ("subscription_manager", None, _MERGED),
    )
)

_SIBLINGS = (
    Rename("module", "upbit_auth", None, "Credentials carries a key pair", "accounts"),
    Rename("module", "dynamic_rate_limiter_wrapper", None, "pacing is always on", "rate-limits"),
)

_CLASSES = (
    Rename(
        "class",
        _PUBLIC,
        "WebSocketClientProxy",
        "takes a component name; opens nothing by itself",
        "construction",
        (*_TAIL, *_OLD_CONSTRUCTOR),
    ),
    Rename(
        "class",
        _PRIVATE,
        "WebSocketClientProxy",
        "keys become account=Credentials(access_key, secret_key)",
        "construction",
        (_ACCESS_KEY, _SECRET_KEY, *_TAIL, *_OLD_CONSTRUCTOR),
    ),
    Rename("class", "UpbitWebSocketPublicClient", "WebSocketClientProxy", "alias", "construction"),
    Rename("class", "UpbitWebSocketPrivateClient", "WebSocketClientProxy", "alias", "construction"),
    Rename(
        "class",
        "UpbitAuthenticator",
        "Credentials",
        "the fallback to UPBIT_ACCESS_KEY and UPBIT_SECRET_KEY stays",
        "accounts",
    ),
    Rename("class", "DynamicConfig", None, "pacing is always on", "rate-limits"),
    Rename("class", "AdaptiveStrategy", None, "pacing is always on", "rate-limits"),
    Rename("class", "PrivateDataType", None, "'myOrder' and 'myAsset' as strings", "models"),
    Rename("class", "DataType", None, "wire names as strings, such as 'candle.1m'", "models"),
    Rename("class", "StreamType", None, "data['stream_type'] is a string", "models"),
    Rename("class", "WebSocketState", None, "ws.is_public_available(), ws.explain()", "status"),
    Rename("class", "WebSocketStateMachine", None, "the manager owns the connection", "status"),
    Rename(
        "class",
        "WebSocketConfig",
        "websocket_v6.config.Config",
        "one frozen object",
        "configuration",
    ),
    *(
        Rename("class", name, None, note, "configuration")
        for name, note in (
            ("ConnectionConfig", "UPBIT_WS_URL, UPBIT_WS_PING_INTERVAL and others"),
            ("ReconnectionConfig", "the manager reconnects by itself, for ever"),
            ("SubscriptionConfig", _MERGED),
            ("RateLimitConfig", "pacing is always on"),
            ("LoggingConfig", "the standard logging module, loggers below websocket_v6"),
            ("EventConfig", "manager.on_connection_event(callback)"),
            ("SecurityConfig", "TLS is always verified; Credentials carries the keys"),
            ("PerformanceConfig", "policy= and deliver= on the subscribe call"),
            ("LogLevel", "logging.INFO and so on"),
            ("Environment", "v6 behaves the same everywhere"),
        )
    ),
    Rename("class", "SubscriptionManager", "WebSocketClientProxy", _MERGED, "subscription-manager"),
    *(
        Rename("class", name, None, _MERGED, "subscription-manager")
        for name in (
            "ActiveSubscription",
            "AutoLifecycleManager",
            "ConnectionState",
            "ConnectionType",
            "SubscriptionDebugger",
            "SubscriptionIntent",
            "SubscriptionOptimizer",
        )
    ),
    Rename("class", "ErrorCode", None, "v6 has one exception class per cause", "exceptions"),
    Rename("class", "RecoveryAction", None, "the manager recovers by itself", "exceptions"),
)

_FUNCTIONS = (
    Rename(
        "function",
        "create_public_client",
        "WebSocketClientProxy",
        "plain construction, not awaited",
        "construction",
        (*_TAIL, _OLD_CONSTRUCTOR[0]),
    ),
    Rename(
        "function",
        "create_private_client",
        "WebSocketClientProxy",
        "plain construction with account=Credentials(access_key, secret_key)",
        "construction",
        (_ACCESS_KEY, _SECRET_KEY, *_TAIL, _OLD_CONSTRUCTOR[0], _OLD_CONSTRUCTOR[2]),
    ),
    Rename(
        "function",
        "quick_subscribe_ticker",
        "WebSocketClientProxy.subscribe_ticker",
        "construct the proxy, then subscribe; the id is no longer lost",
        "construction",
        (_SYMBOLS, _CALLBACK, _LIMITER),
    ),
    Rename(
        "function",
        "quick_subscribe_my_orders",
        "WebSocketClientProxy.subscribe_my_orders",
        "construct the proxy with account=, then subscribe; the callback comes first",
        "construction",
        (_ACCESS_KEY, _SECRET_KEY, Argument("markets", "markets"), _CALLBACK, _LIMITER),
    ),
    Rename(
        "function",
        "quick_subscribe_my_assets",
        "WebSocketClientProxy.subscribe_my_assets",
        "construct the proxy with account=, then subscribe",
        "construction",
        (_ACCESS_KEY, _SECRET_KEY, _CALLBACK, _LIMITER),
    ),
    Rename("function", "load_config", None, "UPBIT_WS_* variables or a TOML file", "configuration"),
    Rename(
        "function", "create_default_config", None, "every setting has a default", "configuration"
    ),
    Rename("function", "get_recovery_delay", None, "the manager recovers by itself", "exceptions"),
    Rename("function", "should_retry_error", None, "the manager recovers by itself", "exceptions"),
    Rename(
        "function",
        "create_connection_status",
        None,
        "await ws.get_system_status()",
        "status",
    ),
    Rename("function", "update_connection_status", None, "await ws.get_system_status()", "status"),
    Rename(
        "function", "infer_message_type", None, "the data_type argument of the callback", "models"
    ),
    Rename("function", "is_snapshot_message", None, "data['stream_type'] == 'SNAPSHOT'", "models"),
    Rename("function", "is_realtime_message", None, "data['stream_type'] == 'REALTIME'", "models"),
    *(
        Rename("function", name, None, "the callback's data is the exchange's frame", "models")
        for name in (
            "create_websocket_message",
            "process_websocket_message",
            "create_format_aware_message",
        )
    ),
    *(
        Rename("function", name, None, _TYPED, "models")
        for name in (
            "validate_candle_data",
            "validate_mixed_message",
            "validate_my_asset_data",
            "validate_my_order_data",
            "validate_orderbook_data",
            "validate_ticker_data",
            "validate_trade_data",
        )
    ),
    *(
        Rename("function", name, None, "the exchange's documentation names the fields", "models")
        for name in (
            "get_field_documentation",
            "print_field_documentation",
            "example_ticker_message",
            "example_trade_message",
            "example_orderbook_message",
        )
    ),
    *(
        Rename(
            "function",
            name,
            None,
            "the manager decodes SIMPLE frames to long keys",
            "simple-format",
        )
        for name in (
            "convert_message_format",
            "batch_convert_messages",
            "get_message_format",
            "is_simple_format_supported",
            "get_format_conversion_stats",
            *(
                name
                for name in EXPORTS_BY_SUBMODULE["simple_format_converter"].public
                if name.islower()
            ),
        )
    ),
)

_CONSTANTS = (
    *(
        Rename("constant", name, None, "the exchange's documentation names the fields", "models")
        for name in EXPORTS_BY_SUBMODULE["models"].public
        if name.endswith("_FIELDS")
    ),
    Rename("constant", "SIMPLE_FORMAT_AVAILABLE", None, "always decoded", "simple-format"),
    Rename(
        "constant", "DEFAULT_CONFIG_TEMPLATE", None, "every setting has a default", "configuration"
    ),
    *(
        Rename("constant", name, None, "the manager decodes SIMPLE frames", "simple-format")
        for name in EXPORTS_BY_SUBMODULE["simple_format_converter"].public
        if name.isupper()
    ),
)

_PROXY = "WebSocketClientProxy"

_SHARED_METHODS = tuple(
    Rename("method", f"{owner}.{name}", new and f"{_PROXY}.{new}", note, anchor, arguments)
    for owner in _BOTH
    for name, new, note, anchor, arguments in (
        (
            "connect",
            None,
            "remove it: subscribing connects",
            "connect-and-disconnect",
            (
                Argument("enable_compression", None, "a setting: UPBIT_WS_COMPRESSION"),
                Argument("enable_simple_format", None, "a setting: UPBIT_WS_WIRE_FORMAT"),
            ),
        ),
        (
            "disconnect",
            "unsubscribe_all",
            "withdraws this component's subscriptions; the shared connection stays for the others",
            "connect-and-disconnect",
            (),
        ),
        (
            "unsubscribe",
            "unsubscribe",
            "returns None",
            "subscriptions",
            (Argument("subscription_id", "subscription_id"),),
        ),
        ("unsubscribe_all", "unsubscribe_all", "returns None", "subscriptions", ()),
        ("get_status", "get_system_status", "other keys", "status", ()),
        ("health_check", "health_check", "other keys: numbers with units, no emoji", "status", ()),
        ("get_ticket_stats", None, _MERGED, "status", ()),
        ("batch_subscribe", None, "one subscribe call per entry", "subscriptions", ()),
        (
            "smart_unsubscribe",
            "unsubscribe_symbols",
            "unsubscribe_symbols(data_type, symbols)",
            "subscriptions",
            (),
        ),
        (
            "switch_to_idle_mode",
            "unsubscribe_all",
            "an idle connection closes itself",
            "subscriptions",
            (),
        ),
        ("get_subscription_stats", "get_active_subscriptions", "a dict by id", "status", ()),
    )
)

_FLAGS = (_ONLY_SNAPSHOT, _ONLY_REALTIME, _FORMAT_MODE)

_PUBLIC_METHODS = (
    Rename(
        "method",
        f"{_PUBLIC}.is_connected",
        f"{_PROXY}.is_public_available",
        "a method, call it; True unless shut down for good",
        "status",
    ),
    Rename(
        "method",
        f"{_PUBLIC}.subscribe",
        f"{_PROXY}.subscribe_<type>",
        "one method per data type; candle.<interval> goes to subscribe_candle(symbols, interval)",
        "subscriptions",
        (Argument("data_type", None, "part of the method name"), _SYMBOLS, _CALLBACK, *_FLAGS),
    ),
    *(
        Rename(
            "method",
            f"{_PUBLIC}.{name}",
            f"{_PROXY}.{name}",
            "the callback's data is the flat frame",
            "subscriptions",
            (_SYMBOLS, _CALLBACK, *_FLAGS),
        )
        for name in ("subscribe_ticker", "subscribe_trade", "subscribe_orderbook")
    ),
    Rename(
        "method",
        f"{_PUBLIC}.subscribe_candle",
        f"{_PROXY}.subscribe_candle",
        "data_type is the wire name, such as candle.1m; there is no 1d, 1w or 1M stream",
        "subscriptions",
        (_SYMBOLS, Argument("interval", "interval"), _CALLBACK, *_FLAGS),
    ),
    Rename(
        "method",
        f"{_PUBLIC}.request_snapshot",
        f"{_PROXY}.get_<type>_snapshot",
        "returns {symbol: frame}, real data",
        "subscriptions",
        (Argument("data_type", None, "part of the method name"), _SYMBOLS),
    ),
    Rename(
        "method",
        f"{_PUBLIC}.subscribe_realtime",
        f"{_PROXY}.subscribe_<type>",
        "with is_only_realtime=True",
        "subscriptions",
        (Argument("data_type", None, "part of the method name"), _SYMBOLS, _CALLBACK),
    ),
    Rename(
        "method",
        f"{_PUBLIC}.soft_unsubscribe",
        f"{_PROXY}.unsubscribe",
        "returns None",
        "subscriptions",
        (Argument("subscription_id", "subscription_id"),),
    ),
    Rename(
        "method",
        f"{_PUBLIC}.force_reconnect",
        None,
        "the manager reconnects by itself and resends everything",
        "connect-and-disconnect",
    ),
    Rename(
        "method",
        f"{_PUBLIC}.get_performance_analysis",
        f"{_PROXY}.get_performance_metrics",
        "a coroutine; other keys",
        "status",
    ),
    Rename("method", f"{_PUBLIC}.get_message_buffer_stats", None, "there is no buffer", "status"),
)

_PRIVATE_METHODS = (
    Rename(
        "method",
        f"{_PRIVATE}.is_connected",
        f"{_PROXY}.is_private_available",
        "a method, call it; True while this account has keys that were not refused",
        "status",
    ),
    Rename(
        "method",
        f"{_PRIVATE}.subscribe_my_orders",
        f"{_PROXY}.subscribe_my_orders",
        "the callback comes first: subscribe_my_orders(callback, markets=[...])",
        "private-data",
        (
            Argument("markets", "markets"),
            _CALLBACK,
            Argument("mode", None, "is_only_snapshot= or is_only_realtime="),
        ),
    ),
    Rename(
        "method",
        f"{_PRIVATE}.subscribe_my_assets",
        f"{_PROXY}.subscribe_my_assets",
        "",
        "private-data",
        (_CALLBACK, Argument("mode", None, "is_only_snapshot= or is_only_realtime=")),
    ),
    Rename(
        "method",
        f"{_PRIVATE}.rotate_jwt_token",
        None,
        "every connection signs its own token",
        "private-data",
        (Argument("force", None),),
    ),
    Rename(
        "method",
        f"{_PRIVATE}.get_auth_status",
        f"{_PROXY}.is_private_available",
        "or the account's entry in get_system_status()",
        "status",
    ),
    Rename(
        "method",
        f"{_PRIVATE}.get_supported_data_types",
        None,
        "'myOrder' and 'myAsset'",
        "private-data",
    ),
    Rename(
        "method",
        f"{_PRIVATE}.validate_api_permissions",
        None,
        "ask the REST route /v1/api_keys; `upbit-ws doctor` checks that keys are accepted",
        "private-data",
    ),
    Rename(
        "method",
        f"{_PRIVATE}.get_subscription_count",
        f"{_PROXY}.get_active_subscriptions",
        "len() of it",
        "status",
    ),
    Rename(
        "method",
        f"{_PRIVATE}.reconnect_with_auth_refresh",
        None,
        "every connection signs its own token",
        "private-data",
    ),
)

_CLIENT_ATTRIBUTES = tuple(
    Rename("attribute", f"{owner}.{name}", new and f"{_PROXY}.{new}", note, anchor)
    for owner in _BOTH
    for name, new, note, anchor in (
        ("config", None, "endpoint= on the proxy, or UPBIT_WS_URL", "configuration"),
        ("state_machine", None, "ws.explain() and manager.on_connection_event()", "status"),
        ("websocket", None, "the shared connection is not handed out", "status"),
        ("connection_id", "name", "the component's name", "status"),
        ("event_broker", None, "manager.on_connection_event(callback)", "events"),
        ("stats", "get_performance_metrics", "a coroutine; other keys", "status"),
        ("subscription_manager", None, _MERGED, "subscription-manager"),
        ("ticket_manager", None, _MERGED, "subscription-manager"),
        ("subscriptions", "get_active_subscriptions", "a coroutine; a dict by id", "status"),
        ("callbacks", "get_active_subscriptions", "a coroutine; a dict by id", "status"),
        ("enable_compression", None, "a setting: UPBIT_WS_COMPRESSION", "configuration"),
        ("format_preference", None, "a setting: UPBIT_WS_WIRE_FORMAT", "configuration"),
        ("enable_simple_format", None, "a setting: UPBIT_WS_WIRE_FORMAT", "configuration"),
    )
)

_ATTRIBUTES = (
    *_CLIENT_ATTRIBUTES,
    Rename("attribute", f"{_PUBLIC}.message_buffer", None, "there is no buffer", "status"),
    Rename("attribute", f"{_PRIVATE}.auth", None, "account=Credentials(...)", "accounts"),
)

_MANAGER = "SubscriptionManager"

_MANAGER_METHODS = (
    Rename(
        "method",
        f"{_MANAGER}.request_realtime_data",
        f"{_PROXY}.subscribe_<type>",
        "returns an id",
        "subscription-manager",
        (
            _SYMBOLS,
            Argument("data_type", None, "part of the method name"),
            _CALLBACK,
            Argument("client_id", None, "the component's name"),
            Argument("connection_type", None, "follows from the data type"),
        ),
    ),
    Rename(
        "method",
        f"{_MANAGER}.request_snapshot_data",
        f"{_PROXY}.get_<type>_snapshot",
        "returns {symbol: frame}; raises SnapshotTimeout instead of returning {}",
        "subscription-manager",
        (
            _SYMBOLS,
            Argument("data_type", None, "part of the method name"),
            Argument("connection_type", None, "follows from the data type"),
            Argument("timeout", "timeout", "seconds"),
        ),
    ),
    Rename(
        "method",
        f"{_MANAGER}.stop_realtime_data",
        f"{_PROXY}.unsubscribe_symbols",
        "unsubscribe_symbols(data_type, symbols)",
        "subscription-manager",
        (
            _SYMBOLS,
            Argument("data_type", "data_type"),
            Argument("client_id", None, "the component's name"),
            Argument("connection_type", None, "follows from the data type"),
        ),
    ),
    Rename(
        "method",
        f"{_MANAGER}.subscribe",
        f"{_PROXY}.subscribe_<type>",
        "returns an id",
        "subscription-manager",
        (
            Argument("data_type", None, "part of the method name"),
            _SYMBOLS,
            _CALLBACK,
            Argument("client_id", None, "the component's name"),
        ),
    ),
    *(
        Rename(
            "method", f"{_MANAGER}.{name}", new and f"{_PROXY}.{new}", note, "subscription-manager"
        )
        for name, new, note in (
            ("unsubscribe", "unsubscribe", "returns None"),
            ("unsubscribe_all", "unsubscribe_all", "returns None"),
            ("force_reconnect", None, "the manager reconnects by itself and resends everything"),
            ("start_background_services", None, "nothing to start"),
            ("stop_background_services", None, "nothing to stop"),
            ("get_subscription_count", "get_active_subscriptions", "len() of it"),
            ("health_check", "health_check", "other keys"),
            ("on_data_received", None, "callbacks are called with (symbol, data_type, data)"),
            ("get_state", "get_system_status", "a coroutine; other keys"),
            ("print_state", "get_system_status", "a coroutine; other keys"),
            ("set_websocket_connections", None, "the shared connection is not handed out"),
        )
    ),
    *(
        Rename("attribute", f"{_MANAGER}.{name}", None, _MERGED, "subscription-manager")
        for name in (
            "public_state",
            "private_state",
            "realtime_intents",
            "snapshot_requests",
            "optimizer",
            "lifecycle_manager",
            "debugger",
            "rate_limiter",
        )
    ),
)

_STATE_MACHINE = tuple(
    Rename("method", f"WebSocketStateMachine.{name}", None, note, "status")
    for name, note in (
        ("can_transition_to", "the manager owns the connection"),
        ("transition_to", "the manager owns the connection"),
        ("add_transition_callback", "manager.on_connection_event(callback)"),
        ("get_state_history", "manager.on_connection_event(callback)"),
        ("is_connected", "ws.is_public_available()"),
        ("is_active", "ws.explain(data_type, symbol).state"),
        ("is_error", "ws.explain(data_type, symbol).state"),
        ("is_reconnecting", "manager.on_connection_event(callback): Lost, Resumed"),
        ("reset", "the manager owns the connection"),
    )
) + tuple(
    Rename("attribute", f"WebSocketStateMachine.{name}", None, note, "status")
    for name, note in (
        ("current_state", "ws.explain(data_type, symbol).state"),
        ("previous_state", "manager.on_connection_event(callback)"),
        ("ALLOWED_TRANSITIONS", "the manager owns the connection"),
    )
)

_CONFIG_METHODS = tuple(
    Rename("method", f"WebSocketConfig.{name}", None, note, "configuration")
    for name, note in (
        ("from_yaml", "a TOML file named by UPBIT_WS_CONFIG"),
        ("from_dict", "arguments of manager.initialize or UPBIT_WS_* variables"),
        ("to_dict", "dataclasses.asdict(config)"),
        ("to_yaml", "a TOML file named by UPBIT_WS_CONFIG"),
        ("get_connection_params", "UPBIT_WS_PING_INTERVAL and others"),
        ("is_development", "v6 behaves the same everywhere"),
        ("is_production", "v6 behaves the same everywhere"),
        ("get_rate_limiter", "pacing is always on"),
    )
)

_EXCEPTIONS = (
    tuple(
        Rename("exception", old, new, note, "exceptions")
        for old, new, note in (
            ("WebSocketError", "UpbitWebSocketError", "base class"),
            (
                "WebSocketConnectionError",
                "SubscribeTimeout",
                "only a connection never yet established fails; outages heal by themselves",
            ),
            ("WebSocketConnectionTimeoutError", "SubscribeTimeout", "raised by subscribing"),
            ("WebSocketAuthenticationError", "AuthenticationError", ""),
            ("InvalidAPIKeysError", "AuthenticationError", ""),
            ("SubscriptionError", "SubscriptionRejected", "bad arguments raise InvalidArgument"),
            ("InvalidParameterError", "InvalidArgument", "also a ValueError"),
            ("TooManySubscriptionsError", None, "there is no ticket limit"),
            ("UnsupportedDataTypeError", "InvalidArgument", "also a ValueError"),
            ("MessageError", "DecodeError", "counted in the metrics, not raised to callers"),
            ("MessageParsingError", "DecodeError", "counted in the metrics, not raised to callers"),
            ("MessageTimeoutError", "SnapshotTimeout", ""),
            ("ConfigurationError", "ConfigError", "also a ValueError"),
            ("ConfigFileNotFoundError", "ConfigError", "also a ValueError"),
            ("RateLimitExceededError", None, "the manager waits; RateLimited is an event"),
            ("MemoryLimitExceededError", None, "mailboxes are bounded by their policy"),
            ("StateTransitionError", None, "there are no illegal orders of calls"),
        )
    )
    + tuple(
        Rename("attribute", f"WebSocketError.{name}", None, note, "exceptions")
        for name, note in (
            ("error_code", "v6 has one exception class per cause"),
            ("recovery_action", "the manager recovers by itself"),
            ("details", "attributes of the exception, such as .topics"),
            ("original_exception", "__cause__"),
            ("timestamp", "the log record's time"),
        )
    )
    + tuple(
        Rename("method", f"WebSocketError.{name}", None, note, "exceptions")
        for name, note in (
            ("get_error_info", "str(error) and its attributes"),
            ("can_retry", "the manager recovers by itself"),
            ("should_reconnect", "the manager recovers by itself"),
        )
    )
)

_CALLBACK_KEYS = tuple(
    Rename("key", f'callback["{key}"]', new and f'data["{new}"]', note, "payload")
    for key, new, note in (
        ("data", None, "data itself: data['data']['trade_price'] becomes data['trade_price']"),
        ("raw_data", None, "data itself"),
        ("market", "code", "or the callback's symbol argument"),
        ("type", "type", "the frame's own; for candles the full wire name"),
        ("timestamp", "timestamp", "the exchange's, milliseconds; v5 gave the local receive time"),
        ("stream_type", "stream_type", "SNAPSHOT or REALTIME; v5's envelope always had None"),
    )
)

_STATUS = 'get_system_status()["{}"]'
_METRICS = 'get_performance_metrics()["{}"]'
_HEALTH = 'health_check()["{}"]'
_CONNECTION = 'get_system_status()["connections"][name]["{}"]'
_PROCESS = "of the whole process"
_OWN_TOKEN = "every connection signs its own token"  # noqa: S105 - a sentence

_STATUS_KEYS = tuple(
    Rename("key", f'{owner}["{key}"]', new, note, "status")
    for owner, key, new, note in (
        ("get_status()", "state", _STATUS.format("state"), "other words"),
        ("get_status()", "connection_id", None, "ws.name"),
        ("get_status()", "connected_at", _CONNECTION.format("connected_since"), "Unix time"),
        ("get_status()", "last_message_at", _CONNECTION.format("last_frame_age_seconds"), "an age"),
        ("get_status()", "uptime_seconds", _STATUS.format("uptime_seconds"), ""),
        ("get_status()", "message_count", _METRICS.format("messages_received"), _PROCESS),
        ("get_status()", "messages_received", _METRICS.format("messages_received"), _PROCESS),
        ("get_status()", "messages_processed", _METRICS.format("delivered"), _PROCESS),
        ("get_status()", "error_count", _METRICS.format("callback_errors"), "and decode_errors"),
        ("get_status()", "active_subscriptions", None, "len(await ws.get_active_subscriptions())"),
        ("get_status()", "is_connected", None, "ws.is_public_available()"),
        ("get_status()", "is_active", None, "ws.explain(data_type, symbol).state"),
        ("get_status()", "subscription_state", None, "await ws.get_active_subscriptions()"),
        ("get_status()", "subscription_requests", _METRICS.format("requests_sent"), _PROCESS),
        (
            "get_status()",
            "subscription_429_count",
            None,
            "manager.on_connection_event: RateLimited",
        ),
        ("get_status()", "rate_limit_waits", None, "manager.on_connection_event: RateLimited"),
        ("get_status()", "rate_limiter", None, "pacing is always on"),
        ("get_status()", "auth_metrics", None, "ws.is_private_available()"),
        ("health_check()", "overall_status", _HEALTH.format("status"), "a word, no emoji"),
        ("health_check()", "health_score", _HEALTH.format("health_score"), "0..100"),
        ("health_check()", "connection_status", _CONNECTION.format("state"), "a word, no emoji"),
        ("health_check()", "auth_status", None, "ws.is_private_available()"),
        ("health_check()", "uptime_minutes", _HEALTH.format("uptime_minutes"), ""),
        (
            "health_check()",
            "last_message_seconds_ago",
            _CONNECTION.format("last_frame_age_seconds"),
            "",
        ),
        ("health_check()", "error_count", _METRICS.format("callback_errors"), "and decode_errors"),
        ("health_check()", "active_subscriptions", _STATUS.format("subscriptions"), _PROCESS),
        ("health_check()", "token_auto_refresh", None, _OWN_TOKEN),
        ("get_auth_status()", "jwt", None, _OWN_TOKEN),
        ("get_auth_status()", "connection", _STATUS.format("connections"), ""),
        ("get_auth_status()", "subscriptions", None, "await ws.get_active_subscriptions()"),
        ("get_auth_status()", "security_level", None, "ws.is_private_available()"),
        ("get_auth_status()", "status_checked_at", None, "the time of the call"),
        ("stats", "messages_received", _METRICS.format("messages_received"), _PROCESS),
        ("stats", "messages_processed", _METRICS.format("delivered"), _PROCESS),
        ("stats", "errors", _METRICS.format("callback_errors"), "and decode_errors"),
        ("stats", "reconnect_count", _METRICS.format("reconnects"), _PROCESS),
        ("stats", "start_time", None, _STATUS.format("uptime_seconds")),
        ("stats", "last_message_time", _CONNECTION.format("last_frame_age_seconds"), "an age"),
    )
)

RENAMES: tuple[Rename, ...] = (
    *_MODULES,
    *_SIBLINGS,
    *_CLASSES,
    *_FUNCTIONS,
    *_CONSTANTS,
    *_SHARED_METHODS,
    *_PUBLIC_METHODS,
    *_PRIVATE_METHODS,
    *_ATTRIBUTES,
    *_MANAGER_METHODS,
    *_STATE_MACHINE,
    *_CONFIG_METHODS,
    *_EXCEPTIONS,
    *_CALLBACK_KEYS,
    *_STATUS_KEYS,
)

RENAMES_BY_OLD: Mapping[str, Rename] = {rename.old: rename for rename in RENAMES}
"""``{legacy spelling: its row}``."""
