"""A run as JSON. The shape is documented in docs/upbit-migrate.md and counted by
``schema_version``."""

from __future__ import annotations

import json
from typing import Any

from codemods.census import Mention
from codemods.diff import Hunk
from codemods.patches import file_patch
from codemods.report.effort import remaining_effort
from codemods.result import Changed, Failed, Finding, FindingOutcome, Outcome
from codemods.run import Run

__all__ = ["SCHEMA_VERSION", "mentions_json", "run_json"]

SCHEMA_VERSION = 1
"""Raised when a key disappears or changes its meaning; new keys do not raise it."""


def run_json(run: Run, *, tool_version: str, show_secrets: bool) -> str:
    """The run as a JSON text, with a line end. Undecodable file names keep their bytes as
    ``\\udcXX``."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "upbit-migrate", "version": tool_version},
        "root": str(run.root),
        "target_package": run.target_package,
        "written": run.is_written,
        "exit_code": run.exit_code,
        "totals": {
            "files_read": run.file_count,
            "files_changed": len(run.changed),
            "files_failed": len(run.failed),
            **{str(outcome): run.count(outcome) for outcome in FindingOutcome},
            "mentions_left": len(run.mentions),
        },
        "files": [_file(run, outcome, show_secrets) for outcome in run.outcomes],
        "skipped": [{"path": s.path, "reason": s.reason} for s in run.skipped],
        "mentions": mentions_json(run.mentions, run),
        "effort_minutes": [
            {"what": effort.what, "count": effort.count, "low": effort.low, "high": effort.high}
            for effort in remaining_effort(run)
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def mentions_json(mentions: tuple[Mention, ...], run: Run | None = None) -> list[dict[str, Any]]:
    """Mentions as JSON values; the keys of *run* are hidden in their texts."""
    return [
        {
            "path": mention.path,
            "line": mention.line,
            "kind": mention.kind.value,
            "name": mention.name,
            "text": run.secret_text.without_keys(mention.text) if run else mention.text,
        }
        for mention in mentions
    ]


def _file(run: Run, outcome: Outcome, show_secrets: bool) -> dict[str, Any]:
    if isinstance(outcome, Failed):
        message = run.secret_text.without_keys(outcome.message)
        return {
            "path": outcome.path,
            "outcome": "failed",
            "stage": outcome.stage,
            "message": message,
            "findings": [],
            "hunks": [],
        }
    findings = [_finding(run, finding, show_secrets) for finding in outcome.findings]
    result: dict[str, Any] = {"path": outcome.path, "outcome": "unchanged", "findings": findings}
    hunks: list[dict[str, Any]] = []
    if isinstance(outcome, Changed):
        result["outcome"] = "changed"
        patched = file_patch(run, outcome, show_secrets=show_secrets)
        hunks = [_hunk(hunk, withheld=hunk in patched.withheld) for hunk in patched.hunks]
    result["hunks"] = hunks
    return result


def _finding(run: Run, finding: Finding, show_secrets: bool) -> dict[str, Any]:
    def safe(text: str) -> str:
        return text if show_secrets else run.secret_text.without_keys(text)

    return {
        "rule": finding.rule,
        "outcome": str(finding.outcome),
        "line": finding.line,
        "column": finding.column,
        "message": safe(finding.message),
        "reasons": [safe(reason) for reason in finding.reasons],
    }


def _hunk(hunk: Hunk, *, withheld: bool) -> dict[str, Any]:
    lines = (
        [] if withheld else [sign + line.decode("utf-8", "replace") for sign, line in hunk.lines]
    )
    return {"header": hunk.header(), "withheld": withheld, "lines": lines}
