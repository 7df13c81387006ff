"""The demo: a v5 program runs, is migrated, runs again, and received the same."""

from __future__ import annotations

import argparse
import filecmp
import re
import subprocess
import sys
from pathlib import Path

import pytest

from codemods.cli.run import migrate
from compat_v5.parity import cli, demo
from compat_v5.parity.demo import legacy_app


def run_demo(*argv: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "codemods", "demo", *argv],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=90,
    )


def test_before_and_after_receive_the_same_on_one_connection_of_each_kind(tmp_path: Path) -> None:
    work = tmp_path / "work"
    done = run_demo(f"--work={work}", "--frames=60", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("SAME: 13 topics")
    assert "sockets  before: 1 private, 1 public   after: 1 private, 1 public" in done.stdout
    assert "mentions   0 legacy mentions left" in done.stdout
    for step in range(1, 5):
        assert f"[{step}/4]" in done.stderr

    unchanged = filecmp.dircmp(legacy_app(), work / "before")
    assert (unchanged.diff_files, unchanged.left_only) == ([], [])
    sources = "".join(path.read_text() for path in (work / "after").rglob("*.py"))
    assert "websocket_v5" not in sources
    assert "websocket_v6" in sources
    assert "<svg" in (work / "report.html").read_text(encoding="utf-8")
    diff = re.search(r"^diff +(.+)$", done.stdout, re.MULTILINE)
    assert diff is not None
    assert "+from websocket_v6 import" in Path(diff[1]).read_text(encoding="utf-8")


def test_a_difference_is_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def careless(root: Path, **options: object) -> object:
        migration = migrate(root, **options)
        collector = root / "desk" / "collector.py"
        text = collector.read_text()
        assert "subscribe_trade(self.symbols, self.on_trade)" in text
        collector.write_text(
            text.replace(
                "subscribe_trade(self.symbols, self.on_trade)",
                "subscribe_ticker(self.symbols, self.on_ticker)",
            )
        )
        return migration

    monkeypatch.setattr(demo, "TIME_LIMIT", 6.0)  # the program waits for trades that never come
    parser = argparse.ArgumentParser()
    cli.add_demo_parser(parser.add_subparsers())
    arguments = parser.parse_args(["demo", f"--work={tmp_path / 'work'}", "--frames=20"])
    assert cli.run_demo(arguments, careless) == 1
    shown = capsys.readouterr().out
    assert "silent       after received no frame of MarketDataCollector.on_trade" in shown
    assert "duplicated   after, MarketDataCollector.on_ticker" in shown


def test_a_work_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("mine", encoding="utf-8")
    done = run_demo(f"--work={tmp_path}", cwd=tmp_path)
    assert done.returncode == 2
    assert f"--work {tmp_path} is not empty" in done.stderr
    assert list(tmp_path.iterdir()) == [precious]


def test_a_work_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run_demo(f"--work={tmp_path / 'file' / 'below'}", cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot be used (Not a directory). Name a folder you may write to" in done.stderr
