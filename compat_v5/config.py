"""The legacy settings as a whole: all sections together, and reading and writing them as YAML.

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
from typing import Any

from .config_sections import (
    SECTIONS,
    ConnectionConfig,
    EventConfig,
    LoggingConfig,
    LogLevel,
    PerformanceConfig,
    RateLimitConfig,
    ReconnectionConfig,
    SecurityConfig,
    SubscriptionConfig,
    build,
    default_rate_limit,
)

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


class Environment(str, Enum):  # noqa: UP042 - str() of a member is part of the legacy contract
    """Values of ``environment``."""

    DEVELOPMENT = "development"
    TESTING = "testing"
    PRODUCTION = "production"


@dataclass
class WebSocketConfig:
    """All sections. ``connection.url`` may be assigned after a client was constructed."""

    environment: Environment = Environment.DEVELOPMENT
    connection: ConnectionConfig = field(default_factory=ConnectionConfig)
    reconnection: ReconnectionConfig = field(default_factory=ReconnectionConfig)
    subscription: SubscriptionConfig = field(default_factory=SubscriptionConfig)
    rate_limit: RateLimitConfig = field(default_factory=default_rate_limit)
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
        unknown = sorted(set(sections) - set(SECTIONS))
        if unknown:
            raise TypeError(f"no section {unknown[0]!r}; known are {', '.join(SECTIONS)}")
        built: dict[str, Any] = {
            name: build(SECTIONS[name], given)
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
