"""Places that hold no client and that a person should know all the same."""

from __future__ import annotations

import ast

from codemods.flow.values import Instance
from codemods.planning.plans import Plans
from codemods.protocols import MISSING_IN_V6
from codemods.result import FindingOutcome

__all__ = [
    "note_possible_exceptions",
    "note_possible_reads",
    "note_protocols",
    "note_unknown_receivers",
]


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


def note_protocols(plans: Plans) -> None:
    """Protocols that describe clients which move, with members a proxy does not have: type checkers tell."""
    decisions, hierarchy = plans.decisions, plans.project.flow.hierarchy
    for protocol in sorted(decisions.described, key=repr):
        missing = sorted(decisions.protocols.members[protocol] & MISSING_IN_V6)
        moved = any(
            decisions.moves(item.clients)
            for item in decisions.items
            for receiver in ast.walk(item.node)
            if Instance(protocol) in plans.project.values(receiver)
        )
        if missing and moved:
            names = ", ".join(f"{name}()" for name in missing)
            message = f"{protocol.name} describes the client and asks for {names}, which v6 has not"
            node = hierarchy.classes[protocol].node
            plans.find(
                plans.project.sources[protocol.path], node, "UWS150", FindingOutcome.NOTE, message
            )
