"""A run as one self-contained HTML file: no external resource, readable without JavaScript.

Everything that comes from the tree (names, code, messages) passes through jinja2's autoescaping;
the page forbids itself, by its content security policy, every script but its own.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import TYPE_CHECKING

from codemods.census import MentionKind
from codemods.exceptions import MissingExtraError
from codemods.patches import FilePatch, file_patch
from codemods.paths import printable
from codemods.report.effort import remaining_effort
from codemods.report.highlight import HighlightedLine, highlighted_lines, style_sheet
from codemods.result import Changed, Failed, Finding, FindingOutcome
from codemods.run import Run

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["run_html"]


_ORDER = (
    FindingOutcome.KEPT,
    FindingOutcome.NOTE,
    FindingOutcome.DELIBERATE,
    FindingOutcome.REWRITTEN,
)
"""What asks for a person comes first."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a side-by-side view. A number is None where that side has no line."""

    sign: str
    old_number: int | None
    old: HighlightedLine
    new_number: int | None
    new: HighlightedLine


@dataclass(frozen=True, slots=True)
class _HunkView:
    header: str
    is_withheld: bool
    rows: tuple[_Row, ...]


@dataclass(frozen=True, slots=True)
class _FileView:
    """A changed file, or one with findings, as the page shows it."""

    path: str
    anchor: str
    is_changed: bool
    added: int
    removed: int
    hunks: tuple[_HunkView, ...]
    findings: tuple[_FindingView, ...]


@dataclass(frozen=True, slots=True)
class _FindingView:
    rule: str
    outcome: str
    path: str
    anchor: str
    line: int
    column: int
    message: str
    reasons: tuple[str, ...]


def run_html(run: Run, *, tool_version: str, now: datetime, show_secrets: bool) -> str:
    """The page.

    Raises:
        MissingExtraError: jinja2 or pygments is not installed.
    """
    environment = _environment()
    script = _asset("report.js")
    ordered = sorted(run.findings, key=lambda finding: _ORDER.index(finding.outcome))
    findings = [_finding_view(run, finding, show_secrets) for finding in ordered]
    files = [_file_view(run, changed, findings, show_secrets) for changed in run.changed]
    return environment.get_template("report.html.j2").render(
        run=run,
        root=printable(str(run.root)),
        tool_version=tool_version,
        made_at=now.strftime("%Y-%m-%d %H:%M %Z"),
        style=_asset("report.css") + style_sheet(),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        findings=findings,
        rules=sorted({finding.rule for finding in findings}),
        outcomes=[str(outcome) for outcome in _ORDER if run.count(outcome)],
        count=lambda name: run.count(FindingOutcome(name)),
        files=files,
        anchors={file.anchor for file in files},
        failures=[_failure(run, failed) for failed in run.failed],
        mentions=[
            (printable(m.path), m.line, m.kind.value, _safe(run, m.text, show_secrets))
            for m in run.mentions
        ],
        kinds=[(kind.value, count) for kind, count in _kinds(run).most_common()],
        efforts=remaining_effort(run),
        skipped=[(printable(s.path), s.reason) for s in run.skipped],
    )


def _environment() -> Environment:
    try:
        from jinja2 import Environment, FunctionLoader, StrictUndefined
    except ImportError as error:
        raise MissingExtraError("jinja2") from error
    environment = Environment(
        autoescape=True,
        loader=FunctionLoader(_asset),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["span"] = _span
    return environment


def _span(minutes: int) -> str:
    """Minutes as a person says them."""
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes / 60
    return f"{hours:.0f} h" if hours >= 10 else f"{hours:.1f} h"


def _asset(name: str) -> str:
    return (resources.files("codemods.report") / "templates" / name).read_text("utf-8")


def _kinds(run: Run) -> Counter[MentionKind]:
    return Counter(mention.kind for mention in run.mentions)


def _failure(run: Run, failed: Failed) -> tuple[str, str, str]:
    return printable(failed.path), failed.stage, _safe(run, failed.message, False)


def _finding_view(run: Run, finding: Finding, show_secrets: bool) -> _FindingView:
    return _FindingView(
        rule=finding.rule,
        outcome=str(finding.outcome),
        path=printable(finding.path),
        anchor=_anchor(finding.path),
        line=finding.line,
        column=finding.column,
        message=_safe(run, finding.message, show_secrets),
        reasons=tuple(_safe(run, reason, show_secrets) for reason in finding.reasons),
    )


def _file_view(
    run: Run, changed: Changed, findings: list[_FindingView], show_secrets: bool
) -> _FileView:
    patched = file_patch(run, changed, show_secrets=show_secrets)
    anchor = _anchor(changed.path)
    signs = [sign for hunk in patched.hunks for sign, _ in hunk.lines]
    return _FileView(
        path=printable(changed.path),
        anchor=anchor,
        is_changed=True,
        added=signs.count("+"),
        removed=signs.count("-"),
        hunks=_hunk_views(changed, patched),
        findings=tuple(
            sorted((f for f in findings if f.anchor == anchor), key=lambda f: (f.line, f.column))
        ),
    )


def _hunk_views(changed: Changed, patched: FilePatch) -> tuple[_HunkView, ...]:
    old = highlighted_lines(changed.path, changed.before)
    new = highlighted_lines(changed.path, changed.after)
    views = []
    for hunk in patched.hunks:
        is_withheld = hunk in patched.withheld
        rows = () if is_withheld else _rows(hunk.old_start, hunk.new_start, hunk.lines, old, new)
        views.append(_HunkView(hunk.header(), is_withheld, tuple(rows)))
    return tuple(views)


def _rows(
    old_number: int,
    new_number: int,
    lines: tuple[tuple[str, bytes], ...],
    old: list[HighlightedLine],
    new: list[HighlightedLine],
) -> list[_Row]:
    """Pair the removed lines of a block with the added ones that follow them."""
    rows: list[_Row] = []
    removed: list[int] = []
    added: list[int] = []

    def flush() -> None:
        for index in range(max(len(removed), len(added))):
            left = removed[index] if index < len(removed) else None
            right = added[index] if index < len(added) else None
            sign = "~" if left and right else "-" if left else "+"
            rows.append(
                _Row(
                    sign,
                    left,
                    old[left - 1] if left else (),
                    right,
                    new[right - 1] if right else (),
                )
            )
        removed.clear()
        added.clear()

    for sign, _ in lines:
        if sign == "-":
            removed.append(old_number)
            old_number += 1
        elif sign == "+":
            added.append(new_number)
            new_number += 1
        else:
            flush()
            rows.append(_Row(" ", old_number, old[old_number - 1], new_number, new[new_number - 1]))
            old_number += 1
            new_number += 1
    flush()
    return rows


def _anchor(path: str) -> str:
    return "file-" + hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _safe(run: Run, text: str, show_secrets: bool) -> str:
    return printable(text if show_secrets else run.secret_text.without_keys(text))
