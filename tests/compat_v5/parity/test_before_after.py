"""Two versions of a program in processes of their own: the command ``upbit-migrate prove``."""

from __future__ import annotations

import argparse
import html
import json
import shutil
import tempfile
from pathlib import Path

import pytest

from compat_v5.parity.cli import add_prove_parser, run_prove

PROGRAMS = Path(__file__).parent / "programs"
LEGACY = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"


@pytest.fixture(autouse=True)
def _temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command leaves behind goes with the test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def prove(*argv: str) -> int:
    parser = argparse.ArgumentParser()
    add_prove_parser(parser.add_subparsers())
    folders = [f"--before={PROGRAMS / 'v5'}", f"--after={PROGRAMS / 'v6'}"]
    return run_prove(parser.parse_args(["prove", *folders, "--listen=1", *argv]))


def verdict_of(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict]:
    code = prove("--json", *argv)
    return code, json.loads(capsys.readouterr().out)


def test_a_faithful_migration_delivers_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, verdict = verdict_of(capsys, "--frames=80", "--entry=-m main")
    assert list(tmp_path.iterdir()) == []
    assert verdict["differences"] == []
    assert (code, verdict["same"]) == (0, True)
    compared = {
        (t["topic"]["callback"], t["topic"]["data_type"], t["topic"]["symbol"]): t["compared"]
        for t in verdict["topics"]
    }
    assert compared["Watcher.on_ticker", "ticker", "KRW-BTC"] == 80
    assert compared["Watcher.on_trade", "trade", "KRW-BTC"] == 80
    assert compared["Watcher.on_trade", "trade", "KRW-ETH"] == 80
    assert compared["Watcher.on_order", "myOrder", "KRW-BTC"] > 10
    assert compared["Watcher.on_book", "orderbook", "KRW-BTC"] == 0  # a snapshot alone
    for side in ("left", "right"):
        assert verdict[side]["sockets"] == {"public": 1, "private": 1}


@pytest.mark.parametrize(
    ("bug", "kind", "words"),
    [
        ("drop", "missing", "1 of 80 frames are missing"),
        ("rename", "keys", "lacks trade_price and has price in addition"),
        ("swap", "out_of_order", "1 of 80 frames arrive in another order"),
        ("change", "values", "1 of 80 frames have other values"),
        ("twice", "duplicated", "deliveries repeat a frame"),
        ("second_socket", "sockets", "after opened 2 public sockets where 1 is enough"),
        ("crash", "failed", "RuntimeError: the migrated program crashed"),
        (
            "raise",
            "raised",
            "after, Watcher.on_ticker: 81 of 81 calls raised KeyError in left_behind",
        ),
        ("misname", "silent", "after received no frame of Watcher.on_ticker"),
    ],
)
def test_a_deliberate_bug_is_found_and_named(
    bug: str, kind: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, verdict = verdict_of(capsys, f"--entry=main.py {bug}", "--frames=80")
    assert code == 1
    found = [
        line
        for item in verdict["differences"]
        if item["kind"] == kind
        for line in (item["detail"], *item["context"])
    ]
    assert words in "; ".join(found)
    others = {item["kind"] for item in verdict["differences"]} - {kind}
    assert others <= ({"snapshot"} if bug == "rename" else set())


def test_an_exception_of_a_callback_is_shown_with_its_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.html"
    assert prove("--entry=main.py raise", "--frames=30", f"--html={report}") == 1
    shown = capsys.readouterr().out
    page = html.unescape(report.read_text("utf-8"))
    assert "DIFFERENT" in shown
    for text in (shown, page):
        assert 'File "main.py"' in text
        assert "in left_behind.<locals>.wrapper" in text
        assert "KeyError: 'data'" in text


def test_an_exception_about_a_private_frame_is_told_without_its_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = tmp_path / "logs"
    code, verdict = verdict_of(
        capsys, "--entry=main.py raise_private", "--frames=30", f"--logs={logs}"
    )
    assert code == 1
    contexts = [item["context"] for item in verdict["differences"] if item["kind"] == "raised"]
    assert [context[-1] for context in contexts] == ["ValueError"]
    trace = (logs / "after.trace.jsonl").read_text("utf-8")
    assert "Watcher.on_refused_order" in trace
    assert "what is" not in trace


def test_an_exception_that_both_programs_raise_is_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, verdict = verdict_of(
        capsys, f"--before={PROGRAMS / 'v6'}", "--entry=main.py raise", "--frames=30"
    )
    assert (code, verdict["differences"]) == (0, [])
    assert (
        "Watcher.on_ticker raises KeyError in left_behind.<locals>.wrapper before (31 times) and "
        "after (31 times)"
    ) in verdict["notes"]


@pytest.mark.parametrize(
    ("bug", "kind"),
    [("drop", "missing"), ("change", "values")],
)
def test_a_bug_that_both_programs_share_is_found_too(
    bug: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, verdict = verdict_of(
        capsys, f"--before={PROGRAMS / 'v6'}", f"--entry=main.py {bug}", "--frames=80"
    )
    found = {
        (item["kind"], item["side"], item["topic"]["data_type"]) for item in verdict["differences"]
    }
    assert found == {(kind, "before", "ticker"), (kind, "after", "ticker")}
    assert code == 1


def test_the_first_difference_is_shown_with_its_neighbours(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs = tmp_path / "logs"
    assert prove("--entry=main.py drop", "--frames=80", f"--logs={logs}") == 1
    assert {path.name for path in logs.iterdir()} == {
        *("before.log", "before.trace.jsonl"),
        *("after.log", "after.trace.jsonl"),
    }
    shown = capsys.readouterr().out
    assert "missing      after, Watcher.on_ticker: ticker KRW-BTC: 1 of 80" in shown
    assert " >>    49  1790000002500" in shown


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--before=no/such/folder"], "no/such/folder is not a directory"),
        (["--entry=absent.py"], "holds no 'absent.py'"),
        (["--entry=-m absent.module"], "holds no '-m absent.module'"),
        (["--entry="], "holds no ''"),
    ],
)
def test_what_cannot_be_run_is_a_clear_error(
    argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert prove(*argv) == 2
    assert words in capsys.readouterr().err


def test_an_old_package_in_the_tree_before_is_not_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tmp_path / "before"
    shutil.copytree(PROGRAMS / "v5", before)
    old = before.joinpath(*LEGACY.split("."))
    old.mkdir(parents=True)
    (old / "__init__.py").write_text("raise RuntimeError('this one knows the live exchange only')")
    code, verdict = verdict_of(
        capsys, f"--before={before}", "--entry=main.py public", "--frames=30"
    )
    assert (code, verdict["differences"]) == (0, [])
