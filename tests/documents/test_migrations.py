"""Each `v5 NAME` block, given to the migration tool, becomes its `v6 NAME` block; both run.

`python -m tests.documents.test_migrations` writes the tool's answers into the documents.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.documents import reader

DOCUMENTS = [reader.REPOSITORY / "README.md", reader.REPOSITORY / "MIGRATION.md"]
ENTRY = """
import asyncio, json, sys
from component import *

async def main():
    {start}
    for _ in range(1000):
        if {ready}:
            break
        await asyncio.sleep(0.05)
    else:
        sys.exit("the callback was never called")
    await component.{stop}()
    print(json.dumps("done"))

asyncio.run(main())
"""
DRIVERS = {
    "component": (
        "component = PriceDisplay(); await component.start('KRW-BTC')",
        "component.price > 0",
        "stop",
    ),
    "collector": (
        "component = Collector(); await component.start(['KRW-BTC'])",
        "component.trades",
        "stop",
    ),
    "bot": (
        "import os; keys = [os.environ[f'UPBIT_{each}_KEY'] for each in ('ACCESS', 'SECRET')]; "
        "component = Bot(*keys); "
        "await component.start('KRW-BTC')",
        "component.price > 0",
        "emergency_stop",
    ),
    "readme": (
        "seen = []; import builtins; shown = print; builtins.print = "
        "lambda *words: seen.append(words) or shown(*words); "
        "component = Alarm(); await component.start(['KRW-BTC'])",
        "seen",
        "stop",
    ),
}
"""`{pair: (start it, what shows that its callback ran, method that stops it)}`."""


def pairs() -> dict[str, tuple[reader.Block, reader.Block]]:
    found: dict[str, dict[str, reader.Block]] = {}
    for path in DOCUMENTS:
        for block in reader.blocks(path):
            if block.mark[:1] in (("v5",), ("v6",)):
                found.setdefault(block.mark[1], {})[block.mark[0]] = block
    return {name: (sides["v5"], sides["v6"]) for name, sides in found.items()}


def migrated(source: str) -> str:
    """What `upbit-migrate run --write` makes of a file with this text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "component.py"
        path.write_text(source, encoding="utf-8")
        finished = subprocess.run(
            [sys.executable, "-m", "codemods", "run", folder, "--write"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(reader.REPOSITORY), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return path.read_text(encoding="utf-8")


def test_every_pair_is_complete_and_has_a_driver():
    assert set(pairs()) == set(DRIVERS)


@pytest.mark.parametrize("name", DRIVERS)
def test_tool_writes_what_the_document_shows(name: str):
    before, after = pairs()[name]
    assert migrated(before.text) == after.text


@pytest.mark.parametrize("name", DRIVERS)
@pytest.mark.parametrize("side", ["v5", "v6"])
def test_both_sides_run(name: str, side: str, environment: dict[str, str], tmp_path: Path):
    block = pairs()[name][("v5", "v6").index(side)]
    start, ready, stop = DRIVERS[name]
    (tmp_path / "component.py").write_text(block.text, encoding="utf-8")
    program = ENTRY.format(start=start, ready=ready, stop=stop)
    (tmp_path / "main.py").write_text(program, encoding="utf-8")
    finished = subprocess.run(
        [sys.executable, *(("-m", "compat_v5") if side == "v5" else ()), "main.py"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(reader.REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert json.loads(finished.stdout.splitlines()[-1]) == "done"
    assert finished.stderr == ""


def write() -> None:
    """Put the tool's answers into the documents, Korean ones included."""
    for path in [*DOCUMENTS, *(each.with_suffix(".ko.md") for each in DOCUMENTS)]:
        if not path.exists():
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        for name, (before, _) in pairs().items():
            mark = f"<!-- test: v6 {name} -->"
            if mark in lines:
                at = lines.index(mark) + 2
                end = lines.index("```", at)
                lines[at:end] = migrated(before.text).splitlines()
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
