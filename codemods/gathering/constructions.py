"""Calls that make clients: found before anything else, as rules ask them for the names they give."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

from codemods.clusters import Refusal
from codemods.construction import Construction, endpoint_behind
from codemods.decisions import Decisions
from codemods.flow.externals import BINDING, is_harmless
from codemods.flow.values import Client, LegacyName, Maker, Plain
from codemods.gathering.holders import Holders
from codemods.gathering.value_names import describe
from codemods.gathering.verdicts import add_item, refuse
from codemods.legacy import name_kind
from codemods.naming import component_names
from codemods.references import Reference, class_value, class_values
from codemods.rules import (
    application_entry,
    construct_private,
    construct_public,
    factories,
    hoist_credentials,
    quick_helpers,
)
from codemods.site import Refuse, Verdict
from codemods.source import SourceFile

__all__ = [
    "ask_about_construction",
    "find_constructions",
    "hoist",
    "making_call",
    "refuse_added_arguments",
    "refuse_unwritten",
]


def making_call(reference: Reference) -> ast.Call | None:
    """The call that makes a client of what is mentioned, or is handed it to do so; ``None`` without one."""
    if reference.role not in ("construct", "provided"):
        return None
    outer = reference.source.parent(reference.node)
    if reference.role == "provided" and isinstance(outer, ast.keyword):
        outer = reference.source.parent(outer)
    return outer if isinstance(outer, ast.Call) else None


def find_constructions(decisions: Decisions, holders: Holders) -> dict[int, Construction]:
    """All constructions behind mentions of v5, by ``id`` of the call."""
    by_file: dict[str, list[tuple[Reference, ast.Call]]] = {}
    for reference in decisions.references:
        call = making_call(reference)
        if call is not None:
            by_file.setdefault(reference.source.path, []).append((reference, call))
    constructions: dict[int, Construction] = {}
    for path, found in by_file.items():
        source = decisions.project.sources[path]
        found.sort(key=lambda pair: source.start(pair[1]))
        names = component_names(source, [call for _, call in found])
        for reference, call in found:
            if not reference.clients:
                continue
            client = next(iter(reference.clients))
            constructions[id(call)] = Construction(
                decisions.project,
                source,
                call,
                client,
                reference.legacy.name,
                names[id(call)],
                outlived=holders.is_outlived(client),
                given=reference.node if reference.role == "provided" else None,
                is_bound=decisions.project.flow.external_calls.get(id(call)) == BINDING,
                endpoint=endpoint_behind(source, call),
            )
    return constructions


def hoist(decisions: Decisions, constructions: Collection[Construction]) -> None:
    """Give the only key pair of the tree to ``initialize``, where there is a place for that."""
    options = decisions.project.options
    if not options.hoist_credentials or not options.selects("UWS181"):
        return
    pair = hoist_credentials.single_pair(constructions)
    if pair is None:
        return
    is_default = all(
        name in text for name, text in zip(hoist_credentials.DEFAULTS, pair, strict=True)
    )
    entries = application_entry.find_entries(decisions.project)
    if not is_default and not entries:
        return
    if any(entry.source.path in decisions.project.left_out for entry in entries):
        return
    decisions.hoisted = None if is_default else pair
    for construction in constructions:
        construction.hoisted = True


def ask_about_construction(
    decisions: Decisions,
    constructions: Mapping[int, Construction],
    reference: Reference,
    call: ast.Call,
) -> None:
    """Ask the rule of what is called here.

    Args:
        constructions: as :func:`find_constructions` found them.
    """
    construction = constructions.get(id(call))
    if construction is None:
        return
    clients = set(reference.clients)
    direct = decisions.imports.roots(reference.source.path, reference.bound)
    is_variable = not reference.through_module and direct is None
    if is_variable:
        clients |= class_values((reference.legacy, *reference.alternatives))
    if is_variable and name_kind(reference.legacy.name) == "factory":
        reason = f"{reference.legacy.name} is called out of a variable, which may hold another"
        verdict: Verdict = Refuse(factories.RULE.code, reason)
    else:
        verdict = _verdict(decisions, construction, reference)
    add_item(decisions, reference.source, call, frozenset(clients), verdict, construction)


def _verdict(decisions: Decisions, construction: Construction, reference: Reference) -> Verdict:
    others = sorted(
        (
            value
            for value in decisions.project.values(reference.node)
            if not isinstance(value, LegacyName | Plain)
        ),
        key=repr,
    )
    if others:
        return Refuse("UWS110", f"what is called here may also be {describe(others[0])}")
    maker = _outside_maker(decisions, reference.node)
    if maker is not None:
        return Refuse("UWS110", f"what is called here comes out of {maker}(), which nobody can see")
    if len({name.name for name in (reference.legacy, *reference.alternatives)}) > 1:
        return Refuse("UWS110", "which class is called here depends on a value")
    if name_kind(reference.legacy.name) == "factory":
        if reference.legacy.name.startswith("quick"):
            return quick_helpers.rewrite(construction)
        return factories.rewrite(construction)
    if construction.client.kind == "private":
        return construct_private.rewrite(construction)
    return construct_public.rewrite(construction)


def _outside_maker(decisions: Decisions, called: ast.expr) -> str | None:
    """The function from outside of the project that gave what is called; ``None`` where there is none."""
    if not isinstance(called, ast.Call):
        return None
    maker = decisions.project.flow.external_calls.get(id(called))
    return None if maker is None or is_harmless(maker) else maker


def refuse_added_arguments(decisions: Decisions, source: SourceFile, node: ast.Call) -> None:
    """A class that ``partial`` gave arguments, and that is given more of them here."""
    makers = {value for value in decisions.project.values(node.func) if isinstance(value, Maker)}
    if makers and (node.args or node.keywords):
        reason = f"{source.segment(node.func)} is given more arguments here"
        clients = frozenset(maker.client for maker in makers)
        refuse(decisions, clients, source, node, "UWS110", reason)


def refuse_unwritten(decisions: Decisions) -> None:
    """Clients that come into being without a call the rules could rewrite stay."""
    written = {
        client
        for item in decisions.items
        if item.construction is not None
        for client in item.clients
    }
    sources = decisions.project.sources
    for members in list(decisions.clusters.members().values()):
        for client in members - written:
            if client.is_made and client.path in sources and client.kind != "any":
                # The call that makes it has the class from somewhere else.
                together = {client, class_value(client.kind)}
                decisions.clusters.join(together)
                decisions.clusters.refuse(together, _unwritten(decisions, client))


def _unwritten(decisions: Decisions, client: Client) -> Refusal:
    source = decisions.project.sources[client.path]
    line = source.line_starts[client.line - 1]
    column = source.offset(client.line, client.column) - line + 1
    place = client.line, client.column
    anchors = (
        source.anchor_line(node)
        for node in source.nodes
        if isinstance(node, ast.expr) and (node.lineno, node.col_offset) == place
    )
    reason = "it is made by a call this tool cannot rewrite"
    anchor = next(anchors, client.line)
    return Refusal("UWS110", client.path, client.line, column, reason, anchor)
