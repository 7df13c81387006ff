"""What holds clients on ``compat_v5``: a finding for each reason, a mark for each reason and file."""

from __future__ import annotations

from codemods.clusters import Refusal
from codemods.planning.plans import Plans
from codemods.result import Finding, FindingOutcome

__all__ = ["outcome_of", "plan_refusals"]


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


def outcome_of(refusal: Refusal) -> FindingOutcome:
    """How the place of a refusal ends."""
    if refusal.deliberate:
        return FindingOutcome.DELIBERATE
    return FindingOutcome.NOTE if refusal.silent else FindingOutcome.KEPT


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
