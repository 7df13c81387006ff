"""Mentions of legacy names: what the role of each ties together, or holds."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from codemods.construction import Construction
from codemods.decisions import Decisions
from codemods.gathering.constructions import ask_about_construction, making_call
from codemods.gathering.verdicts import refuse, refuse_handed_out
from codemods.import_table import ImportedName
from codemods.left_out import reason_for
from codemods.legacy import kind_of_client, name_kind
from codemods.marks import kept_deliberately
from codemods.references import Reference, class_values
from codemods.rules import exceptions

__all__ = ["ask_about_reference"]


def ask_about_reference(
    decisions: Decisions, constructions: Mapping[int, Construction], reference: Reference
) -> None:
    """Ask what one mention means for the clients it stands for.

    Args:
        constructions: by ``id`` of the call.
    """
    source, node, clients = reference.source, reference.node, reference.clients
    _import_roots(decisions, reference)
    left_out = decisions.project.left_out.get(source.path)
    if left_out is not None:
        touched = clients or exceptions.guarded_clients(decisions.project, reference)
        refuse(decisions, touched, source, node, "UWS101", reason_for(source.path, left_out))
    if source.path in decisions.pinned_files and clients:
        reason = "the rewritten file would not compile"
        refuse(decisions, clients, source, node, "UWS101", reason)
    call = making_call(reference)
    if call is not None and (reference.role == "construct" or clients):
        ask_about_construction(decisions, constructions, reference, call)
    elif reference.role in ("annotation", "mock", "value"):
        decisions.clusters.join(clients)
    elif reference.role == "isinstance":
        _instance_check(decisions, reference)
    elif reference.role == "kept" and name_kind(reference.legacy.name) == "class" and clients:
        refuse_handed_out(decisions, clients, source, node, reference.rule, reference.reason)
    elif reference.role == "kept" and _is_passed_on(decisions, reference):
        classes = class_values((reference.legacy, *reference.alternatives))
        refuse(decisions, classes, source, node, reference.rule, reference.reason)


def _import_roots(decisions: Decisions, reference: Reference) -> None:
    """Clients made through an import share its fate: a keep comment beside it holds them, and so does a
    file of the project that hands the name on and stays as it is."""
    clients = reference.clients
    if not clients:
        return
    for root in _roots(decisions, reference):
        last = root.statement.end_lineno or root.statement.lineno
        keep = kept_deliberately(root.source, root.statement.lineno, last)
        if keep is not None:
            refuse(decisions, clients, root.source, root.statement, "UWS101", keep, deliberate=True)
        left_out = decisions.project.left_out.get(root.source.path)
        if left_out is not None:
            reason = reason_for(root.source.path, left_out)
            refuse(decisions, clients, reference.source, reference.node, "UWS101", reason)
        if root.source.path in decisions.pinned_files:
            reason = f"{root.source.path}, which it is imported from, would not compile"
            refuse(decisions, clients, reference.source, reference.node, "UWS101", reason)


def _is_passed_on(decisions: Decisions, reference: Reference) -> bool:
    """Whether what is mentioned has come from its own name by a variable, or goes on from here."""
    call = reference.source.parent(reference.node)
    if isinstance(call, ast.Call) and reference.legacy in decisions.project.values(call):
        return True
    roots = decisions.imports.roots(reference.source.path, reference.bound)
    return roots is None and not reference.through_module


def _roots(decisions: Decisions, reference: Reference) -> list[ImportedName]:
    """The imports of v5 behind a mention: of its name, or of the module it is read from."""
    path, bound = reference.source.path, reference.bound
    roots = decisions.imports.roots(path, bound) or []
    if roots or not reference.through_module:
        return roots
    return [one for one in decisions.imports.entries(path, bound) if one.kind == "module"]


def _instance_check(decisions: Decisions, reference: Reference) -> None:
    kinds = {client.kind for client in reference.clients if client.kind != "any"}
    if kinds - {kind_of_client(reference.legacy.name)}:
        reason = (
            "isinstance tells public clients from private ones here, and both become the same class"
        )
        refuse(decisions, reference.clients, reference.source, reference.node, "UWS151", reason)
    else:
        decisions.clusters.join(reference.clients)
