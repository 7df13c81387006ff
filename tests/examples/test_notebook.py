"""The notebook survives cells that are run again, and carries no output."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from websocket_v6.testing import ExchangeEmulator

NOTEBOOKS = sorted((Path(__file__).parents[2] / "examples" / "notebook").glob("*.ipynb"))
RUNNER = Path(__file__).with_name("notebook_runner.py")


def test_there_is_a_notebook() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_outputs_are_stripped(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert len({cell["id"] for cell in cells}) == len(cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
async def test_cells_may_be_run_again(path: Path, tmp_path: Path) -> None:
    async with ExchangeEmulator(rate=50.0) as exchange:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(RUNNER), str(path), cwd=tmp_path,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=os.environ
            | {"UPBIT_WS_URL": exchange.url, "IPYTHONDIR": str(tmp_path), "NO_COLOR": "1"},
        )  # fmt: skip
        async with asyncio.timeout(60):
            output, errors = await process.communicate()
        held = exchange.held("public")
    assert process.returncode == 0, output.decode() + errors.decode()
    assert errors == b""
    # In a pass over all cells the one shutdown comes last, so each pass has one connection.
    assert exchange.opened("public") == 2
    assert held == set()
    assert json.loads(output.splitlines()[-1])["held"] == [1, 1]
