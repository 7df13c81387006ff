"""The import statements of a project that bring v5 names, directly or through other files."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.legacy import COMPAT_PACKAGE, exports, legacy_submodule, name_kind, parent_reexport
from codemods.modules import absolute_name
from codemods.project import Project
from codemods.source import SourceFile

__all__ = ["ImportTable", "ImportedName"]


@dataclass(eq=False)
class ImportedName:
    """One alias of one import statement.

    Args:
        kind: ``"legacy"`` a name of the legacy package; ``"module"`` the package or a submodule;
            ``"project"`` a name of another file; ``"star"`` everything of a legacy module.
        sub: legacy submodule the name comes from (or is).
        name: name there.
        bound: name here; for ``import a.b`` the first part.
        origin: for ``"project"``: the other file.
    """

    source: SourceFile
    statement: ast.Import | ast.ImportFrom
    alias: ast.alias
    kind: str
    sub: str
    name: str
    bound: str
    origin: str = ""

    @property
    def is_on_compat(self) -> bool:
        """Whether it is no name of v5 itself (any more)."""
        if self.kind == "project":
            return True
        if isinstance(self.statement, ast.Import):
            named = self.alias.name
        else:
            # from . import compat_v5 is a file of the project
            named = "." * self.statement.level + (self.statement.module or self.alias.name)
        return named.split(".")[0] == COMPAT_PACKAGE


class ImportTable:
    """Looks imports up by file and bound name."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.by_file: dict[str, list[ImportedName]] = {}
        for path, source in project.sources.items():
            found = [
                imported
                for node in source.nodes
                if isinstance(node, ast.Import | ast.ImportFrom)
                for imported in self._of(source, node)
            ]
            if found:
                self.by_file[path] = found
        self._importers: dict[tuple[str, str], list[ImportedName]] = {}
        for entries in self.by_file.values():
            for imported in entries:
                if imported.kind == "project":
                    self._importers.setdefault((imported.origin, imported.name), []).append(
                        imported
                    )
        self.star_importers = self._stars()

    def _of(self, source: SourceFile, node: ast.Import | ast.ImportFrom) -> list[ImportedName]:
        found = []
        for alias in node.names:
            if isinstance(node, ast.Import):
                sub = legacy_submodule(alias.name)
                if sub is not None:
                    bound = alias.asname or alias.name.split(".")[0]
                    found.append(ImportedName(source, node, alias, "module", sub, "", bound))
                continue
            imported = self._from(source, node, alias)
            if imported is not None:
                found.append(imported)
        return found

    def _from(
        self, source: SourceFile, node: ast.ImportFrom, alias: ast.alias
    ) -> ImportedName | None:
        full = absolute_name(source.path, node.module, node.level)
        bound = alias.asname or alias.name
        sub = legacy_submodule(full)
        if sub is not None:
            if alias.name == "*":
                return ImportedName(source, node, alias, "star", sub, "*", "*")
            if name_kind(alias.name) == "module":
                inner = legacy_submodule(f"{full}.{alias.name}") or alias.name
                return ImportedName(source, node, alias, "module", inner, "", bound)
            return ImportedName(source, node, alias, "legacy", sub, alias.name, bound)
        inner_sub = legacy_submodule(f"{full}.{alias.name}" if full else alias.name)
        if inner_sub is not None:
            return ImportedName(source, node, alias, "module", inner_sub, "", bound)
        path = self.project.graph.find(source.path, node.module, node.level)
        if (
            path is not None
            and path in self.project.sources
            and alias.name != "*"
            and self.project.flow.imports.module_member(path, alias.name)
        ):
            return ImportedName(source, node, alias, "project", "", alias.name, bound, path)
        reexported = parent_reexport(full, alias.name)
        if reexported is not None:
            return ImportedName(source, node, alias, "legacy", "", reexported, bound)
        return None

    def _stars(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path, module in self.project.flow.modules.items():
            for star in module.star_imports:
                origin = self.project.graph.find(path, star.module, star.level)
                if origin is not None and origin in self.project.sources:
                    found.setdefault(origin, []).append(path)
        return found

    def entries(self, path: str, bound: str) -> list[ImportedName]:
        """The aliases that bind *bound* in a file."""
        return [imported for imported in self.by_file.get(path, ()) if imported.bound == bound]

    def importers(self, path: str, name: str) -> list[ImportedName]:
        """Aliases elsewhere that import *name* from a file."""
        return self._importers.get((path, name), [])

    def roots(
        self, path: str, bound: str, seen: frozenset[tuple[str, str]] = frozenset()
    ) -> list[ImportedName] | None:
        """The direct legacy imports behind a name; ``None`` when the name comes by another way than
        imports alone (an assignment, an attribute)."""
        if (path, bound) in seen:
            return None
        entries = self.entries(path, bound)
        if not entries:
            return self._star_roots(path, bound, seen)
        found: list[ImportedName] = []
        for imported in entries:
            if imported.kind == "legacy":
                found.append(imported)
            elif imported.kind == "project":
                inner = self.roots(imported.origin, imported.name, seen | {(path, bound)})
                if inner is None:
                    return None
                found += inner
            else:
                return None
        return found

    def _star_roots(
        self, path: str, bound: str, seen: frozenset[tuple[str, str]]
    ) -> list[ImportedName] | None:
        module = self.project.flow.modules.get(path)
        if module is None or bound in module.scope.names:
            return None
        for imported in self.by_file.get(path, ()):
            if imported.kind == "star" and exports(imported.sub, bound):
                return [imported]
        for star in module.star_imports:
            origin = self.project.graph.find(path, star.module, star.level)
            if origin is not None and origin in self.project.sources:
                found = self.roots(origin, bound, seen | {(path, bound)})
                if found:
                    return found
        return None
