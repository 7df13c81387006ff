"""Payloads that are used as a whole: handed to unseen code, formatted, iterated over, merged.

No key is read there, so nothing can be rewritten; but what happens next sees the frame in v6, without
the keys ``market``, ``data`` and ``raw_data``. Where one of them stands in plain sight (in the format, the
template, the list of columns, the fields of the class) the client stays; anywhere else it is a note.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.flow.boundary import Leak
from codemods.flow.externals import is_harmless
from codemods.flow.values import (
    Bound,
    Class,
    Client,
    Container,
    Function,
    Instance,
    Partial,
    Payload,
    Value,
)
from codemods.frames import ENVELOPE_ONLY
from codemods.named_keys import (
    constant_text,
    field_key,
    format_fields,
    key_named_around,
    percent_key,
)
from codemods.project import Project
from codemods.site import dotted
from codemods.source import SourceFile

__all__ = ["WholeUse", "whole_uses"]

_VIEWS = frozenset({"items", "keys", "values"})
_ITERATING = frozenset({"list", "tuple", "set", "frozenset", "sorted", "iter", "enumerate", "zip"})
_GIVEN = "in v6 it is given the frame, without the keys 'market', 'data' and 'raw_data'"
_WITHOUT = "in v6 it is the frame, without the keys 'market', 'data' and 'raw_data'"


@dataclass(frozen=True)
class WholeUse:
    """One use of a whole payload.

    Args:
        node: where a finding goes.
        clients: whose payloads they may be.
        message: what a note says, or why the clients stay.
        keeps: whether the clients stay.
        group: notes of one group are told once for each file; empty for a group of its own.
    """

    node: ast.expr
    clients: frozenset[Client]
    message: str
    keeps: bool
    group: str = ""


def whole_uses(project: Project, source: SourceFile, node: ast.AST) -> Iterator[WholeUse]:
    """What *node* itself does with whole payloads."""
    found: WholeUse | None = None
    if isinstance(node, ast.Call):
        found = (
            _formatted(project, source, node)
            or _viewed(project, source, node)
            or _merged(project, source, node)
            or _handed_over(project, source, node)
        )
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        found = _percent(project, source, node)
    elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        found = _iterated(project, source, node.iter, node.iter)
    elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.BitOr):
        found = _merged_into(project, source, node.target, node.value)
    elif isinstance(node, ast.Assign):
        found = _unpacked(project, source, node)
    elif isinstance(node, ast.Return) and node.value is not None:
        found = _returned(project, node.value)
    elif isinstance(node, ast.arg) and node.annotation is not None:
        found = _described(project, source, node, node.annotation)
    if found is not None:
        yield found


def _clients(project: Project, node: ast.expr) -> frozenset[Client]:
    """The clients whose envelopes an expression may be."""
    return _clients_of(project.values(node))


def _clients_of(values: frozenset[Value]) -> frozenset[Client]:
    return frozenset(
        value.client for value in values if isinstance(value, Payload) and value.layer == "envelope"
    )


# Formats


def _percent(project: Project, source: SourceFile, node: ast.BinOp) -> WholeUse | None:
    clients = _clients(project, node.right)
    if not clients:
        return None
    name = source.segment(node.right)
    text = constant_text(source, node.left)
    if text is None:
        if isinstance(node.left, ast.JoinedStr | ast.Constant):
            return None
        return WholeUse(node, clients, f"{name} is formatted as a whole; {_WITHOUT}", False)
    key = percent_key(text)
    message = f"the format names {key!r}, which only the envelope of v5 has"
    return WholeUse(node, clients, message, True) if key is not None else None


def _formatted(project: Project, source: SourceFile, node: ast.Call) -> WholeUse | None:
    """``text.format(payload)`` and ``text.format_map(payload)``."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in ("format", "format_map"):
        return None
    given: dict[str, ast.expr] = {str(index): one for index, one in enumerate(node.args)}
    given |= {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    held = {name: _clients(project, one) for name, one in given.items()}
    clients = frozenset(client for found in held.values() for client in found)
    text = constant_text(source, node.func.value)
    if not clients or text is None:
        return None
    if node.func.attr == "format_map":
        key = field_key(text)
    else:
        fields = format_fields(text)
        key = next((key for name, key in fields if held.get(name) and key in ENVELOPE_ONLY), None)
    if key is None:
        return None
    message = f"the format names {key!r}, which only the envelope of v5 has"
    return WholeUse(node, clients, message, True)


# Iteration


def _viewed(project: Project, source: SourceFile, node: ast.Call) -> WholeUse | None:
    """``data.items()`` and ``list(data)``."""
    if isinstance(node.func, ast.Attribute) and node.func.attr in _VIEWS and not node.args:
        return _iterated(project, source, node.func.value, node)
    if isinstance(node.func, ast.Name) and node.func.id in _ITERATING:
        for argument in node.args:
            found = _iterated(project, source, argument, node)
            if found is not None:
                return found
    return None


def _iterated(
    project: Project, source: SourceFile, payload: ast.expr, node: ast.expr
) -> WholeUse | None:
    """*node*, or a loop over it, goes through the entries of *payload*."""
    clients = _clients(project, payload)
    if not clients:
        return None
    name = source.segment(payload)
    around: ast.AST = node
    outer = source.parent(node)
    while isinstance(outer, ast.expr | ast.comprehension | ast.keyword):
        around, outer = outer, source.parent(outer)
    if isinstance(outer, ast.For | ast.AsyncFor) and outer.iter is around:
        around = outer
    key = _key_compared(source, around)
    if key is not None:
        message = f"{name} is gone through entry by entry, with an eye to {key!r}"
        return WholeUse(node, clients, message, True)
    return WholeUse(node, clients, f"{name} is gone through entry by entry; {_WITHOUT}", False)


def _key_compared(source: SourceFile, around: ast.AST) -> str | None:
    """A key of the envelope among what is compared, listed or formatted in *around*."""
    for inner in ast.walk(around):
        if not isinstance(inner, ast.Constant) or not isinstance(inner.value, str):
            continue
        outer = source.parent(inner)
        if inner.value in ENVELOPE_ONLY:
            if isinstance(outer, ast.Compare | ast.List | ast.Tuple | ast.Set | ast.Dict):
                return inner.value
            if isinstance(outer, ast.MatchValue):
                return inner.value
        elif isinstance(outer, ast.Attribute) and outer.attr in ("format", "format_map"):
            key = field_key(inner.value)
            if key is not None:
                return key
    return None


def _unpacked(project: Project, source: SourceFile, node: ast.Assign) -> WholeUse | None:
    """``kind, market, frame, *_ = data.values()``."""
    if not any(isinstance(target, ast.Tuple | ast.List) for target in node.targets):
        return None
    value = node.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        value = value.func.value if value.func.attr in _VIEWS else value
    clients = _clients(project, value)
    if not clients:
        return None
    message = f"the entries of {source.segment(value)} are taken apart by their order"
    return WholeUse(node.value, clients, message, True)


# Merging


def _merged(project: Project, source: SourceFile, node: ast.Call) -> WholeUse | None:
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "update":
        return None
    for argument in node.args:
        found = _merged_into(project, source, node.func.value, argument)
        if found is not None:
            return found
    return None


def _merged_into(
    project: Project, source: SourceFile, into: ast.expr, payload: ast.expr
) -> WholeUse | None:
    clients = _clients(project, payload)
    if not clients:
        return None
    name = source.segment(payload)
    message = f"the entries of {name} go into {source.segment(into)}; {_WITHOUT}"
    return WholeUse(payload, clients, message, False)


# Unseen code


def _handed_over(project: Project, source: SourceFile, node: ast.Call) -> WholeUse | None:
    """A call of code nobody sees with a payload, or with something that holds one."""
    if _is_seen(project, node) or _is_known_text(source, node.func):
        return None
    leaks = project.flow.leaks
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    handed = [(one, leaks[id(one)]) for one in [*given, node.func] if id(one) in leaks]
    clients = frozenset(c for _, leak in handed for c in _clients_of(leak.values))
    direct = frozenset(client for one in given for client in _clients(project, one))
    if not clients and not direct:
        return None
    callee = dotted(node.func) or source.segment(node.func)
    key = key_named_around(project, source, node) if clients else _key_logged(source, node)
    if key is not None:
        message = (
            f"{callee} is given a payload and names {key!r}, which only the envelope of v5 has"
        )
        return WholeUse(node, clients | direct, message, True)
    if not clients:
        return None
    where, leak = next((one, leak) for one, leak in handed if _clients_of(leak.values))
    return _handed(where, clients, leak)


def _handed(node: ast.expr, clients: frozenset[Client], leak: Leak) -> WholeUse:
    if leak.callee == ast.unparse(node):
        message = f"the callback {leak.callee} cannot be seen; {_GIVEN}"
        return WholeUse(node, clients, message, False, leak.callee)
    called = leak.callee if " " in leak.callee or "(" in leak.callee else f"{leak.callee}()"
    message = f"a payload of v5 goes whole to {' '.join(called.split())}; {_WITHOUT}"
    return WholeUse(node, clients, message, False, leak.callee)


def _returned(project: Project, node: ast.expr) -> WholeUse | None:
    leak = project.flow.leaks.get(id(node))
    clients = _clients_of(leak.values) if leak is not None else frozenset()
    return _handed(node, clients, leak) if leak is not None and clients else None


def _described(
    project: Project, source: SourceFile, node: ast.arg, annotation: ast.expr
) -> WholeUse | None:
    """A parameter whose ``TypedDict`` tells of keys that only the envelope has."""
    hierarchy = project.flow.hierarchy
    names = [
        value.name
        for part in ast.walk(annotation)
        for value in project.values(part)
        if isinstance(value, Class)
        and hierarchy.is_typed_dict(value)
        and ENVELOPE_ONLY & set(hierarchy.fields(value))
    ]
    function = source.parent(source.parent(node) or node)
    scope = project.flow.modules[source.path].scopes.get(id(function))
    if not names or scope is None:
        return None
    held = project.flow.cells.read(("var", scope.key, node.arg))
    clients = _clients_of(frozenset(held))
    message = f"{names[0]} describes the envelope of v5; {_WITHOUT}"
    return WholeUse(annotation, clients, message, False, names[0]) if clients else None


def _is_seen(project: Project, node: ast.Call) -> bool:
    """Whether the project shows what is called, or keeps what it is given."""
    seen = (Function, Bound, Partial, Class, Instance)
    if any(isinstance(value, seen) for value in project.values(node.func)):
        return True
    if not isinstance(node.func, ast.Attribute):
        return isinstance(node.func, ast.Call)  # getattr(self, name)(data)
    return any(isinstance(value, Container) for value in project.values(node.func.value))


def _key_logged(source: SourceFile, node: ast.Call) -> str | None:
    """The key that ``log.info("%(market)s", data)`` names."""
    if not is_harmless(dotted(node.func)):
        return None
    texts = (constant_text(source, argument) for argument in node.args)
    return next((key for text in texts if text and (key := percent_key(text))), None)


def _is_known_text(source: SourceFile, function: ast.expr) -> bool:
    """Whether a method of a text in plain sight is called, which keeps nothing."""
    return isinstance(function, ast.Attribute) and (
        isinstance(function.value, ast.JoinedStr)
        or constant_text(source, function.value) is not None
    )
