"""Whether a value decides what a program does next."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.flow.values import Function
from codemods.project import Project
from codemods.site import dotted
from codemods.source import SourceFile

__all__ = ["decides"]

_PASSING = frozenset(
    {"wait_for", "shield", "create_task", "ensure_future", "gather", "run", "run_until_complete"}
    | {"all", "any", "bool", "list", "tuple"}
)
"""Functions whose result is, or follows from, what they are given."""


def decides(project: Project, source: SourceFile, node: ast.expr) -> bool:
    """Whether the value of *node* is tested: in a condition, by ``not``, ``and``, ``or`` or a comparison;
    directly, through a name or attribute it is stored in, through ``gather`` and the like, or by a caller
    of the function that returns it."""
    return _Search(project).decides(source, node)


class _Search:
    def __init__(self, project: Project) -> None:
        self.project = project
        self._seen: set[int] = set()

    def decides(self, source: SourceFile, node: ast.expr) -> bool:
        if id(node) in self._seen:
            return False
        self._seen.add(id(node))
        outer = source.parent(node)
        if _is_test(outer, node):
            return True
        if isinstance(outer, ast.Assign | ast.AnnAssign | ast.NamedExpr):
            targets = outer.targets if isinstance(outer, ast.Assign) else [outer.target]
            stored = any(self._is_read_in_a_test(source, target) for target in targets)
            return stored or (isinstance(outer, ast.NamedExpr) and self.decides(source, outer))
        if isinstance(outer, ast.Return):
            return self._callers_decide(source, outer)
        if isinstance(outer, ast.Call):
            passes = node in outer.args and dotted(outer.func).rsplit(".", 1)[-1] in _PASSING
            return passes and self.decides(source, outer)
        holding = ast.Await | ast.Starred | ast.List | ast.Tuple | ast.ListComp | ast.GeneratorExp
        if isinstance(outer, holding | ast.Subscript | ast.IfExp):
            return self.decides(source, outer)
        return False

    def _is_read_in_a_test(self, source: SourceFile, target: ast.expr) -> bool:
        if isinstance(target, ast.Tuple | ast.List | ast.Starred):
            parts = [target.value] if isinstance(target, ast.Starred) else target.elts
            return any(self._is_read_in_a_test(source, part) for part in parts)
        readers: Iterable[ast.AST] = ()
        if isinstance(target, ast.Name):
            readers = (
                node
                for node in _function_nodes(source, target)
                if isinstance(node, ast.Name) and node.id == target.id
            )
        elif isinstance(target, ast.Attribute):
            readers = (
                node
                for node in source.nodes
                if isinstance(node, ast.Attribute) and node.attr == target.attr
            )
        return any(
            isinstance(node, ast.Name | ast.Attribute)
            and isinstance(node.ctx, ast.Load)
            and self.decides(source, node)
            for node in readers
        )

    def _callers_decide(self, source: SourceFile, statement: ast.Return) -> bool:
        for outer in source.ancestors(statement):
            info = self.project.flow.modules[source.path].functions.get(id(outer))
            if info is not None:
                return self._calls_decide(info.value)
        return False

    def _calls_decide(self, function: Function) -> bool:
        for path, node in self.project.function_references.get(function, ()):
            source = self.project.sources[path]
            call = source.parent(node)
            if isinstance(call, ast.Call) and call.func is node and self.decides(source, call):
                return True
        return False


def _is_test(outer: ast.AST | None, node: ast.expr) -> bool:
    if isinstance(outer, ast.If | ast.While | ast.IfExp | ast.Assert) and outer.test is node:
        return True
    if isinstance(outer, ast.comprehension):
        return node in outer.ifs
    if isinstance(outer, ast.match_case):
        return outer.guard is node
    if isinstance(outer, ast.Match):
        return outer.subject is node
    return isinstance(outer, ast.BoolOp | ast.Compare) or (
        isinstance(outer, ast.UnaryOp) and isinstance(outer.op, ast.Not)
    )


def _function_nodes(source: SourceFile, node: ast.AST) -> Iterable[ast.AST]:
    for outer in source.ancestors(node):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
            return ast.walk(outer)
    return source.nodes
