"""Schema drift: what the exchange sends that its documentation did not say.

Nothing unknown is held back: it is passed through, counted, and reported once per kind. Of private frames
only the names of fields are reported.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any, Final

from ..subscription import PRIVATE_TYPES
from .fields import table_of

__all__ = ["Drift"]

logger = logging.getLogger(__name__)

_ENUMS: Final[dict[str, frozenset[str]]] = {
    "change": frozenset({"RISE", "EVEN", "FALL"}),
    "ask_bid": frozenset({"ASK", "BID"}),
    "stream_type": frozenset({"SNAPSHOT", "REALTIME"}),
    "market_state": frozenset({"PREVIEW", "ACTIVE", "DELISTED"}),
    "market_warning": frozenset({"NONE", "CAUTION"}),
    "order_type": frozenset({"limit", "price", "market", "best"}),
    "state": frozenset({"wait", "watch", "trade", "done", "cancel", "prevented"}),
    "time_in_force": frozenset({"ioc", "fok", "post_only"}),
    "smp_type": frozenset({"reduce", "cancel_maker", "cancel_taker"}),
}
_LIMIT: Final = 1000
"""Kinds remembered: a server that invents keys for ever must not fill the memory."""


class Drift:
    """Counts per kind, such as ``"unknown key ticker.new_field"``."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._known: dict[str, frozenset[str]] = {}

    def check(self, frame: dict[str, Any]) -> None:
        """Look at one data frame with long keys."""
        data_type = str(frame.get("type"))
        known = self._known.get(data_type)
        if known is None:
            known = self._learn(data_type)
        for key in frame.keys() - known if known else ():
            self._count("unknown_key", f"{data_type}.{str(key)[:60]}")
        for key, values in _ENUMS.items():
            value = frame.get(key)
            if value is not None and not (isinstance(value, str) and value in values):
                shown = "" if data_type in PRIVATE_TYPES else f"={_shown(value)!r}"
                self._count("unknown_value", f"{data_type}.{key}{shown}")

    def _learn(self, data_type: str) -> frozenset[str]:
        known = frozenset(table_of(data_type).names.values())
        if len(self._known) < _LIMIT:
            self._known[data_type] = known
        return known

    def unknown_type(self, data_type: str) -> None:
        self._count("unknown_type", data_type[:60])

    def _count(self, kind: str, what: str) -> None:
        name = f"{kind} {what}"
        if name not in self.counts:
            if len(self.counts) >= _LIMIT:
                name = f"{kind} (others)"
            else:
                logger.warning("schema_drift", extra={"kind": kind, "what": what})
        self.counts[name] += 1


def _shown(value: object) -> str:
    return value[:40] if isinstance(value, str) else type(value).__name__
