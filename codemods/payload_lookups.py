"""Keys of the envelope looked up by ``itemgetter``, ``operator.getitem`` or a stored ``data.get``."""

from __future__ import annotations

import ast

from codemods.edits import Edit
from codemods.flow.recorder import Lookup
from codemods.flow.values import Client, Getter
from codemods.frames import ENVELOPE_ONLY
from codemods.project import Project
from codemods.rules.payload import (
    PRIVATE_MARKET,
    PRIVATE_TYPES,
    RULE,
    WHOLE,
    atom,
    is_something_else,
)
from codemods.site import Refuse, Rewrite, Verdict
from codemods.source import SourceFile

__all__ = ["answer_lookup", "clients_of"]


def clients_of(lookup: Lookup) -> frozenset[Client]:
    """The clients whose payloads are looked into."""
    return frozenset(payload.client for payload in lookup.payloads)


def answer_lookup(
    project: Project, source: SourceFile, node: ast.Call, lookup: Lookup
) -> Verdict | None:
    """Put the frame in the place of a lookup; ``None`` when it means the same in the frame."""
    called = source.segment(node.func)
    if None in lookup.keys:
        return Refuse(RULE.code, f"which key of a payload {called} looks up here is computed")
    named = [key for key in lookup.keys if key in ENVELOPE_ONLY]
    if not named:
        return None
    key = named[0]
    if lookup.way == "applied" or len(lookup.keys) != 1:
        return Refuse(RULE.code, f"{called} looks {key!r} up in payloads of v5 here")
    if key == "market" and any(one.data_type in PRIVATE_TYPES for one in lookup.payloads):
        return Refuse(RULE.code, PRIVATE_MARKET)
    if lookup.way == "method":
        return _by_method(source, node, called, key)
    receiver = node.args[0]
    functions = {value for value in project.values(node.func) if isinstance(value, Getter)}
    others = any(is_something_else(value) for value in project.values(receiver))
    if others or (lookup.way == "getter" and len(functions) != 1):
        return Refuse(RULE.code, f"{source.segment(receiver)} is not always a payload of v5")
    if key in WHOLE:
        edit = Edit(*source.span(node), atom(source, receiver))
        return Rewrite(RULE.code, f"{called} goes: data is the frame itself", [edit])
    if lookup.way == "getter":
        edit = Edit(*source.span(node), (*atom(source, receiver), '["code"]'))
        return Rewrite(RULE.code, "'market' is 'code' in the frame", [edit])
    return _named_code(source, node.args[1], called)


def _by_method(source: SourceFile, node: ast.Call, called: str, key: object) -> Verdict:
    if key == "market":
        return _named_code(source, node.args[0], called)
    name = _method_of(source, node)
    if name is None:
        return Refuse(RULE.code, f"{called} looks {key!r} up in a payload that is not named here")
    edit = Edit(*source.span(node), (name,))
    return Rewrite(RULE.code, f"{called}({key!r}) goes: {name} is the frame itself", [edit])


def _named_code(source: SourceFile, key: ast.expr, called: str) -> Verdict:
    if not isinstance(key, ast.Constant):
        return Refuse(RULE.code, f"the key that {called} looks up has a name of its own")
    text = source.segment(key).replace("market", "code")
    edit = Edit(*source.span(key), (text,))
    return Rewrite(RULE.code, "'market' is 'code' in the frame", [edit])


def _method_of(source: SourceFile, node: ast.Call) -> str | None:
    """``data`` where the function called ``get`` is ``data.get`` all the while; else ``None``."""
    function = next(
        (
            outer
            for outer in source.ancestors(node)
            if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        ),
        None,
    )
    if function is None or not isinstance(node.func, ast.Name):
        return None
    stores: dict[str, list[ast.AST | None]] = {}
    for inner in ast.walk(function):
        if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load):
            stores.setdefault(inner.id, []).append(source.parent(inner))
    assigned = stores.get(node.func.id, [])
    if len(assigned) != 1 or not isinstance(assigned[0], ast.Assign):
        return None
    method = assigned[0].value
    if not isinstance(method, ast.Attribute) or not isinstance(method.value, ast.Name):
        return None
    parameters = {argument.arg for argument in function.args.args}
    name = method.value.id
    return name if name in parameters and name not in stores else None
