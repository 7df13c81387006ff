"""Functions that look keys up: ``itemgetter``, ``operator.getitem``, a method of a payload as a value."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Literal

from codemods.flow.arguments import Arguments
from codemods.flow.model import Model
from codemods.flow.recorder import Lookup
from codemods.flow.scopes import Scope
from codemods.flow.values import Container, Getter, Payload, Reader, Value

__all__ = ["GETTING", "Lookups"]

GETTING = frozenset({"operator.getitem", "dict.get", "dict.__getitem__", "dict.pop"})
"""Functions whose first argument is looked into, with the key as their second."""


class Lookups:
    """Calls such functions, and takes down those that look into payloads."""

    def __init__(self, model: Model) -> None:
        self.constants = model.constants
        self.containers = model.containers
        self.elements = model.elements
        self.recorder = model.recorder

    def getter(self, node: ast.Call, scope: Scope) -> set[Value]:
        """``itemgetter("market", "data")``."""
        return {Getter(tuple(self.constants.key(key, scope) for key in node.args))}

    def call(
        self, callee: Getter | Reader, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value]:
        """The result of calling one; *node* may also be the call of a function that does so."""
        is_direct = callee in self.recorder.last_value(node.func)
        first = arguments.first()
        if isinstance(callee, Reader):
            key = self._key(node, 0, scope) if is_direct else None
            by_name = isinstance(node.func, ast.Attribute) and node.func.attr == callee.method
            if not by_name:
                reads = is_direct and callee.method in ("get", "__getitem__")
                self._note("method" if reads else "applied", node, (key,), {callee.of})
            return self.elements.item({callee.of}, key)
        self._note("getter" if is_direct else "applied", node, callee.keys, first)
        if len(callee.keys) == 1:
            return self.elements.item(first, callee.keys[0])
        box = Container(scope.path, node.lineno, node.col_offset, "tuple")
        for index, key in enumerate(callee.keys):
            self.containers.put(box, index, self.elements.item(first, key), node, scope)
        return {box}

    def function(self, node: ast.Call, arguments: Arguments, scope: Scope) -> set[Value]:
        """``operator.getitem(data, "data")``, ``dict.get(data, "data")``."""
        key = self._key(node, 1, scope)
        takes = isinstance(node.func, ast.Attribute) and node.func.attr == "pop"
        self._note("applied" if takes else "function", node, (key,), arguments.first())
        found = self.elements.item(arguments.first(), key)
        for _, values in arguments.positional[2:]:
            found |= values
        return found

    def reduced(self, node: ast.Call, started: Iterable[Value]) -> None:
        """``reduce(operator.getitem, ["data", "trade_price"], data)``."""
        keys = getattr(node.args[1], "elts", None) if len(node.args) > 1 else None
        first = keys[0] if keys else None
        key = first.value if isinstance(first, ast.Constant) else None
        self._note("applied", node, (key,), started)

    def _key(self, node: ast.Call, index: int, scope: Scope) -> object:
        if len(node.args) <= index or isinstance(node.args[index], ast.Starred):
            return None
        return self.constants.key(node.args[index], scope)

    def _note(
        self,
        way: Literal["getter", "function", "method", "applied"],
        node: ast.Call,
        keys: tuple[object, ...],
        values: Iterable[Value],
    ) -> None:
        if not self.recorder.recording:
            return
        payloads = frozenset(
            value for value in values if isinstance(value, Payload) and value.layer == "envelope"
        )
        if payloads:
            found = self.recorder.findings.lookups.setdefault(id(node), [])
            lookup = Lookup(way, keys, payloads)
            if lookup not in found:
                found.append(lookup)
