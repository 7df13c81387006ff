"""The component name a proxy gets: what a person would write, unique within its file.

The class around the construction (``"ChartWidget"``), else the function (``"run_feed"``), else the module
(``"feed"``). Where several proxies would share that name, the variable is added:
``"MarketDataCollector.private_client"``. An attribute that is filled in several places of its class is one
component. The second argument of a proxy is always ``__name__``, which
makes the pair unique in the application. What is called like the legacy package lends ``"websocket"``: a
later run would take the component for a path to that package.
"""

from __future__ import annotations

import ast
from collections import Counter

from codemods.legacy import COMPAT_PACKAGE, LEGACY_FOLDER
from codemods.source import SourceFile

__all__ = ["component_names"]


def component_names(source: SourceFile, calls: list[ast.Call]) -> dict[int, str]:
    """``{id(call): name}`` for every construction in one file."""
    owners = {id(call): _unversioned(_owner(source, call)) for call in calls}
    attributes = {id(call): _attribute(source, call) for call in calls}
    held = {(owners[id(call)], attributes[id(call)] or id(call)) for call in calls}
    crowded = Counter(owner for owner, _ in held)
    names: dict[int, str] = {}
    taken: set[str] = set()
    rebuilt: dict[tuple[str, str], str] = {}
    for call in calls:
        name, attribute = owners[id(call)], attributes[id(call)]
        if attribute and (name, attribute) in rebuilt:
            names[id(call)] = rebuilt[name, attribute]
            continue
        owner = name
        if crowded[name] > 1:
            variable = _unversioned(_variable(source, call))
            name = f"{name}.{variable}" if variable and variable != name else name
        unique, number = name, 1
        while unique in taken:
            number += 1
            unique = f"{name}-{number}"
        taken.add(unique)
        names[id(call)] = unique
        if attribute:
            rebuilt[owner, attribute] = unique
    return names


def _unversioned(name: str) -> str:
    return "websocket" if name in (LEGACY_FOLDER, COMPAT_PACKAGE) else name


def _owner(source: SourceFile, call: ast.Call) -> str:
    function = ""
    for node in source.ancestors(call):
        if isinstance(node, ast.ClassDef):
            return node.name
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node.name
    if function:
        return function
    stem = source.path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    if stem == "__init__" and "/" in source.path:
        stem = source.path.split("/")[-2]
    return stem


def _attribute(source: SourceFile, call: ast.Call) -> str:
    """``self.client`` where that is what the proxy is put into, in a class; empty otherwise."""
    statement = source.parent(call)
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target: ast.expr = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign):
        target = statement.target
    else:
        return ""
    inside = any(isinstance(node, ast.ClassDef) for node in source.ancestors(call))
    if inside and isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        return f"{target.value.id}.{target.attr}"
    return ""


def _variable(source: SourceFile, call: ast.Call) -> str:
    for node in source.ancestors(call):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            return _target(node.targets[0])
        if isinstance(node, ast.AnnAssign | ast.NamedExpr):
            return _target(node.target)
        if isinstance(node, ast.withitem) and node.optional_vars is not None:
            return _target(node.optional_vars)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return node.name
    return ""


def _target(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr.lstrip("_")
    if isinstance(node, ast.Name):
        return node.id.lstrip("_")
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return ""
