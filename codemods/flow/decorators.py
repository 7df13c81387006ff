"""Decorators: what they are handed, and what they put in its place."""

from __future__ import annotations

import ast

from codemods.flow.arguments import Arguments
from codemods.flow.boundary import ANYWHERE, TRANSPARENT_DECORATORS, root_of
from codemods.flow.evaluation import CallValue, Evaluate
from codemods.flow.model import Model
from codemods.flow.outside import Outside
from codemods.flow.scopes import FunctionInfo, Scope, last_name
from codemods.flow.values import Bound, Class, External, Function, Instance, Partial, Value

__all__ = ["Decorators"]


class Decorators:
    """Hands functions to their decorators."""

    def __init__(
        self, model: Model, evaluate: Evaluate, call_value: CallValue, outside: Outside
    ) -> None:
        self.functions = model.definitions.functions
        self.mentioned = model.definitions.mentioned
        self.cells = model.cells
        self.recorder = model.recorder
        self.wrappers = model.wrappers
        self.evaluate = evaluate
        self.call_value = call_value
        self.outside = outside
        self._calls: dict[int, ast.Call] = {}
        """The call each decorator stands for, by its ``id``."""

    def apply_to_class(self, decorator: ast.expr, of: Class, scope: Scope) -> None:
        """A decorator of the project is called with the class, which keeps its name."""
        called, given = self._call_with(decorator, of)
        for value in self.evaluate(decorator, scope):
            if isinstance(value, Function | Bound | Partial | Instance):
                self.call_value(value, called, given, scope)

    def _call_with(self, decorator: ast.expr, decorated: Value) -> tuple[ast.Call, Arguments]:
        """The call that a decorator stands for."""
        called = self._calls.setdefault(id(decorator), ast.Call(decorator, [], []))
        ast.copy_location(called, decorator)
        return called, Arguments(((decorator, frozenset({decorated})),), (), frozenset())

    def apply(self, decorator: ast.expr, info: FunctionInfo, scope: Scope) -> None:
        """A decorator of the project is called with the function; one of a library may register it."""
        values = self.evaluate(decorator, scope)
        called, given = self._call_with(decorator, info.value)
        seen = False
        for value in values:
            if isinstance(value, Function | Bound | Partial | Class | Instance):
                made = self.call_value(value, called, given, scope)
                if made is not None:
                    seen = True
                    self.outside.decorated.add(info.value)
                    self.wrappers.put(info, made, (scope.path, decorator.lineno))
        inner = decorator.func if isinstance(decorator, ast.Call) else decorator
        if seen or last_name(inner) in TRANSPARENT_DECORATORS:
            return
        field = _default_of(inner, info)
        if field is not None:
            made = self.cells.read(("return", info.value))
            self.cells.add(("attr", info.owner, field), made, (scope.path, decorator.lineno))
            return
        if self._is_alternative(inner, info, (scope.path, decorator.lineno)):
            return
        self.outside.registered.add(info.value)
        if not isinstance(inner, ast.Attribute):
            return
        owners = self.recorder.last_value(inner.value)
        if any(isinstance(one, External) and not one.name.endswith(")") for one in owners):
            return  # a function of a module wraps: functools.cache, tenacity.retry
        roots = {root_of(one.name) for one in owners if isinstance(one, External)}
        root = roots.pop() if len(roots) == 1 else ""
        if info.value.name in self.mentioned:
            root = ANYWHERE  # what the project calls itself is more likely wrapped than registered
        taken = 1 if info.takes_receiver else 0
        self.outside.open_function(info, root, taken, (scope.path, decorator.lineno))

    def _is_alternative(
        self, decorator: ast.expr, info: FunctionInfo, place: tuple[str, int]
    ) -> bool:
        """Whether ``@show.register`` makes a function one of those that ``show`` calls by type."""
        if not isinstance(decorator, ast.Attribute) or decorator.attr != "register":
            return False
        dispatching = [
            self.functions[value]
            for value in self.recorder.last_value(decorator.value)
            if isinstance(value, Function)
            and self.functions[value].has_decorator("singledispatch", "singledispatchmethod")
        ]
        for one in dispatching:
            self.outside.decorated.add(info.value)
            self.wrappers.put(one, {info.value}, place)
        return bool(dispatching)


def _default_of(decorator: ast.expr, info: FunctionInfo) -> str | None:
    """The field of attrs whose value a method gives, ``@field.default``; ``None`` for other decorators."""
    if not isinstance(decorator, ast.Attribute) or not isinstance(decorator.value, ast.Name):
        return None
    return decorator.value.id if decorator.attr == "default" and info.owner is not None else None
