"""What became of each legacy setting: data.

``connection.url`` alone still has an effect. The rest belongs to the one shared connection, which
has settings of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["REPLACEMENTS", "RESPELLED"]

_TICKETS = "nothing: all subscriptions of the process share one request"
_PACING = "nothing: the exchange's limits are always kept"
_LOGGING = "the standard logging module: logging.getLogger('websocket_v6')"
_EVENTS = "manager.on_connection_event(callback)"

REPLACEMENTS: Mapping[str, Mapping[str, str]] = {
    "connection": {
        "private_url": "nothing: the private endpoint is connection.url with /private added",
        "connect_timeout": "UPBIT_WS_CONNECT_TIMEOUT",
        "close_timeout": "await manager.shutdown(timeout=...)",
        "ping_interval": "UPBIT_WS_PING_INTERVAL",
        "ping_timeout": "UPBIT_WS_PONG_TIMEOUT",
        "message_timeout": "UPBIT_WS_SILENCE_SUSPICION",
    },
    "reconnection": {
        "auto_reconnect": "nothing: the shared connection always reconnects",
        "max_attempts": "nothing: the shared connection never gives up",
        "initial_delay": "UPBIT_WS_RECONNECT_FIRST",
        "max_delay": "UPBIT_WS_RECONNECT_MAX_DELAY",
        "backoff_multiplier": "UPBIT_WS_RECONNECT_MAX_DELAY",
        "min_interval": "UPBIT_WS_RECONNECT_FAST_MAX_GAP",
    },
    "subscription": {
        "max_tickets": _TICKETS,
        "enable_ticket_reuse": _TICKETS,
        "default_format": "UPBIT_WS_WIRE_FORMAT",
        "format_preference": "UPBIT_WS_WIRE_FORMAT",
        "auto_subscribe_on_connect": "nothing: subscribing connects",
        "subscription_timeout": "UPBIT_WS_SUBSCRIBE_TIMEOUT",
        "public_pool_size": _TICKETS,
        "private_pool_size": _TICKETS,
    },
    "rate_limit": {
        "requests_per_second": "UPBIT_WS_MESSAGES_PER_SECOND",
        "requests_per_minute": "UPBIT_WS_MESSAGES_PER_MINUTE",
        "burst_limit": _PACING,
        "enable_rate_limiting": _PACING,
    },
    "logging": {
        "level": _LOGGING,
        "enable_console": _LOGGING,
        "enable_file": _LOGGING,
        "file_path": _LOGGING,
        "max_file_size": _LOGGING,
        "backup_count": _LOGGING,
        "log_message_details": "UPBIT_WS_TRACE",
    },
    "event": {
        "enable_event_broker": "event_broker= of the client, or " + _EVENTS,
        "broker_type": _EVENTS,
        "broker_url": _EVENTS,
        "event_queue_size": _EVENTS,
        "enable_message_persistence": "upbit-ws record",
    },
    "security": {
        "enable_ssl_verification": "nothing: certificates are always verified",
        "api_key_env_var": "UPBIT_ACCESS_KEY",
        "secret_key_env_var": "UPBIT_SECRET_KEY",
        "jwt_expiration_minutes": "nothing: every connection signs its own token",
    },
    "performance": {
        "message_buffer_size": "UPBIT_WS_MAILBOX_SIZE, or policy= of a subscription",
        "worker_thread_count": "deliver='thread' of a subscription",
        "enable_message_compression": "UPBIT_WS_COMPRESSION",
        "memory_limit_mb": "policy= of a subscription bounds what waits",
    },
}
"""``{section: {field without effect: what to use in v6}}``."""

RESPELLED: Mapping[str, Mapping[str, str | None]] = {
    "connection": {
        "connection_timeout": "connect_timeout",
        "heartbeat_interval": None,
        "heartbeat_timeout": "message_timeout",
    },
    "reconnection": {"enabled": "auto_reconnect", "base_delay": "initial_delay"},
    "subscription": {
        "max_subscriptions": "max_tickets",
        "batch_size": None,
        "timeout": "subscription_timeout",
    },
    "performance": {
        "max_memory_mb": "memory_limit_mb",
        "enable_compression": "enable_message_compression",
    },
    "logging": {"enable_debug": None, "log_messages": "log_message_details"},
}
"""``{section: {key of the bundled websocket_config.yaml: field it means, None = no such field}}``.

The legacy package could not load its own file because of these keys."""
