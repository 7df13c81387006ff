"""What kind of callback an expression is: three arguments, one, or not to be seen."""

from __future__ import annotations

import ast
from typing import Literal

from codemods.flow.arguments import positional_capacity
from codemods.flow.scopes import FunctionInfo
from codemods.flow.values import Bound, Container, Function, Instance, Partial, Value
from codemods.project import Project
from codemods.site import dotted

__all__ = ["Arity", "arity_of", "callback_functions", "is_callable"]

Arity = Literal["three", "one", "wrong", "unseen"]

_TAKES_ONE = frozenset(
    {"put_nowait", "append", "appendleft", "add", "put", "send_nowait", "set_result"}
)
"""Methods of queues and lists that generation A callers registered directly."""


def callback_functions(project: Project, node: ast.expr) -> list[tuple[FunctionInfo, bool, int]]:
    """``(function, has a receiver, arguments already given)`` for each project function *node* may be, or
    what a decorator put around it."""
    found = []
    for value in sorted(project.values(node), key=repr):
        given = 0
        inner: Value = value
        if isinstance(inner, Partial):
            given, inner = inner.given, inner.inner
        if isinstance(inner, Instance):
            called = project.flow.hierarchy.method(inner.of, "__call__")
            if called is None:
                continue
            inner = Bound(called.value, inner)
        function = inner.function if isinstance(inner, Bound) else inner
        if isinstance(function, Function):
            info = project.flow.functions[function]
            receiver = inner.receiver if isinstance(inner, Bound) else None
            around = project.flow.wrappers.called_for(info, receiver)
            is_bound = receiver is not None and info.takes_receiver
            found += [(one, bound, given + more) for one, bound, more in around] or [
                (info, is_bound, given)
            ]
    return found


def arity_of(project: Project, node: ast.expr) -> Arity:
    """How a legacy client would have called this callback."""
    functions = callback_functions(project, node)
    if not functions:
        if isinstance(node, ast.Attribute) and node.attr == "emit":
            return _arity_of_signal(project, node.value)
        name = dotted(node)
        return "one" if "." in name and name.rsplit(".", 1)[-1] in _TAKES_ONE else "unseen"
    seen: set[Arity] = set()
    for info, bound, given in functions:
        required, most = positional_capacity(info, bound=bound)
        if required - given <= 3 <= most - given:
            seen.add("three")
        elif required - given <= 1 <= most - given:
            seen.add("one")
        else:
            seen.add("wrong")
    return seen.pop() if len(seen) == 1 else "wrong"


def _arity_of_signal(project: Project, node: ast.expr) -> Arity:
    """What the ``emit`` of a Qt signal takes, by the declaration of the signal."""
    labels = {value.label for value in project.values(node) if isinstance(value, Container)}
    declared = {label for label in labels if label.startswith("signal of ")}
    if len(declared) != 1:
        return "unseen"
    count = declared.pop().removeprefix("signal of ")
    return {"1": "one", "3": "three"}.get(count, "wrong")  # type: ignore[return-value]


def is_callable(project: Project, node: ast.expr) -> bool | None:
    """Whether an expression is a callback; ``None`` when it cannot be seen."""
    if isinstance(node, ast.Lambda):
        return True
    if isinstance(
        node, ast.List | ast.Tuple | ast.Set | ast.Constant | ast.ListComp | ast.JoinedStr
    ):
        return False
    if callback_functions(project, node):
        return True
    name = dotted(node).rsplit(".", 1)[-1].lower().lstrip("_")
    if name.startswith(("on_", "handle", "process")) or name.endswith(
        ("callback", "handler", "cb")
    ):
        return True
    if name in ("markets", "symbols", "codes", "pairs", "market", "symbol"):
        return False
    return None
