"""Members: what ``x.name`` may be, and what is stored in it."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from codemods.flow.binding import Binding
from codemods.flow.boundary import foreign, root_of
from codemods.flow.cells import Cells
from codemods.flow.containers import Containers
from codemods.flow.hierarchy import Hierarchy
from codemods.flow.imports import Imports
from codemods.flow.recorder import Recorder
from codemods.flow.scopes import FunctionInfo, ModuleInfo, last_name
from codemods.flow.values import (
    OTHER,
    UNKNOWN,
    Bound,
    Class,
    Client,
    Container,
    External,
    Function,
    Instance,
    LegacyModule,
    LegacyName,
    Maker,
    Module,
    Moment,
    Partial,
    Payload,
    Plain,
    Reader,
    Value,
)
from codemods.legacy import class_name, legacy_submodule, name_kind, parent_reexport

__all__ = ["Members", "class_of"]

_LONGEST_NAME = 8


class Members:
    """Reads and stores attributes."""

    def __init__(
        self,
        modules: Mapping[str, ModuleInfo],
        hierarchy: Hierarchy,
        cells: Cells,
        recorder: Recorder,
        imports: Imports,
        containers: Containers,
        binding: Binding,
    ) -> None:
        self.modules = modules
        self.hierarchy = hierarchy
        self.cells = cells
        self.recorder = recorder
        self.imports = imports
        self.containers = containers
        self.binding = binding
        self.payload_attributes: set[str] = set()
        """Names of attributes a payload was stored in."""

    # Reading

    def read(self, bases: set[Value], name: str, node: ast.Attribute) -> set[Value]:
        """The member *name* of each of *bases*; *node* is the expression that reads it."""
        found: set[Value] = set()
        resolved = False
        for base in bases:
            member = self.member(base, name, only_inherited=_is_exact(node.value, base))
            if member is not None:
                resolved = True
                found |= member
            elif isinstance(base, Plain) and base.word == "foreign":
                found.add(base)
        recorder = self.recorder
        if not resolved:
            loose = self.cells.read(("loose", last_name(node.value), name))
            if loose and recorder.recording:
                recorder.findings.likely.add(id(node))
            found |= loose
            if name in self.payload_attributes:
                found.add(foreign(f".{name}"))
        elif recorder.recording and id(node.value) in recorder.findings.likely:
            recorder.findings.likely.add(id(node))
        return found

    def member(self, base: Value, name: str, *, only_inherited: bool = False) -> set[Value] | None:
        """The member *name* of one value; ``None`` when nothing says what that may be."""
        if name == "__dict__" and isinstance(base, Instance | Class | Module):
            return {self.containers.namespace(base.of if isinstance(base, Instance) else base)}
        if name == "__class__" and isinstance(base, Instance | Client):
            return class_of(base)
        if isinstance(base, Instance | Class):
            return self._class_member(base, name, only_inherited=only_inherited)
        if isinstance(base, Module):
            return self.imports.module_member(base.path, name)
        if isinstance(base, LegacyModule):
            inner = f"{base.sub}.{name}" if base.sub else name
            return {
                LegacyModule(inner) if name_kind(name) == "module" else LegacyName(base.sub, name)
            }
        if isinstance(base, External):
            return self._external_member(base, name)
        if isinstance(base, Client):
            # Only a mock hands itself on: cls.return_value, mock.__aenter__.return_value.
            return (
                {base}
                if base.origin == "mock" and name in ("return_value", "__aenter__")
                else {OTHER}
            )
        if isinstance(base, Container):
            values = self.cells.read(("item", base, name))
            return set(values) if values else set()
        if isinstance(base, Payload) and name in ("get", "pop", "setdefault", "__getitem__"):
            return {Reader(base, name)}
        if isinstance(base, Payload | Moment | LegacyName | Partial | Maker | Bound | Function):
            return {OTHER}
        return None

    def _external_member(self, base: External, name: str) -> set[Value]:
        if base.name.endswith(")") or base.name.count(".") > _LONGEST_NAME:
            # A member of an object outside of the project; and `node = node.next` ends.
            return {OTHER, foreign(root_of(base.name))}
        dotted = f"{base.name}.{name}"
        sub = legacy_submodule(dotted)
        if sub is not None:
            return {LegacyModule(sub)}
        reexported = parent_reexport(base.name, name)
        if reexported is not None:
            return {LegacyName("", reexported)}
        path = self.imports.project_module("", dotted)
        return {Module(path) if path is not None else External(dotted)}

    def _class_member(
        self, base: Instance | Class, name: str, *, only_inherited: bool
    ) -> set[Value] | None:
        of = base.of if isinstance(base, Instance) else base
        found: set[Value] = set()
        for known in self.hierarchy.family(of):
            found |= self.cells.read(("attr", known, name))
        found = self._got(found, base)
        methods = self._methods(base, name, only_inherited=only_inherited)
        if methods:
            found = {value for value in found if not isinstance(value, Function)}
        for info, receiver in methods:
            if info.has_decorator("property", "cached_property"):
                if isinstance(receiver, Instance):
                    self.binding.bind_receiver(info, receiver)
                found |= self.cells.read(("return", info.value))
            elif info.has_decorator("staticmethod"):
                found.add(info.value)
            elif isinstance(receiver, Instance) or info.has_decorator("classmethod"):
                found.add(Bound(info.value, receiver))
            else:
                found.add(info.value)
        if not found:
            found |= self._stored_somewhere(of)
        if isinstance(base, Instance) and not found:
            getter = self.hierarchy.method(of, "__getattr__")
            if getter is not None:
                return {UNKNOWN}
        return found

    def _stored_somewhere(self, of: Class) -> set[Value]:
        """What became attributes under names nobody can see: ``vars(self).update(given)``."""
        spaces = [self.containers.namespace(known) for known in self.hierarchy.family(of)]
        return {value for space in spaces for value in self.cells.read(("spread", space))}

    def _got(self, values: set[Value], owner: Instance | Class) -> set[Value]:
        """What an attribute gives: of a descriptor of the project what its ``__get__`` returns."""
        found: set[Value] = set()
        for value in values:
            getter = (
                self.hierarchy.method(value.of, "__get__") if isinstance(value, Instance) else None
            )
            if getter is None or not isinstance(value, Instance):
                found.add(value)
                continue
            place = (getter.value.path, getter.value.line)
            self.binding.bind_slots(getter, value, [{owner}], place)
            found |= self.cells.read(("return", getter.value))
        return found

    def _methods(
        self, base: Instance | Class, name: str, *, only_inherited: bool
    ) -> list[tuple[FunctionInfo, Instance | Class]]:
        """What ``base.name`` may be as a method, each with its receiver: what is inherited and,
        since an instance, or ``cls``, may be of a subclass, what subclasses put in its place."""
        of = base.of if isinstance(base, Instance) else base
        inherited = self.hierarchy.method(of, name)
        found: list[tuple[FunctionInfo, Instance | Class]] = []
        if inherited is not None:
            found.append((inherited, base))
        if only_inherited:
            return found
        for known in self.hierarchy.family(of):
            info = self.hierarchy.classes[known].methods.get(name)
            below = of in self.hierarchy.ancestors(known)
            if info is not None and info is not inherited and (below or inherited is None):
                found.append((info, known if isinstance(base, Class) else Instance(known)))
        return found

    # Storing

    def store(
        self,
        bases: set[Value],
        node: ast.Attribute,
        name: str,
        values: set[Value],
        place: tuple[str, int],
    ) -> bool:
        """Store an attribute; whether it is known of what."""
        known = False
        if name not in self.payload_attributes and self.cells.payloads_within(values):
            self.payload_attributes.add(name)
            self.recorder.grown = True
        for base in bases:
            known = self._store_in(base, name, values, place) or known
        if not known:
            self.cells.add(("loose", last_name(node.value), name), values, place)
        return known

    def _store_in(self, base: Value, name: str, values: set[Value], place: tuple[str, int]) -> bool:
        """Store an attribute of one value; whether that value is known."""
        if isinstance(base, Instance):
            if not self._set_property(base, name, values, place):
                self.cells.add(("attr", base.of, name), values, place)
        elif isinstance(base, Class):
            self.cells.add(("attr", base, name), values, place)
        elif isinstance(base, Module):
            self.cells.add(("var", self.modules[base.path].scope.key, name), values, place)
        elif isinstance(base, Container):
            self.containers.put_at(base, name, values, place)
        else:
            return isinstance(base, Client | Payload | LegacyModule | LegacyName)
        return True

    def _set_property(
        self, base: Instance, name: str, values: set[Value], place: tuple[str, int]
    ) -> bool:
        """Hand what is assigned to a property to its setter; whether there is one."""
        for known in self.hierarchy.ancestors(base.of):
            setter = self.hierarchy.classes[known].setters.get(name)
            if setter is not None and len(setter.parameters()) == 2:
                self.binding.bind_receiver(setter, base)
                value = setter.parameters()[1].arg
                self.cells.add(("var", setter.scope.key, value), values, place)
                return True
        return False


def class_of(value: Instance | Client) -> set[Value]:
    """``type(value)``; of a client of an unknown kind nothing is known."""
    if isinstance(value, Instance):
        return {value.of}
    name = class_name(value.kind)
    return {LegacyName("", name)} if name is not None else set()


def _is_exact(node: ast.expr, base: Value) -> bool:
    """Whether ``node.name`` is looked up in no subclass: of ``super()``, and of a class by its name."""
    if isinstance(node, ast.Call):
        return last_name(node.func) == "super"
    return isinstance(base, Class) and last_name(node) == base.name
