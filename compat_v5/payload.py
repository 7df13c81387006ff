"""What legacy callbacks receive: the exchange's frame, which also answers envelope look-ups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["ENVELOPE_ONLY", "Payload"]

ENVELOPE_ONLY = frozenset({"market", "data", "raw_data"})
"""Envelope keys that no frame has. ``type``, ``timestamp``, ``stream_type`` are the frame's own."""

_PRIVATE_TYPES = ("myOrder", "myAsset")


class Payload(dict[str, Any]):
    """A flat frame that old code may still treat as the six-key envelope of v5.

    Its keys are the frame's. ``[]`` and ``get`` also answer *market* (the code, or ``"PRIVATE"``),
    *data* and *raw_data* (this object itself), so both ``data["trade_price"]`` and
    ``data["data"]["trade_price"]`` work. Everything else (``in``, iteration, ``len``, ``==``,
    ``dict()``, JSON) sees the frame alone.
    """

    __slots__ = ()

    def __missing__(self, key: str) -> Any:
        if key == "data" or key == "raw_data":
            return self
        if key == "market":
            return self._market()
        raise KeyError(key)

    def _market(self) -> str:
        if dict.get(self, "type") in _PRIVATE_TYPES:
            return "PRIVATE"
        return str(dict.get(self, "code", "UNKNOWN")).upper()

    def get(self, key: str, default: Any = None, /) -> Any:
        if key in self:
            return self[key]
        try:
            return self.__missing__(key)
        except KeyError:
            return default

    def copy(self) -> Payload:
        return Payload(self)

    def __or__(self, other: Mapping[str, Any]) -> Payload:  # type: ignore[override]
        if not isinstance(other, dict):
            return NotImplemented
        return Payload(dict.__or__(self, other))

    def __ror__(self, other: Mapping[str, Any]) -> Payload:  # type: ignore[override]
        if not isinstance(other, dict):
            return NotImplemented
        return Payload(dict.__or__(dict(other), self))
