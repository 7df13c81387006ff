"""Strings that name something of v5: paths, names a test patches, and what nothing else has been said of."""

from __future__ import annotations

from codemods.bindings import PROXY
from codemods.edits import Edit
from codemods.leftovers import leftovers
from codemods.legacy import COMPAT_PACKAGE, compat_module, compat_path
from codemods.marks import kept_deliberately
from codemods.planning.plans import Plans
from codemods.result import Finding, FindingOutcome
from codemods.rules import string_references
from codemods.rules.string_references import StringReference

__all__ = ["plan_leftovers", "plan_string"]

_RULE = string_references.RULE.code


def plan_string(plans: Plans, string: StringReference) -> None:
    """Rewrite one string, or say why it stays."""
    options = plans.project.options
    if not options.selects(_RULE) or not options.selects("UWS101"):
        return
    if plans.files[string.source.path].drops(string.node):
        return
    if string.shape == "name":
        _plan_patched_name(plans, string)
    elif string.shape != "method":  # such a path still leads where it led
        _plan_path(plans, string)


def plan_leftovers(plans: Plans, path: str) -> None:
    """Strings that nothing has been said about so far."""
    plan = plans.files[path]
    if not plans.project.options.selects(_RULE):
        return
    source = plan.source
    said = {(finding.line, finding.column) for finding in plan.findings}
    for leftover in leftovers(source):
        place = source.line_column(leftover.node)
        start, end = source.span(leftover.node)
        rewritten = any(start <= edit.start and edit.end <= end for edit in plan.edits)
        if leftover.line is None and (rewritten or place in said or plan.drops(leftover.node)):
            continue
        line = leftover.line or place[0]
        keep = kept_deliberately(source, line, line)
        outcome = FindingOutcome.KEPT if leftover.runs else FindingOutcome.NOTE
        if keep is not None:
            outcome = FindingOutcome.DELIBERATE
        column = 1 if leftover.line is not None else place[1]
        message = keep or leftover.message
        plan.findings.append(Finding(_RULE, outcome, path, line, column, message))
        if outcome is FindingOutcome.KEPT:
            if not plans.decisions.leaves_v5:
                plan.edits += leftover.edits
            plans.mark(source, source.anchor_line(leftover.node), _RULE, message)


def _plan_path(plans: Plans, string: StringReference) -> None:
    source = string.source
    new = _new_path(plans, string)
    if plans.decisions.leaves_v5 and new.startswith(COMPAT_PACKAGE):
        message = "this path leads to v5, which files that are not written use, too"
        plans.find(source, string.node, _RULE, FindingOutcome.KEPT, message)
        plans.mark(source, source.anchor_line(string.node), _RULE, message)
        return
    _replace(plans, string, str(string.node.value), new)
    outcome = FindingOutcome.REWRITTEN if not new.startswith("compat_v5") else FindingOutcome.KEPT
    plans.find(source, string.node, _RULE, outcome, f"the path in this string becomes {new}")
    if outcome is FindingOutcome.KEPT:
        message = "this path names compat_v5; v6 has nothing under it"
        plans.mark(source, source.anchor_line(string.node), _RULE, message)


def _new_path(plans: Plans, string: StringReference) -> str:
    target = plans.project.target
    if string.shape == "logger":
        return target
    if string.shape == "class" and not _is_kind_kept(plans, string_references.class_kind(string)):
        return f"{target}.{PROXY}"
    if string.shape not in ("class", "member"):
        return compat_path(string.sub)
    members = [part for part in (string.name, string.bound) if part]
    return ".".join([compat_module(string.sub), *members])


def _is_kind_kept(plans: Plans, kind: str) -> bool:
    """Whether a client of this kind that the project makes stays."""
    decisions = plans.decisions
    return any(
        client.kind == kind and decisions.clusters.find(client) in decisions.kept
        for item in decisions.items
        if item.construction is not None
        for client in item.clients
    )


def _plan_patched_name(plans: Plans, string: StringReference) -> None:
    source, bindings = string.source, plans.bindings
    roots = plans.decisions.imports.roots(string.path, string.bound) or []
    own = [root for root in roots if root.source.path == string.path]
    if not own:
        return
    states = {bindings.state(root) for root in own}
    outcome = FindingOutcome.KEPT
    if states == {"moved"} and not bindings.keeps_name(own[0]):
        old = str(string.node.value)
        new = plans.local_name(string.path, PROXY)
        _replace(plans, string, old, old[: len(old) - len(string.bound)] + new)
        outcome = FindingOutcome.REWRITTEN
        message = f"the patched name is {new} now"
    elif states == {"moved"}:
        outcome = FindingOutcome.NOTE
        message = f"{string.bound} in {string.path} is the proxy now"
    elif "both" not in states:
        message = f"{string.bound} in {string.path} stays, with its clients"
    else:
        message = (
            f"{string.path} uses {string.bound} and {PROXY} side by side; "
            "this patch reaches only the first"
        )
        plans.mark(source, source.anchor_line(string.node), _RULE, message)
    plans.find(source, string.node, _RULE, outcome, message)


def _replace(plans: Plans, string: StringReference, old: str, new: str) -> None:
    source = string.source
    start, end = source.span(string.node)
    raw = source.text[start:end]
    if old in raw:
        plans.files[source.path].edits.append(Edit(start, end, (raw.replace(old, new, 1),)))
