"""Clients a person wants to stay: their imports and constructions are no work that is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

KEEP = "# uws: keep[UWS110] until the old desk goes"
ONE = f"""\
from app.net.websocket_v5 import UpbitWebSocketPublicV5


async def main():
    {KEEP}
    client = UpbitWebSocketPublicV5()
    await client.connect()
    await client.disconnect()
"""
BARE = ONE.replace(f"    {KEEP}\n", "")


@pytest.mark.parametrize(
    "source",
    [
        ONE,
        ONE.replace("from app.net.websocket_v5 import Upb", "import app.net.websocket_v5 as v5\n#")
        .replace("= Upbit", "= v5.Upbit"),
        BARE.replace("await client.connect()", "await client.connect()  # uws: keep[UWS120] wanted"),
    ],
)  # fmt: skip
def test_nothing_is_left_to_do(migrate: Migrate, source: str) -> None:
    first = migrate({"app/module.py": source})
    assert {finding.outcome for finding in first.findings} == {"deliberate"}
    assert "compat_v5" in first.text()
    assert "TODO" not in first.text()
    second = migrate(first.files)
    assert second.text() == first.text()
    assert {finding.outcome for finding in second.findings} == {"deliberate"}


def test_an_import_that_others_keep_too_is_left_to_do(migrate: Migrate) -> None:
    other = (
        "\n\nasync def other(taker):\n    client = UpbitWebSocketPublicV5()\n    client.websocket\n"
    )
    done = migrate({"app/module.py": ONE + other})
    outcomes = {f.outcome for f in done.findings if f.line == 1}
    assert outcomes == {"kept"}


def test_a_client_that_stays_for_another_reason_too_is_left_to_do(migrate: Migrate) -> None:
    source = BARE.replace(
        "    await client.disconnect()\n",
        "    await client.disconnect()  # uws: keep[UWS121] wanted\n    client.websocket\n",
    )
    done = migrate({"app/module.py": source})
    construction = [f for f in done.findings if f.line == 5]
    assert [f.outcome for f in construction] == ["kept"]
    assert "wanted" not in construction[0].message
