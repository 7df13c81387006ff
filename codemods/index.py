"""Facts about the project as a whole, built once and shared with every worker.

All decisions are taken here, because a client moves or stays together with everything that touches it,
in whatever file. The result per file is finished text; a worker only has to check that the file is
still the one that was read.

Positions come from ``ast`` and edits replace character spans, so nothing between the spans is ever
printed anew: formatting, comments, line ends and encoding cannot change. libcst would parse and print
every file with a hit for the same result.
"""

from __future__ import annotations

import ast
import gc
import hashlib
import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from codemods.edits import EditConflict, apply_edits
from codemods.gathering.gatherer import decide
from codemods.left_out import LeftOut
from codemods.options import Options
from codemods.planning.planner import plan_files
from codemods.planning.plans import FilePlan
from codemods.project import Project
from codemods.result import Changed, Failed, Outcome, Unchanged
from codemods.source import SourceFile

__all__ = ["PlannedFile", "ProjectIndex", "build_index", "unhurried_collector"]

_ATTEMPTS = 4
"""How often the plan is made anew with a file that would not compile pinned to compat_v5."""


@dataclass(frozen=True)
class PlannedFile:
    """What was decided about one file, and the digest of the bytes it was decided about."""

    digest: bytes
    outcome: Outcome


@dataclass(frozen=True)
class ProjectIndex:
    """Picklable. Opaque to callers except *target_package*."""

    target_package: str
    files: Mapping[str, PlannedFile] = field(default_factory=dict)


def build_index(
    files: Mapping[str, bytes],
    options: Options,
    paths: Collection[str] = (),
    parsed: Mapping[str, SourceFile] | None = None,
    left_out: Mapping[str, LeftOut] | None = None,
) -> ProjectIndex:
    """Analyse the relevant files together and decide about every mention of v5.

    Args:
        files: ``{path: source}`` of the relevant files (:func:`codemods.gate.relevant`).
        options: the run's settings.
        paths: every Python file of the tree, to see packages and a ``websocket_v6`` folder; the
            keys of *files* when empty.
        parsed: files that are parsed already.
        left_out: those of *files* that will not be written, and why.
    """
    with unhurried_collector():
        return _build_index(files, options, paths, parsed, left_out)


@contextmanager
def unhurried_collector() -> Iterator[None]:
    """Without the cycle collector: it would look through millions of syntax nodes again and again, and
    none of them goes before the end."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _build_index(
    files: Mapping[str, bytes],
    options: Options,
    paths: Collection[str],
    parsed: Mapping[str, SourceFile] | None,
    left_out: Mapping[str, LeftOut] | None,
) -> ProjectIndex:
    project = Project.load(files, options, paths, parsed, left_out)
    pinned: frozenset[str] = frozenset()
    outcomes: dict[str, Outcome] = {}
    for _ in range(_ATTEMPTS):
        decisions = decide(project, pinned)
        plans = plan_files(decisions)
        outcomes = {path: _outcome(plan) for path, plan in plans.items()}
        failed = {path for path, outcome in outcomes.items() if isinstance(outcome, Failed)}
        if not failed - pinned:
            break
        pinned |= failed
    outcomes.update(project.failures)
    planned = {
        path: PlannedFile(hashlib.sha256(files[path]).digest(), outcome)
        for path, outcome in outcomes.items()
    }
    return ProjectIndex(project.target, planned)


def _outcome(plan: FilePlan) -> Outcome:
    source = plan.source
    findings = tuple(
        sorted(plan.findings, key=lambda finding: (finding.line, finding.column, finding.rule))
    )
    try:
        text = apply_edits(source.text, plan.all_edits())
    except (EditConflict, ValueError) as error:
        return Failed(source.path, "rewrite", str(error))
    if text == source.text:
        return Unchanged(source.path, findings)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, source.path, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        after = source.encode(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        return Failed(source.path, "check", f"the rewritten file would not compile: {error}")
    return Changed(source.path, source.raw, after, findings)
