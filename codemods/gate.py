"""Which files matter: byte test, then ``ast`` import test, then a closure over exported names.

A file that names v5 is a *hit*. Hits hand clients on: through names they re-export, classes with a client
in an attribute, functions that return one, fixtures, subclasses. A file joins when it imports such a name
from a file that is already in (following the import statements, never a bare word), or when it lies
below a ``conftest.py`` that is in and uses one of its fixtures. Files a relevant file hands values to, or
takes base classes from, join too: what happens to a client there decides whether it can move.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from codemods.legacy import NEEDLES, legacy_submodule, parent_reexport
from codemods.modules import ModuleGraph, absolute_name
from codemods.project import is_legacy_package
from codemods.source import SourceError, SourceFile

__all__ = ["mentions_v5", "relevant"]

_NEEDLE = re.compile(b"|".join(re.escape(needle) for needle in NEEDLES))
_ROUNDS = 12


def mentions_v5(source: bytes) -> bool:
    """The byte test."""
    return _NEEDLE.search(source) is not None


def relevant(
    files: Mapping[str, bytes] | Callable[[str], bytes], paths: Collection[str] = ()
) -> set[str]:
    """The files a migration has to look at.

    Args:
        files: ``{path: source}``; or a reader, called at most a few times per path, with *paths*. Paths are relative to
            the root of the tree, with ``/``. A reader may raise ``OSError``: that file is left out.
        paths: every Python file of the tree; only with a reader.

    Returns:
        A subset of the paths: those that mention v5, those through which such files hand clients on,
        and those that take them.
    """
    if callable(files):
        return _Gate(files, tuple(paths)).run()
    return _Gate(files.__getitem__, tuple(files)).run()


@dataclass
class _File:
    """What the gate needs to know of a parsed file."""

    path: str
    tree: ast.Module
    imports: list[tuple[str | None, int, str]] = field(default_factory=list)
    """``(module, level, name)``; the name is ``""`` for ``import module``."""
    fixtures: set[str] = field(default_factory=set)


class _Gate:
    def __init__(self, read: Callable[[str], bytes], paths: tuple[str, ...]) -> None:
        self.read = read
        self.paths = [path for path in paths if not is_legacy_package(path)]
        self.graph = ModuleGraph(paths)
        self.sources: dict[str, bytes] = {}
        self.parsed: dict[str, _File | None] = {}

    def run(self) -> set[str]:
        found: set[str] = set()
        for path in self.paths:
            try:
                source = self.read(path)
            except OSError:
                continue
            self.sources[path] = source
            if mentions_v5(source):
                found.add(path)
        hits = {path for path in found if self._is_hit(path)}
        return hits | self._closure(hits) | {path for path in found if self._parse(path) is None}

    def _parse(self, path: str) -> _File | None:
        if path not in self.parsed:
            try:
                tree = SourceFile.parse(path, self.sources[path]).tree
            except SourceError:
                self.parsed[path] = None
            else:
                self.parsed[path] = _scan(path, tree)
        return self.parsed[path]

    def _is_hit(self, path: str) -> bool:
        """Whether the words found are more than prose: an import, a name, a string that is a path."""
        file = self._parse(path)
        if file is None:
            return False
        for module, level, name in file.imports:
            full = absolute_name(path, module, level)
            if legacy_submodule(full) is not None or parent_reexport(full, name):
                return True
            if name and legacy_submodule(f"{full}.{name}" if full else name) is not None:
                return True
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if len(node.value) < 300 and _NEEDLE.search(node.value.encode("utf-8", "replace")):
                    return True
            elif isinstance(node, ast.Name | ast.Attribute):
                word = node.id if isinstance(node, ast.Name) else node.attr
                if _NEEDLE.search(word.encode("utf-8", "replace")):
                    return True
        return b"uws: keep" in self.sources[path] or b"TODO(upbit-migrate" in self.sources[path]

    def _closure(self, hits: set[str]) -> set[str]:
        found = set(hits)
        pending = set(hits)
        for _ in range(_ROUNDS):
            fresh: set[str] = set()
            for path in pending:
                fresh |= self._taken_from(path) - found
            stems = self._stems(pending)
            if stems:
                pattern = re.compile(b"|".join(re.escape(stem) for stem in sorted(stems)))
                for path, source in self.sources.items():
                    if path not in found and path not in fresh and pattern.search(source) and self._takes(path, pending):
                        fresh.add(path)
            if not fresh:
                break
            found |= fresh
            pending = fresh
        return found

    def _stems(self, paths: set[str]) -> set[bytes]:
        """Words without which a file cannot import one of *paths*, nor use its fixtures."""
        stems: set[bytes] = set()
        for path in paths:
            parts = path.rsplit(".", 1)[0].split("/")
            stem = parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]
            file = self._parse(path)
            if stem == "conftest" and file is not None:
                stems |= {name.encode() for name in file.fixtures}
            elif stem:
                stems.add(stem.encode("utf-8", "replace"))
            if parts[-1] == "__init__" and len(parts) > 1 and file is not None:
                # from . import Name, inside the package itself
                stems |= {b"from . import", b"from .. import"}
        return stems

    def _takes(self, path: str, sources: set[str]) -> bool:
        """Whether *path* imports from one of *sources*, or uses a fixture of a conftest among them."""
        file = self._parse(path)
        if file is None:
            return False
        for module, level, name in file.imports:
            if self.graph.find(path, module, level) in sources:
                return True
            inner = f"{module}.{name}" if module else name
            if name and self.graph.find(path, inner, level) in sources:
                return True
        for source in sources:
            folder, _, base = source.rpartition("/")
            known = self._parse(source)
            if base == "conftest.py" and known is not None and (not folder or path.startswith(f"{folder}/")):
                used = {
                    argument.arg
                    for node in ast.walk(file.tree)
                    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                    for argument in [*node.args.args, *node.args.kwonlyargs]
                }
                if used & known.fixtures:
                    return True
        return False

    def _taken_from(self, path: str) -> set[str]:
        """Project files whose functions *path* calls with arguments, or whose classes it extends."""
        file = self._parse(path)
        if file is None:
            return set()
        used: set[str] = set()
        for node in ast.walk(file.tree):
            if isinstance(node, ast.ClassDef):
                used |= {_first_name(base) for base in node.bases}
            elif isinstance(node, ast.Call):
                used.add(_first_name(node.func))
                if isinstance(node.func, ast.Name) and node.func.id == "Depends":
                    used |= {_first_name(argument) for argument in node.args}
        found: set[str] = set()
        for statement in ast.walk(file.tree):
            if isinstance(statement, ast.ImportFrom):
                for alias in statement.names:
                    if (alias.asname or alias.name) in used or alias.name == "*":
                        inner = f"{statement.module}.{alias.name}" if statement.module else alias.name
                        found.add(self.graph.find(path, statement.module, statement.level) or "")
                        found.add(self.graph.find(path, inner, statement.level) or "")
            elif isinstance(statement, ast.Import):
                for alias in statement.names:
                    if (alias.asname or alias.name.split(".")[0]) in used:
                        found.add(self.graph.find(path, alias.name) or "")
        return {one for one in found if one in self.sources}


def _first_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _scan(path: str, tree: ast.Module) -> _File:
    file = _File(path, tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            file.imports += [(alias.name, 0, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            file.imports += [(node.module, node.level, alias.name) for alias in node.names]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                word = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                if word == "fixture":
                    file.fixtures.add(node.name)
                    if isinstance(decorator, ast.Call):
                        file.fixtures |= {
                            str(keyword.value.value)
                            for keyword in decorator.keywords
                            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant)
                        }
    return file
