"""``make audit``: what is known about the pinned dependencies, and what bandit says about the code.

Neither is needed for anything else, so both live in an environment of their own. Where one cannot be
had, or has nothing to look things up in, that is printed, and nothing is claimed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
ENVIRONMENT = ROOT / ".venv-audit"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
PACKAGES = ("websocket_v6", "compat_v5", "codemods")
TIMEOUT = 300.0
"""Seconds for each step."""

Judgement = tuple[bool, list[str]]
"""Whether nothing bad is known, and lines that say so."""


def main() -> int:
    """Run both; 1 if one of them found something, also where the other was skipped."""
    advisories = ["--requirement", "constraints.txt", "--no-deps", "--disable-pip", "--format=json"]
    good = True
    for tool, module, arguments, judge in (
        ("pip-audit", "pip_audit", [*advisories, "--progress-spinner=off"], judge_advisories),
        ("bandit", "bandit", ["--recursive", *PACKAGES, "-ll", "--format=json", "-q"], judge_code),
    ):
        fine, lines = _examine(tool, module, arguments, judge)
        good = good and fine
        print("\n".join(f"{tool}: {line}" for line in lines), flush=True)
    return 0 if good else 1


def judge_advisories(report: dict[str, Any]) -> Judgement:
    """What pip-audit's report says. A dependency it could not look up counts as not audited."""
    dependencies = report["dependencies"]
    skipped = [one for one in dependencies if "skip_reason" in one]
    if len(skipped) == len(dependencies):
        reason = skipped[0]["skip_reason"] if skipped else "no dependency is pinned"
        return True, [f"skipped, nothing was audited: {reason}"]
    lines = [
        f"{one['name']} {one['version']}: {found['id']}, fixed in "
        f"{', '.join(found['fix_versions']) or 'no version'}"
        for one in dependencies
        for found in one.get("vulns", ())
    ]
    audited = len(dependencies) - len(skipped)
    summary = f"{len(lines)} known in {audited} of {len(dependencies)} pinned versions"
    if skipped:
        summary += f"; not audited: {', '.join(one['name'] for one in skipped)}"
    return not lines, [*lines, summary]


def judge_code(report: dict[str, Any]) -> Judgement:
    """What bandit's report says. Its B102 is ruff's S102: the source excepts both in one place."""
    lines = []
    excepted = 0
    for found in report["results"]:
        rule = "S" + found["test_id"].removeprefix("B")
        source = (ROOT / found["filename"]).read_text(encoding="utf-8").splitlines()
        if re.search(rf"# noqa: .*\b{rule}\b", source[found["line_number"] - 1]):
            excepted += 1
        else:
            place = f"{found['filename']}:{found['line_number']}"
            lines.append(f"{place}: {found['test_id']} {found['issue_text']}")
    lines += [f"{one['filename']}: {one['reason']}" for one in report["errors"]]
    return not lines, [
        *lines,
        f"{len(lines)} found, {excepted} excepted in the source with a reason",
    ]


def _examine(tool: str, module: str, arguments: Sequence[str], judge: Any) -> Judgement:
    problem = _install(tool)
    if problem is not None:
        return True, [f"skipped, it cannot be installed: {problem}"]
    try:
        done = _run(["-m", module, *arguments])
        report = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return True, [f"skipped, no answer within {TIMEOUT:g} s"]
    except ValueError:
        return True, [f"skipped, it failed: {_last_line(done.stderr)}"]
    judgement: Judgement = judge(report)
    return judgement


def _install(tool: str) -> str | None:
    """Why *tool* cannot be installed; None if it is."""
    if not PYTHON.exists():
        venv.create(ENVIRONMENT, with_pip=True)
    try:
        done = _run(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", tool])
    except subprocess.TimeoutExpired:
        return f"no answer within {TIMEOUT:g} s"
    return _last_line(done.stderr) if done.returncode else None


def _run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PYTHON), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
    )


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it said nothing"


if __name__ == "__main__":
    sys.exit(main())
