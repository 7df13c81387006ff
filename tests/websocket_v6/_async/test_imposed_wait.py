"""What a refused handshake says about when to come again."""

from __future__ import annotations

import pytest

from websocket_v6._async.transport import _retry_after


@pytest.mark.parametrize(
    ("header", "body", "seconds"),
    [
        (None, None, None),
        (None, b"{}", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None, None),
        ("7", b"60 seconds", 7.0),
        ("2.5", None, 2.5),
        (None, b"blocked for 60 seconds", 60.0),
        ("9" * 400, None, 86_400.0),
        (None, b"9" * 400 + b" sec", 86_400.0),
    ],
)
def test_imposed_wait(header: str | None, body: bytes | None, seconds: float | None) -> None:
    assert _retry_after(header, body) == seconds
