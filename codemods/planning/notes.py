"""Places that hold no client and that a person should know all the same."""

from __future__ import annotations

from codemods.planning.plans import Plans
from codemods.result import FindingOutcome

__all__ = ["note_possible_exceptions", "note_possible_reads", "note_unknown_receivers"]


def note_unknown_receivers(plans: Plans) -> None:
    """Calls that look like v5 on something that cannot be seen."""
    for source, node in plans.decisions.unknown:
        plans.find(
            source,
            node,
            "UWS190",
            FindingOutcome.NOTE,
            f"{source.segment(node)}() looks like v5, but where the receiver comes from "
            f"cannot be seen",
        )


def note_possible_reads(plans: Plans) -> None:
    """Reads that may be of an escaped payload of a client that moves."""
    for source, node, read, keep in plans.decisions.possible_reads:
        if keep is None and not any(plans.decisions.moves(frozenset({c})) for c in read.clients):
            continue
        outcome = FindingOutcome.NOTE if keep is None else FindingOutcome.DELIBERATE
        plans.find(source, node, "UWS160", outcome, keep or read.reason, read.chain)


def note_possible_exceptions(plans: Plans) -> None:
    """Looks at what may be an exception of a client that moves."""
    decisions = plans.decisions
    if not any(
        item.construction is not None and decisions.moves(item.clients) for item in decisions.items
    ):
        return
    for source, node, message in decisions.possible_exceptions:
        plans.find(source, node, "UWS152", FindingOutcome.NOTE, message)
