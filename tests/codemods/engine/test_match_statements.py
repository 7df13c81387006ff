"""``match``: what a pattern captures is followed, and class patterns are instance checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
HEAD = f"""\
from {V5} import UpbitWebSocketPrivateV5, UpbitWebSocketPublicV5


class Holder:
    def __init__(self, client):
        self.client = client


async def main(public, private):
    public = UpbitWebSocketPublicV5()
    private = UpbitWebSocketPrivateV5()
"""


@pytest.mark.parametrize(
    ("subject", "pattern"),
    [
        ("public", "UpbitWebSocketPublicV5() as c"),
        ("public", "None | UpbitWebSocketPublicV5() as c"),
        ("public", "c"),
        ("[public, 1]", "[c, 1]"),
        ("[1, public]", "[_, *others, c]"),
        ('{"a": public, "b": 1}', '{"a": c, **rest}'),
        ("Holder(public)", "Holder(client=c)"),
        ("(public, 1)", "(UpbitWebSocketPublicV5() as c, 1)"),
    ],
)
def test_a_captured_client_moves(subject: str, pattern: str, migrate: Migrate) -> None:
    tail = f"    match {subject}:\n        case {pattern}:\n            await c.disconnect()\n"
    text = migrate({"app/module.py": HEAD + tail}).text()
    assert "await c.unsubscribe_all()" in text
    assert "PublicV5" not in text


def test_patterns_that_tell_the_kinds_apart_keep_both(migrate: Migrate) -> None:
    tail = """\
    for client in (public, private):
        match client:
            case UpbitWebSocketPublicV5():
                print("public")
            case UpbitWebSocketPrivateV5():
                print("private")
"""
    done = migrate({"app/module.py": HEAD + tail})
    assert tail.strip() in "\n".join(
        line for line in done.text().splitlines() if "# TODO" not in line
    )
    assert "UWS151" in done.rules("kept")


def test_what_a_look_alike_pattern_captures_is_left_alone(migrate: Migrate) -> None:
    tail = """\


class Session: ...


async def other(thing):
    match thing:
        case Session() as c:
            await c.disconnect()
"""
    assert tail in migrate({"app/module.py": HEAD + tail}).text()
