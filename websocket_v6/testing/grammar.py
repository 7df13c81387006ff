"""What the exchange accepts as a request, and what it answers otherwise. Pure.

Source: Upbit WebSocket guide, "Request format" and "Errors"; what the guide leaves open is decided
in ``docs/emulator.md``, "Choices".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, TypedDict

from .fields import FORMATS, PRIVATE_TYPES, PUBLIC_TYPES

__all__ = [
    "ANNOUNCEMENT_CATEGORIES",
    "INFO_TYPES",
    "ErrorName",
    "ListRequest",
    "Options",
    "Ping",
    "RejectionError",
    "Subscribe",
    "error_payload",
    "parse",
    "rejection_text",
]

INFO_TYPES: Final = frozenset({"indicator", "indicator_signal"})
ANNOUNCEMENT_CATEGORIES: Final = frozenset(
    ("notice", "trade", "wallet", "maintenance", "digital_asset", "nft", "service", "event")
)
_INDICATOR_LIMIT: Final = 100
_UNIT_COUNTS: Final = {"1": 1, "5": 5, "15": 15, "30": 30}  # any other suffix: 30

ErrorName = Literal[
    "INVALID_AUTH",
    "WRONG_FORMAT",
    "NO_TICKET",
    "NO_TYPE",
    "NO_CODES",
    "INVALID_PARAM",
    "TOO_MANY_REQUEST",
]

# Korean host, regional hosts. Empty codes and TOO_MANY_REQUEST have no recorded English text.
_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "INVALID_AUTH": ("인증 정보가 올바르지 않습니다.", "Authentication is not valid."),
    "WRONG_FORMAT": ("Format 이 맞지 않습니다.", "Requested using wrong format."),
    "NO_TICKET": ("티켓이 존재하지 않거나, 유효하지 않습니다.", "Ticket field must be contained."),
    "NO_TYPE": ("type 필드가 존재하지 않습니다.", "type field not exists."),
    "NO_CODES": ("codes 필드가 존재하지 않습니다.", "codes field not exists."),
    "INVALID_PARAM": ("codes 필드가 비어 있습니다.", "codes field is empty."),
    "TOO_MANY_REQUEST": ("요청 수 제한을 초과했습니다.", "Too many requests."),
}
_UNSUPPORTED: Final = ("{} 은 지원하지 않는 타입입니다.", "type {} is not supported.")
_UNSUPPORTED_VALUE: Final = ("{} 은 지원하지 않는 값입니다.", "{} is not supported.")
# Seen on the wire: these two put the message first, the others the name.
_MESSAGE_FIRST: Final = frozenset({"WRONG_FORMAT", "INVALID_PARAM"})


def rejection_text(name: str, korean: bool) -> str:
    """The exchange's own sentence for an error name."""
    return _TEXTS[name][not korean] if name in _TEXTS else name


@dataclass(frozen=True, slots=True)
class RejectionError(Exception):
    """A request that is answered by an error frame, and then by a close with 1000."""

    name: str
    message: str


def error_payload(rejection: RejectionError) -> bytes:
    """The error frame: always one object, whatever the connection's format."""
    body = {"name": rejection.name, "message": rejection.message}
    if rejection.name in _MESSAGE_FIRST:
        body = dict(reversed(body.items()))
    text = json.dumps({"error": body}, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace")  # half a surrogate pair may have come in


@dataclass(frozen=True, slots=True)
class Options:
    """How one (type, code) is served.

    ``asked`` is the code as it was sent, suffix included; ``units`` is 1, 5, 15 or 30; ``level`` is
    0 for the book's own price steps. Both flags false: a snapshot, then realtime.
    """

    asked: str
    units: int = 30
    level: Decimal = Decimal(0)
    is_only_snapshot: bool = False
    is_only_realtime: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ping:
    """The bare text ``PING``."""


@dataclass(frozen=True, slots=True)
class ListRequest:
    """LIST_SUBSCRIPTIONS. ``wire_format`` is ``None`` when the request names none."""

    ticket: str
    wire_format: str | None


@dataclass(frozen=True, slots=True)
class Subscribe:
    """One complete request; it replaces whatever the connection held."""

    ticket: str
    wire_format: str
    topics: Mapping[tuple[str, str], Options]


_FLAGS: Final = ("is_only_snapshot", "is_only_realtime", "isOnlySnapshot", "isOnlyRealtime")
_SUBSCRIPTION_KEYS: Final = frozenset(
    ("type", "codes", "level", "categories", "include_body", "indicators", *_FLAGS)
)


def parse(
    message: str | bytes, *, kind: str = "public", korean: bool = True
) -> Ping | ListRequest | Subscribe:
    """Read one client message.

    Args:
        message: TEXT as ``str``; BINARY is read as UTF-8.
        kind: ``public``, ``private`` or ``info``: which endpoint it came to.
        korean: the Korean host, which alone knows ``level``.

    Raises:
        RejectionError: the error frame to answer with.
    """
    return _Parser(kind, korean).parse(message)


class _Flags(TypedDict):
    is_only_snapshot: bool
    is_only_realtime: bool


class _Parser:
    def __init__(self, kind: str, korean: bool) -> None:
        self.kind = kind
        self.korean = korean

    def reject(self, name: str) -> RejectionError:
        return RejectionError(name, rejection_text(name, self.korean))

    def unsupported(self, texts: tuple[str, str], value: object) -> RejectionError:
        return RejectionError("INVALID_PARAM", texts[not self.korean].format(value))

    def parse(self, message: str | bytes) -> Ping | ListRequest | Subscribe:
        if message in ("PING", b"PING"):
            return Ping()
        objects = self._objects(message)
        ticket = _last(objects, "ticket")
        if not isinstance(ticket, str) or not ticket:
            raise self.reject("NO_TICKET")
        wire_format = _last(objects, "format", "DEFAULT")
        if wire_format not in FORMATS:
            raise self.reject("WRONG_FORMAT")
        method = _last(objects, "method")
        if method is not None:
            if method != "LIST_SUBSCRIPTIONS":
                raise self.unsupported(_UNSUPPORTED_VALUE, method)
            named = any("format" in item for item in objects)
            return ListRequest(ticket, wire_format if named else None)
        wanted = [item for item in objects if not _SUBSCRIPTION_KEYS.isdisjoint(item)]
        if not wanted:
            raise self.reject("NO_TYPE")
        topics: dict[tuple[str, str], Options] = {}
        for item in wanted:
            for topic, options in self._topics(item):
                # Of two mentions the last one wins, and it stands where the last one stood.
                topics.pop(topic, None)
                topics[topic] = options
        return Subscribe(ticket, wire_format, topics)

    def _objects(self, message: str | bytes) -> list[dict[str, Any]]:
        try:
            value = json.loads(message, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise self.reject("WRONG_FORMAT") from None
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.reject("WRONG_FORMAT")
        return value

    def _topics(self, item: dict[str, Any]) -> Iterable[tuple[tuple[str, str], Options]]:
        data_type = item.get("type")
        if data_type is None:
            raise self.reject("NO_TYPE")
        if not isinstance(data_type, str):
            raise self.reject("WRONG_FORMAT")
        self._check_endpoint(data_type)
        flags = self._flags(item)
        if data_type in INFO_TYPES:
            return self._indicator_topics(data_type, item)
        if data_type == "announcement":
            return [((data_type, "*"), Options("", extra=self._announcement(item), **flags))]
        if data_type == "myAsset":
            if "codes" in item:
                raise self.reject("WRONG_FORMAT")
            return [((data_type, "*"), Options("", **flags))]
        codes = self._codes(item, optional=data_type == "myOrder")
        if not codes:
            return [((data_type, "*"), Options("", **flags))]
        if data_type != "orderbook":
            return [((data_type, code), Options(code, **flags)) for code in codes]
        level = self._level(item)
        return [self._book_topic(code, level, flags) for code in codes]

    def _check_endpoint(self, data_type: str) -> None:
        if data_type in PUBLIC_TYPES:
            served = self.kind == "public"
        elif data_type in PRIVATE_TYPES:
            served = self.kind == "private"
            if self.kind == "public":
                raise self.reject("INVALID_AUTH")
        else:
            served = data_type in INFO_TYPES and self.kind == "info"
        if not served:
            raise self.unsupported(_UNSUPPORTED, data_type)

    def _flags(self, item: dict[str, Any]) -> _Flags:
        flags: _Flags = {
            "is_only_snapshot": item.get("is_only_snapshot", item.get("isOnlySnapshot", False)),
            "is_only_realtime": item.get("is_only_realtime", item.get("isOnlyRealtime", False)),
        }
        if not all(isinstance(flag, bool) for flag in flags.values()):
            raise self.reject("WRONG_FORMAT")
        if all(flags.values()):
            return {"is_only_snapshot": False, "is_only_realtime": False}
        return flags

    def _codes(self, item: dict[str, Any], *, optional: bool) -> list[str]:
        if "codes" not in item:
            if optional:
                return []
            raise self.reject("NO_CODES")
        codes = item["codes"]
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            raise self.reject("WRONG_FORMAT")
        if not codes and not optional:
            raise self.reject("INVALID_PARAM")
        return codes

    def _level(self, item: dict[str, Any]) -> Decimal:
        if "level" not in item:
            return Decimal(0)
        level = item["level"]
        if not self.korean or isinstance(level, bool) or not isinstance(level, (int, float, str)):
            raise self.reject("WRONG_FORMAT")
        try:
            value = Decimal(str(level))
        except InvalidOperation:
            raise self.reject("WRONG_FORMAT") from None
        if not value.is_finite():
            raise self.reject("WRONG_FORMAT")
        return value

    def _book_topic(
        self, asked: str, level: Decimal, flags: _Flags
    ) -> tuple[tuple[str, str], Options]:
        code, dot, suffix = asked.partition(".")
        if dot and not (suffix.isascii() and suffix.isdigit()):
            code = asked  # not a unit count, so the whole text is a code nobody knows
        return ("orderbook", code), Options(asked, _UNIT_COUNTS.get(suffix, 30), level, **flags)

    def _announcement(self, item: dict[str, Any]) -> dict[str, Any]:
        categories = item.get("categories", [])
        if not isinstance(categories, list) or not isinstance(
            item.get("include_body", False), bool
        ):
            raise self.reject("WRONG_FORMAT")
        for category in categories:
            if not isinstance(category, str) or category not in ANNOUNCEMENT_CATEGORIES:
                raise self.unsupported(_UNSUPPORTED_VALUE, category)
        return {"categories": tuple(categories), "include_body": item.get("include_body", False)}

    def _indicator_topics(
        self, data_type: str, item: dict[str, Any]
    ) -> list[tuple[tuple[str, str], Options]]:
        codes = self._codes(item, optional=False)
        indicators = item.get("indicators", [])
        if not isinstance(indicators, list):
            raise self.reject("WRONG_FORMAT")
        if len(codes) * max(len(indicators), 1) > _INDICATOR_LIMIT:
            raise self.reject("TOO_MANY_REQUEST")
        return [((data_type, code), Options(code)) for code in codes]


def _last(objects: list[dict[str, Any]], key: str, default: Any = None) -> Any:
    found = default
    for item in objects:
        found = item.get(key, found)
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
