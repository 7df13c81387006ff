"""Clients that get into the hands of code nobody can see."""

from __future__ import annotations

import ast

from codemods.decisions import Decisions
from codemods.flow.externals import is_harmless
from codemods.flow.values import Client, Container, Function, LegacyName, Plain
from codemods.gathering.holders import Holders
from codemods.gathering.verdicts import refuse
from codemods.project import Project
from codemods.references import class_values, clients_in
from codemods.site import dotted
from codemods.source import SourceFile

__all__ = ["refuse_handed_out", "refuse_looked_up", "refuse_returned"]


def refuse_handed_out(decisions: Decisions, source: SourceFile, node: ast.Call) -> None:
    """Clients among the arguments of a call that leaves the project stay."""
    project = decisions.project
    if project.calls_v6(node):
        return
    for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
        callee = project.flow.escapes.get(id(argument))
        if callee is None or is_harmless(callee) or callee.rsplit(".", 1)[-1] in ("append", "add"):
            continue
        clients = clients_in(
            project,
            (v for v in project.values(argument) if isinstance(v, Client | Container)),
        )
        real = frozenset(client for client in clients if client.kind != "any")
        if real:
            short = callee if len(callee) < 60 else dotted(node.func) or "a call"
            refuse(decisions, real, source, argument, "UWS190", _handed_to(short))


def refuse_looked_up(decisions: Decisions, source: SourceFile, node: ast.Call) -> None:
    """Clients of a class that a string looks up in its module stay: the string keeps its name."""
    if not (isinstance(node.func, ast.Name) and node.func.id == "getattr"):
        return
    values = decisions.project.values(node)
    classes = class_values(value for value in values if isinstance(value, LegacyName))
    if classes:
        refuse(
            decisions, classes, source, node, "UWS110", "getattr() looks the class up by a string"
        )


def refuse_returned(decisions: Decisions, holders: Holders) -> None:
    """Clients of functions that are called in a way nobody can follow, those of plugins, stay."""
    unseen = _unseen_calls(decisions.project)
    for client, cells in holders.by_client.items():
        for cell in cells:
            function = cell[1] if cell[0] == "return" else None
            if (
                isinstance(function, Function)
                and client.origin in ("constructed", "factory")
                and function.name in unseen
                and function not in decisions.project.function_references
            ):
                source, node = unseen[function.name]
                reason = f"this may call {function.name}() of {function.path}, which returns it"
                refuse(decisions, frozenset({client}), source, node, "UWS190", reason)


def _unseen_calls(project: Project) -> dict[str, tuple[SourceFile, ast.expr]]:
    """Methods called on what cannot be seen, and names looked up by a string, with a place."""
    found: dict[str, tuple[SourceFile, ast.expr]] = {}
    for source in project.sources.values():
        for node in source.nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if all(isinstance(v, Plain) for v in project.values(node.func)):
                    found.setdefault(node.func.attr, (source, node))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                name = node.value.rpartition(":")[2]
                if name.isidentifier() and not _is_component(source, node):
                    found.setdefault(name, (source, node))
    return found


def _is_component(source: SourceFile, node: ast.Constant) -> bool:
    """Whether a string is the name something goes by together with its module's, as a proxy's does."""
    call = source.parent(node)
    if not isinstance(call, ast.Call) or len(call.args) < 2:
        return False
    return call.args[0] is node and dotted(call.args[1]) == "__name__"


def _handed_to(callee: str) -> str:
    if callee in ("getattr", "setattr", "hasattr"):
        return f"{callee}() looks for a member of it by a string"
    return f"it is handed to {callee}(), which this project does not contain"
