"""Where an envelope and the frame inside it may not become one dictionary.

v5 gave two dictionaries, one in the other; in v6 there is one, and on ``compat_v5`` one that answers for
both: a client that stays is marked, not cured. A loop or a recursion that goes from the
outer to the inner never ends when both are the same, and what is written to one of two names shows under
the other. Order counts only within a function, by position.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from codemods.flow.values import Bound, Function
from codemods.rules.payload import RULE, PayloadUse, find_reads
from codemods.site import Refuse
from codemods.source import SourceFile

__all__ = ["refuse_as_one"]

_WHOLE = frozenset({"data", "raw_data"})
_INNER_NAMES = {"market": "code"}
"""Keys of the envelope by their names in the frame."""
_CHANGING = frozenset({"pop", "update", "clear", "setdefault", "popitem"})
_ANY = object()
"""Stands for the keys of a change nobody can name."""

_FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def refuse_as_one(use: PayloadUse) -> Refuse | None:
    """Why the frame cannot be the envelope itself here; ``None`` where it can."""
    if not _WHOLE & set(use.read.keys) or use.read.way not in ("item", "get", "pop"):
        return None
    name = use.source.segment(use.read.receiver)
    if _feeds_itself(use):
        return Refuse(
            RULE.code, f"this unwraps {name} until it is a frame, which it is from the start in v6"
        )
    if use.read.way == "pop" and not _is_last_look(use):
        return Refuse(
            RULE.code,
            f"{name} is used after its frame was taken out of it; it is the frame, on compat_v5, too",
        )
    inner = _inner_names(use)
    if not isinstance(use.read.receiver, ast.Name):
        return None
    if _holds_itself(use, inner):
        return Refuse(
            RULE.code, f"{name} gets its own frame as an item; it is the frame, on compat_v5, too"
        )
    if any(_shows_through(use, one) for one in inner):
        return Refuse(
            RULE.code,
            f"the frame in {name} is changed and {name} read afterwards; both are one, on compat_v5, too",
        )
    return None


def _feeds_itself(use: PayloadUse) -> bool:
    return _in_loop(use) or _in_recursion(use)


def _in_loop(use: PayloadUse) -> bool:
    """Whether a ``while`` goes on with the frame in the place of the envelope, and with nothing else."""
    receiver = use.read.receiver
    if not isinstance(receiver, ast.Name):
        return False
    for outer in use.source.ancestors(use.read.node):
        if isinstance(outer, _FunctionNode):
            return False
        if isinstance(outer, ast.While):
            unwrapped = {receiver.id, *_inner_names(use)}
            given = [value for name, value in _bindings(outer) if name == receiver.id]
            if given and all(_is_unwrapped(one, unwrapped) for one in given):
                return True
    return False


def _is_unwrapped(value: ast.expr | None, names: set[str]) -> bool:
    """Whether a value is one of *names*, or the frame inside one."""
    if isinstance(value, ast.Name):
        return value.id in names
    return any(
        isinstance(read.receiver, ast.Name) and read.receiver.id in names
        for read in (find_reads(value) if value is not None else ())
        if read.way in ("item", "get", "pop") and _WHOLE & set(read.keys)
    )


def _in_recursion(use: PayloadUse) -> bool:
    """Whether a function is called with the frame inside of what it was called with."""
    function = _function_around(use.source, use.read.node)
    info = use.project.flow.modules[use.source.path].functions.get(id(function))
    if function is None or info is None:
        return False
    inner = _inner_names(use)
    return any(
        isinstance(node, ast.Call)
        and _calls(use, node, info.value)
        and any(
            argument is use.read.node or (isinstance(argument, ast.Name) and argument.id in inner)
            for argument in (*node.args, *(keyword.value for keyword in node.keywords))
        )
        for node in ast.walk(function)
    )


def _calls(use: PayloadUse, call: ast.Call, function: Function) -> bool:
    values = use.project.values(call.func)
    return any((v.function if isinstance(v, Bound) else v) == function for v in values)


def _is_last_look(use: PayloadUse) -> bool:
    """Whether nobody looks at the receiver once the frame was taken out of it."""
    receiver = use.read.receiver
    if not isinstance(receiver, ast.Name):
        return False
    statement = use.source.statement(use.read.node)
    if any(name == receiver.id for name, _ in _bindings(statement)):
        return True
    return not any(
        node.id == receiver.id and use.source.start(node) > use.source.end(use.read.node)
        for node in _names(use)
    )


def _holds_itself(use: PayloadUse, inner: set[str]) -> bool:
    """Whether the frame is stored in the envelope."""
    receiver = use.read.receiver
    for node in _scope(use):
        if not isinstance(node, ast.Assign) or not isinstance(receiver, ast.Name):
            continue
        if any(
            isinstance(target, ast.Subscript) and _is_name(target.value, receiver.id)
            for target in node.targets
        ) and any(
            one is use.read.node or (isinstance(one, ast.Name) and one.id in inner)
            for one in _held(node.value)
        ):
            return True
    return False


def _held(value: ast.expr) -> Iterator[ast.expr]:
    """A value and what it holds, if it is a display."""
    yield value
    parts: Iterable[ast.expr | None] = ()
    if isinstance(value, ast.Dict):
        parts = value.values
    elif isinstance(value, ast.List | ast.Tuple | ast.Set):
        parts = value.elts
    for part in parts:
        if part is not None:
            yield from _held(part)


def _shows_through(use: PayloadUse, inner: str) -> bool:
    """Whether the envelope is read for what was changed in its frame before."""
    receiver = use.read.receiver
    if not isinstance(receiver, ast.Name) or receiver.id == inner:
        return False
    changes = [
        (use.source.start(node), key)
        for node in _scope(use)
        if isinstance(node, ast.expr | ast.stmt)
        for key in _changed(node, inner)
    ]
    if not changes:
        return False
    first = min(start for start, _ in changes)
    keys = {key for _, key in changes}
    return any(
        _looks_at(use.source, node, keys)
        for node in _names(use)
        if node.id == receiver.id and use.source.start(node) > first
    )


def _changed(node: ast.AST, name: str) -> Iterator[object]:
    """The keys *node* changes in the dictionary called *name*."""
    if (
        isinstance(node, ast.Subscript)
        and not isinstance(node.ctx, ast.Load)
        and _is_name(node.value, name)
    ):
        yield node.slice.value if isinstance(node.slice, ast.Constant) else _ANY
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _CHANGING
        and _is_name(node.func.value, name)
    ):
        key = node.args[0] if node.args and node.func.attr in ("pop", "setdefault") else None
        yield key.value if isinstance(key, ast.Constant) else _ANY
    elif isinstance(node, ast.AugAssign) and _is_name(node.target, name):
        yield _ANY


def _looks_at(source: SourceFile, node: ast.Name, keys: set[object]) -> bool:
    """Whether a look at the envelope meets one of the frame's *keys*."""
    outer = source.parent(node)
    around = source.parent(outer) if isinstance(outer, ast.Attribute) else outer
    reads = find_reads(around) if around is not None else []
    seen = [key for read in reads if read.receiver is node for key in read.keys]
    if not seen:
        return True
    if any(key in _WHOLE for key in seen):
        return False
    named = {_INNER_NAMES.get(key, key) if isinstance(key, str) else _ANY for key in seen}
    return _ANY in keys or _ANY in named or bool(named & keys)


def _inner_names(use: PayloadUse) -> set[str]:
    """Names the frame is given by the read."""
    statement = use.source.statement(use.read.node)
    return {name for name, value in _bindings(statement) if value is use.read.node}


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Names that are bound in *node*, with the value where one stands beside the name."""
    valued: dict[int, ast.expr] = {}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assign | ast.AnnAssign | ast.NamedExpr):
            targets = inner.targets if isinstance(inner, ast.Assign) else [inner.target]
            for target in targets:
                if inner.value is not None:
                    valued.update(_paired(target, inner.value))
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            yield inner.id, valued.get(id(inner))


def _paired(target: ast.expr, value: ast.expr) -> dict[int, ast.expr]:
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        pairs = zip(target.elts, value.elts, strict=False)
        return {key: one for t, v in pairs for key, one in _paired(t, v).items()}
    return {id(target): value}


def _names(use: PayloadUse) -> Iterator[ast.Name]:
    for node in _scope(use):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node


def _scope(use: PayloadUse) -> Iterable[ast.AST]:
    function = _function_around(use.source, use.read.node)
    return ast.walk(function) if function is not None else use.source.nodes


def _function_around(source: SourceFile, node: ast.AST) -> _FunctionNode | None:
    for outer in source.ancestors(node):
        if isinstance(outer, _FunctionNode):
            return outer
    return None


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
