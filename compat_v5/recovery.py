"""The legacy helpers that say whether to try again after an error, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .error_codes import ErrorCode

if TYPE_CHECKING:
    from .exceptions import WebSocketError

__all__ = ["get_recovery_delay", "should_retry_error"]

_LONGEST_DELAY = 60.0
_BASE_DELAYS = {
    ErrorCode.CONNECTION_FAILED: 2.0,
    ErrorCode.CONNECTION_TIMEOUT: 5.0,
    ErrorCode.AUTHENTICATION_FAILED: 10.0,
    ErrorCode.SUBSCRIPTION_FAILED: 1.0,
    ErrorCode.MESSAGE_PARSING_FAILED: 0.1,
}
_NEVER_RETRIED = frozenset(
    {
        ErrorCode.INVALID_API_KEYS,
        ErrorCode.INVALID_CONFIG,
        ErrorCode.CONFIG_FILE_NOT_FOUND,
        ErrorCode.STATE_TRANSITION_ERROR,
        ErrorCode.MEMORY_LIMIT_EXCEEDED,
    }
)


def get_recovery_delay(error: WebSocketError, attempt: int) -> float:
    """Seconds to wait before *attempt*: a base by error code, doubled per attempt, at most 60."""
    if error.error_code is ErrorCode.RATE_LIMIT_EXCEEDED:
        base = float(error.details.get("wait_time", 1.0))
    else:
        base = _BASE_DELAYS.get(error.error_code, 1.0)
    # 2.0 ** 2000 overflows, and long before that the answer is the longest delay.
    return min(base * 2.0 ** min(attempt, 64), _LONGEST_DELAY)


def should_retry_error(error: WebSocketError, attempt: int, max_attempts: int) -> bool:
    """Whether another attempt makes sense."""
    if attempt >= max_attempts or error.error_code in _NEVER_RETRIED:
        return False
    return error.can_retry()
