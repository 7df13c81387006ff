"""A run as SARIF 2.1.0, for code scanning and editors.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections 3.13
(log), 3.14 (run), 3.20 (invocation), 3.27 (result), 3.49 (reporting descriptor), 3.55 (fix).
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_from_bytes

from codemods.registry import all_rules
from codemods.result import Failed, Finding, FindingOutcome
from codemods.run import Run

__all__ = ["run_sarif"]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {
    FindingOutcome.REWRITTEN: ("fail", "note"),
    FindingOutcome.KEPT: ("fail", "warning"),
    FindingOutcome.DELIBERATE: ("informational", "none"),
    FindingOutcome.NOTE: ("informational", "none"),
}
"""*kind* and *level* of a result (3.27.9, 3.27.10: any kind but "fail" requires level "none")."""


def run_sarif(run: Run, *, tool_version: str, show_secrets: bool) -> str:
    """The run as a SARIF log with one run."""
    rules = _rules(run)
    numbers = {rule["id"]: number for number, rule in enumerate(rules)}
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "upbit-migrate",
                        "semanticVersion": tool_version,
                        "rules": rules,
                    }
                },
                "originalUriBaseIds": {"ROOT": {"uri": run.root.as_uri() + "/"}},
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": not run.failed,
                        "exitCode": run.exit_code,
                        "toolExecutionNotifications": [_failure(run, f) for f in run.failed],
                    }
                ],
                "results": [_result(run, f, numbers, show_secrets) for f in run.findings],
            }
        ],
    }
    return json.dumps(log, indent=2) + "\n"


def _rules(run: Run) -> list[dict[str, Any]]:
    """The descriptors of the registered rules, and of codes that only findings know."""
    known = {
        rule.code: {
            "id": rule.code,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": rule.rationale},
            "help": {"text": f"MIGRATION.md#{rule.anchor.lstrip('#')}"},
        }
        for rule in all_rules()
    }
    for finding in run.findings:
        known.setdefault(finding.rule, {"id": finding.rule})
    return [known[code] for code in sorted(known)]


def _result(
    run: Run, finding: Finding, numbers: dict[str, int], show_secrets: bool
) -> dict[str, Any]:
    kind, level = _LEVELS[finding.outcome]
    text = finding.message
    if finding.reasons:
        text += "".join(f"\nbecause {reason}" for reason in finding.reasons)
    return {
        "ruleId": finding.rule,
        "ruleIndex": numbers[finding.rule],
        "kind": kind,
        "level": level,
        "message": {"text": text if show_secrets else run.secret_text.without_keys(text)},
        "locations": [_location(finding.path, finding.line, finding.column)],
        "properties": {"outcome": str(finding.outcome)},
    }


def _failure(run: Run, failed: Failed) -> dict[str, Any]:
    text = f"{failed.stage}: {failed.message}"
    return {
        "level": "error",
        "message": {"text": run.secret_text.without_keys(text)},
        "locations": [_location(failed.path)],
    }


def _location(path: str, line: int | None = None, column: int | None = None) -> dict[str, Any]:
    uri = quote_from_bytes(path.encode("utf-8", "surrogateescape"))
    place: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": "ROOT"}}
    if line is not None:
        place["region"] = {"startLine": max(line, 1), "startColumn": max(column or 1, 1)}
    return {"physicalLocation": place}
