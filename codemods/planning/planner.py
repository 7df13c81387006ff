"""The order in which files are planned: uses, what they refer to, imports, the program as a whole."""

from __future__ import annotations

import ast

from codemods.decisions import Decisions
from codemods.planning.except_clauses import plan_except_clause, plan_selection
from codemods.planning.idle_code import drop_idle_code
from codemods.planning.imports import plan_imports
from codemods.planning.items import plan_item
from codemods.planning.moved_clients import merge_public_clients, plan_entry
from codemods.planning.notes import (
    note_possible_exceptions,
    note_possible_reads,
    note_protocols,
    note_unknown_receivers,
    note_whole_payloads,
)
from codemods.planning.plans import FilePlan, Plans
from codemods.planning.references import plan_reference, plan_stored_names
from codemods.planning.refusals import plan_refusals, plan_tied_places
from codemods.planning.strings import plan_leftovers, plan_string
from codemods.planning.v6_names import avoid_taken_names

__all__ = ["plan_files"]


def plan_files(decisions: Decisions) -> dict[str, FilePlan]:
    """A plan for every file."""
    plans = Plans.of(decisions)
    for item in decisions.items:
        plan_item(plans, item)
    for plan in plans.files.values():
        if plan.edits:
            drop_idle_code(plan)
    plan_refusals(plans)
    plan_tied_places(plans)
    _keep_try_statements(plans)
    _forget_dropped_mentions(plans)
    for reference in decisions.references:
        if id(reference) in plans.bindings.dropped:
            continue
        if reference.role == "except":
            plan_except_clause(plans, reference)
        elif reference.role == "catching":
            plan_selection(plans, reference)
        else:
            plan_reference(plans, reference)
    for path in plans.files:
        plan_stored_names(plans, path)
        avoid_taken_names(plans, path)
    for string in decisions.strings:
        plan_string(plans, string)
    for path in plans.files:
        plan_imports(plans, path)
    merge_public_clients(plans)
    plan_entry(plans)
    for path in plans.files:
        plan_leftovers(plans, path)
    note_unknown_receivers(plans)
    note_possible_reads(plans)
    note_possible_exceptions(plans)
    note_protocols(plans)
    note_whole_payloads(plans)
    return plans.files


def _forget_dropped_mentions(plans: Plans) -> None:
    """What goes with the code around it needs neither an import nor a mark."""
    for reference in plans.decisions.references:
        if reference.role in ("except", "catching") or plans.bindings.moved(reference):
            continue
        if plans.files[reference.source.path].drops(reference.node):
            plans.bindings.dropped.add(id(reference))


def _keep_try_statements(plans: Plans) -> None:
    for reference in plans.decisions.references:
        if reference.role != "except":
            around = reference.source.ancestors(reference.node)
            plans.files[reference.source.path].staying.update(
                id(outer) for outer in around if isinstance(outer, ast.Try)
            )
