"""Code outside of the project: what is handed to it, and what it may call with anything."""

from __future__ import annotations

import ast

from codemods.flow.arguments import Arguments
from codemods.flow.boundary import (
    BUILTINS,
    alternatives,
    excludes_mapping,
    foreign,
    root_of,
)
from codemods.flow.evaluation import Evaluate
from codemods.flow.externals import is_harmless
from codemods.flow.model import Model
from codemods.flow.scopes import FunctionInfo, Scope, last_name
from codemods.flow.values import (
    OTHER,
    Bound,
    Class,
    Container,
    External,
    Function,
    Instance,
    LegacyName,
    Partial,
    Plain,
    Value,
)
from codemods.legacy import name_kind

__all__ = ["Outside"]

_MAPPINGS = frozenset(
    {"Any", "Dict", "Mapping", "MutableMapping", "OrderedDict", "DefaultDict", "TypedDict"}
)
"""Names of classes whose values a payload may be."""


class Outside:
    """The border of the project."""

    def __init__(self, model: Model, evaluate: Evaluate) -> None:
        self.definitions = model.definitions
        self.hierarchy = model.hierarchy
        self.cells = model.cells
        self.recorder = model.recorder
        self.names = model.names
        self.containers = model.containers
        self.members = model.members
        self.leaks = model.leaks
        self.evaluate = evaluate
        self.opened: dict[Function, str] = {}
        """Functions that unseen code may call, with the package of that code."""
        self.registered: set[Function] = set()
        """Functions that a decorator nobody sees was called with."""
        self.decorated: set[Function] = set()
        """Functions that a decorator of the project was called with."""

    # Arguments

    def package_of(self, name: str, node: ast.Call) -> str:
        """The package a called function belongs to; empty when nothing says so. *name* is its dotted name
        if known."""
        if name:
            return root_of(name) if "." in name else ""
        if isinstance(node.func, ast.Attribute):
            for base in self.recorder.last_value(node.func.value):
                if isinstance(base, External):
                    return root_of(base.name)
                if isinstance(base, Plain) and base.word == "foreign" and base.root.isidentifier():
                    return base.root
        return ""

    def hand_over(
        self, node: ast.Call, arguments: Arguments, callee: str, root: str, scope: Scope
    ) -> None:
        """Arguments reach code nobody sees: payloads leave, functions may be called with anything."""
        if is_harmless(callee or ast.unparse(node.func)) or callee in BUILTINS:
            return
        self.leaks.add_arguments(node, arguments, callee or ast.unparse(node.func), root, scope)
        for argument, values in arguments.everything():
            for value in values:
                self._open_value(value, root, (scope.path, argument.lineno))
        for value in arguments.spread:
            self._open_value(value, root, (scope.path, node.lineno))

    # Functions

    def _open_value(self, value: Value, root: str, place: tuple[str, int]) -> None:
        """Code of *root* may call the value with anything."""
        given = 0
        if isinstance(value, Partial):
            given, value = value.given, value.inner
        if isinstance(value, Instance):
            called = self.hierarchy.method(value.of, "__call__")
            value = called.value if called is not None else value
            given += 1
        elif isinstance(value, Class):
            init = self.hierarchy.method(value, "__init__")
            value = init.value if init is not None else value
            given += 1
        elif isinstance(value, Bound):
            info = self.definitions.functions[value.function]
            value, given = value.function, given + int(info.takes_receiver)
        if isinstance(value, Function):
            self.open_function(self.definitions.functions[value], root, given, place)

    def open_function(
        self, info: FunctionInfo, root: str, given: int, place: tuple[str, int]
    ) -> None:
        """Values of unknown origin reach the parameters behind the first *given*."""
        if not self.recorder.settled:
            return  # what is called may still turn out to be of the project
        outer = info.scope.parent or info.scope
        if info.value not in self.opened:
            self.opened[info.value] = root
            self.cells.enqueue(self.definitions.unit_of[info.value])
        for argument in [*info.parameters()[given:], *info.node.args.kwonlyargs]:
            value = OTHER if self._no_mapping(argument.annotation, outer) else foreign(root)
            self.cells.add(("var", info.scope.key, argument.arg), {value}, place)
        for extra in (info.node.args.vararg, info.node.args.kwarg):
            if extra is not None:
                box = Container(info.value.path, extra.lineno, extra.col_offset, "varargs")
                self.cells.add(("var", info.scope.key, extra.arg), {box}, place)
                self.containers.put_at(box, None, {foreign(root)}, place)

    def open_unmentioned(self, info: FunctionInfo) -> None:
        """A function that no file names can only be called from outside: an override, a computed name."""
        node = info.node
        if (
            not self.recorder.settled
            or isinstance(node, ast.Lambda)
            or node.name in self.definitions.mentioned
        ):
            return
        if info.value in self.decorated:
            return
        if node.name.startswith("__") or info.has_decorator("fixture", "property"):
            return
        place = (info.value.path, node.lineno)
        parameters = info.parameters()[1 if info.takes_receiver else 0 :]
        if node.name.startswith("test"):
            for argument in parameters:
                if not self.cells.read(("var", info.scope.key, argument.arg)):
                    self.cells.add(("var", info.scope.key, argument.arg), {OTHER}, place)
            return
        root = ""
        if info.owner is not None:
            roots = {root_of(base.name) for base in self.hierarchy.external_bases(info.owner)}
            root = roots.pop() if len(roots) == 1 else ""
        self.open_function(info, root, len(info.parameters()) - len(parameters), place)

    # Annotations of parameters

    def _no_mapping(self, annotation: ast.expr | None, scope: Scope) -> bool:
        """Whether a parameter with this annotation takes no dictionary."""
        if annotation is None:
            return False
        if excludes_mapping(annotation):
            return True
        parts = alternatives(annotation)
        if parts != [annotation]:
            return all(self._no_mapping(part, scope) for part in parts)
        if isinstance(annotation, ast.Name):
            found = self.names.load(annotation, scope)
        elif isinstance(annotation, ast.Attribute):
            # The expression may be the text of a string: nothing is to be kept of it.
            recording, self.recorder.recording = self.recorder.recording, False
            bases = self.evaluate(annotation.value, scope)
            found = self.members.read(bases, annotation.attr, annotation)
            self.recorder.recording = recording
        else:
            return False
        return bool(found) and all(
            (isinstance(value, Class) and not self._is_mapping(value))
            or (isinstance(value, LegacyName) and name_kind(value.name) == "class")
            or (
                isinstance(value, External)
                and last_name(annotation)[:1].isupper()
                and last_name(annotation) not in _MAPPINGS
            )
            for value in found
        )

    def _is_mapping(self, of: Class) -> bool:
        return any(
            base.name.rsplit(".", 1)[-1] in _MAPPINGS for base in self.hierarchy.external_bases(of)
        )
