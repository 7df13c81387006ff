"""Small wrong changes to a module: what a test suite should notice.

Left out is what has no behaviour of its own: docstrings, annotations and aliases of types, decorators
(``frozen``, ``slots``), ``__all__``, ``__slots__``, imports, and calls of the logger.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

__all__ = ["Mutant", "mutants"]

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_TYPES = frozenset({"annotation", "returns", "decorator_list", "type_params", "type_comment"})
_NO_BEHAVIOUR = frozenset({"__all__", "__slots__", "logger"})


class Mutant(NamedTuple):
    """*line* is where, *change* says what: ``Lt -> LtE``."""

    line: int
    change: str
    tree: ast.Module


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its text."""
    tree = ast.parse(source)
    sites = list(_sites(tree))
    for number, (line, change, _) in enumerate(sites):
        # Nodes of a copy are found by counting: the walk is the same.
        fresh = ast.parse(source)
        for at, (_, _, apply) in enumerate(_sites(fresh)):
            if at == number:
                apply()
                break
        yield Mutant(line, change, ast.fix_missing_locations(fresh))


Site = tuple[int, str, Any]


def _sites(parent: ast.AST) -> Iterator[Site]:
    for name, value in ast.iter_fields(parent):
        if name in _TYPES:
            continue
        for index, node in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(node, ast.AST) and not _is_left_out(parent, node):
                yield from _of(parent, name, index if isinstance(value, list) else None, node)
                yield from _sites(node)


def _is_left_out(parent: ast.AST, node: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    if isinstance(node, ast.Assign):
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        return bool(names & _NO_BEHAVIOUR) or _starts_with(node.value, "Literal", "Callable")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        receiver = node.func.value
        return isinstance(receiver, ast.Name) and receiver.id == "logger"
    return False


def _starts_with(node: ast.expr, *names: str) -> bool:
    """Whether it is an alias of a type, such as ``Literal[...]``."""
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and (node.value.id in names)
    )


def _of(parent: ast.AST, name: str, index: int | None, node: ast.AST) -> Iterator[Site]:
    line = getattr(node, "lineno", getattr(parent, "lineno", 0))

    def put(new: ast.AST) -> Any:
        def apply() -> None:
            if index is None:
                setattr(parent, name, new)
            else:
                getattr(parent, name)[index] = new

        return apply

    if isinstance(node, ast.cmpop):
        other = _COMPARISONS[type(node)]
        yield line, f"{type(node).__name__} -> {other.__name__}", put(other())
    elif isinstance(node, ast.operator) and type(node) in _OPERATORS:
        replaced = _OPERATORS[type(node)]
        yield line, f"{type(node).__name__} -> {replaced.__name__}", put(replaced())
    elif isinstance(node, ast.And):
        yield line, "and -> or", put(ast.Or())
    elif isinstance(node, ast.Or):
        yield line, "or -> and", put(ast.And())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield line, f"{type(node.op).__name__} dropped", put(node.operand)
    elif isinstance(node, ast.Constant) and not isinstance(parent, ast.JoinedStr):
        yield from _constant(line, node, put)
    elif isinstance(node, ast.Return) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield line, "return None", put(ast.Return(ast.Constant(None)))
    elif isinstance(node, ast.Continue):
        yield line, "continue -> break", put(ast.Break())
    elif isinstance(node, ast.Break):
        yield line, "break -> continue", put(ast.Continue())
    elif isinstance(node, ast.IfExp):
        swapped = ast.IfExp(node.test, node.orelse, node.body)
        yield line, "branches swapped", put(copy.copy(swapped))
    if index is not None and _is_removable(node) and not isinstance(parent, ast.ClassDef):
        yield line, "statement dropped", put(ast.Pass())


def _constant(line: int, node: ast.Constant, put: Any) -> Iterator[Site]:
    value = node.value
    if isinstance(value, bool):
        yield line, f"{value} -> {not value}", put(ast.Constant(not value))
    elif isinstance(value, int | float):
        yield line, f"{value} -> {value + 1}", put(ast.Constant(value + 1))
    elif isinstance(value, str):
        yield line, f"{value[:20]!r} -> other text", put(ast.Constant(f"X{value}X"))


def _is_removable(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Raise | ast.Delete):
        return True
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
