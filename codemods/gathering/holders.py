"""What holds clients, and what ends them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from codemods.flow.cells import Cell
from codemods.flow.externals import ENTERING
from codemods.flow.values import Client, LegacyName
from codemods.project import Project
from codemods.references import class_values

__all__ = ["Holders"]

_ENDING = frozenset({"disconnect", "unsubscribe_all", "__aexit__"})


@dataclass(eq=False)
class Holders:
    """Answers from the analysis of a project, each found once."""

    project: Project

    @cached_property
    def by_client(self) -> dict[Client, list[Cell]]:
        """The cells each client reaches."""
        found: dict[Client, list[Cell]] = {}
        for cell, values in self.project.flow.cells.items():
            for value in values:
                if isinstance(value, Client):
                    found.setdefault(value, []).append(cell)
        return found

    @cached_property
    def by_attribute(self) -> dict[str, list[tuple[Cell, set[Client]]]]:
        """The attributes that hold clients, by their names."""
        found: dict[str, list[tuple[Cell, set[Client]]]] = {}
        for cell, values in self.project.flow.cells.items():
            if cell[0] == "attr":
                held = {
                    value for value in values if isinstance(value, Client) and value.kind != "any"
                }
                if held:
                    found.setdefault(str(cell[2]), []).append((cell, held))
        return found

    @cached_property
    def loose_by_attribute(self) -> dict[str, set[Client]]:
        """Clients that became attributes of something unknown, by the names of the attributes."""
        found: dict[str, set[Client]] = {}
        for cell, values in self.project.flow.cells.items():
            if cell[0] == "loose":
                held = {value for value in values if isinstance(value, Client)}
                if any(client.kind != "any" for client in held):
                    found.setdefault(str(cell[2]), set()).update(held)
        return found

    @cached_property
    def classes_by_attribute(self) -> dict[str, set[LegacyName]]:
        """The client classes that attributes hold, by the names of the attributes."""
        found: dict[str, set[LegacyName]] = {}
        for cell, values in self.project.flow.cells.items():
            if cell[0] == "attr":
                held = {value for value in values if isinstance(value, LegacyName)}
                if class_values(held):
                    found.setdefault(str(cell[2]), set()).update(held)
        return found

    def is_outlived(self, client: Client) -> bool:
        """Only held by local variables, and nothing ever disconnects it."""
        for cell in self.by_client.get(client, []):
            if cell[0] == "var":
                scope_key = cell[1]
                if isinstance(scope_key, tuple) and scope_key[1] == "":
                    return False
            elif cell[0] not in ("return", "yield"):
                return False
        return client not in self._ended

    @cached_property
    def _ended(self) -> set[Client]:
        return {
            value
            for source in self.project.sources.values()
            for node in source.nodes
            for ended in _ended_by(node)
            for value in self.project.values(ended)
            if isinstance(value, Client)
        }


def _ended_by(node: ast.AST) -> Sequence[ast.expr]:
    """Expressions whose value *node* disconnects sooner or later."""
    if isinstance(node, ast.Attribute) and node.attr in _ENDING:
        return (node.value,)
    if isinstance(node, ast.withitem):
        return (node.context_expr,)
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ENTERING
    ):
        return node.args
    return ()
