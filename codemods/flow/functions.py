"""Functions: what is known of their parameters and results before anybody calls them, and their bodies."""

from __future__ import annotations

import ast

from codemods.flow.expressions import Expressions
from codemods.flow.fixtures import Fixtures
from codemods.flow.model import Model
from codemods.flow.scopes import FunctionInfo, Scope
from codemods.flow.statements import Statements
from codemods.flow.values import Class, Container, Instance, Value

__all__ = ["Functions"]


class Functions:
    """Runs the bodies of functions."""

    def __init__(self, model: Model, expressions: Expressions, statements: Statements) -> None:
        self.cells = model.cells
        self.elements = model.elements
        self.evaluate = expressions.evaluate
        self.annotations = expressions.annotations
        self.outside = expressions.outside
        self.fixtures = Fixtures(model, self.evaluate)
        self.statements = statements

    def run(self, info: FunctionInfo) -> None:
        """Run one function."""
        node, scope = info.node, info.scope
        outer = scope.parent or scope
        self._bind_receiver(info)
        self._bind_defaults(info, outer)
        for argument in [*info.parameters(), *node.args.kwonlyargs]:
            if argument.annotation is not None:
                found = self.annotations.read(argument.annotation, outer)
                self._bind(info, argument, found)
        self.fixtures.bind(info)
        self.fixtures.bind_patches(info, outer)
        self.outside.open_unmentioned(info)
        if isinstance(node, ast.Lambda):
            place = (info.value.path, node.lineno)
            self.cells.add(("return", info.value), self.evaluate(node.body, scope), place)
            return
        if node.returns is not None:
            self._bind_result(info, node.returns, outer)
        self.statements.run(node.body, scope)

    def _bind(self, info: FunctionInfo, argument: ast.arg, values: set[Value]) -> None:
        place = (info.value.path, argument.lineno)
        self.cells.add(("var", info.scope.key, argument.arg), values, place)

    def _bind_receiver(self, info: FunctionInfo) -> None:
        parameters = info.parameters()
        if not info.takes_receiver or not parameters or info.owner is None:
            return
        if not isinstance(info.node, ast.Lambda) and info.node.name == "__new__":
            return
        is_class_method = info.has_decorator("classmethod")
        receiver: Class | Instance = info.owner if is_class_method else Instance(info.owner)
        place = (info.value.path, info.node.lineno)
        self.cells.add(("var", info.scope.key, parameters[0].arg), {receiver}, place)

    def _bind_defaults(self, info: FunctionInfo, outer: Scope) -> None:
        arguments = info.node.args
        defaults: list[tuple[ast.arg, ast.expr | None]] = list(
            zip(reversed(info.parameters()), reversed(arguments.defaults), strict=False)
        )
        defaults += list(zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True))
        for argument, default in defaults:
            if default is not None:
                # A default of None says nothing about what callers pass.
                self._bind(info, argument, self.evaluate(default, outer))

    def _bind_result(self, info: FunctionInfo, annotation: ast.expr, outer: Scope) -> None:
        found = self.annotations.read(annotation, outer)
        kind = "return"
        if info.is_generator:
            kind = "yield"
            found = self.elements.elements(found) | {
                value for value in found if not isinstance(value, Container)
            }
        self.cells.add((kind, info.value), found, (info.value.path, info.node.lineno))
