"""Rows: the tuples that ``items()``, ``zip``, ``enumerate`` and their like give one by one."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from codemods.flow.arguments import Arguments
from codemods.flow.containers import ROW, Containers
from codemods.flow.elements import Elements
from codemods.flow.scopes import Scope
from codemods.flow.values import OTHER, Container, Value

__all__ = ["Rows"]

_SIDE_BY_SIDE = frozenset({"zip", "itertools.zip_longest", "itertools.product"})
_SEVERAL_OF_ONE = frozenset(
    {
        "itertools.pairwise",
        "itertools.combinations",
        "itertools.combinations_with_replacement",
        "itertools.permutations",
    }
)


class Rows:
    """Makes containers whose elements are tuples, and mappings out of such containers."""

    def __init__(self, containers: Containers, elements: Elements) -> None:
        self.containers = containers
        self.elements = elements

    def items(self, values: set[Value], node: ast.Call, scope: Scope) -> Container:
        """``mapping.items()``, where *values* are what the mapping has under its keys."""
        return self._container([{OTHER}, values], set(), node, scope)

    def item(self, values: set[Value], node: ast.Call, scope: Scope) -> Container:
        """``mapping.popitem()``."""
        return self._row([{OTHER}, values], set(), node, scope)

    def of_call(
        self, name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> Container | None:
        """What a function of the standard library gives; ``None`` where it gives no rows."""
        inside = [self.elements.elements(values) for _, values in arguments.positional]
        if name in _SIDE_BY_SIDE:
            spread = self.elements.elements(arguments.spread)
            return self._container(inside, spread, node, scope)
        if name in _SEVERAL_OF_ONE and inside:
            return self._container([], inside[0], node, scope)
        if name == "enumerate" and inside:
            return self._container([{OTHER}, inside[0]], set(), node, scope)
        if name == "itertools.groupby" and inside:
            group = Container(scope.path, node.lineno, node.col_offset, "group")
            self.containers.put(group, None, inside[0], node, scope)
            return self._container([{OTHER}, {group}], set(), node, scope)
        return None

    def entries(self, values: Iterable[Value], node: ast.expr) -> set[Value]:
        """What a mapping made of *values*, given as *node*, has under its keys."""
        written_out = isinstance(node, ast.GeneratorExp | ast.ListComp | ast.List | ast.Tuple)
        found: set[Value] = set()
        for element in self.elements.elements(set(values)):
            label = element.label if isinstance(element, Container) else ""
            if label == ROW or (written_out and label == "tuple"):
                found |= self.elements.item({element}, 1)
            else:
                found.add(element)
        return found

    def _container(
        self, slots: Sequence[set[Value]], anywhere: set[Value], node: ast.Call, scope: Scope
    ) -> Container:
        box = Container(scope.path, node.lineno, node.col_offset, "rows")
        self.containers.put(box, None, {self._row(slots, anywhere, node, scope)}, node, scope)
        return box

    def _row(
        self, slots: Sequence[set[Value]], anywhere: set[Value], node: ast.Call, scope: Scope
    ) -> Container:
        row = Container(scope.path, node.lineno, node.col_offset, ROW)
        for index, values in enumerate(slots):
            self.containers.put(row, index, values, node, scope)
            if not anywhere:
                self.containers.put(row, index - len(slots), values, node, scope)
        self.containers.put(row, None, anywhere, node, scope)
        return row
