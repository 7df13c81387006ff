"""Uses of clients: the edits of those that move, and why the other constructions stay."""

from __future__ import annotations

from codemods.decisions import Item
from codemods.planning.needed_imports import need
from codemods.planning.plans import Plans
from codemods.planning.refusals import outcome_of
from codemods.result import STAYS, FindingOutcome
from codemods.site import Rewrite

__all__ = ["plan_item"]


def plan_item(plans: Plans, item: Item) -> None:
    """Rewrite one use, or say of a construction that it stays."""
    decisions = plans.decisions
    if not any(decisions.is_real(client) for client in item.clients):
        return
    if isinstance(item.verdict, Rewrite) and decisions.moves(item.clients):
        _rewrite(plans, item, item.verdict)
    elif item.construction is not None:
        _keep_construction(plans, item)


def _rewrite(plans: Plans, item: Item, verdict: Rewrite) -> None:
    plan = plans.files[item.source.path]
    plan.edits += verdict.edits
    plan.removes += verdict.removes
    for path, edit in verdict.elsewhere:
        plans.files[path].edits.append(edit)
    if verdict.needs:
        need(plans, item.source, item.node, verdict.needs)
    plans.find(
        item.source,
        item.node,
        verdict.rule,
        FindingOutcome.REWRITTEN,
        verdict.message,
        item.reasons,
    )
    if item.construction is not None and item.construction.outlived and verdict.rule != "UWS113":
        plans.find(
            item.source, item.node, "UWS114", FindingOutcome.REWRITTEN,
            "only local variables hold this client and nothing disconnects it: "
            "auto_cleanup=False keeps it alive",
        )  # fmt: skip


def _keep_construction(plans: Plans, item: Item) -> None:
    clusters = plans.decisions.clusters
    refusals = [r for client in item.clients for r in clusters.refusals(client)]
    refusals = list(dict.fromkeys(refusals))
    if not refusals:
        return
    first = refusals[0]
    outcome = outcome_of(first)
    reasons = tuple(f"{r.path}:{r.line}: {r.reason}" for r in refusals[:8])
    line, column = item.source.line_column(item.node)
    if not any((r.path, r.line, r.column) == (item.source.path, line, column) for r in refusals):
        message = f"{STAYS}{first.reason}"
        plans.find(item.source, item.node, first.rule, outcome, message, reasons)
    if outcome is FindingOutcome.KEPT:
        anchor = item.source.anchor_line(item.node)
        if not any(r.path == item.source.path and r.anchor == anchor for r in refusals):
            plans.mark(item.source, anchor, first.rule, f"{STAYS}{first.marked}")
