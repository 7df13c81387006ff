"""Clients that get into the hands of code nobody can see."""

from __future__ import annotations

import ast

from codemods.decisions import Decisions
from codemods.flow.externals import STORED_SOMEWHERE, is_harmless
from codemods.flow.values import (
    Bound,
    Client,
    Container,
    Function,
    LegacyName,
    Maker,
    Partial,
    Plain,
    Value,
)
from codemods.gathering.holders import Holders
from codemods.gathering.verdicts import refuse, refuse_handed_out
from codemods.project import Project
from codemods.references import Reference, class_values, clients_in
from codemods.site import dotted
from codemods.source import SourceFile

__all__ = [
    "refuse_asked_for",
    "refuse_class_attributes",
    "refuse_given_away",
    "refuse_looked_up",
    "refuse_registered",
    "refuse_returned",
    "tie_to_their_class",
]


def refuse_given_away(decisions: Decisions, source: SourceFile, node: ast.Call) -> None:
    """Clients among the arguments of a call that leaves the project stay."""
    project = decisions.project
    if project.calls_v6(node):
        return
    for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
        callee = project.flow.escapes.get(id(argument))
        if callee is None or is_harmless(callee) or callee.rsplit(".", 1)[-1] in ("append", "add"):
            continue
        short = callee if len(callee) < 60 else dotted(node.func) or "a call"
        clients = clients_in(
            project,
            (v for v in project.values(argument) if isinstance(v, Client | Container)),
        )
        real = frozenset(client for client in clients if client.kind != "any")
        if real:
            refuse_handed_out(decisions, real, source, argument, "UWS190", _handed_to(short))
        made = _made_by(project, argument)
        if made:
            reason = f"a function that returns it {_handed_to(short).removeprefix('it ')}"
            refuse_handed_out(decisions, made, source, argument, "UWS190", reason)


def _made_by(project: Project, argument: ast.expr) -> frozenset[Client]:
    """Clients that a function among the arguments of a call makes for whoever calls it."""
    found: set[Client] = set()
    for value in project.values(argument):
        if isinstance(value, Maker):
            found.add(value.client)
        inner = value.inner if isinstance(value, Partial) else value
        function = inner.function if isinstance(inner, Bound) else inner
        if isinstance(function, Function):
            found |= _given_by(project, function)
    return frozenset(found)


def _given_by(project: Project, function: Function) -> frozenset[Client]:
    """The clients a function makes and returns or yields."""
    cells = project.flow.cells
    given = cells.read(("return", function)) | cells.read(("yield", function))
    return frozenset(client for client in clients_in(project, given) if client.is_made)


def refuse_looked_up(
    decisions: Decisions, source: SourceFile, node: ast.Call | ast.Subscript
) -> None:
    """Clients of a class that a string looks up in its module stay: the string keeps its name."""
    project = decisions.project
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        how = f"{node.func.id}()" if node.func.id == "getattr" else ""
    elif isinstance(node, ast.Subscript):
        how = _namespace(project, node.value)
    else:
        func = node.func
        how = _namespace(project, func.value) if isinstance(func, ast.Attribute) else ""
    values = project.values(node) if how else frozenset[Value]()
    names = [value for value in values if isinstance(value, LegacyName)]
    classes = class_values(names)
    if not classes:
        return
    refuse(decisions, classes, source, node, "UWS110", f"{how} looks the class up by a string")
    key = node.slice if isinstance(node, ast.Subscript) else node.args[0]
    if isinstance(key, ast.Constant):
        # The string uses the name that an import brings.
        decisions.references += [
            Reference(source, node, name, str(key.value), "value", classes) for name in names
        ]


def _namespace(project: Project, node: ast.expr) -> str:
    """An expression that is the dictionary of a module or an object, as written; empty for any other."""
    is_one = any(
        isinstance(value, Container) and value.label.startswith("namespace")
        for value in project.values(node)
    )
    return ast.unparse(node) if is_one else ""


def refuse_class_attributes(
    decisions: Decisions, holders: Holders, source: SourceFile, node: ast.Attribute
) -> None:
    """An attribute of something unknown may be the client class that an attribute of that name holds."""
    held = holders.classes_by_attribute.get(node.attr)
    if held is None or not isinstance(node.ctx, ast.Load):
        return
    values = decisions.project.values(node)
    if any(isinstance(value, LegacyName) for value in values):
        return
    owners = decisions.project.values(node.value)
    if all(isinstance(owner, Plain) for owner in owners):
        reason = f"{source.segment(node)} may be the class, but where it comes from cannot be seen"
        refuse(decisions, class_values(held), source, node, "UWS110", reason)


def tie_to_their_class(decisions: Decisions, source: SourceFile, node: ast.expr) -> None:
    """``type(client)`` and ``client.__class__``, used for more than their name: what they make is of the
    kind the client is."""
    if isinstance(node, ast.Attribute) and node.attr == "__class__":
        owner = node.value
    elif isinstance(node, ast.Call) and dotted(node.func) == "type" and len(node.args) == 1:
        owner = node.args[0]
    else:
        return
    project = decisions.project
    classes = class_values(one for one in project.values(node) if isinstance(one, LegacyName))
    if classes and not isinstance(source.parent(node), ast.Attribute | ast.Compare):
        clients = {one for one in project.values(owner) if isinstance(one, Client)}
        decisions.clusters.join(classes | clients)


def refuse_registered(decisions: Decisions) -> None:
    """Clients of functions that only a decorator of a library gets to see stay."""
    project = decisions.project
    for function in sorted(project.flow.registered, key=repr):
        made = _given_by(project, function)
        source = project.sources.get(function.path)
        if not made or source is None or function in project.function_references:
            continue
        node = project.flow.functions[function].node
        reason = (
            f"{function.name}() returns it to its decorator, which this project does not contain"
        )
        refuse_handed_out(decisions, made, source, node, "UWS190", reason)


def refuse_asked_for(decisions: Decisions) -> None:
    """Clients nobody makes, which only an annotation asks for, may be those that were handed out."""
    for members in list(decisions.clusters.members().values()):
        if any(client.is_made or client.origin == "mock" for client in members):
            continue
        kinds = {client.kind for client in members if client.origin == "annotation"}
        for clients, refusal in decisions.handed_out:
            if any(client.kind in kinds for client in clients):
                decisions.clusters.join(members | clients)
                decisions.clusters.refuse(members, refusal)


def refuse_returned(decisions: Decisions, holders: Holders) -> None:
    """Clients of functions that are called in a way nobody can follow, those of plugins, stay."""
    unseen = _unseen_calls(decisions.project)
    for client, cells in holders.by_client.items():
        for cell in cells:
            function = cell[1] if cell[0] == "return" else None
            if (
                isinstance(function, Function)
                and client.is_made
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
    if callee == STORED_SOMEWHERE:
        return "it becomes an attribute whose name is computed"
    if callee in ("getattr", "setattr", "hasattr"):
        return f"{callee}() looks for a member of it by a string"
    return f"it is handed to {callee}(), which this project does not contain"
