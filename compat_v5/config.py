"""The legacy settings: dataclasses, and reading them from YAML.

``connection.url`` is honoured: it is the endpoint of that client, and the private one is the same
with ``/private``. No other value has an effect any more; the first assignment of each that differs
from its default warns and names the v6 setting. YAML needs the extra ``v5-config``.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from .call_site import find_call_site
from .config_replacements import REPLACEMENTS, RESPELLED
from .deprecation import warn_at

__all__ = [
    "DEFAULT_CONFIG_TEMPLATE",
    "ConnectionConfig",
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
]

_ANCHOR = "MIGRATION.md#configuration"


class LogLevel(str, Enum):  # noqa: UP042 - str() of a member is part of the legacy contract
    """Values of ``logging.level``."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class Environment(str, Enum):  # noqa: UP042 - as above
    """Values of ``environment``."""

    DEVELOPMENT = "development"
    TESTING = "testing"
    PRODUCTION = "production"


def _require(condition: bool, name: str, value: object, allowed: str) -> None:
    if not condition:
        raise ValueError(f"{name}={value!r}: {allowed}")


_announced: set[str] = set()


def _announce(what: str, replacement: str) -> None:
    """Say once per process that *what* has no effect any more."""
    if what not in _announced:
        warn_at(find_call_site(), what, f"{what} has no effect any more; {replacement} ({_ANCHOR})")
        _announced.add(what)


class _Section:
    """A section whose values are kept, shown and checked, and mostly without effect."""

    _section: ClassVar[str]

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)
        replacement = REPLACEMENTS[self._section].get(name)
        if replacement is not None and value != getattr(type(self), name):
            _announce(f"{self._section}.{name}", f"in v6: {replacement}")


@dataclass
class ConnectionConfig(_Section):
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
class ReconnectionConfig(_Section):
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
class SubscriptionConfig(_Section):
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
class RateLimitConfig(_Section):
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
class LoggingConfig(_Section):
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
class EventConfig(_Section):
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
class SecurityConfig(_Section):
    """Names of environment variables, never keys. The legacy clients did not read them either.

    People put keys here all the same, so ``repr`` leaves out what may be one.
    """

    _section = "security"

    enable_ssl_verification: bool = True
    api_key_env_var: str = field(default="UPBIT_ACCESS_KEY", repr=False)
    secret_key_env_var: str = field(default="UPBIT_SECRET_KEY", repr=False)
    jwt_expiration_minutes: int = field(default=10, repr=False)


@dataclass
class PerformanceConfig(_Section):
    """Buffers and workers."""

    _section = "performance"

    message_buffer_size: int = 1000
    worker_thread_count: int = 2
    enable_message_compression: bool = False
    memory_limit_mb: int = 100


def _default_rate_limit() -> RateLimitConfig:
    """The section with its defaults, without the warning of its constructor."""
    section = RateLimitConfig.__new__(RateLimitConfig)
    section.__dict__.update(
        {spec.name: spec.default for spec in dataclasses.fields(RateLimitConfig)}
    )
    return section


_Built = TypeVar("_Built", bound=_Section)


def _build(cls: type[_Built], given: object) -> _Built:
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


@dataclass
class WebSocketConfig:
    """All sections. ``connection.url`` may be assigned after a client was constructed."""

    environment: Environment = Environment.DEVELOPMENT
    connection: ConnectionConfig = field(default_factory=ConnectionConfig)
    reconnection: ReconnectionConfig = field(default_factory=ReconnectionConfig)
    subscription: SubscriptionConfig = field(default_factory=SubscriptionConfig)
    rate_limit: RateLimitConfig = field(default_factory=_default_rate_limit)
    logging: LoggingConfig = field(default_factory=LoggingConfig)
    event: EventConfig = field(default_factory=EventConfig)
    security: SecurityConfig = field(default_factory=SecurityConfig)
    performance: PerformanceConfig = field(default_factory=PerformanceConfig)
    use_core_rate_limiter: bool = True

    @classmethod
    def from_dict(cls, config_dict: Mapping[str, Any]) -> WebSocketConfig:
        """A configuration from nested mappings; sections that are not given have their defaults.

        Raises:
            TypeError: a setting nobody knows.
            ValueError: a bad value.
        """
        sections = dict(config_dict)
        environment = Environment(sections.pop("environment", Environment.DEVELOPMENT.value))
        use_core = bool(sections.pop("use_core_rate_limiter", True))
        if level := (sections.get("logging") or {}).get("level"):
            sections["logging"] = {**sections["logging"], "level": LogLevel(level)}
        unknown = sorted(set(sections) - set(_SECTIONS))
        if unknown:
            raise TypeError(f"no section {unknown[0]!r}; known are {', '.join(_SECTIONS)}")
        built: dict[str, Any] = {
            name: _build(_SECTIONS[name], given)
            for name, given in sections.items()
            if given is not None
        }
        return cls(environment=environment, use_core_rate_limiter=use_core, **built)

    @classmethod
    def from_yaml(cls, config_path: str | PathLike[str]) -> WebSocketConfig:
        """A configuration from a file.

        Raises:
            FileNotFoundError: no such file.
            TypeError, ValueError: as ``from_dict``; ``ValueError`` also for text that is not YAML.
            MissingExtra: PyYAML is not installed.
        """
        path = Path(config_path)
        if not path.exists():
            raise FileNotFoundError(f"no configuration file {path}")
        yaml = _yaml(f"reading {path}")
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            # The library's own words quote the line, and people do write keys into this file.
            raise ValueError(f"{path} is not valid YAML: {_place(error)}") from None
        if document is None:
            document = {}
        if not isinstance(document, Mapping):
            raise ValueError(f"{path} holds no mapping of sections")
        return cls.from_dict(document)

    def to_dict(self) -> dict[str, Any]:
        """Nested plain values, which ``from_dict`` takes back."""
        result = dataclasses.asdict(self)
        result["environment"] = Environment(self.environment).value
        result["logging"]["level"] = LogLevel(self.logging.level).value
        return result

    def to_yaml(self, output_path: str | PathLike[str]) -> None:
        """Write a file that ``from_yaml`` reads.

        Raises:
            MissingExtra: PyYAML is not installed.
        """
        yaml = _yaml(f"writing {output_path}")
        text = yaml.safe_dump(self.to_dict(), allow_unicode=True, sort_keys=False)
        Path(output_path).write_text(text, encoding="utf-8")

    def get_connection_params(self) -> dict[str, float]:
        """``ping_interval``, ``ping_timeout`` and ``close_timeout`` in seconds."""
        names = ("ping_interval", "ping_timeout", "close_timeout")
        return {name: getattr(self.connection, name) for name in names}

    def is_development(self) -> bool:
        return self.environment == Environment.DEVELOPMENT

    def is_production(self) -> bool:
        return self.environment == Environment.PRODUCTION

    def get_rate_limiter(self) -> None:
        """Nothing: pacing is part of the connection."""
        return


_SECTIONS: dict[str, type[_Section]] = {
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


def _place(error: Any) -> str:
    """Where a text stops being YAML, and why, without what stands there."""
    problem = re.sub("'[^']{2,}'", "'...'", getattr(error, "problem", None) or "no reason given")
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
    return where + problem


def _yaml(feature: str) -> Any:
    try:
        import yaml
    except ImportError as error:
        from websocket_v6.exceptions import MissingExtra

        raise MissingExtra(feature, "v5-config") from error
    return yaml


DEFAULT_CONFIG_TEMPLATE = """\
# Legacy settings. Only connection.url still has an effect; see MIGRATION.md, Configuration.
environment: development

connection:
  url: "wss://api.upbit.com/websocket/v1"
  connect_timeout: 10.0
  close_timeout: 5.0
  ping_interval: 30.0
  ping_timeout: 10.0
  message_timeout: 60.0

reconnection:
  auto_reconnect: true
  max_attempts: 10
  initial_delay: 1.0
  max_delay: 60.0
  backoff_multiplier: 2.0
  min_interval: 5.0

subscription:
  max_tickets: 5
  format_preference: "auto"
  subscription_timeout: 10.0
"""


def create_default_config(config_path: str | PathLike[str]) -> None:
    """Write ``DEFAULT_CONFIG_TEMPLATE`` to *config_path*."""
    Path(config_path).write_text(DEFAULT_CONFIG_TEMPLATE, encoding="utf-8")


def load_config(config_path: str | PathLike[str] | None = None) -> WebSocketConfig:
    """The configuration in a file; the defaults when *config_path* is ``None`` or does not exist.

    Raises:
        TypeError, ValueError, MissingExtra: as ``WebSocketConfig.from_yaml``.
    """
    if config_path and Path(config_path).exists():
        return WebSocketConfig.from_yaml(config_path)
    return WebSocketConfig()
