"""Everything known about one code base during an analysis: sources, flow, options."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from codemods.flow.analysis import Flow, analyse
from codemods.flow.cells import Cell
from codemods.flow.values import Bound, Client, External, Function, LegacyName, Payload, Value
from codemods.left_out import LeftOut
from codemods.legacy import LEGACY_FOLDER
from codemods.modules import ModuleGraph, module_name
from codemods.options import DEFAULT_TARGET, Options
from codemods.result import Failed
from codemods.source import SourceError, SourceFile

__all__ = ["Project", "find_target", "is_legacy_package"]


def is_legacy_package(path: str) -> bool:
    """Whether a file *is* the legacy implementation (and so is never rewritten)."""
    return LEGACY_FOLDER in path.split("/")[:-1] or path.split("/")[-1] == f"{LEGACY_FOLDER}.py"


def find_target(paths: Collection[str]) -> str:
    """The v6 package to import: a ``websocket_v6`` folder in the tree that lies beside a legacy one or
    inside a package, else the installed one."""
    folders = {path.rpartition("/")[0] for path in paths if path.endswith("/__init__.py")}
    legacy_parents = {
        path.split(f"/{LEGACY_FOLDER}/")[0] if f"/{LEGACY_FOLDER}/" in path else ""
        for path in paths
        if f"/{LEGACY_FOLDER}/" in f"/{path}"
    }
    candidates = sorted(folder for folder in folders if folder.rpartition("/")[2] == DEFAULT_TARGET)
    for folder in candidates:
        parent = folder.rpartition("/")[0]
        if parent in legacy_parents or f"{parent}/__init__.py" in paths:
            return package_name(folder, paths)
    return DEFAULT_TARGET


def package_name(folder: str, paths: Collection[str]) -> str:
    """Dotted import name of a package folder: as far up as there are ``__init__.py`` files; without
    any, everything below a ``src`` folder."""
    parts = folder.split("/")
    start = len(parts) - 1
    while start > 0 and f"{'/'.join(parts[:start])}/__init__.py" in paths:
        start -= 1
    if start == len(parts) - 1 and len(parts) > 1:
        start = parts.index("src") + 1 if "src" in parts else 0
    return ".".join(parts[start:])


@dataclass(eq=False)
class Project:
    """Parsed files and what the flow analysis knows about them."""

    files: Mapping[str, bytes]
    sources: Mapping[str, SourceFile]
    flow: Flow
    graph: ModuleGraph
    options: Options
    target: str
    target_path: str | None
    """Folder of the target package, when it is part of the tree."""
    failures: dict[str, Failed] = field(default_factory=dict)
    left_out: Mapping[str, LeftOut] = field(default_factory=dict)
    """Files that are not written, and why."""

    @cached_property
    def failed_sources(self) -> Mapping[str, bytes]:
        """The text of the files that could not be parsed."""
        return {path: self.files[path] for path in self.failures}

    @classmethod
    def load(
        cls,
        files: Mapping[str, bytes],
        options: Options,
        paths: Collection[str],
        parsed: Mapping[str, SourceFile] | None = None,
        left_out: Mapping[str, LeftOut] | None = None,
    ) -> Project:
        """Parse the files, those not in *parsed* as they are now, and run the flow analysis."""
        sources: dict[str, SourceFile] = {}
        failures: dict[str, Failed] = {}
        everything = set(paths) | set(files)
        for path in sorted(files):
            if is_legacy_package(path):
                continue
            try:
                known = parsed.get(path) if parsed is not None else None
                if known is None or known.raw != files[path]:
                    known = SourceFile.parse(path, files[path])
                sources[path] = known
            except SourceError as error:
                failures[path] = Failed(path, error.stage, error.message)
        target = options.target_package or find_target(everything)
        graph = ModuleGraph(sorted(everything))
        trees: dict[str, ast.Module] = {}
        for path, source in sources.items():
            trees[path] = source.tree
        flow = analyse(trees, graph)
        found = graph.find("", target)
        folder = (
            found.rpartition("/")[0]
            if found is not None and found.endswith("__init__.py")
            else None
        )
        return cls(files, sources, flow, graph, options, target, folder, failures, left_out or {})

    def values(self, node: ast.AST) -> frozenset[Value]:
        """What an expression may be."""
        return self.flow.values.get(id(node), frozenset())

    @cached_property
    def function_references(self) -> dict[Function, list[tuple[str, ast.expr]]]:
        """Where each function of the project is mentioned by name."""
        found: dict[Function, list[tuple[str, ast.expr]]] = {}
        for path, source in self.sources.items():
            for node in source.nodes:
                if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(
                    node.ctx, ast.Load
                ):
                    continue
                for value in self.values(node):
                    function = value.function if isinstance(value, Bound) else value
                    if isinstance(function, Function):
                        found.setdefault(function, []).append((path, node))
        return found

    @cached_property
    def payload_clients(self) -> dict[Cell, set[Client]]:
        """Clients whose payloads reach a variable."""
        found: dict[Cell, set[Client]] = {}
        for cell, values in self.flow.cells.items():
            clients = {value.client for value in values if isinstance(value, Payload)}
            if clients:
                found[cell] = clients
        return found

    def names_asyncio(self, source: SourceFile) -> bool:
        """Whether the module has the name ``asyncio`` bound to the standard library's."""
        scope = self.flow.modules[source.path].scope
        return "asyncio" in scope.names and External("asyncio") in self.flow.cells.read(
            ("var", scope.key, "asyncio")
        )

    def calls_v6(self, call: ast.Call) -> bool:
        """Whether a call is one of v6, or of a client that may become a proxy: no code nobody has seen."""
        called = [call.func, *([call.func.value] if isinstance(call.func, ast.Attribute) else [])]
        return any(self._is_v6(value) for one in called for value in self.values(one))

    def _is_v6(self, value: Value) -> bool:
        if isinstance(value, External):
            return f".{self.target}." in f".{value.name}."
        return isinstance(value, Client) and value.origin != "mock"

    def legacy_name(self, node: ast.AST) -> LegacyName | None:
        """The one legacy name an expression certainly is."""
        found = [value for value in self.values(node) if isinstance(value, LegacyName)]
        return found[0] if len(found) == 1 else None

    def import_path(self, importer: str, submodule: str = "") -> str:
        """How *importer* imports the target package: relative when it lies in the same tree and the file
        already reaches it by a relative path."""
        return f"{self.target}.{submodule}" if submodule else self.target

    def relative_import_path(self, importer: str, submodule: str = "") -> str | None:
        """The target as a relative import from *importer*; ``None`` when it is not in the same package."""
        if self.target_path is None:
            return None
        here = importer.split("/")[:-1]
        there = self.target_path.split("/")
        shared = 0
        while shared < min(len(here), len(there)) and here[shared] == there[shared]:
            shared += 1
        if shared == 0:
            return None
        rest = ".".join(there[shared:] + ([submodule] if submodule else []))
        return "." * (len(here) - shared + 1) + rest

    def module_of(self, path: str) -> str:
        return module_name(path)
