"""The command with the real engine, on the example application and on trees of other kinds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codemods.cli.main import main

APPLICATION = Path(__file__).parents[3] / "examples/legacy_app"
LEGACY = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
COMPONENT = f"""\
from {LEGACY}.upbit_websocket_public_client import UpbitWebSocketPublicV5


class Watcher:
    def __init__(self):
        self.client = None

    async def start(self, symbols):
        self.client = UpbitWebSocketPublicV5()
        await self.client.connect()
        self.id = await self.client.subscribe_ticker(symbols, self.on_tick)

    async def stop(self):
        await self.client.unsubscribe(self.id)
        await self.client.disconnect()

    async def on_tick(self, symbol, data_type, data):
        self.price = data.get("trade_price", 0)
"""


def contents(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not {".git", ".upbit-migrate", "__pycache__"} & set(path.parts)
    }


@pytest.fixture
def application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example application; the working directory."""
    root = tmp_path / "app"
    shutil.copytree(APPLICATION, root, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(root)
    return root


def test_the_patch_and_the_written_files_are_the_same(
    application: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = contents(application)
    assert main(["run", "."]) == 1
    assert contents(application) == before
    subprocess.run(["git", "apply", "-"], input=capfd.readouterr().out.encode(), check=True)
    patched = contents(application)
    subprocess.run([sys.executable, "-m", "compileall", "-q", "."], check=True)
    for path, content in before.items():
        (application / path).write_bytes(content)
    assert main(["run", ".", "--write"]) == 0
    assert contents(application) == patched
    assert main(["run", ".", "--write"]) == 0
    assert main(["census", "."]) == 0
    assert main(["undo"]) == 0
    assert contents(application) == before


def test_a_sub_directory_of_a_repository_takes_its_own_patch(
    application: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "-q", "."], check=True)
    monkeypatch.chdir(application / "desk")
    main(["run", ".."])
    outside = capfd.readouterr().out
    assert "+++ b/bot.py" in outside
    subprocess.run(["git", "apply", "-"], input=outside.encode(), check=True)
    monkeypatch.chdir(application)
    assert main(["run", "."]) == 0


def test_every_kind_of_file_moves_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    cells = [
        {
            "cell_type": "code",
            "source": [f"from {LEGACY} import UpbitWebSocketPublicV5\n", "%time 1"],
        },
        {
            "cell_type": "code",
            "source": "client = UpbitWebSocketPublicV5()\nawait client.connect()",
        },
        {"cell_type": "code", "source": "await client.disconnect()"},
    ]
    Path("note.ipynb").write_text(json.dumps({"cells": cells}, indent=1), "utf-8")
    Path("component.py").write_text(COMPONENT, "utf-8")
    Path("windows.py").write_bytes(b"\xef\xbb\xbf" + COMPONENT.replace("\n", "\r\n").encode())
    Path("korean.py").write_bytes(f"# -*- coding: cp949 -*-\n# 한글\n{COMPONENT}".encode("cp949"))
    Path("script").write_text(f"#!/usr/bin/env python3\n{COMPONENT}", "utf-8")
    Path("guide.md").write_text(f"# Guide\n\n```python\n{COMPONENT}```\n", "utf-8")
    Path("lookalike.py").write_text(
        "class Session:\n    async def connect(self): ...\n\nasync def f(s: Session):\n"
        "    await s.connect()  # not a websocket_v5 client\n",
        "utf-8",
    )
    assert main(["run", ".", "--markdown", "--write"]) == 0
    after = contents(tmp_path)
    assert all(b"connect()" not in after[name] for name in after if name != "lookalike.py")
    assert b"await s.connect()" in after["lookalike.py"]
    assert after["windows.py"].count(b"\n") == after["windows.py"].count(b"\r\n")
    assert "한글".encode("cp949") in after["korean.py"]
    assert b'"%time 1"' in after["note.ipynb"]
    assert main(["run", ".", "--markdown"]) == 0
    capfd.readouterr()


def test_files_that_cannot_be_analysed_are_listed_and_the_rest_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good.py").write_text(COMPONENT, "utf-8")
    bad = {
        "nul.py": COMPONENT.encode() + b"\0",
        "coding.py": b"# -*- coding: nope -*-\n" + COMPONENT.encode(),
        "latin.py": b"# caf\xe9\n" + COMPONENT.encode(),
        "syntax.py": COMPONENT.encode() + b"def (\n",
        "note.ipynb": b'{"cells": ' + LEGACY.encode(),
    }
    for name, content in bad.items():
        Path(name).write_bytes(content)
    assert main(["run", ".", "--write"]) == 3
    err = capfd.readouterr().err
    assert all(f"  {name}: " in err for name in bad)
    assert contents(tmp_path) == bad | {"good.py": Path("good.py").read_bytes()}
    assert b"websocket_v6" in Path("good.py").read_bytes()


def test_a_large_tree_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(1500):
        folder = tmp_path / f"package_{number % 40}"
        folder.mkdir(exist_ok=True)
        text = COMPONENT if number % 500 == 0 else f"x = {number}\n" * 50
        (folder / f"module_{number}.py").write_text(text, "utf-8")
    opened: dict[str, int] = {}
    os_open = os.open

    def count(path: str, *arguments: int) -> int:
        opened[str(path)] = opened.get(str(path), 0) + 1
        return os_open(path, *arguments)

    monkeypatch.setattr(os, "open", count)
    assert main(["run", "."]) == 1
    assert "1500 files read, would change 3" in capfd.readouterr().err
    assert {times for path, times in opened.items() if path.endswith(".py")} == {1}


def test_rules_and_explain_print_the_registry(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--format", "json"]) == 0
    rules = json.loads(capfd.readouterr().out)
    assert rules
    assert main(["rules"]) == 0
    listing = capfd.readouterr().out
    for rule in rules:
        assert f"{rule['code']}  {rule['title']}" in listing
        assert main(["explain", rule["code"].lower()]) == 0
        out = capfd.readouterr().out
        assert out.startswith(f"{rule['code']}: {rule['title']}")
        assert "before:" in out
        assert f"MIGRATION.md#{rule['anchor']}" in out


@pytest.mark.parametrize("codes", [["UWS101"], ["uws1", "UWS13"], ["UWS101,UWS110"]])
def test_codes_and_families_can_be_chosen(
    codes: list[str], application: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = [text for code in codes for text in ("--ignore", code)]
    assert main(["run", ".", *arguments, "--format", "json"]) in (0, 1)
    found = {
        finding["rule"]
        for file in json.loads(capfd.readouterr().out)["files"]
        for finding in file["findings"]
        if finding["outcome"] == "rewritten"
    }
    wanted = [code.upper() for text in codes for code in text.split(",")]
    assert not any(rule.startswith(code) for rule in found for code in wanted)
