"""``except`` clauses and other places that select errors: by what v6 raises, what v5 raises, or both."""

from __future__ import annotations

from codemods.edits import Edit
from codemods.exception_uses import selection_shape
from codemods.flow.values import Client
from codemods.gathering.verdicts import keep_comment
from codemods.legacy import name_kind
from codemods.planning.needed_imports import need
from codemods.planning.plans import Plans
from codemods.references import Reference
from codemods.result import FindingOutcome
from codemods.rules import exceptions
from codemods.statements import gone_statements

__all__ = ["plan_except_clause", "plan_selection"]

_RULE = exceptions.RULE.code


def plan_except_clause(plans: Plans, reference: Reference) -> None:
    """Replace one legacy exception that is caught, or say why it stays."""
    source = reference.source
    if _is_gone(plans, reference):
        plans.replaced_exceptions.add(id(reference))
        message = "nothing is left here that could raise it"
        plans.find(source, reference.node, _RULE, FindingOutcome.REWRITTEN, message)
        return
    guarded = exceptions.guarded_clients(plans.project, reference)
    stays = _fates(plans, guarded)
    successors = exceptions.successors(reference)
    member = exceptions.legacy_members_read(reference)
    if not successors or not stays or stays == {True} or not _is_selected(plans) or member:
        _keep(plans, reference, guarded_stay=bool(guarded) and True in stays)
        return
    local = tuple(plans.local_name(source.path, name) for name in successors)
    names = _names(plans, reference, stays, local)
    if names != local and exceptions.already_caught(reference, local):
        reason = "it guards calls that stay on compat_v5, beside what v6 raises"
        plans.find(source, reference.node, _RULE, FindingOutcome.KEPT, reason)
        return
    edits = exceptions.clause_edits(reference, names)
    _replace(plans, reference, edits, successors, moves_whole=names == local)
    named = _names(plans, reference, stays, successors)
    earlier = exceptions.earlier_clause(reference, named)
    if earlier is not None:
        caught = " and ".join(named)
        message = f"in v6 this is {caught}, too, which line {earlier.lineno} catches already"
        plans.find(source, reference.node, _RULE, FindingOutcome.NOTE, message)


def plan_selection(plans: Plans, reference: Reference) -> None:
    """Let a class that selects errors outside of a clause select those of clients that move, too."""
    source, node = reference.source, reference.node
    keep = keep_comment(source, node)
    if keep is not None:
        plans.find(source, node, _RULE, FindingOutcome.DELIBERATE, keep)
        return
    shape = selection_shape(plans.project, source, node)
    stays = _fates(plans, frozenset())
    successors = exceptions.successors(reference)
    if successors and shape is None and stays:
        return  # it holds the clients, and is reported as what does
    if not successors or shape is None or False not in stays or not _is_selected(plans):
        plans.find(source, node, _RULE, FindingOutcome.KEPT, reference.reason)
        return
    local = tuple(plans.local_name(source.path, name) for name in successors)
    names = _names(plans, reference, stays, local)
    if names != local and exceptions.already_caught(reference, local):
        plans.find(source, node, _RULE, FindingOutcome.KEPT, reference.reason)
        return
    edits = exceptions.selection_edits(reference, shape, names)
    _replace(plans, reference, edits, successors, moves_whole=names == local)


def _names(
    plans: Plans, reference: Reference, stays: set[bool], successors: tuple[str, ...]
) -> tuple[str, ...]:
    """The classes to name: the legacy one, too, where something still raises it."""
    moves_whole = stays == {False} and not _are_legacy_raised(plans)
    return successors if moves_whole else (*successors, reference.source.segment(reference.node))


def _replace(
    plans: Plans,
    reference: Reference,
    edits: list[Edit],
    successors: tuple[str, ...],
    *,
    moves_whole: bool,
) -> None:
    source = reference.source
    plans.files[source.path].edits += edits
    if moves_whole:
        plans.replaced_exceptions.add(id(reference))
    need(plans, source, reference.node, frozenset(successors))
    message = f"v6 raises {' or '.join(successors)} here"
    plans.find(source, reference.node, _RULE, FindingOutcome.REWRITTEN, message)


def _keep(plans: Plans, reference: Reference, *, guarded_stay: bool) -> None:
    """Args: guarded_stay: whether a client whose calls the clause is known to guard stays."""
    source = reference.source
    reason = (
        "it guards calls that stay on compat_v5"
        if exceptions.successors(reference)
        else f"{reference.legacy.name} has no successor in v6"
    )
    member = exceptions.legacy_members_read(reference)
    # What moved is no client any more in a second run: the mark may not depend on it.
    if member and _is_selected(plans) and not guarded_stay:
        reason = f"the clause reads .{member}, which only legacy exceptions have"
        plans.mark(source, source.anchor_line(reference.node), _RULE, reason)
    plans.find(source, reference.node, _RULE, FindingOutcome.KEPT, reason)


def _is_gone(plans: Plans, reference: Reference) -> bool:
    """Whether the clause disappears with the statements it guards."""
    source = reference.source
    plan = plans.files[source.path]
    gone = gone_statements(source, plan.removes, plan.staying) if plan.removes else {}
    return any(id(outer) in gone for outer in source.ancestors(reference.node))


def _fates(plans: Plans, guarded: frozenset[Client]) -> set[bool]:
    """Whether the guarded clients stay; where none is known, any client of the project may be meant."""
    clusters = plans.decisions.clusters
    everyone = guarded or frozenset(
        client
        for members in clusters.members().values()
        for client in members
        if client.kind != "any" and client.path
    )
    return {clusters.find(client) in plans.decisions.kept for client in everyone}


def _are_legacy_raised(plans: Plans) -> bool:
    return any(
        other.role == "kept" and name_kind(other.legacy.name) == "exception"
        for other in plans.decisions.references
    )


def _is_selected(plans: Plans) -> bool:
    options = plans.project.options
    return options.selects(_RULE) and options.selects("UWS101")
