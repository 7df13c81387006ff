"""Legacy settings: what is read, what is refused, what has no effect any more."""

from __future__ import annotations

import sys
import warnings
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import compat_v5
from compat_v5 import config_sections
from compat_v5.config import (
    ConnectionConfig,
    Environment,
    LoggingConfig,
    LogLevel,
    RateLimitConfig,
    WebSocketConfig,
    create_default_config,
    load_config,
)
from compat_v5.config_replacements import REPLACEMENTS, RESPELLED
from compat_v5.deprecation import LegacyV5Warning
from websocket_v6.exceptions import MissingExtra


@pytest.fixture(autouse=True)
def _each_setting_speaks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_sections, "_announced", set())
    monkeypatch.setenv("UPBIT_V5_WARNINGS", "once")


def test_defaults_are_silent_and_complete(tmp_path: Path) -> None:
    config = load_config()
    assert config == load_config(str(tmp_path / "missing.yaml")) == load_config("")
    assert config.connection.url == "wss://api.upbit.com/websocket/v1"
    assert config.subscription.max_tickets == 5
    assert config.rate_limit.requests_per_second == 5
    assert config.is_development()
    assert not config.is_production()
    assert config.get_rate_limiter() is None  # type: ignore[func-returns-value]
    assert config.get_connection_params() == {
        "ping_interval": 30.0,
        "ping_timeout": 10.0,
        "close_timeout": 5.0,
    }


def test_a_yaml_file_moves_the_client_and_nothing_else_speaks(tmp_path: Path) -> None:
    file = tmp_path / "ws.yaml"
    file.write_text("connection:\n  url: ws://127.0.0.1:9/websocket/v1\n")
    config = load_config(file)
    assert config.connection.url == "ws://127.0.0.1:9/websocket/v1"
    config.connection.url = "ws://127.0.0.1:10/websocket/v1"
    assert config.connection.url.endswith(":10/websocket/v1")


def test_the_shipped_file_loads_without_a_word() -> None:
    file = Path(compat_v5.__file__).with_name("websocket_config.yaml")
    assert load_config(file) == load_config()


def test_the_template_loads_as_the_defaults(tmp_path: Path) -> None:
    create_default_config(tmp_path / "default.yaml")
    assert load_config(tmp_path / "default.yaml") == load_config()


def test_a_configuration_survives_writing_and_reading(tmp_path: Path) -> None:
    config = WebSocketConfig(environment=Environment.PRODUCTION)
    config.connection.url = "ws://127.0.0.1:9/websocket/v1"
    config.logging.level = LogLevel.INFO
    with pytest.warns(LegacyV5Warning, match="RateLimitConfig"):
        assert WebSocketConfig.from_dict(config.to_dict()) == config
    config.to_yaml(tmp_path / "ws.yaml")
    again = WebSocketConfig.from_yaml(tmp_path / "ws.yaml")
    assert again == config
    assert again.logging.level is LogLevel.INFO
    assert again.is_production()


def test_the_file_legacy_applications_have_is_understood(tmp_path: Path) -> None:
    file = tmp_path / "ws.yaml"
    file.write_text(
        "connection: {connection_timeout: 10.0, heartbeat_interval: 5, heartbeat_timeout: 60.0}\n"
        "reconnection: {enabled: true, base_delay: 1.0}\n"
        "logging: {level: INFO, enable_debug: true}\n"
        "performance:\n"
    )
    assert load_config(file) == load_config()
    for section, keys in RESPELLED.items():
        known = {spec.name for spec in fields(type(getattr(load_config(), section)))}
        assert {name for name in keys.values() if name} <= known
        assert not set(keys) & known


@pytest.mark.parametrize(
    ("document", "error", "words"),
    [
        ("connection: {urll: x}", TypeError, "connection has no setting 'urll'"),
        ("connexion: {}", TypeError, "no section 'connexion'; known are connection"),
        ("connection: 5", TypeError, "connection=5: must be a mapping"),
        ("connection: {connect_timeout: 0}", ValueError, "connect_timeout=0: must be above"),
        ("reconnection: {max_attempts: -1}", ValueError, "max_attempts=-1"),
        ("reconnection: {backoff_multiplier: 0.5}", ValueError, "backoff_multiplier=0.5"),
        ("subscription: {max_tickets: 11}", ValueError, "must be from 1 to 10"),
        ("subscription: {private_pool_size: 6}", ValueError, "must be from 1 to 5"),
        ("subscription: {format_preference: short}", ValueError, "auto, simple or default"),
        ("rate_limit: {requests_per_second: 0}", ValueError, "requests_per_second=0"),
        ("logging: {enable_file: true}", ValueError, "file_path=None"),
        ("logging: {level: LOUD}", ValueError, "LOUD"),
        ("event: {enable_event_broker: true, broker_type: fax}", ValueError, "broker_type='fax'"),
        ("environment: moon", ValueError, "moon"),
        ("connection: [", ValueError, "not valid YAML"),
        ("- a\n- b", ValueError, "no mapping of sections"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    document: str,
    error: type[Exception],
    words: str,
) -> None:
    monkeypatch.setenv("UPBIT_V5_WARNINGS", "off")
    file = tmp_path / "ws.yaml"
    file.write_text(document)
    with pytest.raises(error, match=words):
        load_config(file)


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("")
    assert load_config(tmp_path / "empty.yaml") == load_config()


def test_from_yaml_insists_on_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing\.yaml"):
        WebSocketConfig.from_yaml(tmp_path / "missing.yaml")


def test_without_pyyaml_the_error_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    file = tmp_path / "ws.yaml"
    file.write_text("connection: {}")
    with pytest.raises(MissingExtra, match=r"upbit-websocket-v6\[v5-config\]"):
        load_config(file)
    with pytest.raises(MissingExtra, match="writing"):
        load_config().to_yaml(file)


def test_a_value_without_effect_warns_once_at_the_users_line() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        config = WebSocketConfig(connection=ConnectionConfig(ping_interval=20.0))
        config.connection.ping_interval = 25.0
        config.reconnection.max_attempts = 3
    texts = [str(warning.message) for warning in caught]
    assert len(texts) == 2
    assert "connection.ping_interval has no effect" in texts[0]
    assert "UPBIT_WS_PING_INTERVAL" in texts[0]
    assert "MIGRATION.md#configuration" in texts[0]
    assert "reconnection.max_attempts" in texts[1]
    assert {warning.category for warning in caught} == {LegacyV5Warning}
    assert {warning.filename for warning in caught} == {__file__}


def test_the_endpoint_and_default_values_never_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        config = WebSocketConfig(connection=ConnectionConfig(url="ws://localhost:1/x"))
        config.connection.ping_interval = 30.0
        config.logging = LoggingConfig(level=LogLevel.INFO)


def test_constructing_a_rate_limit_warns_as_it_did() -> None:
    with pytest.warns(DeprecationWarning, match="always kept"):
        limits = RateLimitConfig()
    assert limits == load_config().rate_limit


def test_every_setting_but_the_endpoint_says_what_became_of_it() -> None:
    config: Any = load_config()
    for section, replacements in REPLACEMENTS.items():
        names = {spec.name for spec in fields(type(getattr(config, section)))}
        assert set(replacements) == names - ({"url"} if section == "connection" else set())


def test_every_v6_setting_named_there_exists() -> None:
    from websocket_v6.config import Config

    known = {f"UPBIT_WS_{spec.name.upper()}" for spec in fields(Config)}
    for replacements in REPLACEMENTS.values():
        named = {word.rstrip(",") for text in replacements.values() for word in text.split()}
        assert {word for word in named if word.startswith("UPBIT_WS_")} <= known


@pytest.mark.parametrize("name", ["DEBUG", "INFO", "WARNING", "ERROR"])
def test_log_levels_are_strings(name: str) -> None:
    assert LogLevel(name) == name
