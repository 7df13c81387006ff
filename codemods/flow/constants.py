"""Constant keys: what an index or a dictionary key is, where the source says it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable

from codemods.flow.scopes import Scope

__all__ = ["Constants", "constant_key"]


def constant_key(node: ast.expr | None) -> object:
    """The string or integer an expression is, the dotted name of an enum member; else ``None``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = constant_key(node.operand)
        return -inner if isinstance(inner, int) else None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr.isupper():
        return f"{node.value.id}.{node.attr}"  # an enum member or a module constant
    return None


class Constants:
    """Constants behind module-level names."""

    def __init__(self) -> None:
        self._by_module: dict[str, dict[str, object]] = {}
        self._by_name: dict[str, dict[str, list[ast.ClassDef]]] = {}

    def key(self, node: ast.expr, scope: Scope) -> object:
        """The constant key an expression is, also through a module-level name that is bound once."""
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found = self._of_class(node.value.id, scope).get(node.attr)
            return constant_key(node) if found is None else found
        if not isinstance(node, ast.Name):
            return constant_key(node)
        home = scope.lookup(node.id)
        if home is None or home.parent is not None:
            return None
        return self._of_module(home).get(node.id)

    def _of_class(self, name: str, scope: Scope) -> dict[str, object]:
        """Constants of a class at module level that is nothing but a holder of them: it has no bases."""
        home = scope.lookup(name)
        if home is None or home.parent is not None:
            return {}
        classes = self._classes(home).get(name, [])
        if len(classes) != 1 or classes[0].bases or classes[0].keywords:
            return {}
        return _constants(classes[0].body)

    def _classes(self, scope: Scope) -> dict[str, list[ast.ClassDef]]:
        """Top-level classes of a module, by name."""
        if scope.path not in self._by_name:
            found = self._by_name[scope.path] = {}
            for statement in getattr(scope.node, "body", ()):
                if isinstance(statement, ast.ClassDef):
                    found.setdefault(statement.name, []).append(statement)
        return self._by_name[scope.path]

    def _of_module(self, scope: Scope) -> dict[str, object]:
        if scope.path not in self._by_module:
            found = _constants(getattr(scope.node, "body", ()))
            stores = Counter(
                node.id
                for node in ast.walk(scope.node)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            )
            self._by_module[scope.path] = {
                name: value for name, value in found.items() if stores[name] == 1
            }
        return self._by_module[scope.path]


def _constants(body: Iterable[ast.stmt]) -> dict[str, object]:
    """The names that the statements of a body give a constant, the last one each."""
    found: dict[str, object] = {}
    for statement in body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        if isinstance(statement, ast.AnnAssign):
            target = statement.target
        value = getattr(statement, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
            found[target.id] = value.value
    return found
