"""Clients that reach, or may be reached from, files nobody could read or parse: they stay."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.byte_tests import named_imports
from codemods.decisions import Decisions
from codemods.flow.values import Class, Client, External, Function, Payload, Value
from codemods.gathering.verdicts import refuse
from codemods.left_out import LeftOut
from codemods.outlines import first_name
from codemods.project import Project
from codemods.references import clients_in
from codemods.source import SourceFile

__all__ = ["refuse_beside_failed"]


def refuse_beside_failed(decisions: Decisions) -> None:
    """Let clients stay where a file that failed may be what their callbacks, classes or uses come from."""
    project = decisions.project
    failed = project.failures.keys() | {
        path for path, why in project.left_out.items() if why is LeftOut.UNREADABLE
    }
    if not failed:
        return
    for source in project.sources.values():
        names = _imported_from(project, source, failed)
        if names:
            _hold_users(decisions, source, names)
    for path in sorted(failed):
        for imported in _imports_of_failed(project, path):
            _hold_stored(decisions, imported, path)


def _imported_from(project: Project, source: SourceFile, failed: set[str]) -> dict[str, str]:
    """``{dotted name as the analysis knows it: failed file}`` of what *source* imports from those."""
    graph, path = project.graph, source.path
    found: dict[str, str] = {}
    for node in source.nodes:
        if isinstance(node, ast.ImportFrom):
            inner = f"{node.module}." if node.module else ""
            for alias in node.names:
                for module in (node.module, inner + alias.name):
                    origin = graph.find(path, module, node.level)
                    if origin in failed:
                        found[alias.asname or alias.name] = str(origin)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                origin = graph.find(path, alias.name)
                if origin in failed:
                    found[alias.asname or alias.name.split(".")[0]] = str(origin)
    return found


def _hold_users(decisions: Decisions, source: SourceFile, names: dict[str, str]) -> None:
    """Clients and payloads that meet one of *names* in a statement of their own stay."""
    project = decisions.project
    values = _values_of(project, source, names)
    for item in decisions.items:
        if item.source is not source:
            continue
        origin = _meeting(project, item.source.statement(item.node), names, values)
        if origin is not None:
            _refuse(decisions, item.clients, source, item.node, origin)
    for node in source.nodes:
        if isinstance(node, ast.ClassDef):
            _hold_inherited(decisions, source, node, names)
        elif isinstance(node, ast.Call):
            origin = names.get(first_name(node.func), "")
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            held = {value for one in given for value in project.values(one)} if origin else set()
            clients = {value.client for value in held if isinstance(value, Payload)}
            clients |= clients_in(project, held)
            if clients:
                _refuse(decisions, frozenset(clients), source, node, origin)


def _values_of(project: Project, source: SourceFile, names: dict[str, str]) -> dict[Value, str]:
    """The values that stand for *names*, which may go by other names, too."""
    return {
        value: names[node.id]
        for node in source.nodes
        if isinstance(node, ast.Name) and node.id in names
        for value in project.values(node)
        if isinstance(value, External)
    }


def _meeting(
    project: Project, statement: ast.stmt, names: dict[str, str], values: dict[Value, str]
) -> str | None:
    """The failed file something in *statement* comes from; ``None`` for none."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name | ast.Attribute):
            if isinstance(node, ast.Name) and node.id in names:
                return names[node.id]
            for value in project.values(node):
                if value in values:
                    return values[value]
    return None


def _hold_inherited(
    decisions: Decisions, source: SourceFile, node: ast.ClassDef, names: dict[str, str]
) -> None:
    """A base class nobody sees may do anything with the attributes."""
    origin = next((names[first] for b in node.bases if (first := first_name(b)) in names), None)
    if origin is None:
        return
    held = {
        value
        for cell, values in decisions.project.flow.cells.items()
        if cell[0] == "attr" and isinstance(cell[1], Class)
        if (cell[1].path, cell[1].line) == (source.path, node.lineno)
        for value in decisions.project.flow.cells.within(values)
        if isinstance(value, Client)
    }
    if held:
        _refuse(decisions, frozenset(held), source, node, origin)


def _imports_of_failed(project: Project, path: str) -> Iterator[str]:
    """Files of the project that a file imports, as far as its text tells without being parsed."""
    for module, level, names in named_imports(project.failed_sources.get(path, b"")):
        for name in (module, *(f"{module}.{one}" if module else one for one in names)):
            found = project.graph.find(path, name or None, level)
            if found in project.sources:
                yield str(found)


def _hold_stored(decisions: Decisions, path: str, failed: str) -> None:
    """Clients that stand in names, attributes or results of *path* stay: *failed* may use them."""
    project = decisions.project
    held: set[Client] = set()
    for cell, values in list(project.flow.cells.items()):
        if len(cell) > 1 and _path_of(cell[1]) == path:
            held |= clients_in(project, values)
    real = frozenset(client for client in held if client.kind != "any")
    if real:
        source = project.sources[path]
        used = (one.node for one in decisions.items if one.source is source and one.clients & real)
        _refuse(decisions, real, source, next(used, source.tree.body[0]), failed)


def _path_of(owner: object) -> str | None:
    """The file a cell belongs to."""
    if isinstance(owner, Class | Function):
        return owner.path
    return str(owner[0]) if isinstance(owner, tuple) and owner else None


def _refuse(
    decisions: Decisions,
    clients: frozenset[Client],
    source: SourceFile,
    node: ast.AST,
    failed: str,
) -> None:
    reason = (
        f"{failed}, which may use it, could not be read; see why it failed, then run "
        "upbit-migrate again"
    )
    refuse(decisions, clients, source, node, "UWS190", reason)
