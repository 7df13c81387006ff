"""Constructor arguments of every generation of the legacy clients.

The names after ``event_broker`` changed five times, and with them the meaning of a positional slot.
All are accepted; what still has a meaning is kept, the rest has no effect on a shared connection.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["LegacyArguments", "read_arguments"]

OLDER_KEYWORDS = frozenset(
    {
        "max_tickets",
        "public_pool_size",
        "private_pool_size",
        "enable_compression",
        "format_preference",
        # Seen in documents only, never in code.
        "enable_dynamic_rate_limiter",
        "persistent_connection",
    }
)
_CURRENT = ("cleanup_interval", "use_dynamic_limiter", "dynamic_config")
_POOLS = ("public_pool_size", "private_pool_size", "enable_compression", "format_preference")


@dataclass(frozen=True, slots=True)
class LegacyArguments:
    """What was asked for. ``None`` = not given, except *dynamic_config*, where it is the default.

    Only *enable_compression* and *format_preference* are seen again, as attributes of the client;
    pools, tickets, clean-up intervals and limiters belong to the shared connection.
    """

    cleanup_interval: float | None = None
    use_dynamic_limiter: bool = True
    dynamic_config: object | None = None
    max_tickets: int | None = None
    public_pool_size: int | None = None
    private_pool_size: int | None = None
    enable_compression: bool | None = None
    format_preference: str | None = None


def read_arguments(
    owner: str, current: Sequence[Any], older: Sequence[Any], keywords: Mapping[str, Any]
) -> LegacyArguments:
    """Sort out which generation's arguments these are.

    Args:
        owner: the class or function, for the error message.
        current: values of cleanup_interval, use_dynamic_limiter, dynamic_config.
        older: positionals beyond them, which only older generations had.
        keywords: names the last generation does not have.

    Raises:
        TypeError: a keyword no generation had, or more positionals than any had.
    """
    for name in keywords:
        if name not in OLDER_KEYWORDS:
            known = sorted({*OLDER_KEYWORDS, *_CURRENT})
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise TypeError(f"{owner}() has no argument {name!r}{hint}")
    values = (*current, *older)
    names = _slot_names(values)
    if len(values) > len(names):
        raise TypeError(f"{owner}() takes fewer positional arguments: {older[-1]!r} has no slot")
    given = dict(zip(names, values, strict=False))
    given.update(
        {name: value for name, value in keywords.items() if hasattr(LegacyArguments, name)}
    )
    if given.get("format_preference") is not None:
        given["format_preference"] = str(given["format_preference"]).lower()
    return LegacyArguments(**given)


def _slot_names(values: Sequence[Any]) -> tuple[str, ...]:
    """Names of the positional slots after event_broker, told by the types of the values."""
    second, third = values[1], values[2]
    if isinstance(second, int) and not isinstance(second, bool):
        return _POOLS
    if isinstance(third, str):
        return ("private_pool_size", "enable_compression", "format_preference")
    if len(values) > len(_CURRENT):
        return _POOLS
    return _CURRENT
