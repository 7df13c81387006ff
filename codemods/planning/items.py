"""Uses of clients: the edits of those that move, and why the other constructions stay."""

from __future__ import annotations

import ast

from codemods.decisions import Item
from codemods.legacy import SUBSCRIBE_TYPES
from codemods.planning.needed_imports import need
from codemods.planning.plans import Plans
from codemods.planning.refusals import outcome_of, outcome_of_all
from codemods.result import STAYS, STAYS_ON_V5, FindingOutcome
from codemods.rules import subscribe
from codemods.site import Rewrite
from codemods.subscription_ids import looks_into_id

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
    if verdict.note is not None:
        place, message = verdict.note
        plans.find(item.source, place, verdict.rule, FindingOutcome.NOTE, message)
    _note_ids(plans, item)
    if item.construction is not None and item.construction.outlived and verdict.rule != "UWS113":
        plans.find(
            item.source, item.node, "UWS114", FindingOutcome.REWRITTEN,
            "only local variables hold this client and nothing disconnects it: "
            "auto_cleanup=False keeps it alive",
        )  # fmt: skip


def _note_ids(plans: Plans, item: Item) -> None:
    """Say where the id that a subscription gave is taken apart."""
    source, called = item.source, item.source.parent(item.node)
    if (
        not isinstance(item.node, ast.Attribute)
        or item.node.attr not in SUBSCRIBE_TYPES
        or not isinstance(called, ast.Call)
    ):
        return
    awaited = source.parent(called)
    for node in looks_into_id(source, awaited if isinstance(awaited, ast.Await) else called):
        message = (
            f"{source.segment(node)} is the id of a subscription, which v6 spells differently "
            f"(MIGRATION.md#{subscribe.RULE.anchor})"
        )
        plans.find(source, node, subscribe.RULE.code, FindingOutcome.NOTE, message)


def _keep_construction(plans: Plans, item: Item) -> None:
    clusters = plans.decisions.clusters
    refusals = [r for client in item.clients for r in clusters.refusals(client)]
    refusals = list(dict.fromkeys(refusals))
    if not refusals:
        return
    outcome = outcome_of_all(refusals)
    first = next(refusal for refusal in refusals if outcome_of(refusal) is outcome)
    stays = STAYS_ON_V5 if plans.decisions.leaves_v5 else STAYS
    reasons = tuple(f"{r.path}:{r.line}: {r.reason}" for r in refusals[:8])
    line, column = item.source.line_column(item.node)
    if not any((r.path, r.line, r.column) == (item.source.path, line, column) for r in refusals):
        message = f"{stays}{first.reason}"
        plans.find(item.source, item.node, first.rule, outcome, message, reasons)
    if outcome is FindingOutcome.KEPT:
        anchor = item.source.anchor_line(item.node)
        if not any(r.path == item.source.path and r.anchor == anchor for r in refusals):
            plans.mark(item.source, anchor, first.rule, f"{stays}{first.marked}")
