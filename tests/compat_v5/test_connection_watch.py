"""Which events of the shared connections concern a client."""

from __future__ import annotations

import pytest

from compat_v5.connection_watch import concerns
from websocket_v6 import Credentials

KEYS = Credentials("TEST-ACCESS-KEY", "TEST-SECRET-KEY")
OTHER = Credentials("TEST-ACCESS-KEY-OTHER", "TEST-SECRET-KEY-OTHER")
URL = "ws://127.0.0.1:5000/websocket/v1"


@pytest.mark.parametrize(
    ("connection", "private", "account", "endpoint", "expected"),
    [
        ("public", False, None, None, True),
        ("public/level-1", False, None, None, True),
        ("public@127.0.0.1:5000", False, None, URL, True),
        ("public@127.0.0.1:6000", False, None, URL, False),
        ("public@127.0.0.1:5000", False, None, None, False),
        ("private:default", False, None, None, False),
        ("manager", False, None, None, False),
        ("public", True, None, None, False),
        ("private:default", True, None, None, True),
        (f"private:key-{KEYS.fingerprint}", True, KEYS, None, True),
        (f"private:key-{OTHER.fingerprint}", True, KEYS, None, False),
        (f"private:key-{KEYS.fingerprint}@127.0.0.1:5000", True, KEYS, URL, True),
    ],
)
def test_concerns(connection, private, account, endpoint, expected):
    assert concerns(connection, private, account, endpoint) is expected
