"""Statements: how each kind of them moves values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from codemods.flow.decorators import Decorators
from codemods.flow.expressions import Expressions
from codemods.flow.model import Model
from codemods.flow.patterns import Patterns
from codemods.flow.scopes import Scope
from codemods.flow.values import Container, External, Value

__all__ = ["Statements"]


class Statements:
    """Runs statements; nested function bodies are units of their own."""

    def __init__(self, model: Model, expressions: Expressions) -> None:
        self.modules = model.definitions.modules
        self.hierarchy = model.hierarchy
        self.cells = model.cells
        self.recorder = model.recorder
        self.imports = model.imports
        self.names = model.names
        self.containers = model.containers
        self.elements = model.elements
        self.leaks = model.leaks
        self.evaluate = expressions.evaluate
        self.annotations = expressions.annotations
        self.targets = expressions.targets
        self.outside = expressions.outside
        self.patterns = Patterns(model, self.evaluate)
        self.decorators = Decorators(
            model, self.evaluate, expressions.calls.call_value, self.outside
        )
        self._by_type: Mapping[type[ast.AST], Callable[[Any, Scope], None]] = {
            ast.Expr: self._expression,
            ast.Assign: self._assign,
            ast.AnnAssign: self._assign_annotated,
            ast.AugAssign: self._assign_augmented,
            ast.Return: self._return,
            ast.For: self._for,
            ast.AsyncFor: self._for,
            ast.With: self._with,
            ast.AsyncWith: self._with,
            ast.FunctionDef: self._define_function,
            ast.AsyncFunctionDef: self._define_function,
            ast.ClassDef: self._define_class,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.Try: self._try,
            ast.TryStar: self._try,
            ast.Match: self._match,
        }

    def run(self, nodes: Iterable[ast.stmt], scope: Scope) -> None:
        """Run statements, in order."""
        for node in nodes:
            self._by_type.get(type(node), self._other)(node, scope)

    def _other(self, node: ast.stmt, scope: Scope) -> None:
        """If, While, Assert, Raise, Delete and whatever else: expressions and bodies, in order."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                self._by_type.get(type(child), self._other)(child, scope)
            elif isinstance(child, ast.expr):
                self.evaluate(child, scope)

    # Values

    def _expression(self, node: ast.Expr, scope: Scope) -> None:
        self.evaluate(node.value, scope)

    def _assign(self, node: ast.Assign, scope: Scope) -> None:
        values = self.evaluate(node.value, scope)
        for target in node.targets:
            self.targets.assign(target, values, scope, node.value)

    def _assign_annotated(self, node: ast.AnnAssign, scope: Scope) -> None:
        values = self.annotations.read(node.annotation, scope)
        if node.value is not None:
            values = values | self.evaluate(node.value, scope)
        self.targets.assign(node.target, values, scope, node.value)

    def _assign_augmented(self, node: ast.AugAssign, scope: Scope) -> None:
        values = self.evaluate(node.value, scope)
        for container in self.evaluate(node.target, scope):
            if isinstance(container, Container):
                self.containers.put(container, None, self.elements.elements(values), node, scope)
                if isinstance(node.op, ast.BitOr):
                    self.containers.merge(container, values, (scope.path, node.lineno))

    def _return(self, node: ast.Return, scope: Scope) -> None:
        if node.value is None or scope.function is None:
            return
        values = self.evaluate(node.value, scope)
        self.cells.add(("return", scope.function), values, (scope.path, node.lineno))
        if scope.function in self.outside.opened:
            caller = f"the caller of {scope.function.name}"
            root = self.outside.opened[scope.function]
            self.leaks.add(node.value, values, caller, root, scope)

    # Blocks

    def _for(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        values = self.evaluate(node.iter, scope)
        self.targets.assign_each(node.target, values, scope)
        self.run(node.body, scope)
        self.run(node.orelse, scope)

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        for item in node.items:
            entered = self.elements.entered(self.evaluate(item.context_expr, scope))
            if item.optional_vars is not None:
                self.targets.assign(item.optional_vars, entered, scope, None)
        self.run(node.body, scope)

    def _try(self, node: ast.Try | ast.TryStar, scope: Scope) -> None:
        self.run(node.body, scope)
        for handler in node.handlers:
            if handler.type is not None:
                self.evaluate(handler.type, scope)
            self.run(handler.body, scope)
        self.run(node.orelse, scope)
        self.run(node.finalbody, scope)

    def _match(self, node: ast.Match, scope: Scope) -> None:
        subject = self.evaluate(node.subject, scope)
        for case in node.cases:
            self.patterns.match(case.pattern, subject, scope)
            if case.guard is not None:
                self.evaluate(case.guard, scope)
            self.run(case.body, scope)

    # Definitions

    def _define_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        info = self.modules[scope.path].functions[id(node)]
        for decorator in node.decorator_list:
            self.decorators.apply(decorator, info, scope)
        self.names.bind(node.name, {info.value}, scope, node.lineno)

    def _define_class(self, node: ast.ClassDef, scope: Scope) -> None:
        info = self.modules[scope.path].classes[id(node)]
        found: list[Value] = []
        for base in node.bases:
            inner = base.value if isinstance(base, ast.Subscript) else base
            found.extend(sorted(self.evaluate(inner, scope), key=repr))
        for keyword in node.keywords:
            self.evaluate(keyword.value, scope)
        for decorator in node.decorator_list:
            self.decorators.apply_to_class(decorator, info.value, scope)
        if self.hierarchy.derive(info.value, found):
            self.recorder.grown = True
        self.names.bind(node.name, {info.value}, scope, node.lineno)
        self.run(node.body, info.scope)

    # Imports

    def _import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            first = alias.name.split(".")[0]
            if alias.asname or alias.name == first:
                value = self.imports.module(scope.path, alias.name)
            else:
                value = External(first)
            self.names.bind(alias.asname or first, {value}, scope, node.lineno)

    def _import_from(self, node: ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            if alias.name != "*":
                values = self.imports.imported(scope.path, node.module, node.level, alias.name)
                self.names.bind(alias.asname or alias.name, values, scope, node.lineno)
