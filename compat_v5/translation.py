"""One exception, two trees: v6 errors that leave a legacy call.

The result is an instance of the v6 class, with all its attributes, and of the legacy classes that
old ``except`` clauses name. It pickles and copies like any other error.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from websocket_v6 import exceptions as v6

from .clock import local_now
from .exceptions import (
    ConfigurationError,
    ErrorCode,
    InvalidAPIKeysError,
    RecoveryAction,
    SubscriptionError,
    WebSocketConnectionError,
    WebSocketConnectionTimeoutError,
    WebSocketError,
)

__all__ = ["connection_failure", "subscription_failure"]

Legacy = tuple[type[WebSocketError], ...]

# What each v6 error is besides SubscriptionError when a subscribe call raises it. v5 met these
# failures in connect(), so handlers around both calls must see the class connect() raised.
_BESIDES: tuple[tuple[type[Exception], Legacy], ...] = (
    (v6.AuthenticationError, (InvalidAPIKeysError,)),
    (v6.ConfigError, (ConfigurationError, WebSocketConnectionError)),
    (v6.SubscribeTimeout, (WebSocketConnectionTimeoutError,)),
    (v6.ManagerClosed, (WebSocketConnectionError,)),
    (v6.LoopUnavailable, (WebSocketConnectionError,)),
    (v6.TwoInstallations, (WebSocketConnectionError,)),
)


def _besides(error: Exception) -> Legacy:
    for cls, legacy in _BESIDES:
        if isinstance(error, cls):
            return legacy
    return ()


_made: dict[tuple[Legacy, type[Exception]], type[WebSocketError]] = {}


def _both(legacy: Legacy, modern: type[Exception]) -> type[WebSocketError]:
    """The class that is all of *legacy* and *modern*; made once per combination."""
    if (legacy, modern) not in _made:
        _made[legacy, modern] = _combine(legacy, modern)
    return _made[legacy, modern]


def _combine(legacy: Legacy, modern: type[Exception]) -> type[WebSocketError]:
    bases = tuple(cls for cls in legacy if not any(cls in other.__mro__[1:] for other in legacy))

    def __str__(self: WebSocketError) -> str:  # noqa: N807 - becomes a method
        return modern.__str__(self)

    def __reduce__(self: WebSocketError) -> tuple[Any, ...]:  # noqa: N807 - becomes a method
        return _restore, (legacy, modern, self.args, self.__dict__.copy())

    namespace = {
        "__str__": __str__,
        "__reduce__": __reduce__,
        "__module__": __name__,
        "__doc__": f"``{modern.__name__}`` as legacy code knows it.",
    }
    return type(f"{bases[0].__name__}From{modern.__name__}", (*bases, modern), namespace)


def _restore(
    legacy: Legacy, modern: type[Exception], args: tuple[Any, ...], state: dict[str, Any]
) -> WebSocketError:
    cls = _both(legacy, modern)
    # The constructors of the two trees take different arguments, so none of them runs.
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


def _translate(
    error: Exception,
    legacy: Legacy,
    code: ErrorCode,
    action: RecoveryAction,
    details: dict[str, Any],
) -> WebSocketError:
    state = {
        **error.__dict__,
        "error_code": code,
        "recovery_action": action,
        "details": details,
        "original_exception": error,
        "timestamp": local_now(),
    }
    return _restore(legacy, type(error), error.args, state)


def subscription_failure(
    error: Exception, data_type: str | None, symbols: Iterable[str] | None
) -> WebSocketError:
    """What a legacy subscribe call raises for *error*, to be raised ``from`` it."""
    details = {"data_type": data_type, "symbols": symbols}
    besides = _besides(error)
    if isinstance(error, v6.AuthenticationError):
        # Retrying with the same keys cannot help, which the code tells the recovery helpers.
        code, action = ErrorCode.INVALID_API_KEYS, RecoveryAction.RECONFIGURE
        details["auth_type"] = "api_key"
    else:
        code, action = ErrorCode.SUBSCRIPTION_FAILED, RecoveryAction.RETRY
    return _translate(error, (SubscriptionError, *besides), code, action, details)


def connection_failure(error: Exception, url: str | None) -> WebSocketError:
    """What a legacy ``connect`` raises for *error*, to be raised ``from`` it."""
    legacy: Legacy = tuple(dict.fromkeys((WebSocketConnectionError, *_besides(error))))
    return _translate(
        error, legacy, ErrorCode.CONNECTION_FAILED, RecoveryAction.RECONNECT, {"url": url}
    )
