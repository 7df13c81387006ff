"""What indexing, iterating over and entering a value gives."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from codemods.flow.arguments import MOST_ARGUMENTS
from codemods.flow.binding import Binding
from codemods.flow.boundary import foreign, root_of
from codemods.flow.cells import Cells
from codemods.flow.constants import constant_key
from codemods.flow.containers import ROW, Containers
from codemods.flow.hierarchy import Hierarchy
from codemods.flow.members import Members
from codemods.flow.scopes import ModuleInfo, Scope
from codemods.flow.values import (
    OTHER,
    Class,
    Container,
    External,
    Instance,
    Module,
    Moment,
    Payload,
    Plain,
    Value,
)

__all__ = ["Elements"]


class Elements:
    """Takes values out of containers, and out of objects that behave like one."""

    def __init__(
        self,
        modules: Mapping[str, ModuleInfo],
        hierarchy: Hierarchy,
        cells: Cells,
        containers: Containers,
        binding: Binding,
        members: Members,
    ) -> None:
        self.modules = modules
        self.hierarchy = hierarchy
        self.cells = cells
        self.containers = containers
        self.binding = binding
        self.members = members

    def item(self, values: Iterable[Value], key: object) -> set[Value]:
        """The element under a constant key; all elements where the key is not known."""
        found: set[Value] = set()
        for value in values:
            of = self.containers.named_by(value) if isinstance(value, Container) else None
            if of is not None and isinstance(key, str):
                found |= (
                    self.members.member(Instance(of) if isinstance(of, Class) else of, key) or set()
                )
                if isinstance(of, Module):
                    found |= self.cells.read(("var", self.modules[of.path].scope.key, key))
            elif isinstance(value, Container):
                keyed = self.cells.read(("item", value, key)) if key is not None else set()
                if keyed or (value.label == ROW and isinstance(key, int)):
                    found |= keyed | self.cells.read(("spread", value))
                else:
                    found |= self.cells.read(("items", value))
                merged = self.containers.merged(value)
                found |= self.item(merged, key) if merged else set()
            elif isinstance(value, Instance):
                found |= self._instance_item(value, key)
                merged = self.containers.merged(value.of)
                found |= self.item(merged, key) if merged else set()
            elif isinstance(value, Payload):
                if value.layer == "envelope" and (key is None or key in ("data", "raw_data")):
                    found.add(Payload(value.client, value.data_type, "frame"))
                elif value.layer == "envelope" and key == "timestamp":
                    found.add(Moment(value))
                else:
                    found.add(OTHER)
            else:
                found |= _inside(value)
        return found

    def part(
        self, values: Iterable[Value], node: ast.Subscript, bounds: ast.Slice, scope: Scope
    ) -> set[Value]:
        """What a slice gives: of a container the container, of ``*args`` what is behind its start."""
        found: set[Value] = set()
        start = constant_key(bounds.lower)
        for value in values:
            if isinstance(value, Container):
                kept = None
                if value.label == "varargs" and bounds.step is None and isinstance(start, int):
                    kept = self._behind(value, start, node, scope)
                found.add(kept or value)
            elif not isinstance(value, Payload):
                found |= self.item({value}, None)
        return found

    def _behind(
        self, box: Container, start: int, node: ast.Subscript, scope: Scope
    ) -> Container | None:
        """``args[start:]``; ``None`` where the positions are not known."""
        indexes = range(start, 0 if start < 0 else start + MOST_ARGUMENTS)
        held = [self.cells.read(("item", box, index)) for index in indexes]
        if self.cells.read(("spread", box)) or not held[0] or (start < 0 and not all(held)):
            return None
        kept = Container(scope.path, node.lineno, node.col_offset, "varargs")
        for index, values in enumerate(held):
            self.containers.put(kept, index, values, node, scope)
        return kept

    def elements(self, values: Iterable[Value]) -> set[Value]:
        """What iterating over *values* gives."""
        return self._elements(values, set())

    def _elements(self, values: Iterable[Value], entered: set[Value]) -> set[Value]:
        """*entered*: objects whose iterator is being looked for; it may be one of them again."""
        found: set[Value] = set()
        for value in values:
            if isinstance(value, Container):
                found |= self.cells.read(("items", value))
            elif isinstance(value, Instance):
                if value not in entered:
                    found |= self._instance_elements(value, entered | {value})
            elif isinstance(value, Payload):
                found.add(OTHER)
            else:
                found |= _inside(value)
        return found

    def entered(self, values: set[Value]) -> set[Value]:
        """What ``with values as target`` binds."""
        found: set[Value] = set()
        for value in values:
            if isinstance(value, Container) and value.label == "context":
                found |= self.elements({value})
            elif isinstance(value, Instance):
                info = self.hierarchy.method(value.of, "__aenter__") or self.hierarchy.method(
                    value.of, "__enter__"
                )
                if info is not None:
                    self.binding.bind_receiver(info, value)
                    found |= self.cells.read(("return", info.value))
                else:
                    found.add(value)
            else:
                found.add(value)
        return found

    def _instance_item(self, value: Instance, key: object) -> set[Value]:
        getter = self.hierarchy.method(value.of, "__getitem__")
        if getter is not None:
            self.binding.bind_receiver(getter, value)
            return set(self.cells.read(("return", getter.value)))
        fields = self.hierarchy.fields(value.of)
        if not self._is_tuple(value.of) or not fields:
            return set()
        known = isinstance(key, int) and 0 <= key < len(fields)
        names = [fields[key]] if known and isinstance(key, int) else fields
        return {one for name in names for one in self.cells.read(("attr", value.of, name))}

    def _instance_elements(self, value: Instance, entered: set[Value]) -> set[Value]:
        """What ``for`` and ``async for`` over an object give."""
        found: set[Value] = set()
        for name in ("__next__", "__anext__", "__iter__", "__aiter__"):
            info = self.hierarchy.method(value.of, name)
            if info is None:
                continue
            self.binding.bind_receiver(info, value)
            given = self.cells.read(("yield" if info.is_generator else "return", info.value))
            if name in ("__next__", "__anext__") or info.is_generator:
                found |= given
            else:
                found |= self._elements(set(given), entered)
        return found | (self._instance_item(value, None) if self._is_tuple(value.of) else set())

    def _is_tuple(self, of: Class) -> bool:
        return any(
            base.name.rsplit(".", 1)[-1] == "NamedTuple"
            for base in self.hierarchy.external_bases(of)
        )


def _inside(value: Value) -> set[Value]:
    """Elements and members of something the project does not show are no better known."""
    if isinstance(value, External) and value.name.endswith("()"):
        return {foreign(root_of(value.name))}
    if isinstance(value, Plain) and value.word in ("unknown", "foreign", "decoded"):
        return {value}
    return set()
