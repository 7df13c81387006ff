"""Topics to request text.

One request is a JSON array: the ticket, one object per group of codes with equal options, the format.
It replaces everything the connection held before, so it always names everything that is wanted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ..subscription import EVERY_CODE, MY_ASSET, MY_ORDER, ORDERBOOK

__all__ = ["PING", "Item", "list_request", "subscribe_request"]

PING: Final = "PING"
"""The one message that is not an array; it starts ``{"status":"UP"}`` every 10 s."""

DEFAULT_UNITS: Final = 30


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """One topic as it stands in a request.

    *snapshot* and *realtime* say what is asked for; at least one is true. *units* and *level* are those
    of order books (``None`` = the exchange's default, 0 = native).
    """

    data_type: str
    code: str
    snapshot: bool = True
    realtime: bool = True
    units: int | None = None
    level: float = 0

    @property
    def topic(self) -> tuple[str, str]:
        return self.data_type, self.code

    @property
    def wire_code(self) -> str:
        if self.data_type == ORDERBOOK and self.units is not None and self.units != DEFAULT_UNITS:
            return f"{self.code}.{self.units}"
        return self.code


def subscribe_request(items: Iterable[Item], *, ticket: str, wire_format: str) -> str:
    """The request text for *items*, at least one.

    Codes with equal type, flags and level share one type object. ``DEFAULT`` names no format: that is
    what the exchange takes a missing one for.
    """
    groups: dict[tuple[str, bool, bool, float], list[str]] = {}
    for item in items:
        key = item.data_type, item.snapshot, item.realtime, item.level
        groups.setdefault(key, []).append(item.wire_code)
    if not groups:
        raise ValueError("an empty request is impossible: close the connection instead")
    parts: list[dict[str, Any]] = [{"ticket": ticket}]
    parts += [_type_object(*key, codes) for key, codes in groups.items()]
    return _encode(parts, wire_format)


def _type_object(
    data_type: str, snapshot: bool, realtime: bool, level: float, codes: list[str]
) -> dict[str, Any]:
    part: dict[str, Any] = {"type": data_type}
    # myAsset with codes is refused; myOrder without codes means all markets.
    if data_type != MY_ASSET and not (data_type == MY_ORDER and EVERY_CODE in codes):
        part["codes"] = codes
    if level:
        part["level"] = level
    if not realtime:
        part["is_only_snapshot"] = True
    elif not snapshot:
        part["is_only_realtime"] = True
    return part


def list_request(*, ticket: str, wire_format: str) -> str:
    """Ask what the exchange holds for this connection.

    The format in this request becomes the format of the running streams, so it is always the
    connection's own.
    """
    return _encode([{"ticket": ticket}, {"method": "LIST_SUBSCRIPTIONS"}], wire_format)


def _encode(parts: list[dict[str, Any]], wire_format: str) -> str:
    if wire_format != "DEFAULT":
        parts.append({"format": wire_format})
    return msgspec.json.encode(parts).decode()
