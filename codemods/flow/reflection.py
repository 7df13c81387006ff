"""Reflection: members and modules looked up by a string, namespaces, ``super``."""

from __future__ import annotations

import ast

from codemods.flow.arguments import Arguments
from codemods.flow.boundary import foreign
from codemods.flow.externals import STORED_SOMEWHERE
from codemods.flow.members import class_of
from codemods.flow.model import Model
from codemods.flow.scopes import Scope
from codemods.flow.values import (
    NONE,
    OTHER,
    UNKNOWN,
    Class,
    Client,
    Instance,
    Module,
    Payload,
    Value,
)

__all__ = ["Reflection"]


class Reflection:
    """Calls the builtins that look at objects, classes and modules."""

    def __init__(self, model: Model) -> None:
        self.hierarchy = model.hierarchy
        self.recorder = model.recorder
        self.imports = model.imports
        self.containers = model.containers
        self.members = model.members
        self.leaks = model.leaks

    def attribute(
        self, name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value]:
        """``getattr`` and ``setattr``."""
        if self.recorder.recording and any(
            isinstance(value, Client) for value in arguments.first()
        ):
            # What is looked up on a client by a string cannot follow a renamed method.
            self.recorder.findings.escapes[id(node.args[0])] = name
        if len(node.args) < 2 or len(arguments.positional) < 2:
            self.leaks.add_arguments(node, arguments, name, "", scope)
            return {UNKNOWN, foreign()}
        key = node.args[1]
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            self.leaks.add_arguments(node, arguments, name, "", scope)
            if name == "setattr" and len(arguments.positional) > 2:
                self._store_somewhere(arguments, scope)
            return {UNKNOWN, foreign()}
        access = ast.Attribute(value=node.args[0], attr=key.value, ctx=ast.Load())
        ast.copy_location(access, node)
        bases = set(arguments.positional[0][1])
        if name == "setattr" and len(arguments.positional) > 2:
            place = (scope.path, node.lineno)
            self.members.store(bases, access, key.value, set(arguments.positional[2][1]), place)
            return {NONE}
        found = self.members.read(bases, key.value, access)
        for _, values in arguments.positional[2:]:
            found |= values
        return found

    def _store_somewhere(self, arguments: Arguments, scope: Scope) -> None:
        """Store an attribute under a name nobody can see. A payload counts as handed out instead."""
        (_, bases), _, (argument, stored) = arguments.positional[:3]
        values = {value for value in stored if not isinstance(value, Payload)}
        for base in bases:
            of = base.of if isinstance(base, Instance) else base
            if isinstance(of, Class | Module):
                place = (scope.path, argument.lineno)
                self.containers.put_at(self.containers.namespace(of), None, values, place)
            elif self.recorder.recording:
                self.recorder.findings.escapes[id(argument)] = STORED_SOMEWHERE

    def class_of(self, arguments: Arguments) -> set[Value] | None:
        """``type(x)``; ``None`` where nothing is known of it."""
        found: set[Value] = set()
        for value in arguments.first():
            if isinstance(value, Instance | Client) and len(arguments.positional) == 1:
                found |= class_of(value)
        return found or None

    def imported(self, node: ast.Call, scope: Scope) -> set[Value] | None:
        """``importlib.import_module``; ``None`` where the name is relative or no constant."""
        target = node.args[0] if node.args else None
        if (
            isinstance(target, ast.Constant)
            and isinstance(target.value, str)
            and not target.value.startswith(".")
        ):
            return {self.imports.module(scope.path, target.value)}
        return None

    def variables(self, arguments: Arguments) -> set[Value] | None:
        """``vars(x)``; ``None`` without an argument that is known."""
        first = arguments.first()
        if not first:
            return None
        spaces = {v.of if isinstance(v, Instance) else v for v in first}
        return {self.containers.namespace(v) for v in spaces if isinstance(v, Class | Module)} or {
            UNKNOWN
        }

    def global_variables(self, scope: Scope) -> set[Value]:
        """``globals()``."""
        return {self.containers.namespace(Module(scope.path))}

    def parent_class(self, scope: Scope) -> set[Value]:
        """``super()``."""
        owner = None
        current: Scope | None = scope
        while current is not None and owner is None:
            owner = current.owner
            current = current.parent
        if owner is None:
            return {UNKNOWN}
        bases = self.hierarchy.bases.get(owner, [])
        return {Instance(base) for base in bases if isinstance(base, Class)} or {OTHER}
