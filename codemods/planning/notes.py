"""Places that hold no client and that a person should know all the same."""

from __future__ import annotations

import ast

from codemods.decisions import PayloadNote
from codemods.flow.values import Client, Instance
from codemods.planning.plans import Plans
from codemods.protocols import MISSING_IN_V6
from codemods.result import FindingOutcome

__all__ = [
    "note_possible_exceptions",
    "note_possible_reads",
    "note_protocols",
    "note_unknown_receivers",
    "note_whole_payloads",
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


def note_whole_payloads(plans: Plans) -> None:
    """Uses of whole payloads of clients that move: one for each place, and one for all places of a file that
    hand them to the same function."""
    groups: dict[tuple[str, str], list[PayloadNote]] = {}
    for note in plans.decisions.payload_notes:
        if not any(_moves(plans, client) for client in note.clients):
            continue
        if note.keep is not None:
            plans.find(note.source, note.node, "UWS160", FindingOutcome.DELIBERATE, note.keep)
            continue
        line = note.source.line_column(note.node)[0]
        groups.setdefault((note.source.path, note.group or str(line)), []).append(note)
    for notes in groups.values():
        first = notes[0]
        lines = sorted({note.source.line_column(note.node)[0] for note in notes})
        word = "line" if len(lines) == 2 else "lines"
        also = f" (also at {word} {', '.join(map(str, lines[1:]))})" if len(lines) > 1 else ""
        plans.find(first.source, first.node, "UWS160", FindingOutcome.NOTE, first.message + also)


def _moves(plans: Plans, client: Client) -> bool:
    decisions = plans.decisions
    return decisions.is_made(client) and decisions.moves(frozenset({client}))
