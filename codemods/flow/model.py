"""The project as the analysis knows it: what moves values without evaluating an expression, in one place.

Each part is made of parts above it. What evaluates (:mod:`codemods.flow.expressions` and what it is made
of) takes the whole and picks what it needs.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from codemods.flow.binding import Binding
from codemods.flow.cells import Cells
from codemods.flow.constants import Constants
from codemods.flow.containers import Containers
from codemods.flow.definitions import Definitions
from codemods.flow.elements import Elements
from codemods.flow.hierarchy import Hierarchy
from codemods.flow.imports import Imports
from codemods.flow.leaks import Leaks
from codemods.flow.members import Members
from codemods.flow.names import Names
from codemods.flow.recorder import Recorder
from codemods.flow.rows import Rows
from codemods.flow.wrappers import Wrappers
from codemods.modules import ModuleGraph

__all__ = ["Model"]


class Model:
    """Definitions, cells, and everything that reads and fills them. The cells of a new one are empty."""

    def __init__(self, trees: Mapping[str, ast.Module], graph: ModuleGraph) -> None:
        self.definitions = Definitions(trees)
        modules = self.definitions.modules
        self.hierarchy = Hierarchy(self.definitions.classes)
        self.cells = Cells()
        self.recorder = Recorder()
        self.constants = Constants()
        self.imports = Imports(graph, modules, self.cells)
        self.names = Names(modules, self.cells, self.imports)
        self.containers = Containers(modules, self.cells)
        self.binding = Binding(self.definitions.functions, self.cells, self.containers)
        self.members = Members(
            modules,
            self.hierarchy,
            self.cells,
            self.recorder,
            self.imports,
            self.containers,
            self.binding,
        )
        self.elements = Elements(
            modules, self.hierarchy, self.cells, self.containers, self.binding, self.members
        )
        self.rows = Rows(self.containers, self.elements)
        self.wrappers = Wrappers(
            self.definitions.functions, self.hierarchy, self.cells, self.binding
        )
        self.leaks = Leaks(self.cells, self.recorder)
