"""What the files define, and the units the analysis looks at: module bodies and functions."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from codemods.flow.scopes import ClassInfo, FunctionInfo, ModuleInfo, collect
from codemods.flow.values import Class, Function

__all__ = ["Definitions"]


class Definitions:
    """Modules, functions and classes of the project."""

    def __init__(self, trees: Mapping[str, ast.Module]) -> None:
        self.trees = trees
        self.modules: dict[str, ModuleInfo] = {
            path: collect(path, tree) for path, tree in trees.items()
        }
        self.mentioned = {name for module in self.modules.values() for name in module.mentioned}
        """Names and attributes that any file reads."""
        self.functions: dict[Function, FunctionInfo] = {}
        self.classes: dict[Class, ClassInfo] = {}
        self.units: list[FunctionInfo | ModuleInfo] = []
        """A module comes before its functions."""
        self.unit_of: dict[Function, int] = {}
        """Where a function is in :attr:`units`."""
        for module in self.modules.values():
            self._add(module)

    def _add(self, module: ModuleInfo) -> None:
        self.units.append(module)
        for function in module.functions.values():
            self.functions[function.value] = function
            self.unit_of[function.value] = len(self.units)
            self.units.append(function)
        for info in module.classes.values():
            self.classes[info.value] = info
