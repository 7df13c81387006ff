"""The legacy exception tree: classes and constructor arguments; codes and recovery helpers come along.

::

    WebSocketError
    ├── WebSocketConnectionError
    │   └── WebSocketConnectionTimeoutError
    ├── WebSocketAuthenticationError
    │   └── InvalidAPIKeysError
    ├── SubscriptionError
    │   ├── InvalidParameterError
    │   ├── TooManySubscriptionsError
    │   └── UnsupportedDataTypeError
    ├── MessageError
    │   ├── MessageParsingError
    │   └── MessageTimeoutError
    ├── ConfigurationError
    │   ├── ConfigFileNotFoundError
    │   └── RemovedFeatureError (NotImplementedError)    a name of an older generation was used
    ├── RateLimitExceededError
    ├── MemoryLimitExceededError
    └── StateTransitionError          not the one the state machine raises: see ``compat_v5.state``

What comes from ``websocket_v6`` through a legacy call is an instance of both trees: see
``compat_v5.translation``. ``str(error)`` is the message.

The module is long because each class documents itself: what happened, why, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypedDict

from .clock import local_now
from .error_codes import ErrorCode, RecoveryAction
from .recovery import get_recovery_delay, should_retry_error

__all__ = [
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
    "RemovedFeatureError",
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
]


class ErrorInfo(TypedDict):
    """What ``WebSocketError.get_error_info`` returns. *timestamp* is an ISO text."""

    message: str
    error_code: str
    recovery_action: str
    timestamp: str
    details: dict[str, Any]
    original_exception: str | None


def _restore(
    cls: type[WebSocketError], args: tuple[Any, ...], state: dict[str, Any]
) -> WebSocketError:
    """Unpickle without the constructor, whose arguments are not what ``args`` holds."""
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(state)
    return error


class WebSocketError(Exception):
    """Base of everything the legacy clients raise.

    What happened:
        A legacy client could not do what it was asked.

    Why:
        It is never raised itself: the class below it and `error_code` name the cause.

    What to do:
        Catch it as before. `can_retry()` says whether another attempt makes sense.

    Args:
        message: the sentence ``str()`` shows.
        error_code: what went wrong.
        recovery_action: what the caller may do.
        details: data about the failure, by name.
        original_exception: the cause, where there is one.

    *timestamp* is the naive local time of construction.
    """

    error_code: ErrorCode
    recovery_action: RecoveryAction
    details: dict[str, Any]
    original_exception: BaseException | None
    timestamp: datetime

    def __init__(
        self,
        message: str,
        error_code: ErrorCode,
        recovery_action: RecoveryAction = RecoveryAction.ABORT,
        details: Mapping[str, Any] | None = None,
        original_exception: BaseException | None = None,
    ) -> None:
        super().__init__(message)
        self.error_code = error_code
        self.recovery_action = recovery_action
        self.details = dict(details or {})
        self.original_exception = original_exception
        self.timestamp = local_now()

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__.copy())

    def get_error_info(self) -> ErrorInfo:
        """The error as plain data."""
        original = self.original_exception
        return {
            "message": str(self),
            "error_code": self.error_code.value,
            "recovery_action": self.recovery_action.value,
            "timestamp": self.timestamp.isoformat(),
            "details": self.details,
            "original_exception": None if original is None else str(original),
        }

    def can_retry(self) -> bool:
        """Whether the action is RETRY or RECONNECT."""
        return self.recovery_action in (RecoveryAction.RETRY, RecoveryAction.RECONNECT)

    def should_reconnect(self) -> bool:
        """Whether the action is RECONNECT."""
        return self.recovery_action is RecoveryAction.RECONNECT


class WebSocketConnectionError(WebSocketError):
    """No connection. ``details``: *url* (``None`` = unknown).

    What happened:
        No connection to the exchange.

    Why:
        On `compat_v5` a subscribe call raises it when no connection was ever made: `connect()` itself
        opens nothing. A loss later heals by itself and raises nothing.

    What to do:
        Run `upbit-ws doctor`, then subscribe again.
    """

    def __init__(
        self,
        message: str,
        url: str | None = None,
        original_exception: BaseException | None = None,
    ) -> None:
        super().__init__(
            message,
            ErrorCode.CONNECTION_FAILED,
            RecoveryAction.RECONNECT,
            {"url": url},
            original_exception,
        )


class WebSocketConnectionTimeoutError(WebSocketConnectionError):
    """No connection in time. ``details``: *url*, *timeout_seconds*.

    What happened:
        No connection was made in time; the subscription was withdrawn.

    Why:
        No network, a name that does not resolve, or a firewall. It is a v6 `SubscribeTimeout` as well.

    What to do:
        Run `upbit-ws doctor`: it names the step that fails. Then subscribe again.
    """

    def __init__(self, timeout_seconds: float, url: str | None = None) -> None:
        super().__init__(f"no connection within {timeout_seconds:g} s", url)
        self.error_code = ErrorCode.CONNECTION_TIMEOUT
        self.details["timeout_seconds"] = timeout_seconds


class WebSocketAuthenticationError(WebSocketError):
    """Keys or token were not accepted. ``details``: *auth_type*.

    What happened:
        Keys or token were not accepted.

    Why:
        Only the class below it is raised: every connection signs its own token, which cannot expire
        under way.

    What to do:
        Catch it as before; give the private client valid keys.
    """

    def __init__(self, message: str, auth_type: str = "unknown") -> None:
        super().__init__(
            message,
            ErrorCode.AUTHENTICATION_FAILED,
            RecoveryAction.RECONFIGURE,
            {"auth_type": auth_type},
        )


class InvalidAPIKeysError(WebSocketAuthenticationError):
    """Keys are missing or wrong. ``details``: *auth_type* = ``"api_key"``.

    What happened:
        A private client has no usable keys.

    Why:
        None were passed and the variables are not set, access key and secret key are identical, or the
        exchange refused them.

    What to do:
        Pass both keys, or set `UPBIT_ACCESS_KEY` and `UPBIT_SECRET_KEY`; `upbit-ws doctor` says whether
        they are accepted.
    """

    def __init__(
        self,
        message: str = (
            "no Upbit keys: pass access_key and secret_key, or set UPBIT_ACCESS_KEY and "
            "UPBIT_SECRET_KEY"
        ),
    ) -> None:
        super().__init__(message, "api_key")
        self.error_code = ErrorCode.INVALID_API_KEYS


class SubscriptionError(WebSocketError):
    """A subscription failed. ``details``: *data_type*, *symbols* (``None`` = not given).

    What happened:
        A subscribe call failed; the client stays as it was.

    Why:
        The client is not connected, the arguments could never work, or the exchange rejected the
        request. What v6 raises below a legacy call is an instance of this class, too.

    What to do:
        Read the message: it names the value. `await connect()` before the first subscription.
    """

    def __init__(
        self,
        message: str,
        data_type: str | None = None,
        symbols: Iterable[str] | None = None,
    ) -> None:
        super().__init__(
            message,
            ErrorCode.SUBSCRIPTION_FAILED,
            RecoveryAction.RETRY,
            {"data_type": data_type, "symbols": symbols},
        )


class InvalidParameterError(SubscriptionError):
    """A bad argument. ``details`` adds *parameter_name*, *parameter_value*, *reason*.

    What happened:
        An argument of a subscription is bad.

    Why:
        Kept for code that catches or raises it; the legacy clients raise `SubscriptionError` with the
        remedy.

    What to do:
        Nothing to do. New code catches v6's `InvalidArgument`.
    """

    def __init__(self, parameter_name: str, parameter_value: object, reason: str) -> None:
        super().__init__(f"{parameter_name}={parameter_value}: {reason}")
        self.error_code = ErrorCode.INVALID_SUBSCRIPTION_PARAMS
        self.recovery_action = RecoveryAction.RECONFIGURE
        self.details.update(
            parameter_name=parameter_name, parameter_value=str(parameter_value), reason=reason
        )


class TooManySubscriptionsError(SubscriptionError):
    """More subscriptions than allowed. ``details`` adds *current_count*, *max_allowed*.

    What happened:
        There are more subscriptions than v5 had tickets for.

    Why:
        Nothing raises it any more: all subscriptions of the process travel in one request.

    What to do:
        Nothing to do; the handler may go.
    """

    def __init__(self, current_count: int, max_allowed: int) -> None:
        super().__init__(f"{current_count} subscriptions, at most {max_allowed} are allowed")
        self.error_code = ErrorCode.TOO_MANY_SUBSCRIPTIONS
        self.recovery_action = RecoveryAction.RECONFIGURE
        self.details.update(current_count=current_count, max_allowed=max_allowed)


class UnsupportedDataTypeError(SubscriptionError):
    """A data type nobody knows. ``details`` adds *supported_types*.

    What happened:
        A data type nobody knows.

    Why:
        Kept for code that catches or raises it; the legacy clients raise `SubscriptionError` with the
        known names.

    What to do:
        Nothing to do. New code catches v6's `InvalidArgument`.
    """

    def __init__(self, data_type: str, supported_types: Iterable[str]) -> None:
        supported = list(supported_types)
        super().__init__(f"{data_type!r} is none of {', '.join(map(str, supported))}", data_type)
        self.error_code = ErrorCode.UNSUPPORTED_DATA_TYPE
        self.recovery_action = RecoveryAction.RECONFIGURE
        self.details["supported_types"] = supported


class MessageError(WebSocketError):
    """A frame could not be used. ``details``: *raw_message*.

    What happened:
        A frame could not be used.

    Why:
        Nothing raises it any more: such a frame is skipped, counted and logged.

    What to do:
        Nothing to do; watch `decode_errors` in the metrics.
    """

    def __init__(self, message: str, raw_message: str | bytes | None = None) -> None:
        super().__init__(
            message,
            ErrorCode.MESSAGE_PARSING_FAILED,
            RecoveryAction.RETRY,
            {"raw_message": raw_message},
        )


class MessageParsingError(MessageError):
    """A frame is not JSON. ``details``: *raw_message*.

    What happened:
        A frame is not JSON.

    Why:
        Nothing raises it any more: such a frame is skipped, counted and logged.

    What to do:
        Nothing to do; watch `decode_errors` in the metrics.
    """

    def __init__(self, raw_message: str | bytes | None, parsing_error: object) -> None:
        super().__init__(f"the frame does not parse: {parsing_error}", raw_message)


class MessageTimeoutError(MessageError):
    """No frame in time. ``details`` adds *timeout_seconds*.

    What happened:
        No frame came in time.

    Why:
        Nothing raises it any more: a quiet market is no error.

    What to do:
        Nothing to do. v6's `get_*_snapshot` raises `SnapshotTimeout`; `explain` tells silence from a
        fault.
    """

    def __init__(self, timeout_seconds: float) -> None:
        super().__init__(f"no frame within {timeout_seconds:g} s")
        self.error_code = ErrorCode.MESSAGE_TIMEOUT
        self.details["timeout_seconds"] = timeout_seconds


class ConfigurationError(WebSocketError):
    """A bad setting. ``details``: *config_section*.

    What happened:
        A setting has a value it cannot have.

    Why:
        A `UPBIT_WS_*` variable or `UPBIT_V5_WARNINGS` holds something else than what is allowed.

    What to do:
        Correct what the message names.
    """

    def __init__(self, message: str, config_section: str | None = None) -> None:
        super().__init__(
            message,
            ErrorCode.INVALID_CONFIG,
            RecoveryAction.RECONFIGURE,
            {"config_section": config_section},
        )


class ConfigFileNotFoundError(ConfigurationError):
    """A configuration file is not there. ``details`` adds *config_path*.

    What happened:
        The configuration file that was named is not there.

    Why:
        Kept for code that catches or raises it; `WebSocketConfig.from_yaml` raises the plain
        `FileNotFoundError`, as it did in v5.

    What to do:
        Correct the path, or give none: every setting has a default.
    """

    def __init__(self, config_path: object) -> None:
        super().__init__(f"no configuration file {config_path}")
        self.error_code = ErrorCode.CONFIG_FILE_NOT_FOUND
        self.details["config_path"] = config_path


class RemovedFeatureError(ConfigurationError, NotImplementedError):
    """A name of an older generation that has nothing behind it any more.

    What happened:
        A name of an older v5 generation was used that has nothing behind it any more.

    Why:
        It drove a part of v5 that one shared connection does not have, such as tickets and buffers.

    What to do:
        Write what the message says after *Instead*.

    Args:
        name: the legacy name.
        replacement: the v6 way.

    ``details`` adds *name* and *replacement*.
    """

    def __init__(self, name: str, replacement: str) -> None:
        super().__init__(f"{name} has no effect on v6. Instead: {replacement}")
        self.details.update(name=name, replacement=replacement)


class RateLimitExceededError(WebSocketError):
    """Too many requests. ``details``: *current_rate*, *max_rate*, *wait_time* (seconds).

    What happened:
        Too many requests were made.

    Why:
        Nothing raises it any more: the manager waits by itself. Waits that the exchange asks for are
        `RateLimited` events.

    What to do:
        Nothing to do; the handler may go.
    """

    def __init__(self, current_rate: float, max_rate: float, wait_time: float) -> None:
        super().__init__(
            f"{current_rate} requests, at most {max_rate} are allowed; wait {wait_time} s",
            ErrorCode.RATE_LIMIT_EXCEEDED,
            RecoveryAction.WAIT,
            {"current_rate": current_rate, "max_rate": max_rate, "wait_time": wait_time},
        )


class MemoryLimitExceededError(WebSocketError):
    """Too much memory in use. ``details``: *current_usage_mb*, *limit_mb*.

    What happened:
        Too much memory is in use.

    Why:
        Nothing raises it any more: what waits for a slow callback is bounded by its policy.

    What to do:
        Nothing to do; the handler may go.
    """

    def __init__(self, current_usage_mb: float, limit_mb: float) -> None:
        super().__init__(
            f"{current_usage_mb} MB in use, at most {limit_mb} MB are allowed",
            ErrorCode.MEMORY_LIMIT_EXCEEDED,
            RecoveryAction.ABORT,
            {"current_usage_mb": current_usage_mb, "limit_mb": limit_mb},
        )


class StateTransitionError(WebSocketError):
    """An illegal transition. ``details``: *current_state*, *target_state*.

    What happened:
        A state cannot follow the present one.

    Why:
        Kept for code that imports it from here. The state machine raises the class of the same name in
        `compat_v5.state`, as it did in v5.

    What to do:
        Catch `compat_v5.state.StateTransitionError`.

    The state machine raises ``compat_v5.state.StateTransitionError``, which is another class.
    """

    def __init__(self, current_state: object, target_state: object) -> None:
        super().__init__(
            f"no transition from {current_state} to {target_state}",
            ErrorCode.STATE_TRANSITION_ERROR,
            RecoveryAction.ABORT,
            {"current_state": current_state, "target_state": target_state},
        )
