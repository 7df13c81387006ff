"""Code that takes the id of a subscription apart: v6 spells ids differently."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from codemods.flow.scopes import last_name
from codemods.source import SourceFile

__all__ = ["looks_into_id"]

_TAKING_APART = frozenset(
    {"split", "rsplit", "partition", "rpartition", "startswith", "endswith", "find", "index"}
    | {"removeprefix", "removesuffix", "replace", "count"}
)
_PATTERNS = frozenset({"match", "search", "fullmatch", "findall", "finditer", "sub"})


def looks_into_id(source: SourceFile, subscribing: ast.expr) -> Iterator[ast.expr]:
    """Where what *subscribing* (the call, or the ``await`` around it) gave is taken apart: at once, or
    through the name or attribute it is stored in, within the function or file."""
    if _takes_apart(source, subscribing):
        yield subscribing
    outer = source.parent(subscribing)
    targets: list[ast.expr] = []
    if isinstance(outer, ast.Assign):
        targets = outer.targets
    elif isinstance(outer, ast.AnnAssign | ast.NamedExpr):
        targets = [outer.target]
    for target in targets:
        for node in _readers(source, target):
            if _takes_apart(source, node):
                yield node


def _readers(source: SourceFile, target: ast.expr) -> Iterator[ast.expr]:
    for node in _around(source, target):
        if isinstance(target, ast.Name):
            same = isinstance(node, ast.Name) and node.id == target.id
        else:
            same = (
                isinstance(target, ast.Attribute)
                and isinstance(node, ast.Attribute)
                and node.attr == target.attr
            )
        if same and isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node


def _around(source: SourceFile, target: ast.expr) -> Iterable[ast.AST]:
    if isinstance(target, ast.Name):
        for outer in source.ancestors(target):
            if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
                return ast.walk(outer)
    return source.nodes


def _takes_apart(source: SourceFile, node: ast.expr) -> bool:
    outer = source.parent(node)
    if isinstance(outer, ast.Attribute):
        return outer.attr in _TAKING_APART
    if isinstance(outer, ast.Subscript):
        return outer.value is node
    if isinstance(outer, ast.Call):
        return node in outer.args and last_name(outer.func) in _PATTERNS
    if not isinstance(outer, ast.Compare):
        return False
    others = [one for one in (outer.left, *outer.comparators) if one is not node]
    written = any(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in others)
    return written and (outer.left is not node or not isinstance(outer.ops[0], ast.In | ast.NotIn))
