"""From values to the bytes on the wire, in the four formats.

A frame is encoded once per form it is asked in and shared by every connection that wants that form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from .fields import LIST_REPLY, SHORT, SHORT_NESTED, family
from .spelling import Number, style_of

__all__ = ["Frame", "Value", "encode", "list_reply", "wire_frame", "with_totals"]

Value = object
"""str, int, bool, None, Decimal (spelled by rule), float, Number (verbatim), or lists and dicts."""

_NO_NAMES: Final[dict[str, str]] = {}


def wire_frame(payload: bytes, opcode: int = 2) -> bytes:
    """One complete unmasked WebSocket frame (RFC 6455, section 5.2); opcode 2 is BINARY."""
    size = len(payload)
    first = bytes((0x80 | opcode,))
    if size < 126:
        return first + bytes((size,)) + payload
    if size < 65536:
        return first + b"\x7e" + size.to_bytes(2, "big") + payload
    return first + b"\x7f" + size.to_bytes(8, "big") + payload


def _text(value: Value, kind: str, key: str, simple: bool, turn: int) -> str:
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Decimal):
        return style_of(kind, key, simple, turn)(value)
    if isinstance(value, Mapping):
        return _object(value, SHORT_NESTED.get((kind, key), _NO_NAMES), kind, simple, turn)
    if isinstance(value, Sequence):
        return "[" + ",".join([_text(item, kind, key, simple, turn) for item in value]) + "]"
    return json.dumps(value)


def _object(
    values: Mapping[str, Value], names: Mapping[str, str], kind: str, simple: bool, turn: int
) -> str:
    parts = []
    for key, value in values.items():
        name = names.get(key, key) if simple else key
        parts.append(f'"{name}":{_text(value, kind, key, simple, turn)}')
    return "{" + ",".join(parts) + "}"


def encode(values: Mapping[str, Value], wire_format: str, turn: int = 0) -> bytes:
    """One frame's message body.

    Args:
        values: long keys, ``type`` among them, in the order they are sent.
        wire_format: ``DEFAULT``, ``SIMPLE``, ``JSON_LIST`` or ``SIMPLE_LIST``.
        turn: rotates through the number spellings.
    """
    simple = wire_format.startswith("SIMPLE")
    kind = family(str(values.get("type")))
    text = _object(values, SHORT.get(kind, _NO_NAMES), kind, simple, turn)
    return (f"[{text}]" if wire_format.endswith("LIST") else text).encode()


def list_reply(result: Sequence[Mapping[str, Value]], ticket: str, wire_format: str) -> bytes:
    """The answer to LIST_SUBSCRIPTIONS; wrapped in an array under the two LIST formats."""
    simple = wire_format.startswith("SIMPLE")
    names = LIST_REPLY if simple else _NO_NAMES
    body = {
        names.get("method", "method"): "LIST_SUBSCRIPTIONS",
        names.get("result", "result"): [
            {names.get(key, key): value for key, value in item.items()} for item in result
        ],
        names.get("ticket", "ticket"): ticket,
    }
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_level_number)
    text = f"[{text}]" if wire_format.endswith("LIST") else text
    return text.encode(errors="replace")  # half a surrogate pair may have come in with the ticket


def _level_number(value: object) -> float | int:
    if not isinstance(value, Decimal):
        raise TypeError(f"{value!r} cannot be part of a list reply")
    return int(value) if value == value.to_integral_value() else float(value)


class Frame:
    """One data frame, before its form is known.

    Args:
        values: long keys in sending order, the complete frame. An order book holds its 30 units.
        turn: rotates through the number spellings.
    """

    __slots__ = ("_forms", "turn", "values")

    def __init__(self, values: Mapping[str, Value], turn: int = 0) -> None:
        self.values = values
        self.turn = turn
        self._forms: dict[tuple[str, int], tuple[bytes, bytes]] = {}

    def form(self, wire_format: str, units: int = 30) -> tuple[bytes, bytes]:
        """``(message body, complete WebSocket frame)``, an order book cut to its first *units*."""
        known = self._forms.get((wire_format, units))
        if known is None:
            values = self.values
            if units != 30 and "orderbook_units" in values:
                values = cut_book(values, units)
            payload = encode(values, wire_format, self.turn)
            known = self._forms[wire_format, units] = (payload, wire_frame(payload))
        return known

    def as_snapshot(self) -> Frame:
        """The same content marked SNAPSHOT."""
        return Frame({**self.values, "stream_type": "SNAPSHOT"}, self.turn)


def cut_book(values: Mapping[str, Value], units: int) -> dict[str, Value]:
    """An order book of the first *units* units, its totals summed over exactly those."""
    kept = values["orderbook_units"]
    if not isinstance(kept, list):
        return dict(values)
    return with_totals({**values, "orderbook_units": kept[:units]})


def with_totals(values: Mapping[str, Value]) -> dict[str, Value]:
    """An order book with its totals summed over the units it holds."""
    units = values["orderbook_units"]
    if not isinstance(units, list):
        return dict(values)
    ask, bid = (
        sum((Decimal(str(unit.get(key, 0))) for unit in units), Decimal(0))
        for key in ("ask_size", "bid_size")
    )
    return {**values, "total_ask_size": ask, "total_bid_size": bid}
