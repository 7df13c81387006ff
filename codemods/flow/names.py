"""Variables: the cell behind a name, and what is in it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from codemods.flow.boundary import BUILTINS
from codemods.flow.cells import Cell, Cells
from codemods.flow.imports import Imports
from codemods.flow.scopes import ModuleInfo, Scope
from codemods.flow.values import External, Value

__all__ = ["Names"]


class Names:
    """Reads and binds names, seen from a scope."""

    def __init__(self, modules: Mapping[str, ModuleInfo], cells: Cells, imports: Imports) -> None:
        self.modules = modules
        self.cells = cells
        self.imports = imports

    def bind(self, name: str, values: Iterable[Value], scope: Scope, line: int) -> None:
        """Let a name have these values too."""
        cell = self._cell(name, scope) or ("var", scope.key, name)
        self.cells.add(cell, values, (scope.path, line))

    def load(self, node: ast.Name, scope: Scope) -> set[Value]:
        """What a name may be: a variable, something brought by a star import, a builtin."""
        cell = self._cell(node.id, scope)
        if cell is not None:
            return set(self.cells.read(cell))
        for star in self.modules[scope.path].star_imports:
            found = self.imports.starred(scope.path, star, node.id)
            if found:
                return found
        stored = self.cells.read(("var", self.modules[scope.path].scope.key, node.id))
        if stored:  # through globals()
            return set(stored)
        return {External(node.id)} if node.id in BUILTINS else set()

    def _cell(self, name: str, scope: Scope) -> Cell | None:
        home = scope.lookup(name)
        if home is None:
            return None
        if home.owner is not None and isinstance(home.node, ast.ClassDef):
            return ("attr", home.owner, name)
        return ("var", home.key, name)
