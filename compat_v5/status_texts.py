"""Texts with symbols that the old contract fixes as values of status dictionaries."""

from __future__ import annotations

__all__ = [
    "CONNECTED",
    "DISCONNECTED",
    "TOKEN_INVALID",
    "TOKEN_VALID",
    "overall_status",
    "performance_grade",
]

CONNECTED = "🟢 Connected"
DISCONNECTED = "🔴 Disconnected"
TOKEN_VALID = "🟢 Valid Token"  # noqa: S105 - a status text
TOKEN_INVALID = "🔴 Invalid Token"  # noqa: S105 - a status text

_OVERALL = ((90, "🟢 EXCELLENT"), (75, "🟡 GOOD"), (50, "🟠 WARNING"))
_WORST = "🔴 CRITICAL"

PERFORMANCE_GRADES = ((50.0, "EXCELLENCE"), (25.0, "READY"), (10.0, "GRADE"))
"""``(messages per second that must be exceeded, grade)``, best first; below all: DEVELOPMENT."""


def overall_status(health_score: int) -> str:
    """The text of a health score between 0 and 100."""
    for least, text in _OVERALL:
        if health_score >= least:
            return text
    return _WORST


def performance_grade(messages_per_second: float) -> str:
    """The grade of an average message rate."""
    for more_than, grade in PERFORMANCE_GRADES:
        if messages_per_second > more_than:
            return grade
    return "DEVELOPMENT"
