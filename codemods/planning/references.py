"""Mentions of legacy names outside of ``except`` clauses: the proxy's name, or why the name stays."""

from __future__ import annotations

import ast
import re

from codemods.bindings import PROXY
from codemods.edits import Edit
from codemods.legacy import name_kind
from codemods.marks import kept_deliberately
from codemods.planning.needed_imports import need
from codemods.planning.plans import Plans
from codemods.references import Reference
from codemods.result import FindingOutcome

__all__ = ["plan_reference", "plan_stored_names"]


def plan_reference(plans: Plans, reference: Reference) -> None:
    """Rename one mention, or say that it stays."""
    if plans.bindings.moved(reference):
        _move(plans, reference)
    elif reference.role == "kept":
        _keep(plans, reference)
    elif reference.role not in ("construct", "provided") and not _is_deliberate(plans, reference):
        message = f"{reference.legacy.name} stays, with the clients it describes"
        plans.find(reference.source, reference.node, reference.rule, FindingOutcome.KEPT, message)


def plan_stored_names(plans: Plans, path: str) -> None:
    """``Name = None`` after a failed import, and comparisons of it, follow the new name."""
    plan = plans.files[path]
    for imported in plans.decisions.imports.by_file.get(path, ()):
        if imported.kind != "legacy" or name_kind(imported.name) != "class":
            continue
        if plans.bindings.state(imported) != "moved" or plans.bindings.keeps_name(imported):
            continue
        for node in plan.source.nodes:
            if (
                isinstance(node, ast.Name)
                and node.id == imported.bound
                and not _is_bound_inside(plans, path, node)
            ):
                plan.edits.append(Edit(*plan.source.span(node), (PROXY,)))


def _is_bound_inside(plans: Plans, path: str, node: ast.Name) -> bool:
    """Whether a name is a variable of a function around it, and none of the module."""
    module = plans.project.flow.modules[path]
    for outer in plans.files[path].source.ancestors(node):
        scope = module.scopes.get(id(outer))
        if scope is not None:
            home = scope.lookup(node.id)
            return home is not None and home is not module.scope
    return False


def _move(plans: Plans, reference: Reference) -> None:
    source = reference.source
    if not any(plans.decisions.is_real(client) for client in reference.clients):
        return
    text, needs_import = plans.bindings.new_text(reference)
    if text is not None:
        plans.files[source.path].edits += _renamed(reference, text)
    if needs_import:
        need(plans, source, reference.node, frozenset({PROXY}))
    if reference.role not in ("construct", "provided"):
        message = f"{reference.legacy.name} becomes {PROXY}"
        plans.find(source, reference.node, reference.rule, FindingOutcome.REWRITTEN, message)


def _keep(plans: Plans, reference: Reference) -> None:
    source, node = reference.source, reference.node
    if name_kind(reference.legacy.name) in ("other", "exception", "module"):
        plans.find(source, node, reference.rule, FindingOutcome.KEPT, reference.reason)
        return
    keep = kept_deliberately(source, getattr(node, "lineno", 1), getattr(node, "lineno", 1))
    outcome = FindingOutcome.DELIBERATE if keep is not None else FindingOutcome.KEPT
    plans.find(source, node, reference.rule, outcome, keep or reference.reason)
    if keep is None:
        plans.mark(source, source.anchor_line(node), reference.rule, reference.reason)


def _is_deliberate(plans: Plans, reference: Reference) -> bool:
    return any(
        refusal.deliberate or refusal.silent
        for client in reference.clients
        for refusal in plans.decisions.clusters.refusals(client)
    )


def _renamed(reference: Reference, text: str) -> list[Edit]:
    source, node = reference.source, reference.node
    start, end = source.span(node)
    if not isinstance(node, ast.Constant):
        return [Edit(start, end, (text,))]
    # One edit per name: a string may hold several.
    named = re.compile(rf"(?:\w+\.)*\b{re.escape(reference.bound)}\b")
    return [
        Edit(start + found.start(), start + found.end(), (text,))
        for found in named.finditer(source.text[start:end])
    ]
