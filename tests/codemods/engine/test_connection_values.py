"""The documented table of connect(), disconnect() and is_connected(): one test per cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

DOCUMENT = Path(__file__).parents[3] / "docs/upbit-migrate.md"
V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
METHODS = ("connect", "disconnect", "is_connected")
PROGRAM = f"""\
import asyncio
from {V5}.upbit_websocket_public_client import UpbitWebSocketPublicV5

c = UpbitWebSocketPublicV5()


class Desk:
    async def use(self):
        {{body}}
        return self.ok
"""


def table() -> list[tuple[str, str, str]]:
    """``(method, before, expected)`` of each cell; ``-`` is no cell."""
    cells = []
    for line in DOCUMENT.read_text("utf-8").splitlines():
        if not line.startswith("| `") or "X" not in line.split("|")[1]:
            continue
        template, *expected = [part.strip() for part in line.strip("|").split(" | ")]
        template = template.strip("`| ")
        for method, cell in zip(METHODS, expected, strict=True):
            if cell.strip("| ") != "-":
                before = (
                    template.replace("await c.X", "c.X") if method == "is_connected" else template
                )
                cells.append((method, before.replace("X", method), cell.strip("`| ")))
    return cells


CELLS = table()


def test_the_table_is_read() -> None:
    assert len(CELLS) > 50
    assert {method for method, _, _ in CELLS} == set(METHODS)


@pytest.mark.parametrize(("method", "before", "expected"), CELLS, ids=lambda cell: cell)
def test_cell(method: str, before: str, expected: str, migrate: Migrate) -> None:
    source = PROGRAM.replace("{body}", before.replace("; ", "\n        "))

    done = migrate({"app/module.py": source})

    text = done.text()
    compile(text, "module", "exec")
    assert migrate(done.files).files == done.files
    if expected == "stays":
        assert "from compat_v5.upbit_websocket_public_client import" in text
        assert before.replace("; ", "\n        ") in text
        rules = {f.rule for f in done.findings if f.outcome == "kept"}
        assert {"connect": "UWS120", "is_connected": "UWS122"}[method] in rules
        return
    assert "TODO(upbit-migrate" not in text
    wanted = "" if expected == "goes" else "        " + expected.replace("; ", "\n        ") + "\n"
    assert text.endswith(f"def use(self):\n{wanted}        return self.ok\n")


def test_a_caller_that_tests_what_is_returned_decides(migrate: Migrate) -> None:
    source = (
        PROGRAM.replace("{body}", "return await c.connect()")
        + "\n    async def start(self):\n        if not await self.use():\n            raise SystemExit\n"
    )
    text = migrate({"app/module.py": source}).text()
    assert "TODO(upbit-migrate UWS120): the value of connect() decides" in text
    source = source.replace(
        "if not await self.use():\n            raise SystemExit", "await self.use()"
    )
    assert "return None" in migrate({"app/module.py": source}).text()


def test_without_asyncio_a_coroutine_that_is_handed_on_stays(migrate: Migrate) -> None:
    source = PROGRAM.replace("{body}", "return c.connect()").replace("import asyncio\n", "")
    assert "this module has no asyncio" in migrate({"app/module.py": source}).text()
