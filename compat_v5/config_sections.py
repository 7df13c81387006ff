"""The sections of the legacy settings: dataclasses that keep, show and check what they are given."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, TypeVar

from .call_site import find_call_site
from .config_replacements import REPLACEMENTS, RESPELLED
from .deprecation import warn_at

__all__ = [
    "SECTIONS",
    "ConnectionConfig",
    "EventConfig",
    "LogLevel",
    "LoggingConfig",
    "PerformanceConfig",
    "RateLimitConfig",
    "ReconnectionConfig",
    "SecurityConfig",
    "SubscriptionConfig",
    "build",
    "default_rate_limit",
]

_ANCHOR = "MIGRATION.md#configuration"


class LogLevel(str, Enum):  # noqa: UP042 - str() of a member is part of the legacy contract
    """Values of ``logging.level``."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


def _require(condition: bool, name: str, value: object, allowed: str) -> None:
    if not condition:
        raise ValueError(f"{name}={value!r}: {allowed}")


_announced: set[str] = set()


def _announce(what: str, replacement: str) -> None:
    """Say once per process that *what* has no effect any more."""
    if what not in _announced:
        warn_at(find_call_site(), what, f"{what} has no effect any more; {replacement} ({_ANCHOR})")
        _announced.add(what)


class Section:
    """A section whose values are kept, shown and checked, and mostly without effect."""

    _section: ClassVar[str]

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)
        replacement = REPLACEMENTS[self._section].get(name)
        if replacement is not None and value != getattr(type(self), name):
            _announce(f"{self._section}.{name}", f"in v6: {replacement}")


@dataclass
class ConnectionConfig(Section):
    """Endpoint and times in seconds."""

    _section = "connection"

    url: str = "wss://api.upbit.com/websocket/v1"
    private_url: str = "wss://api.upbit.com/websocket/v1/private"
    connect_timeout: float = 10.0
    close_timeout: float = 5.0
    ping_interval: float = 30.0
    ping_timeout: float = 10.0
    message_timeout: float = 60.0

    def __post_init__(self) -> None:
        for name in ("connect_timeout", "ping_interval"):
            _require(getattr(self, name) > 0, name, getattr(self, name), "must be above 0 seconds")


@dataclass
class ReconnectionConfig(Section):
    """Delays in seconds."""

    _section = "reconnection"

    auto_reconnect: bool = True
    max_attempts: int = 10
    initial_delay: float = 1.0
    max_delay: float = 60.0
    backoff_multiplier: float = 2.0
    min_interval: float = 5.0

    def __post_init__(self) -> None:
        _require(self.max_attempts >= 0, "max_attempts", self.max_attempts, "must be 0 or more")
        _require(
            self.initial_delay > 0, "initial_delay", self.initial_delay, "must be above 0 seconds"
        )
        _require(
            self.backoff_multiplier >= 1,
            "backoff_multiplier",
            self.backoff_multiplier,
            "must be 1 or more",
        )


@dataclass
class SubscriptionConfig(Section):
    """Tickets and formats; ``subscription_timeout`` in seconds."""

    _section = "subscription"

    max_tickets: int = 5
    enable_ticket_reuse: bool = True
    default_format: str = "DEFAULT"
    format_preference: str = "auto"
    auto_subscribe_on_connect: bool = False
    subscription_timeout: float = 10.0
    public_pool_size: int = 3
    private_pool_size: int = 2

    def __post_init__(self) -> None:
        for name, most in (("max_tickets", 10), ("public_pool_size", 10), ("private_pool_size", 5)):
            value = getattr(self, name)
            _require(1 <= value <= most, name, value, f"must be from 1 to {most}")
        _require(
            self.format_preference in ("auto", "simple", "default"),
            "format_preference",
            self.format_preference,
            "must be auto, simple or default",
        )


@dataclass
class RateLimitConfig(Section):
    """Requests per time. Constructing one warns, as it did: the limits are the connection's own."""

    _section = "rate_limit"

    requests_per_second: int = 5
    requests_per_minute: int = 100
    burst_limit: int = 10
    enable_rate_limiting: bool = True

    def __post_init__(self) -> None:
        _announce("RateLimitConfig", "the exchange's limits are always kept")
        for name in ("requests_per_second", "requests_per_minute"):
            _require(getattr(self, name) > 0, name, getattr(self, name), "must be above 0")


@dataclass
class LoggingConfig(Section):
    """How the legacy package logged."""

    _section = "logging"

    level: LogLevel = LogLevel.INFO
    enable_console: bool = True
    enable_file: bool = False
    file_path: str | None = None
    max_file_size: str = "10MB"
    backup_count: int = 5
    log_message_details: bool = False

    def __post_init__(self) -> None:
        _require(
            not self.enable_file or bool(self.file_path),
            "file_path",
            self.file_path,
            "needed because enable_file is on",
        )


@dataclass
class EventConfig(Section):
    """Which event broker an application used."""

    _section = "event"

    enable_event_broker: bool = False
    broker_type: str = "memory"
    broker_url: str | None = field(default=None, repr=False)  # may hold a password
    event_queue_size: int = 1000
    enable_message_persistence: bool = False

    def __post_init__(self) -> None:
        _require(
            not self.enable_event_broker or self.broker_type in ("memory", "redis", "rabbitmq"),
            "broker_type",
            self.broker_type,
            "must be memory, redis or rabbitmq",
        )


@dataclass
class SecurityConfig(Section):
    """Names of environment variables, never keys. The legacy clients did not read them either.

    People put keys here all the same, so ``repr`` leaves out what may be one.
    """

    _section = "security"

    enable_ssl_verification: bool = True
    api_key_env_var: str = field(default="UPBIT_ACCESS_KEY", repr=False)
    secret_key_env_var: str = field(default="UPBIT_SECRET_KEY", repr=False)
    jwt_expiration_minutes: int = field(default=10, repr=False)


@dataclass
class PerformanceConfig(Section):
    """Buffers and workers."""

    _section = "performance"

    message_buffer_size: int = 1000
    worker_thread_count: int = 2
    enable_message_compression: bool = False
    memory_limit_mb: int = 100


def default_rate_limit() -> RateLimitConfig:
    """The section with its defaults, without the warning of its constructor."""
    section = RateLimitConfig.__new__(RateLimitConfig)
    section.__dict__.update(
        {spec.name: spec.default for spec in dataclasses.fields(RateLimitConfig)}
    )
    return section


SECTIONS: dict[str, type[Section]] = {
    section._section: section
    for section in (
        ConnectionConfig,
        ReconnectionConfig,
        SubscriptionConfig,
        RateLimitConfig,
        LoggingConfig,
        EventConfig,
        SecurityConfig,
        PerformanceConfig,
    )
}


_Built = TypeVar("_Built", bound=Section)


def build(cls: type[_Built], given: object) -> _Built:
    """One section from a mapping, with the keys of the bundled file understood.

    Raises:
        TypeError: not a mapping, or a key the section does not have.
        ValueError: a bad value.
    """
    section = cls._section
    if not isinstance(given, Mapping):
        raise TypeError(f"{section}={given!r}: must be a mapping of settings")
    respelled = RESPELLED.get(section, {})
    known = [spec.name for spec in dataclasses.fields(cls)]  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key, value in given.items():
        name = respelled.get(key, key)
        if name is None:
            continue
        if name not in known:
            raise TypeError(f"{section} has no setting {key!r}; known are {', '.join(known)}")
        values[name] = value
    return cls(**values)
