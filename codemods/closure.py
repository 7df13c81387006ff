"""Files that clients are handed to: through names, fixtures and base classes, file by file."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from codemods.byte_tests import MEMBERS, imported_words, may_ask_for_members
from codemods.modules import ModuleGraph
from codemods.outlines import Outline, Outlines, first_name, names_defined

__all__ = ["Closure"]


class Closure:
    """Follows imports from the files that are in to those that have to be."""

    def __init__(self, outlines: Outlines, graph: ModuleGraph) -> None:
        self._outlines = outlines
        self._graph = graph
        self._words: dict[str, set[bytes]] = {}

    def over(self, hits: set[str]) -> set[str]:
        """*hits*, the files they hand clients on to, and the files that feed what stands there."""
        carried = {path: self._top_level(path) for path in hits}
        takers = {taker for path in hits for taker in self._taken_from(path)}
        pending = set(hits)
        while True:  # ends: each round adds a name to a finite set
            stems = self._stems(pending)
            if not stems:
                break
            fixtures = self._fixtures(pending)
            fresh: set[str] = set()
            for path in self._outlines.sources:
                if path in hits or not (
                    stems & self._imported_words(path) or self._may_use(path, fixtures)
                ):
                    continue
                names = self._taken_names(path, carried, pending)
                if names:
                    handed_on = self._handed_on(path, names)
                    if not handed_on <= carried.get(path, set()) or path not in carried:
                        carried[path] = carried.get(path, set()) | handed_on
                        fresh.add(path)
                        takers |= self._taken_from(path)
            if not fresh:
                break
            pending = fresh
        return set(carried) | takers | self._feeding(takers - set(carried))

    def _feeding(self, takers: set[str]) -> set[str]:
        """Files that, like the hits, hand something to what *takers* define, or derive from it."""
        carried = {path: self._using_members(path) for path in takers}
        pending = {path for path, names in carried.items() if names}
        found: set[str] = set()
        while pending:  # ends: a file is looked at once per name that reaches it
            stems = self._stems(pending)
            fresh: set[str] = set()
            for path in self._outlines.sources:
                if path in takers or not stems & self._imported_words(path):
                    continue
                names = self._taken_names(path, carried, pending) - carried.get(path, set())
                if names:
                    carried[path] = carried.get(path, set()) | names
                    fresh.add(path)
                    if names & self._fed(path):
                        found |= {path} | self._taken_from(path)
            pending = fresh
        return found

    def _top_level(self, path: str) -> set[str]:
        outline = self._outlines.of(path)
        return outline.top_level() if outline is not None else set()

    def _handed_on(self, path: str, names: set[str]) -> set[str]:
        outline = self._outlines.of(path)
        return _names_handed_on(outline, names) if outline is not None else set()

    def _using_members(self, path: str) -> set[str]:
        outline = self._outlines.of(path)
        if outline is None or not may_ask_for_members(self._outlines.sources[path]):
            return set()
        return _names_using_members(outline)

    def _fed(self, path: str) -> set[str]:
        outline = self._outlines.of(path)
        return _names_fed(outline) if outline is not None else set()

    def _imported_words(self, path: str) -> set[bytes]:
        if path not in self._words:
            self._words[path] = imported_words(self._outlines.sources[path])
        return self._words[path]

    def _stems(self, paths: set[str]) -> set[bytes]:
        """Words without which a file cannot import one of *paths*."""
        stems: set[bytes] = set()
        for path in paths:
            parts = path.rsplit(".", 1)[0].split("/")
            stem = parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]
            stems.add(stem.encode("utf-8", "replace"))
            if parts[-1] == "__init__" and len(parts) > 1:
                # from . import Name, inside the package itself
                stems |= {name.encode("utf-8", "replace") for name in self._top_level(path)}
        return stems

    def _fixtures(self, paths: set[str]) -> list[tuple[str, set[str]]]:
        """``(folder, fixture names)`` of each conftest among *paths*."""
        found = []
        for path in paths:
            outline = self._outlines.of(path)
            if path.rpartition("/")[2] == "conftest.py" and outline is not None:
                found.append((path.rpartition("/")[0], outline.fixtures))
        return found

    def _may_use(self, path: str, fixtures: list[tuple[str, set[str]]]) -> bool:
        source = self._outlines.sources[path]
        return any(
            (not folder or path.startswith(f"{folder}/"))
            and any(name.encode() in source for name in names)
            for folder, names in fixtures
        )

    def _taken_names(
        self, path: str, carried: Mapping[str, set[str]], sources: set[str]
    ) -> set[str]:
        """The names by which *path* gets at clients of *sources*."""
        outline = self._outlines.of(path)
        if outline is None:
            return set()
        found: set[str] = set()
        for module, level, name, bound in outline.imports:
            origin = self._graph.find(path, module, level)
            if (
                origin in sources
                and origin != path
                and (name in ("", "*") or name in carried.get(origin or "", ()))
            ):
                found |= carried[origin or ""] if name == "*" else {bound}
            inner = f"{module}.{name}" if module else name
            if name and self._graph.find(path, inner, level) in sources - {path}:
                found.add(bound)
        for folder, names in self._fixtures(sources):
            if not folder or path.startswith(f"{folder}/"):
                found |= outline.parameters & names
        return found

    def _taken_from(self, path: str) -> set[str]:
        """Project files whose functions *path* calls with arguments, or whose classes it extends."""
        outline = self._outlines.of(path)
        if outline is None:
            return set()
        used = _names_called_or_extended(outline)
        found: set[str | None] = set()
        for statement in outline.source.nodes:
            if isinstance(statement, ast.ImportFrom):
                for alias in statement.names:
                    if (alias.asname or alias.name) in used or alias.name == "*":
                        module, level = statement.module, statement.level
                        inner = f"{module}.{alias.name}" if module else alias.name
                        found.add(self._graph.find(path, module, level))
                        found.add(self._graph.find(path, inner, level))
            elif isinstance(statement, ast.Import):
                for alias in statement.names:
                    if (alias.asname or alias.name.split(".")[0]) in used:
                        found.add(self._graph.find(path, alias.name))
        return {one for one in found if one is not None and one in self._outlines.sources}


def _names_handed_on(outline: Outline, names: set[str]) -> set[str]:
    """Top-level names that are, or mention, one of *names*."""
    found = set(names)
    grown = True
    while grown:
        grown = False
        for node in outline.source.tree.body:
            defined = names_defined(node)
            if defined and not set(defined) <= found and _words(node) & found:
                found |= set(defined)
                grown = True
    return found


def _words(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def _names_using_members(outline: Outline) -> set[str]:
    """Top-level names in whose definition a member of clients is asked for."""
    return {
        name
        for node in outline.source.tree.body
        if any(
            isinstance(inner, ast.Attribute) and inner.attr in MEMBERS for inner in ast.walk(node)
        )
        for name in names_defined(node)
    }


def _names_fed(outline: Outline) -> set[str]:
    """Names that are derived from, or called with arguments."""
    found: set[str] = set()
    for node in outline.source.nodes:
        if isinstance(node, ast.ClassDef):
            found |= {first_name(base) for base in node.bases}
        elif isinstance(node, ast.Call) and (node.args or node.keywords):
            found.add(first_name(node.func))
    return found


def _names_called_or_extended(outline: Outline) -> set[str]:
    used: set[str] = set()
    for node in outline.source.nodes:
        if isinstance(node, ast.ClassDef):
            used |= {first_name(base) for base in node.bases}
        elif isinstance(node, ast.Call):
            used.add(first_name(node.func))
            if isinstance(node.func, ast.Name) and node.func.id == "Depends":
                used |= {first_name(argument) for argument in node.args}
    return used
