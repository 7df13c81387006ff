"""Bytes from the exchange to frames with long keys, status, list reply or error.

All four formats come out alike. A message is one JSON object, or with the ``*_LIST`` formats an array of
one or more (Upbit WebSocket guide, formats).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from ..exceptions import DecodeError
from ..subscription import EVERY_CODE
from .fields import expand

__all__ = ["ListReply", "Listed", "ServerError", "Status", "interpret", "parse"]

_SAMPLE = 120
_LONGEST_TEXT = 1000
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Status:
    """``{"status": "UP"}``: the server's heartbeat."""

    status: str


@dataclass(frozen=True, slots=True)
class ServerError:
    """An error frame; the server closes the connection with code 1000 right after it."""

    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of a list reply. *codes* is empty where the exchange names none (myAsset)."""

    data_type: str
    codes: tuple[str, ...]
    level: float = 0


@dataclass(frozen=True, slots=True)
class ListReply:
    """What the exchange says it holds for this connection."""

    ticket: str
    entries: tuple[Listed, ...]


def parse(payload: bytes | bytearray | memoryview | str, *, private: bool = False) -> Any:
    """The JSON value of one message, numbers as ``json.loads`` gives them.

    Args:
        private: keep the content out of the error.

    Raises:
        DecodeError: not JSON, not UTF-8, or nested too deeply.
    """
    try:
        return _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raw = payload.encode() if isinstance(payload, str) else bytes(payload)
        sample = "" if private else raw[:_SAMPLE].decode(errors="replace")
        raise DecodeError(str(error), len(raw), sample) from None


def interpret(value: Any) -> dict[str, Any] | Status | ServerError | ListReply:
    """One parsed object: a data frame with long keys, or one of the other three.

    Raises:
        DecodeError: not an object, or an object without a type.
    """
    if type(value) is not dict:
        raise DecodeError(f"an object was expected, not {type(value).__name__}", 0)
    if isinstance(value.get("type"), str):
        return value
    if isinstance(value.get("ty"), str):
        frame = expand(value)
        frame["type"] = value["ty"]  # whatever else the frame calls its type
        return frame
    error = value.get("error")
    if isinstance(error, dict):
        return ServerError(_text(error.get("name", "UNKNOWN")), _text(error.get("message", "")))
    if "method" in value or "mthd" in value:
        return _list_reply(value)
    if "status" in value:
        return Status(_text(value["status"]))
    keys = ", ".join(list(value)[:8])
    raise DecodeError(f"an object without a type (keys: {keys[:_SAMPLE]})", 0)


def _text(value: object) -> str:
    """A value that should be a string, as one that is short enough for a log."""
    if isinstance(value, str | int | float):
        return str(value)[:_LONGEST_TEXT]
    return "" if value is None else f"<{type(value).__name__}>"


def _list_reply(value: dict[str, Any]) -> ListReply:
    result = value.get("result", value.get("rslt"))
    entries = [
        Listed(
            _text(entry.get("type", entry.get("ty"))),
            _codes(entry.get("codes", entry.get("cds"))),
            _level(entry.get("level", entry.get("lv"))),
        )
        for entry in (result if isinstance(result, list) else ())
        if isinstance(entry, dict)
    ]
    return ListReply(_text(value.get("ticket", value.get("tckt"))), tuple(entries))


def _codes(value: object) -> tuple[str, ...]:
    return tuple(_text(code) for code in value) if isinstance(value, list) else ()


def _level(value: object) -> float:
    """The level as a number: the documentation writes it as string, as double and as number."""
    if isinstance(value, int | float):
        return value
    try:
        return float(value) if isinstance(value, str) else 0
    except ValueError:
        return 0


def listed_topics(reply: ListReply) -> set[tuple[str, str]]:
    """``(data_type, code)`` of everything listed, unit suffixes taken off.

    An entry without codes stands for the whole type: code ``"*"``.
    """
    topics: set[tuple[str, str]] = set()
    for entry in reply.entries:
        codes = entry.codes or (EVERY_CODE,)
        topics.update((entry.data_type, code.partition(".")[0]) for code in codes)
    return topics
