"""What follows for the program from clients that move: an entry that starts v6, clients merged into one."""

from __future__ import annotations

from codemods.edits import Edit
from codemods.planning.plans import Plans
from codemods.result import FindingOutcome
from codemods.rules import application_entry, merge_clients

__all__ = ["merge_public_clients", "plan_entry"]


def plan_entry(plans: Plans) -> None:
    """Let the application's entry initialize the manager and shut it down."""
    decisions, options = plans.decisions, plans.project.options
    wanted = options.entry or decisions.hoisted is not None
    moved = any(
        item.construction is not None and decisions.moves(item.clients) for item in decisions.items
    )
    if not wanted or not moved or not options.selects("UWS180"):
        return
    for entry in application_entry.find_entries(plans.project):
        edits = application_entry.entry_edits(entry, plans.project.target, decisions.hoisted)
        plans.files[entry.source.path].edits += edits
        if edits:
            message = (
                "the manager is initialized before the application runs and shut down after it"
            )
            plans.find(entry.source, entry.call, "UWS180", FindingOutcome.REWRITTEN, message)


def merge_public_clients(plans: Plans) -> None:
    """Let a public client become another name of the private one beside it, where that is asked for."""
    options = plans.project.options
    if not options.unsafe or not options.selects("UWS182"):
        return
    moved = [
        item.construction
        for item in plans.decisions.items
        if item.construction is not None and plans.decisions.moves(item.clients)
    ]
    for public, _, text in merge_clients.pairs_to_merge(moved):
        span = public.source.span(public.call)
        plans.files[public.source.path].edits.append(Edit(*span, (text,)))
        message = f"the public client becomes another name of {text}; ending one ends both"
        plans.find(public.source, public.call, "UWS182", FindingOutcome.REWRITTEN, message)
