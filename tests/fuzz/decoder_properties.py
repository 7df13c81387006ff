"""What must hold for every message a server can send."""

from __future__ import annotations

from typing import Any

from websocket_v6.exceptions import DecodeError
from websocket_v6.protocol.decoder import (
    ListReply,
    ServerError,
    Status,
    interpret,
    listed_topics,
    parse,
)
from websocket_v6.protocol.drift import Drift
from websocket_v6.protocol.fields import expand
from websocket_v6.protocol.isolation import Copier, copier

__all__ = ["check_message"]


def check_message(payload: bytes) -> None:
    """Read *payload* as the client does: a value with known properties, or ``DecodeError``."""
    try:
        value = parse(payload)
    except DecodeError as error:
        assert len(str(error)) < 1000
        _check_private_error(payload)
        return
    for element in value if isinstance(value, list) else [value]:
        try:
            message = interpret(element)
        except DecodeError as error:
            assert len(str(error)) < 1000
            continue
        _check_interpreted(element, message, payload if element is value else None)


def _check_private_error(payload: bytes) -> None:
    """The content of a private message stays out of the error."""
    try:
        parse(payload, private=True)
    except DecodeError as error:
        assert error.sample == ""
    else:
        raise AssertionError("a message that is JSON only when it is private")


def _check_interpreted(element: Any, message: object, text: bytes | None) -> None:
    if isinstance(message, ListReply):
        assert type(message.ticket) is str
        for data_type, code in listed_topics(message):
            assert type(data_type) is str
            assert type(code) is str
    elif isinstance(message, Status):
        assert type(message.status) is str
    elif isinstance(message, ServerError):
        assert type(message.name) is str
        assert type(message.message) is str
    else:
        assert isinstance(message, dict)
        assert isinstance(message["type"], str)
        assert "ty" not in message or element is message
        assert len(message) <= len(element)
        _check_isolated(message, copier(message))
        _check_isolated(message, copier(message, text))
        drift = Drift()
        drift.check(message)
        assert len(drift.counts) <= 1001


def _check_isolated(frame: dict[str, Any], copier: Copier) -> None:
    """A copy is equal and shares no container; long keys are left alone."""
    try:
        copy = copier(frame)
    except DecodeError:
        return
    assert repr(copy) == repr(frame)  # not ==: it may hold a number that is no number
    containers = _containers(frame)
    assert containers.isdisjoint(_containers(copy))
    if "ty" not in frame and "mthd" not in frame:
        assert expand(frame) is frame


def _containers(value: object) -> set[int]:
    found: set[int] = set()
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            found.add(id(each))
            pending += each.values()
        elif isinstance(each, list):
            found.add(id(each))
            pending += each
    return found
