"""What holds clients on ``compat_v5``: a finding for each reason, a mark for each reason and file."""

from __future__ import annotations

from collections.abc import Collection

from codemods.clusters import Refusal
from codemods.decisions import Item
from codemods.flow.values import Client
from codemods.planning.plans import Plans
from codemods.result import Finding, FindingOutcome

__all__ = ["outcome_of", "outcome_of_all", "plan_refusals", "plan_tied_places"]


def plan_refusals(plans: Plans) -> None:
    """Report every refusal of a set that has to do with v5."""
    seen: set[Refusal] = set()
    for members in plans.decisions.clusters.members().values():
        if not any(client.kind != "any" for client in members):
            continue
        # What stays together is marked once per reason and file; the findings name the rest.
        marks: dict[tuple[str, str, str], int] = {}
        for refusal in plans.decisions.clusters.refusals(next(iter(members))):
            if refusal in seen or refusal.path not in plans.files:
                continue
            seen.add(refusal)
            plans.files[refusal.path].findings.append(_finding(refusal))
            if outcome_of(refusal) is FindingOutcome.KEPT:
                place = (refusal.path, refusal.rule, refusal.marked)
                marks[place] = min(refusal.anchor, marks.get(place, refusal.anchor))
        for (path, rule, reason), line in marks.items():
            plans.mark(plans.project.sources[path], line, rule, reason)


def plan_tied_places(plans: Plans) -> None:
    """Say of a file that is written what stays in it for the sake of files that are not.

    The reasons lie in those files, whose findings nobody sees, and so may the construction.
    """
    decisions, left_out = plans.decisions, plans.project.left_out
    first: dict[tuple[Client, str], Item] = {}
    for item in decisions.items if left_out else ():
        if item.source.path in left_out or decisions.moves(item.clients):
            continue
        for client in item.clients:
            if decisions.is_real(client):
                key = (decisions.clusters.find(client), item.source.path)
                known = first.setdefault(key, item)
                if item.node.lineno < known.node.lineno:
                    first[key] = item
    for (client, path), item in first.items():
        refusals = decisions.clusters.refusals(client)
        elsewhere = [refusal for refusal in refusals if refusal.path in left_out]
        said = any(
            other.construction is not None and other.source.path == path
            for other in decisions.items
            if client in {decisions.clusters.find(one) for one in other.clients}
        )
        if elsewhere and not said and not any(refusal.path == path for refusal in refusals):
            reason = elsewhere[0].reason
            rule = item.verdict.rule
            plans.find(item.source, item.node, rule, FindingOutcome.KEPT, reason)
            plans.mark(item.source, item.source.anchor_line(item.node), rule, reason)


def outcome_of(refusal: Refusal) -> FindingOutcome:
    """How the place of a refusal ends."""
    if refusal.deliberate:
        return FindingOutcome.DELIBERATE
    return FindingOutcome.NOTE if refusal.silent else FindingOutcome.KEPT


def outcome_of_all(refusals: Collection[Refusal]) -> FindingOutcome:
    """How a place ends that stays only for these; without any, it is kept for itself."""
    outcomes = {outcome_of(refusal) for refusal in refusals}
    for outcome in (FindingOutcome.KEPT, FindingOutcome.DELIBERATE):
        if outcome in outcomes:
            return outcome
    return FindingOutcome.NOTE if outcomes else FindingOutcome.KEPT


def _finding(refusal: Refusal) -> Finding:
    return Finding(
        refusal.rule,
        outcome_of(refusal),
        refusal.path,
        refusal.line,
        refusal.column,
        refusal.reason,
        refusal.chain,
    )
