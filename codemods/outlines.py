"""What the gate needs to know of a parsed file: imports, names it defines, fixtures."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from codemods.source import SourceError, SourceFile

__all__ = ["Outline", "Outlines", "first_name", "names_defined"]


@dataclass(eq=False)
class Outline:
    """One parsed file."""

    source: SourceFile
    imports: list[tuple[str | None, int, str, str]] = field(default_factory=list)
    """``(module, level, name, name it is bound to)``; the name is ``""`` for ``import module``."""
    fixtures: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    """Parameter names of all functions: where pytest hands fixtures in."""

    @classmethod
    def scan(cls, source: SourceFile) -> Outline:
        """Look through a file once."""
        outline = cls(source)
        for node in source.nodes:
            if isinstance(node, ast.Import):
                outline.imports += [
                    (alias.name, 0, "", alias.asname or alias.name.split(".")[0])
                    for alias in node.names
                ]
            elif isinstance(node, ast.ImportFrom):
                outline.imports += [
                    (node.module, node.level, alias.name, alias.asname or alias.name)
                    for alias in node.names
                ]
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                outline.parameters |= {
                    argument.arg for argument in [*node.args.args, *node.args.kwonlyargs]
                }
                for decorator in node.decorator_list:
                    outline.fixtures |= _fixture_names(node.name, decorator)
        return outline

    def top_level(self) -> set[str]:
        """Names that are defined outside of functions and classes."""
        return {name for node in self.source.tree.body for name in names_defined(node)}


class Outlines:
    """The outlines of the files of a tree, each made when it is asked for."""

    def __init__(self, sources: Mapping[str, bytes], parsed: dict[str, SourceFile]) -> None:
        """Args: sources: every file; parsed: takes the files that were parsed."""
        self.sources = sources
        self._parsed = parsed
        self._outlines: dict[str, Outline | None] = {}

    @property
    def unparsed(self) -> set[str]:
        """Those that were asked for and cannot be parsed."""
        return {path for path, outline in self._outlines.items() if outline is None}

    def of(self, path: str) -> Outline | None:
        """The outline of a file; ``None`` when it cannot be parsed."""
        if path not in self._outlines:
            try:
                source = SourceFile.parse(path, self.sources[path])
            except SourceError:
                self._outlines[path] = None
            else:
                self._outlines[path] = Outline.scan(source)
                self._parsed[path] = source
        return self._outlines[path]


def first_name(node: ast.expr) -> str:
    """The name a chain of attributes, subscripts and calls begins with; empty without one."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def names_defined(node: ast.stmt) -> list[str]:
    """Names a top-level statement defines; the ones inside ``if`` and ``try`` too."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
        return [
            name
            for inner in ast.walk(node)
            if isinstance(inner, ast.stmt) and inner is not node
            for name in names_defined(inner)
        ]
    return [
        inner.id
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
    ]


def _fixture_names(function: str, decorator: ast.expr) -> set[str]:
    """Names under which a decorator makes a function a fixture; empty when it does not."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    word = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    if word != "fixture":
        return set()
    found = {function}
    if isinstance(decorator, ast.Call):
        found |= {
            str(keyword.value.value)
            for keyword in decorator.keywords
            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant)
        }
    return found
