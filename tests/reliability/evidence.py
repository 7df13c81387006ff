"""What shows that a fault happened: a run in which it did not has survived nothing."""

from __future__ import annotations

from collections.abc import Iterator

from tests.reliability.record import Sight
from tests.reliability.schedule import FaultKind

__all__ = ["lacking"]

_COUNTED: dict[str, dict[str, int]] = {
    "close_1000": {"lost by code 1000": 1},
    "oversize": {"lost by protocol error": 1},
    "protocol_error": {"lost by protocol error": 1},
    "half_open": {"lost by no pong": 1},
    "laptop_sleep": {"lost by no pong": 1},
    "restart": {"looks at an exchange that was down": 1},
    "close_1000_after_error": {"requests refused": 1},
    "dns_failure": {"look-ups that failed": 1},
    "refused_401": {"refused with 401": 1, "AuthFailed private": 1},
    "refused_418": {"refused with 418": 1, "RateLimited public": 1},
    "refused_429": {"refused with 429": 1, "RateLimited public": 1},
    "refused_429_retry_after": {"refused with 429": 1, "RateLimited public": 1},
    "refused_503": {"refused with 503": 1},
    "too_many_request": {"requests refused": 1, "RateLimited public": 1},
    "lost_topic": {"topics that the exchange forgot": 1},
    "stalled_topic": {"tickers that were silent": 1, "lists asked for at rest": 1},
    "duplicate": {"trades sent twice": 1, "duplicate_trades": 1},
    "reorder": {"trades sent out of order": 1},
    "garbage": {"decode_errors": 1},
    "truncated_json": {"decode_errors": 1},
    "truncated_utf8": {"decode_errors": 2},
}
"""What has to happen during a fault, and how often, beside the loss of the connections it hits."""
_JUMP = 1800.0
"""Seconds that a clock has to jump."""
_NEARLY = 0.95
"""Of the shortest time: a ping may have been on its way when the connection fell silent."""


def lacking(
    kind: FaultKind, hit: int, before: Sight, after: Sight, seconds: dict[str, float]
) -> list[str]:
    """What should have happened during a fault and did not, in words.

    Args:
        hit: how many connections or topics the exchange says it hit.
        seconds: after how many of the exchange's seconds ``public`` and ``private`` data was fresh.
    """
    return [text for happened, text in _signs(kind, hit, before, after, seconds) if not happened]


def _signs(
    kind: FaultKind, hit: int, before: Sight, after: Sight, seconds: dict[str, float]
) -> Iterator[tuple[bool, str]]:
    gained = after.counts - before.counts
    yield hit > 0, "the exchange hit nothing"
    for side, away in seconds.items():
        if kind.takes(side):
            lost = gained[f"Lost {side}"] or gained[f"opened {side}"]
            yield lost > 0, f"no {side} connection was lost"
        if kind.takes(side) or kind.hits == "none":
            yield away >= kind.at_least * _NEARLY, f"{side} data was away for {away:.2f} s only"
    for name, times in _COUNTED.get(kind.name, {}).items():
        yield gained[name] >= times, f"{name}: {gained[name]}, not {times}"
    if kind.name == "clock_jump":
        moved = abs(after.exchange_clock - before.exchange_clock)
        yield moved >= _JUMP, f"the exchange's time stamps moved by {moved:.1f} s"
    if kind.name in ("own_clock_jump", "laptop_sleep"):
        moved = abs(after.client_clock - before.client_clock)
        least = _JUMP if kind.name == "own_clock_jump" else kind.at_least / 2
        yield moved >= least, f"the client's clock moved by {moved:.1f} s"
