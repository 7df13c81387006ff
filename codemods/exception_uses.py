"""What a legacy exception class is mentioned for: to raise it, to select errors by it, or to name it.

``except`` clauses aside, a class selects errors in ``isinstance``, in class patterns, in what ``suppress``,
``pytest.raises`` and retry decorators are given, and in collections of exception classes that are handed
to any of them sooner or later. Raising it, deriving from it, annotating with it and giving it another
name select nothing: the other name is asked about where it is used.
"""

from __future__ import annotations

import ast
from typing import Literal

from codemods.flow.scopes import last_name
from codemods.flow.values import Bound, Class, Function
from codemods.project import Project
from codemods.site import dotted
from codemods.source import SourceFile

__all__ = ["Shape", "is_handed_here", "selection_shape", "selects_errors"]

Shape = Literal["single", "listed", "union", "pattern"]
"""How a second class can be put beside the first: as a tuple, separated by a comma, by ``|``, or as an
alternative pattern."""

_CHECKS = frozenset({"isinstance", "issubclass"})
_VARIADIC = frozenset({"suppress"})
_TAKERS = frozenset(
    {"retry_if_exception_type", "retry_if_not_exception_type", "on_exception", "raises"}
    | {"assertRaises", "assertRaisesRegex"}
)
"""Functions that take one class or a tuple of classes."""
_TAKING_KEYWORDS = frozenset(
    {"exception", "exceptions", "exception_types", "expected_exception", "retry_on", "on"}
)
_RAISING = frozenset({"side_effect", "throw", "set_exception", "new", "spec", "spec_set"})
"""Functions and keyword arguments that are given a class in order to raise or imitate it."""
_IN_ANNOTATIONS = (ast.Subscript, ast.BinOp, ast.Tuple, ast.List)
_COLLECTIONS = (ast.Tuple, ast.List, ast.Set)
_COLLECTION_HOLDERS = (
    *(ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.Call, ast.keyword, ast.arguments),
    *(ast.Return, ast.BinOp),
)
_NOT_SELECTING = (
    *(ast.Raise, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.Expr),
    *(ast.If, ast.BoolOp, ast.UnaryOp),
)
"""What raises, derives, gives another name, or asks whether there is such a class."""


def selects_errors(source: SourceFile, node: ast.expr) -> bool:
    """Whether the class decides which errors are meant, so that one it does not know goes unnoticed."""
    outer = source.parent(node)
    if isinstance(outer, ast.Call):
        if outer.func is node:
            return False
        if last_name(outer.func) in _CHECKS:
            return node in outer.args[1:]
        return last_name(outer.func) not in _RAISING and dotted(outer.func) != "cast"
    if isinstance(outer, ast.keyword):
        return outer.arg not in _RAISING
    if isinstance(outer, ast.Compare):
        return not any(_is_none(one) for one in (outer.left, *outer.comparators))
    if isinstance(outer, ast.Attribute):
        return isinstance(source.parent(outer), ast.Compare)
    if isinstance(outer, _NOT_SELECTING) or _is_annotation(source, node):
        return False
    return not _is_unpacked(source, outer)


def selection_shape(project: Project, source: SourceFile, node: ast.expr) -> Shape | None:
    """How to name another class beside this one; ``None`` where that cannot be seen."""
    outer = source.parent(node)
    if isinstance(outer, ast.MatchClass):
        return None if outer.patterns or outer.kwd_patterns else "pattern"
    if isinstance(outer, ast.BinOp) and isinstance(outer.op, ast.BitOr):
        top: ast.AST = outer
        while isinstance(above := source.parent(top), ast.BinOp):
            top = above
        return "union" if isinstance(above, ast.Call) and _is_check(above, top) else None
    if isinstance(outer, _COLLECTIONS):
        return "listed" if _holds_classes(source, outer) else None
    if isinstance(outer, ast.keyword):
        call = source.parent(outer)
        takes = isinstance(call, ast.Call) and not _is_own(project, call)
        return "single" if takes and outer.arg in _TAKING_KEYWORDS else None
    if not isinstance(outer, ast.Call):
        return None
    if last_name(outer.func) in _VARIADIC:
        return "listed"
    takes = last_name(outer.func) in _TAKERS and not _is_own(project, outer)
    return "single" if takes or _is_check(outer, node) else None


def is_handed_here(source: SourceFile, node: ast.expr) -> bool:
    """Whether a name is a parameter or the variable of a loop: it was mentioned where it comes from."""
    if not isinstance(node, ast.Name):
        return False
    for outer in source.ancestors(node):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            given = outer.args
            everything = [*given.posonlyargs, *given.args, *given.kwonlyargs]
            if any(one.arg == node.id for one in (*everything, given.vararg, given.kwarg) if one):
                return True
        loops: list[ast.For | ast.AsyncFor | ast.comprehension] = []
        if isinstance(outer, ast.For | ast.AsyncFor):
            loops = [outer]
        elif isinstance(outer, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            loops = list(outer.generators)
        targets = (inner for loop in loops for inner in ast.walk(loop.target))
        if any(isinstance(inner, ast.Name) and inner.id == node.id for inner in targets):
            return True
    return False


def _is_check(call: ast.Call, node: ast.AST) -> bool:
    return last_name(call.func) in _CHECKS and node in call.args[1:]


def _is_own(project: Project, call: ast.Call) -> bool:
    """Whether a function or class of the project is called."""
    return any(isinstance(v, Function | Bound | Class) for v in project.values(call.func))


def _holds_classes(source: SourceFile, outer: ast.Tuple | ast.List | ast.Set) -> bool:
    """Whether a collection is one of classes, so that another more changes nothing but what it selects."""
    named = all(
        isinstance(one, ast.Starred)
        or (isinstance(one, ast.Name | ast.Attribute) and last_name(one)[:1].isupper())
        for one in outer.elts
    )
    holder = source.parent(outer)
    if isinstance(holder, ast.Call) and last_name(holder.func) == "parametrize":
        return False
    if isinstance(holder, ast.Compare):
        return named and isinstance(holder.ops[-1], ast.In | ast.NotIn)
    return named and isinstance(holder, _COLLECTION_HOLDERS)


def _is_annotation(source: SourceFile, node: ast.expr) -> bool:
    inner: ast.AST = node
    outer = source.parent(inner)
    while isinstance(outer, _IN_ANNOTATIONS):
        inner, outer = outer, source.parent(outer)
    if isinstance(outer, ast.arg | ast.AnnAssign):
        return outer.annotation is inner
    return isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef) and outer.returns is inner


def _is_unpacked(source: SourceFile, outer: ast.AST | None) -> bool:
    """Whether the names of a tuple are given to as many others."""
    above = source.parent(outer) if isinstance(outer, ast.Tuple) else None
    return isinstance(above, ast.Assign) and isinstance(above.targets[0], ast.Tuple)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
