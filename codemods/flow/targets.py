"""Assignment: how a value reaches names, attributes, elements and the parts of a tuple."""

from __future__ import annotations

import ast

from codemods.flow.evaluation import Evaluate
from codemods.flow.model import Model
from codemods.flow.scopes import Scope, last_name
from codemods.flow.values import Container, Value

__all__ = ["Targets"]


class Targets:
    """Assigns to targets."""

    def __init__(self, model: Model, evaluate: Evaluate) -> None:
        self.cells = model.cells
        self.recorder = model.recorder
        self.constants = model.constants
        self.names = model.names
        self.members = model.members
        self.containers = model.containers
        self.elements = model.elements
        self.leaks = model.leaks
        self.evaluate = evaluate

    def assign(
        self,
        target: ast.expr,
        values: set[Value],
        scope: Scope,
        source: ast.expr | None,
    ) -> None:
        """Store *values*; *source* is the right-hand side, used to unpack literal tuples pairwise."""
        if self.recorder.recording and values:
            self.recorder.findings.values[id(target)] = frozenset(values)
        if isinstance(target, ast.Name):
            self.names.bind(target.id, values, scope, target.lineno)
        elif isinstance(target, ast.Attribute):
            bases = self.evaluate(target.value, scope)
            place = (scope.path, target.lineno)
            if not self.members.store(bases, target, target.attr, values, place):
                self.leaks.add(target, values, ast.unparse(target.value), "", scope)
        elif isinstance(target, ast.Subscript):
            self._store_element(target, values, scope)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, values, scope, None)
        elif isinstance(target, ast.Tuple | ast.List):
            self._unpack(target, values, scope, source)

    def assign_each(self, target: ast.expr, values: set[Value], scope: Scope) -> None:
        """Store what a ``for`` over *values* gives."""
        self.assign(target, self.elements.elements(values), scope, None)

    def _store_element(self, target: ast.Subscript, values: set[Value], scope: Scope) -> None:
        key = self.constants.key(target.slice, scope)
        if isinstance(key, int) and key < 0:
            key = None  # which one that is depends on how many there are
        if not isinstance(target.slice, ast.Constant):
            self.evaluate(target.slice, scope)
        bases = self.evaluate(target.value, scope)
        for container in bases:
            if isinstance(container, Container):
                self.containers.put(container, key, values, target, scope)
        if not any(isinstance(base, Container) for base in bases):
            place = (scope.path, target.lineno)
            self.cells.add(("loose", last_name(target.value), "[]"), values, place)
            self.leaks.add(target, values, ast.unparse(target.value), "", scope)

    def _unpack(
        self,
        target: ast.Tuple | ast.List,
        values: set[Value],
        scope: Scope,
        source: ast.expr | None,
    ) -> None:
        starred = any(isinstance(element, ast.Starred) for element in target.elts)
        if (
            isinstance(source, ast.Tuple | ast.List)
            and len(source.elts) == len(target.elts)
            and not starred
        ):
            for inner, part in zip(target.elts, source.elts, strict=True):
                self.assign(inner, self.evaluate(part, scope), scope, part)
            return
        for index, inner in enumerate(target.elts):
            found = self.elements.elements(values) if starred else self.elements.item(values, index)
            if isinstance(inner, ast.Starred):
                box = Container(scope.path, inner.lineno, inner.col_offset)
                self.containers.put(box, None, found, inner, scope)
                found = {box}
            self.assign(inner, found, scope, None)
