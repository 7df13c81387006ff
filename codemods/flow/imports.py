"""What import statements bring: modules, their names, and the legacy package under any path."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from codemods.flow.cells import Cells
from codemods.flow.scopes import ModuleInfo
from codemods.flow.values import External, LegacyModule, LegacyName, Module, Value
from codemods.legacy import LEGACY_FOLDER, exports, legacy_submodule, name_kind, parent_reexport
from codemods.modules import ModuleGraph, absolute_name

__all__ = ["Imports"]


class Imports:
    """Finds what names of modules mean."""

    def __init__(self, graph: ModuleGraph, modules: Mapping[str, ModuleInfo], cells: Cells) -> None:
        self.graph = graph
        self.modules = modules
        self.cells = cells

    def module(self, importer: str, dotted: str) -> Value:
        """The module object an import means."""
        sub = legacy_submodule(dotted)
        if sub is not None:
            return LegacyModule(sub)
        path = self.project_module(importer, dotted)
        return Module(path) if path is not None else External(dotted)

    def project_module(self, importer: str, dotted: str | None, level: int = 0) -> str | None:
        """The path of the analysed file an import means."""
        path = self.graph.find(importer, dotted, level)
        return path if path in self.modules else None

    def imported(self, importer: str, module: str | None, level: int, name: str) -> set[Value]:
        """What ``from module import name`` brings."""
        full = absolute_name(importer, module, level)
        legacy = self._imported_from_legacy(full, name)
        if legacy is not None:
            return {legacy}
        path = self.project_module(importer, module, level)
        reexported = parent_reexport(full, name)
        if path is not None:
            found = self.module_member(path, name)
            # While values still flow, a name the file binds may have none yet.
            if found or reexported is None or name in self.modules[path].scope.names:
                return found
        if reexported is not None:
            return {LegacyName("", reexported)}
        inner = self.project_module(importer, f"{module}.{name}" if module else name, level)
        return {Module(inner) if inner is not None else External(f"{full}.{name}")}

    def _imported_from_legacy(self, module: str, name: str) -> LegacyModule | LegacyName | None:
        inner = legacy_submodule(f"{module}.{name}" if module else name)
        sub = legacy_submodule(module)
        if sub is not None:
            is_module = name_kind(name) == "module"
            return LegacyModule(inner or name) if is_module else LegacyName(sub, name)
        return LegacyModule(inner) if inner is not None else None

    def module_member(self, path: str, name: str, seen: frozenset[str] = frozenset()) -> set[Value]:
        """A name of a project module: variable, submodule, or brought by a star import."""
        if path in seen:
            return set()
        module = self.modules[path]
        found: set[Value] = set()
        if name in module.scope.names:
            found |= self.cells.read(("var", module.scope.key, name))
        if path.endswith("__init__.py"):
            inner = self.project_module(path, name, 1)
            if inner is not None:
                found.add(Module(inner))
            if name == LEGACY_FOLDER and not found:
                found.add(LegacyModule(""))
        if not found:
            for star in module.star_imports:
                found |= self.starred(path, star, name, seen | {path})
        return found

    def starred(
        self, path: str, star: ast.ImportFrom, name: str, seen: frozenset[str] = frozenset()
    ) -> set[Value]:
        """What a star import brings under *name*."""
        sub = legacy_submodule(absolute_name(path, star.module, star.level))
        if sub is not None:
            return {LegacyName(sub, name)} if exports(sub, name) else set()
        source = self.project_module(path, star.module, star.level)
        return self.module_member(source, name, seen) if source is not None else set()
