"""The legacy exception tree."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat_v5 import exceptions
from compat_v5.exceptions import (
    ConfigFileNotFoundError,
    ConfigurationError,
    ErrorCode,
    InvalidAPIKeysError,
    InvalidParameterError,
    MemoryLimitExceededError,
    MessageError,
    MessageParsingError,
    MessageTimeoutError,
    RateLimitExceededError,
    RecoveryAction,
    RemovedFeatureError,
    StateTransitionError,
    SubscriptionError,
    TooManySubscriptionsError,
    UnsupportedDataTypeError,
    WebSocketAuthenticationError,
    WebSocketConnectionError,
    WebSocketConnectionTimeoutError,
    WebSocketError,
    get_recovery_delay,
    should_retry_error,
)

# error, base, code, recovery action, details
ROWS = [
    (
        WebSocketError("m", ErrorCode.TOKEN_EXPIRED, details={"a": 1}),
        Exception,
        "TOKEN_EXPIRED",
        "ABORT",
        {"a": 1},
    ),
    (
        WebSocketConnectionError("m", "ws://x"),
        WebSocketError,
        "CONNECTION_FAILED",
        "RECONNECT",
        {"url": "ws://x"},
    ),
    (
        WebSocketConnectionTimeoutError(10.0, "ws://x"),
        WebSocketConnectionError,
        "CONNECTION_TIMEOUT",
        "RECONNECT",
        {"url": "ws://x", "timeout_seconds": 10.0},
    ),
    (
        WebSocketAuthenticationError("m"),
        WebSocketError,
        "AUTHENTICATION_FAILED",
        "RECONFIGURE",
        {"auth_type": "unknown"},
    ),
    (
        InvalidAPIKeysError(),
        WebSocketAuthenticationError,
        "INVALID_API_KEYS",
        "RECONFIGURE",
        {"auth_type": "api_key"},
    ),
    (
        SubscriptionError("m", "ticker", ["KRW-BTC"]),
        WebSocketError,
        "SUBSCRIPTION_FAILED",
        "RETRY",
        {"data_type": "ticker", "symbols": ["KRW-BTC"]},
    ),
    (
        InvalidParameterError("level", 3, "too small"),
        SubscriptionError,
        "INVALID_SUBSCRIPTION_PARAMS",
        "RECONFIGURE",
        {
            "data_type": None,
            "symbols": None,
            "parameter_name": "level",
            "parameter_value": "3",
            "reason": "too small",
        },
    ),
    (
        TooManySubscriptionsError(4, 3),
        SubscriptionError,
        "TOO_MANY_SUBSCRIPTIONS",
        "RECONFIGURE",
        {"data_type": None, "symbols": None, "current_count": 4, "max_allowed": 3},
    ),
    (
        UnsupportedDataTypeError("x", ["ticker"]),
        SubscriptionError,
        "UNSUPPORTED_DATA_TYPE",
        "RECONFIGURE",
        {"data_type": "x", "symbols": None, "supported_types": ["ticker"]},
    ),
    (
        MessageError("m", "{"),
        WebSocketError,
        "MESSAGE_PARSING_FAILED",
        "RETRY",
        {"raw_message": "{"},
    ),
    (
        MessageParsingError("{", "bad"),
        MessageError,
        "MESSAGE_PARSING_FAILED",
        "RETRY",
        {"raw_message": "{"},
    ),
    (
        MessageTimeoutError(3),
        MessageError,
        "MESSAGE_TIMEOUT",
        "RETRY",
        {"raw_message": None, "timeout_seconds": 3},
    ),
    (
        ConfigurationError("m", "connection"),
        WebSocketError,
        "INVALID_CONFIG",
        "RECONFIGURE",
        {"config_section": "connection"},
    ),
    (
        ConfigFileNotFoundError("a.yaml"),
        ConfigurationError,
        "CONFIG_FILE_NOT_FOUND",
        "RECONFIGURE",
        {"config_section": None, "config_path": "a.yaml"},
    ),
    (
        RemovedFeatureError("TicketPool", "nothing"),
        NotImplementedError,
        "INVALID_CONFIG",
        "RECONFIGURE",
        {"config_section": None, "name": "TicketPool", "replacement": "nothing"},
    ),
    (
        RateLimitExceededError(6, 5, 1.5),
        WebSocketError,
        "RATE_LIMIT_EXCEEDED",
        "WAIT",
        {"current_rate": 6, "max_rate": 5, "wait_time": 1.5},
    ),
    (
        MemoryLimitExceededError(120, 100),
        WebSocketError,
        "MEMORY_LIMIT_EXCEEDED",
        "ABORT",
        {"current_usage_mb": 120, "limit_mb": 100},
    ),
    (
        StateTransitionError("A", "B"),
        WebSocketError,
        "STATE_TRANSITION_ERROR",
        "ABORT",
        {"current_state": "A", "target_state": "B"},
    ),
]
IDS = [type(row[0]).__name__ for row in ROWS]


def test_every_exported_class_has_a_row():
    classes = {name for name in exceptions.__all__ if name.endswith("Error")}
    assert classes == set(IDS)


@pytest.mark.parametrize(("error", "base", "code", "action", "details"), ROWS, ids=IDS)
def test_code_action_and_details(error, base, code, action, details):
    assert isinstance(error, base)
    assert error.error_code is ErrorCode[code]
    assert error.recovery_action is RecoveryAction[action]
    assert error.details == details
    assert error.timestamp.tzinfo is None


@pytest.mark.parametrize("error", [row[0] for row in ROWS], ids=IDS)
def test_pickle_and_copy_keep_everything(error):
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is type(error)
        assert str(twin) == str(error) != ""
        assert twin.__dict__ == error.__dict__


def test_the_text_is_the_message():
    assert str(SubscriptionError("a sentence")) == "a sentence"


def test_error_info_is_plain_data():
    error = WebSocketConnectionError("m", "ws://x", OSError("refused"))
    info = error.get_error_info()
    assert json.loads(json.dumps(info)) == info
    assert info["original_exception"] == "refused"
    assert info["timestamp"] == error.timestamp.isoformat()
    assert SubscriptionError("m").get_error_info()["original_exception"] is None


@pytest.mark.parametrize("action", RecoveryAction)
def test_retry_and_reconnect_follow_the_action(action):
    error = WebSocketError("m", ErrorCode.TOKEN_EXPIRED, action)
    assert error.can_retry() is (action.name in ("RETRY", "RECONNECT"))
    assert error.should_reconnect() is (action.name == "RECONNECT")


@pytest.mark.parametrize(
    ("error", "base"),
    [
        (WebSocketConnectionError("m"), 2.0),
        (WebSocketConnectionTimeoutError(1), 5.0),
        (WebSocketAuthenticationError("m"), 10.0),
        (RateLimitExceededError(6, 5, 1.5), 1.5),
        (SubscriptionError("m"), 1.0),
        (MessageParsingError("", ""), 0.1),
        (ConfigurationError("m"), 1.0),
    ],
)
def test_recovery_delay_doubles_from_its_base(error, base):
    assert get_recovery_delay(error, 0) == base
    assert get_recovery_delay(error, 1) == 2 * base
    assert get_recovery_delay(error, 2000) == 60.0


@given(st.sampled_from([row[0] for row in ROWS]), st.integers(0, 10_000))
def test_recovery_delay_never_exceeds_a_minute(error, attempt):
    assert 0 < get_recovery_delay(error, attempt) <= 60.0


def test_attempts_end():
    error = SubscriptionError("m")
    assert should_retry_error(error, 2, 3)
    assert not should_retry_error(error, 3, 3)


@pytest.mark.parametrize(
    "error",
    [
        InvalidAPIKeysError(),
        ConfigurationError("m"),
        ConfigFileNotFoundError("p"),
        StateTransitionError("A", "B"),
        MemoryLimitExceededError(2, 1),
    ],
)
def test_some_errors_are_never_retried(error):
    assert not should_retry_error(error, 0, 3)
    error.recovery_action = RecoveryAction.RETRY
    assert not should_retry_error(error, 0, 3)
