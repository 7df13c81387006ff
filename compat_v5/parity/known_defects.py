"""Defects of the old v5 package that a side-by-side run meets, by their id.

A difference that one of them explains is the old package's fault: the verdict names it and does
not count it. The layer ``compat_v5`` has all of them fixed, so there they are failures like any
other.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from .received import PRIVATE_TYPES
from .verdict import Difference, Kind

__all__ = ["DEFECTS", "Generation", "excuse", "generation_of"]

DEFECTS = MappingProxyType(
    {
        "D-1": "the private client passes `extra_headers`, which websockets 14 and later reject",
        "D-2": "private callbacks never fire: frames arrive under a symbol nobody registered",
        "D-3": "candles are never delivered",
        "D-15": "half of the private class is swallowed by a `__main__` block in mid-file",
        "D-16": "public callbacks never fire in this generation",
        "D-18": "this release of the package cannot be imported",
    }
)


@dataclass(frozen=True, slots=True)
class Generation:
    """A release group of the old package, told apart by the keywords of its constructor."""

    name: str
    public_callbacks_fire: bool


_BY_KEYWORD = {
    "cleanup_interval": Generation("D/E", public_callbacks_fire=True),
    "public_pool_size": Generation("C", public_callbacks_fire=False),
    "private_pool_size": Generation("C", public_callbacks_fire=False),
    "max_tickets": Generation("A/B", public_callbacks_fire=True),
}
_UNKNOWN = Generation("unknown", public_callbacks_fire=True)


def generation_of(client_class: Callable[..., object]) -> Generation:
    """Which generation a legacy client class belongs to."""
    parameters = inspect.signature(client_class).parameters
    return next((found for word, found in _BY_KEYWORD.items() if word in parameters), _UNKNOWN)


def excuse(difference: Difference, *, legacy: str, generation: Generation) -> Difference:
    """Name the defect that explains *difference*, if one does.

    Args:
        legacy: label of the side that runs the old package.
    """
    if difference.side != legacy:
        return difference
    defect = _defect_of(difference, generation)
    return difference if defect is None else dataclasses.replace(difference, defect=defect)


def _defect_of(difference: Difference, generation: Generation) -> str | None:
    match difference.kind:
        case Kind.FAILED if "extra_headers" in difference.detail:
            return "D-1"
        case Kind.FAILED if "message_buffer" in difference.detail:
            return "D-18"
        case Kind.FAILED if "_handle_error" in difference.detail:
            return "D-15"
        case Kind.FAILED if "minute" in difference.detail:
            return "D-3"
        case Kind.SILENT if difference.topic is not None:
            if difference.topic.data_type.startswith("candle"):
                return "D-3"
            if difference.topic.data_type in PRIVATE_TYPES:
                return "D-2"
            return None if generation.public_callbacks_fire else "D-16"
    return None
