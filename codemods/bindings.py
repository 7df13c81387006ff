"""What becomes of each imported name: it moves, it stays, or both are needed for a while."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from codemods.decisions import Decisions
from codemods.flow.values import LegacyName
from codemods.import_table import ImportedName
from codemods.legacy import name_kind
from codemods.references import Reference, class_values
from compat_v5.renames import CLIENT_CLASSES

__all__ = ["PROXY", "Bindings", "State"]

PROXY = "WebSocketClientProxy"
State = Literal["moved", "kept", "both"]


@dataclass(eq=False)
class Bindings:
    """Answers per imported name; built after the decisions.

    *dropped*: ``id`` of the mentions that go with the code around them.
    """

    decisions: Decisions
    dropped: set[int] = field(default_factory=set)

    @cached_property
    def by_name(self) -> dict[tuple[str, str], list[Reference]]:
        """References by file and the name they go through."""
        found: dict[tuple[str, str], list[Reference]] = {}
        for reference in self.decisions.references:
            if id(reference) not in self.dropped:
                found.setdefault((reference.source.path, reference.bound), []).append(reference)
        return found

    def moved(self, reference: Reference) -> bool:
        """Whether this mention changes."""
        if reference.role in ("kept", "except", "catching"):
            return False
        if reference.role in ("construct", "provided") and not reference.clients:
            return False
        return self.decisions.moves(reference.clients)

    def users(
        self, path: str, bound: str, seen: frozenset[tuple[str, str]] = frozenset()
    ) -> list[Reference]:
        """References through a name, here and in the files that import it from here."""
        if (path, bound) in seen:
            return []
        seen = seen | {(path, bound)}
        found = list(self.by_name.get((path, bound), ()))
        for importer in self.decisions.imports.importers(path, bound):
            found += self.users(importer.source.path, importer.bound, seen)
        for star in self.decisions.imports.star_importers.get(path, ()):
            found += self.users(star, bound, seen)
        found += [
            reference
            for reference in self.decisions.references
            if reference.through_module and self._reads_member(reference, path, bound)
            if id(reference) not in self.dropped
        ]
        return found

    def _reads_member(self, reference: Reference, path: str, bound: str) -> bool:
        from codemods.flow.values import Module

        node = reference.node
        return (
            isinstance(node, ast.Attribute)
            and node.attr == bound
            and Module(path) in self.decisions.project.values(node.value)
        )

    def is_exported(self, path: str, bound: str) -> bool:
        """Whether other files, or ``__all__``, rely on the name."""
        imports = self.decisions.imports
        if imports.importers(path, bound) or imports.star_importers.get(path):
            return True
        if path.endswith("__init__.py") or bound in self._all_names(path):
            return True
        return any(
            self._reads_member(r, path, bound)
            for r in self.decisions.references
            if r.through_module
        )

    def _all_names(self, path: str) -> set[str]:
        source = self.decisions.project.sources[path]
        found: set[str] = set()
        for node in source.tree.body:
            targets = (
                node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            )
            if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
                found |= {
                    inner.value
                    for inner in ast.walk(node)
                    if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
                }
        return found

    def state(self, root: ImportedName) -> State:
        """What becomes of a class imported from the legacy package."""
        users = self.users(root.source.path, root.bound)
        if not users:
            exported = root.source.path.endswith("__init__.py") or root.bound in self._all_names(
                root.source.path
            )
            selected = self.decisions.project.options.selects("UWS101")
            return "kept" if exported or not selected or self._is_class_kept(root) else "moved"
        moved = [self.moved(reference) for reference in users]
        if all(moved):
            return "moved"
        return "both" if any(moved) else "kept"

    def _is_class_kept(self, root: ImportedName) -> bool:
        """Whether what holds the class somewhere stays: an attribute of a class that imports it, say."""
        return not self.decisions.moves(class_values((LegacyName(root.sub, root.name),)))

    def keeps_name(self, root: ImportedName) -> bool:
        """Whether the proxy is imported under the old bound name."""
        if root.bound not in CLIENT_CLASSES:
            return True
        return self.is_exported(root.source.path, root.bound)

    def new_text(self, reference: Reference) -> tuple[str | None, bool]:
        """The text of a moved mention (``None``: unchanged) and whether its file has to import the proxy."""
        path, imports = reference.source.path, self.decisions.imports
        if not isinstance(reference.node, ast.Name | ast.Constant) and not reference.through_module:
            return (
                None,
                False,
            )  # CLIENTS[kind](): what is in the container changes, not the call's callee
        if name_kind(reference.legacy.name) == "factory":
            return PROXY, True
        if reference.through_module:
            return self._through_module(reference)
        roots = imports.roots(path, reference.bound)
        if roots is None:
            return None, False
        if any(root.kind == "star" for root in roots):
            return PROXY, True
        if any(root.source.path == path for root in roots):
            own = [root for root in roots if root.source.path == path]
            if all(self.state(root) == "moved" for root in own):
                return (None, False) if self.keeps_name(own[0]) else (PROXY, False)
            if reference.role == "value" and isinstance(
                reference.source.parent(reference.node),
                ast.Compare | ast.BoolOp | ast.UnaryOp | ast.If,
            ):
                return None, False  # asks whether the import worked; the old name still answers
            return PROXY, True
        if all(
            self.state(root) == "moved"
            and root.kind == "legacy"
            and name_kind(root.name) == "class"
            for root in roots
        ):
            return None, False
        return PROXY, True

    def _through_module(self, reference: Reference) -> tuple[str | None, bool]:
        from codemods.flow.values import Module

        node = reference.node
        if isinstance(node, ast.Attribute):
            for value in self.decisions.project.values(node.value):
                if isinstance(value, Module):
                    roots = self.decisions.imports.roots(value.path, node.attr)
                    if roots is None:
                        return None, False
                    if all(self.state(root) == "moved" and root.kind == "legacy" for root in roots):
                        return None, False
        return PROXY, True
