"""Code outside of the project: what is handed to it, and what it may call with anything."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING

from codemods.flow.arguments import Arguments
from codemods.flow.boundary import (
    ANYWHERE,
    TRANSPARENT_DECORATORS,
    Leak,
    excludes_mapping,
    foreign,
    root_of,
)
from codemods.flow.scopes import FunctionInfo, Scope, last_name
from codemods.flow.values import (
    OTHER,
    Bound,
    Class,
    Container,
    External,
    Function,
    Instance,
    Partial,
    Payload,
    Value,
)

if TYPE_CHECKING:
    from codemods.flow.evaluator import Evaluator

__all__ = ["Outside"]

_MAPPINGS = frozenset(
    {"Any", "Dict", "Mapping", "MutableMapping", "OrderedDict", "DefaultDict", "TypedDict"}
)
"""Names of classes whose values a payload may be."""


class Outside:
    """The border of the project, for :class:`~codemods.flow.evaluator.Evaluator`."""

    def __init__(self, flow: Evaluator) -> None:
        self.flow = flow

    def leak(
        self, node: ast.expr, values: Iterable[Value], callee: str, root: str, scope: Scope
    ) -> None:
        """Remember the payloads among *values*, and inside containers among them, as handed away."""
        if not self.flow._recording:
            return
        payloads = self.payloads_in(values)
        if payloads:
            known = self.flow.leaks.get(id(node))
            payloads |= known.values if known is not None else frozenset()
            self.flow.leaks[id(node)] = Leak(
                scope.path, node.lineno, callee, root, frozenset(payloads)
            )

    def payloads_in(self, values: Iterable[Value]) -> set[Value]:
        """Payloads among the values and inside containers among them."""
        return {value for value in self.flow.cells.within(values) if isinstance(value, Payload)}

    def open_value(self, value: Value, root: str, place: tuple[str, int]) -> None:
        """Code of *root* may call the value with anything."""
        given = 0
        if isinstance(value, Partial):
            given, value = value.given, value.inner
        if isinstance(value, Instance):
            called = self.flow.method(value.of, "__call__")
            value = called.value if called is not None else value
            given += 1
        elif isinstance(value, Class):
            init = self.flow.method(value, "__init__")
            value = init.value if init is not None else value
            given += 1
        elif isinstance(value, Bound):
            info = self.flow.functions[value.function]
            value, given = value.function, given + int(info.takes_receiver)
        if isinstance(value, Function):
            self.open_function(self.flow.functions[value], root, given, place)

    def open_function(
        self, info: FunctionInfo, root: str, given: int, place: tuple[str, int]
    ) -> None:
        """Values of unknown origin reach the parameters behind the first *given*."""
        if not self.flow.settled:
            return  # what is called may still turn out to be of the project
        outer = info.scope.parent or info.scope
        if info.value not in self.flow.opened:
            self.flow.opened[info.value] = root
            self.flow.cells.enqueue(self.flow._unit_of[info.value])
        for argument in [*info.parameters()[given:], *info.node.args.kwonlyargs]:
            value = OTHER if self._no_mapping(argument.annotation, outer) else foreign(root)
            self.flow.cells.add(("var", info.scope.key, argument.arg), {value}, place)
        for extra in (info.node.args.vararg, info.node.args.kwarg):
            if extra is not None:
                box = Container(info.value.path, extra.lineno, extra.col_offset, "varargs")
                self.flow.cells.add(("var", info.scope.key, extra.arg), {box}, place)
                self.flow.put_at(box, None, {foreign(root)}, place)

    def _no_mapping(self, annotation: ast.expr | None, scope: Scope) -> bool:
        """Whether a parameter with this annotation takes no dictionary."""
        if annotation is None:
            return False
        if excludes_mapping(annotation):
            return True
        if not isinstance(annotation, ast.Name | ast.Attribute):
            return False
        found = self.flow._evaluate(annotation, scope)
        return bool(found) and all(
            (isinstance(value, Class) and not self._is_typed_dict(value))
            or (
                isinstance(value, External)
                and last_name(annotation)[:1].isupper()
                and last_name(annotation) not in _MAPPINGS
            )
            for value in found
        )

    def _is_typed_dict(self, of: Class) -> bool:
        return any(
            isinstance(base, External) and base.name.rsplit(".", 1)[-1] in _MAPPINGS
            for known in self.flow.ancestors(of)
            for base in self.flow.bases.get(known, ())
        )

    def open_unmentioned(self, info: FunctionInfo) -> None:
        """A function that no file names can only be called from outside: an override, a computed name."""
        node = info.node
        if (
            not self.flow.settled
            or isinstance(node, ast.Lambda)
            or node.name in self.flow._mentioned
        ):
            return
        if info.value in self.flow._decorated:
            return
        if node.name.startswith("__") or info.has_decorator("fixture", "property"):
            return
        place = (info.value.path, node.lineno)
        parameters = info.parameters()[1 if info.takes_receiver else 0 :]
        if node.name.startswith("test"):
            for argument in parameters:
                if not self.flow.cells.read(("var", info.scope.key, argument.arg)):
                    self.flow.cells.add(("var", info.scope.key, argument.arg), {OTHER}, place)
            return
        root = ""
        if info.owner is not None:
            bases = [
                b
                for known in self.flow.ancestors(info.owner)
                for b in self.flow.bases.get(known, ())
            ]
            roots = {root_of(base.name) for base in bases if isinstance(base, External)}
            root = roots.pop() if len(roots) == 1 else ""
        self.open_function(info, root, len(info.parameters()) - len(parameters), place)

    def apply_decorator(self, decorator: ast.expr, info: FunctionInfo, scope: Scope) -> None:
        """A decorator of the project is called with the function; one of a library may register it."""
        values = self.flow.evaluate(decorator, scope)
        called = ast.Call(func=decorator, args=[], keywords=[])
        ast.copy_location(called, decorator)
        given = Arguments(((decorator, frozenset({info.value})),), (), frozenset())
        seen = False
        for value in values:
            if isinstance(value, Function | Bound):
                seen = True
                self.flow._decorated.add(info.value)
                self.flow.calls.call_value(value, called, given, scope)
        inner = decorator.func if isinstance(decorator, ast.Call) else decorator
        if seen or not isinstance(inner, ast.Attribute) or inner.attr in TRANSPARENT_DECORATORS:
            return
        owners = self.flow._last.get(id(inner.value), frozenset())
        if any(isinstance(one, External) and not one.name.endswith(")") for one in owners):
            return  # a function of a module wraps: functools.cache, tenacity.retry
        roots = {root_of(one.name) for one in owners if isinstance(one, External)}
        root = roots.pop() if len(roots) == 1 else ""
        if info.value.name in self.flow._mentioned:
            root = ANYWHERE  # what the project calls itself is more likely wrapped than registered
        taken = 1 if info.takes_receiver else 0
        self.open_function(info, root, taken, (scope.path, decorator.lineno))
