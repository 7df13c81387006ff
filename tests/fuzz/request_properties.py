"""What must hold for every message a client can send to the emulator."""

from __future__ import annotations

import json

from websocket_v6.testing.fields import FORMATS
from websocket_v6.testing.grammar import (
    ListRequest,
    Ping,
    RejectionError,
    Subscribe,
    error_payload,
    parse,
)

__all__ = ["ERROR_NAMES", "check_request"]

ERROR_NAMES = frozenset(
    (
        "INVALID_AUTH",
        "WRONG_FORMAT",
        "NO_TICKET",
        "NO_TYPE",
        "NO_CODES",
        "INVALID_PARAM",
        "TOO_MANY_REQUEST",
    )
)


def check_request(message: bytes) -> None:
    """Every endpoint reads *message*, or answers it with an error frame that is JSON."""
    for kind in ("public", "private", "info"):
        for korean in (True, False):
            _check(message, kind, korean)
    try:
        text = message.decode()
    except UnicodeDecodeError:
        return
    _check(text, "public", True)


def _check(message: bytes | str, kind: str, korean: bool) -> None:
    try:
        request = parse(message, kind=kind, korean=korean)
    except RejectionError as rejection:
        assert rejection.name in ERROR_NAMES
        body = json.loads(error_payload(rejection))
        assert body["error"]["name"] == rejection.name
        assert set(body["error"]) == {"name", "message"}
        return
    if isinstance(request, Subscribe):
        assert request.ticket
        assert request.wire_format in FORMATS
        assert request.topics
        for (data_type, code), options in request.topics.items():
            assert type(data_type) is str
            assert type(code) is str
            assert options.units in (1, 5, 15, 30)
            assert options.level.is_finite()
            assert not (options.is_only_snapshot and options.is_only_realtime)
    elif isinstance(request, ListRequest):
        assert request.ticket
        assert request.wire_format is None or request.wire_format in FORMATS
    else:
        assert isinstance(request, Ping)
