"""What ``make audit`` makes of the reports of its tools."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from . import audit

UNKNOWN = {"name": "a", "skip_reason": "a is not found"}
SAFE: dict[str, Any] = {"name": "b", "version": "1", "vulns": []}
KNOWN = {"name": "c", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}


@pytest.mark.parametrize(
    ("dependencies", "good", "told"),
    [
        ([UNKNOWN], True, "skipped, nothing was audited: a is not found"),
        ([], True, "skipped, nothing was audited: no dependency is pinned"),
        ([SAFE], True, "0 known in 1 of 1 pinned versions"),
        ([SAFE, UNKNOWN], True, "0 known in 1 of 2 pinned versions; not audited: a"),
        ([SAFE, KNOWN], False, "c 2: PYSEC-1, fixed in 3"),
    ],
)
def test_only_what_was_looked_up_is_called_audited(
    dependencies: list[dict[str, Any]], good: bool, told: str
) -> None:
    is_good, lines = audit.judge_advisories({"dependencies": dependencies})
    assert is_good is good
    assert lines[0] == told


def found(root: Path, comment: str) -> dict[str, Any]:
    (root / "a.py").write_text(f"x = 1\nexec(code){comment}\n", encoding="utf-8")
    return {"filename": "a.py", "line_number": 2, "test_id": "B102", "issue_text": "exec"}


@pytest.mark.parametrize(
    ("comment", "good"),
    [("", False), ("  # noqa: S307 a reason", False), ("  # noqa: S102 a reason", True)],
)
def test_an_exception_for_the_linter_is_one_for_bandit(
    comment: str, good: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "ROOT", tmp_path)
    is_good, lines = audit.judge_code({"results": [found(tmp_path, comment)], "errors": []})
    assert is_good is good
    assert lines[-1].startswith("0 found, 1 excepted" if good else "1 found, 0 excepted")


def test_a_file_bandit_cannot_read_is_a_finding() -> None:
    report = {"results": [], "errors": [{"filename": "a.py", "reason": "syntax error"}]}
    assert audit.judge_code(report)[0] is False


class Tools:
    """Stands for the processes that are started."""

    def __init__(self, install: int, answers: dict[str, str]) -> None:
        self.install = install
        self.answers = answers

    def __call__(self, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        if "install" in arguments:
            return subprocess.CompletedProcess(arguments, self.install, "", "no network\n")
        answer = self.answers[arguments[1]]
        return subprocess.CompletedProcess(arguments, 0, answer, "no data\n")


@pytest.mark.parametrize(
    ("install", "advisories", "code", "status", "told"),
    [
        (1, {}, {}, 0, "pip-audit: skipped, it cannot be installed: no network"),
        (0, None, {"results": [], "errors": []}, 0, "pip-audit: skipped, it failed: no data"),
        (0, {"dependencies": [KNOWN]}, {"results": [], "errors": []}, 1, "pip-audit: c 2: PYSEC-1"),
        (0, {"dependencies": [SAFE]}, {"results": [], "errors": []}, 0, "bandit: 0 found"),
    ],
)
def test_the_command_says_what_it_did_not_do(
    install: int,
    advisories: dict[str, Any] | None,
    code: dict[str, Any],
    status: int,
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = {
        "pip_audit": "" if advisories is None else json.dumps(advisories),
        "bandit": json.dumps(code),
    }
    (tmp_path / "python").touch()
    monkeypatch.setattr(audit, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(audit, "_run", Tools(install, answers))
    assert audit.main() == status
    assert told in capsys.readouterr().out
