"""Containers: the elements that are put into them, by key where it is known."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from codemods.flow.cells import Cell, Cells
from codemods.flow.scopes import ModuleInfo, Scope
from codemods.flow.values import Class, Container, Module, Payload, Value

__all__ = ["ADDING", "ROW", "Containers"]

ADDING = frozenset(
    {
        "append",
        "appendleft",
        "add",
        "put",
        "put_nowait",
        "push",
        "register",
        "enter_async_context",
        "enter_context",
    }
)
"""Methods of containers that keep every argument as an element."""


ROW = "row"
"""Label of a tuple whose parts are known one by one, also before the analysis knows what they are."""


class Containers:
    """Puts elements into containers. The dictionary of an object's names is one as well."""

    def __init__(self, modules: Mapping[str, ModuleInfo], cells: Cells) -> None:
        self.modules = modules
        self.cells = cells
        self._namespaces: dict[Container, Class | Module] = {}

    def put(
        self,
        container: Container,
        key: object,
        values: Iterable[Value],
        node: ast.AST,
        scope: Scope,
    ) -> None:
        """Add elements; *key* is a constant index or key, ``None`` when it is not known."""
        self.put_at(container, key, values, (scope.path, getattr(node, "lineno", 1)))

    def put_at(
        self, container: Container, key: object, values: Iterable[Value], place: tuple[str, int]
    ) -> None:
        """The same, with the path and line that are the reason."""
        of = self._namespaces.get(container)
        if isinstance(of, Class) and isinstance(key, str):
            self.cells.add(("attr", of, key), values, place)
        elif isinstance(of, Module) and isinstance(key, str):
            self.cells.add(("var", self.modules[of.path].scope.key, key), values, place)
        cell: Cell = ("item", container, key) if key is not None else ("spread", container)
        found = set(values)
        self.cells.add(cell, found, place)
        self.cells.add(("items", container), found, place)

    def merge(
        self, into: Container | Class, values: Iterable[Value], place: tuple[str, int]
    ) -> None:
        """Let the entries of the payloads among *values* be entries of a mapping: of a container, or of the
        instances of a class."""
        found = {value for value in values if isinstance(value, Payload)}
        self.cells.add(("merged", into), found, place)

    def merged(self, into: Container | Class) -> set[Value]:
        """Payloads whose entries a mapping has taken in."""
        return self.cells.read(("merged", into))

    def namespace(self, of: Class | Module) -> Container:
        """What ``vars(x)``, ``x.__dict__`` and ``globals()`` are: what is stored in it is an attribute or
        a variable."""
        line = of.line if isinstance(of, Class) else 0
        found = Container(of.path, line, 0, f"namespace {getattr(of, 'name', '')}")
        self._namespaces[found] = of
        return found

    def named_by(self, container: Container) -> Class | Module | None:
        """The object whose names a container holds; ``None`` for any other container."""
        return self._namespaces.get(container)
