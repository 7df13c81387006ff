"""Marks are no part of what decides: a second run finds them where the first one put them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate, Migration

V5 = "from app.net.websocket_v5"
PUBLIC = f"{V5} import UpbitWebSocketPublicV5\n"
BOTH = f"{V5} import UpbitWebSocketPrivateV5, UpbitWebSocketPublicV5\n"


def run_twice(migrate: Migrate, source: str) -> Migration:
    first = migrate({"app/module.py": source})
    second = migrate(first.files)
    assert second.text() == first.text()
    return first


def test_a_mark_may_come_between_a_keep_comment_and_its_statement(migrate: Migrate) -> None:
    source = (
        f"{PUBLIC}# uws: keep[UWS101] the plugins want it\n"
        "clients = map(UpbitWebSocketPublicV5)\nfor client in clients:\n    client.connect\n"
    )
    lines = run_twice(migrate, source).text().splitlines()
    assert lines[1].startswith("# uws: keep")
    assert lines[2].startswith("# TODO(upbit-migrate UWS110)")


def test_no_import_comes_between_a_keep_comment_and_its_own(migrate: Migrate) -> None:
    comment, kept = "# uws: keep the desk", f"{V5}.exceptions import SubscriptionError"
    source = (
        f"{comment}\n{kept}\n{PUBLIC}\n\nasync def start(callback):\n    try:\n"
        "        client = UpbitWebSocketPublicV5()\n"
        "        await client.subscribe_ticker(['KRW-BTC'], callback)\n"
        "    except SubscriptionError:\n        pass\n"
    )
    assert f"{comment}\n{kept}\n" in run_twice(migrate, source).text()


@pytest.mark.parametrize(
    ("statement", "module"),
    [
        (f"import {V5[5:]} as v5", "v5"),
        ("from app.net import websocket_v5", "websocket_v5"),
        (f"import {V5[5:]}", V5[5:]),
    ],
)
def test_a_keep_comment_beside_a_module_holds_what_is_read_from_it(
    migrate: Migrate, statement: str, module: str
) -> None:
    source = f"{statement}  # uws: keep the desk\nfeed = {module}.UpbitWebSocketPublicV5()\n"
    assert run_twice(migrate, source).text() == source


def test_a_module_name_may_be_of_any_letters(migrate: Migrate) -> None:
    source = f"{V5}.upۗ import DataType\n\n\ndef kind():\n    return DataType.TICKER\n"
    assert "from compat_v5.models import DataType\n" in run_twice(migrate, source).text()
