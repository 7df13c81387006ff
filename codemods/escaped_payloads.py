"""Payloads that went through code outside of the project, and reads that may be of one of them.

Nobody can follow a payload through an event bus or another library's queue. So each value such code
may hand back is taken for one of the payloads it was given, where it is read like an envelope. How it is read
decides how much is believed:

- ``x["data"]["trade_price"]``, ``x.get("raw_data")``, a bare ``x["data"]``: the clients stay;
- ``x["market"]`` alone, which other dictionaries have as well: a note;
- next to keys that no envelope has, or with something inside that is no frame: not an envelope.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from codemods.callbacks import callback_functions
from codemods.flow.boundary import ENCODED, Leak, is_linked
from codemods.flow.values import Client, Payload
from codemods.frames import ENVELOPE_KEYS, ENVELOPE_ONLY, FRAME_KEYS
from codemods.project import Project
from codemods.rules.payload import EnvelopeRead, find_reads
from codemods.source import SourceFile

__all__ = ["EscapedRead", "escaped_columns", "escaped_read", "find_leaks"]

Confidence = Literal["likely", "possible"]
_MAPPING_METHODS = frozenset({"get", "items", "keys", "values", "copy", "update", "pop"})
_TABLES = frozenset({"pandas", "polars"})
"""Packages whose tables have the keys of the rows as columns: any read of an envelope's key is one."""
_SHOWN = 3


@dataclass(frozen=True)
class EscapedRead:
    """A read that may be of an escaped payload.

    Args:
        confidence: ``"likely"`` by its shape, or only ``"possible"``.
        clients: whose payloads they may be.
        reason: the whole story, one sentence.
        brief: the reason without places, for the mark in the source.
        chain: subscription and place of each payload, at most a few.
    """

    confidence: Confidence
    clients: frozenset[Client]
    reason: str
    brief: str
    chain: tuple[str, ...]


def find_leaks(project: Project) -> list[Leak]:
    """Where payloads leave what the analysis sees."""
    flow = project.flow
    found = list(flow.leaks.values())
    for cell, values in list(flow.cells.items()):
        if cell[0] != "attr" or cell[2] not in flow.payload_attributes:
            continue
        payloads = flow.cells.payloads_within(values)
        if payloads:
            places = [flow.cells.first_seen.get((cell, value)) for value in values]
            path, line = min(place for place in places if place is not None)
            name = str(cell[2])
            found.append(Leak(path, line, f"the attribute {name}", f".{name}", frozenset(payloads)))
    return sorted(found, key=lambda leak: (leak.path, leak.line, leak.callee))


def escaped_read(
    project: Project, source: SourceFile, read: EnvelopeRead, leaks: list[Leak]
) -> EscapedRead | None:
    """What a read may be of; ``None`` when it has nothing to do with an escaped payload."""
    if not ENVELOPE_ONLY & {key for key in read.keys if isinstance(key, str)}:
        return None
    if read.way in ("store", "setdefault", "unpacked"):
        return None
    values = project.values(read.receiver)
    if any(isinstance(value, Payload) for value in values):
        return None
    linked = [leak for leak in leaks if any(is_linked(leak, value) for value in values)]
    if not linked:
        return None
    tables = any(leak.root in _TABLES for leak in linked)
    confidence = "likely" if tables else _confidence(project, source, read)
    if confidence is None:
        return None
    return _told(project, source.segment(read.receiver), linked, confidence)


def escaped_columns(
    project: Project, source: SourceFile, node: ast.AST, leaks: list[Leak]
) -> EscapedRead | None:
    """Columns of a table that payloads went into, where *node* names one that only envelopes give it."""
    tables = [leak for leak in leaks if leak.root in _TABLES]
    if not tables:
        return None
    table: ast.expr
    if isinstance(node, ast.Subscript):
        table, named = node.value, [node.slice]
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        table, named = node.value, [ast.Constant(node.attr)]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        table, named = node.func.value, [*node.args, *(one.value for one in node.keywords)]
    else:
        return None
    if not any(_is_column(inner) for one in named for inner in _listed(one)):
        return None
    values = project.values(table)
    linked = [leak for leak in tables if any(is_linked(leak, value) for value in values)]
    return _told(project, source.segment(table), linked, "likely") if linked else None


def _listed(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.List | ast.Tuple) else [node]


def _is_column(node: ast.expr) -> bool:
    """Whether a column is named that envelopes give a table: ``"market"``, or ``"data.code"``."""
    name = node.value if isinstance(node, ast.Constant) else None
    return isinstance(name, str) and name.split(".")[0] in ENVELOPE_ONLY


def _told(
    project: Project, name: str, linked: list[Leak], confidence: Confidence
) -> EscapedRead | None:
    """What a person is told of a read of *name*."""
    decoded = all(leak.root == ENCODED for leak in linked)
    if decoded and confidence != "likely":
        return None
    clients = {
        value.client for leak in linked for value in leak.values if isinstance(value, Payload)
    }
    real = frozenset(client for client in clients if client.kind != "any")
    if not real:
        return None
    chain = tuple(_story(project, leak) for leak in linked[:_SHOWN])
    more = f", and {len(linked) - 1} more ways" if len(linked) > 1 else ""
    kept = "the text of it holds the flat frame, also on compat_v5" if decoded else ""
    kept = kept or "compat_v5 answers both shapes"
    reason = f"{name} may be {chain[0]}{more}; {kept}"
    brief = f"{name} may be a payload of v5 that was {_way(linked[0])}; {kept}"
    return EscapedRead(confidence, real, reason, brief, chain)


def _story(project: Project, leak: Leak) -> str:
    payloads = sorted((v for v in leak.values if isinstance(v, Payload)), key=repr)
    place = project.flow.subscribed.get((payloads[0].client, payloads[0].data_type))
    where = f"{place[0]}:{place[1]}" if place is not None else "a v5 client"
    return f"the payload subscribed at {where}, {_way(leak)} at {leak.path}:{leak.line}"


def _way(leak: Leak) -> str:
    called = leak.callee.isidentifier() or "." in leak.callee
    if leak.root.startswith(".") or not called:
        return f"stored in {leak.callee}"
    return f"handed to {leak.callee}()"


# Shape: what the code around a read says about the dictionary


def _confidence(project: Project, source: SourceFile, read: EnvelopeRead) -> Confidence | None:
    subscripts, asked = _keys_beside(source, read)
    if subscripts - ENVELOPE_KEYS or (asked - ENVELOPE_KEYS) & FRAME_KEYS:
        return None
    whole = ENVELOPE_ONLY - {"market"}
    mine = {key for key in read.keys if isinstance(key, str)}
    if not mine & whole:
        return "likely" if (subscripts | asked) & whole else "possible"
    if read.way in ("member", "pattern"):
        return "likely"
    return _inside(project, source, read.node)


def _inside(
    project: Project, source: SourceFile, node: ast.expr, depth: int = 3
) -> Confidence | None:
    """Whether what is done with ``x["data"]`` fits a frame; also where it is returned or handed on."""
    outer = source.parent(node)
    if isinstance(outer, ast.Await):
        return _inside(project, source, outer, depth)
    if isinstance(outer, ast.For | ast.AsyncFor | ast.comprehension) and outer.iter is node:
        return None
    if isinstance(outer, ast.Subscript) and outer.value is node:
        return _fits(outer.slice)
    if isinstance(outer, ast.Attribute):
        call = source.parent(outer)
        if outer.attr not in _MAPPING_METHODS:
            return None
        if outer.attr in ("get", "pop") and isinstance(call, ast.Call) and call.args:
            return _fits(call.args[0])
        return "likely"
    readers = _readers(project, source, outer, node) if depth else []
    found = [_inside(project, where, reader, depth - 1) for where, reader in readers]
    return "likely" if not found or "likely" in found else None


def _readers(
    project: Project, source: SourceFile, outer: ast.AST | None, node: ast.expr
) -> list[tuple[SourceFile, ast.expr]]:
    """Where the value of *node* is looked at next: by name, by callers, by the function it is given to."""
    target = _target_of(outer, node)
    if target is not None:
        return _named(source, _function_nodes(source, node), target)
    if isinstance(outer, ast.Return):
        return _calls(project, source, outer)
    if isinstance(outer, ast.Call) and node in outer.args:
        found: list[tuple[SourceFile, ast.expr]] = []
        for info, is_bound, given in callback_functions(project, outer.func):
            parameters = info.parameters()[int(is_bound) + given :]
            index = outer.args.index(node)
            if index < len(parameters):
                there = project.sources[info.value.path]
                found += _named(there, ast.walk(info.node), parameters[index].arg)
        return found
    return []


def _named(
    source: SourceFile, nodes: Iterable[ast.AST], name: str
) -> list[tuple[SourceFile, ast.expr]]:
    return [
        (source, node)
        for node in nodes
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]


def _calls(
    project: Project, source: SourceFile, statement: ast.Return
) -> list[tuple[SourceFile, ast.expr]]:
    """Calls of the function that returns here."""
    module = project.flow.modules[source.path]
    infos = (module.functions.get(id(outer)) for outer in source.ancestors(statement))
    info = next((one for one in infos if one is not None), None)
    found: list[tuple[SourceFile, ast.expr]] = []
    for path, node in project.function_references.get(info.value, ()) if info is not None else ():
        there = project.sources[path]
        call = there.parent(node)
        if isinstance(call, ast.Call) and call.func is node:
            found.append((there, call))
    return found


def _fits(key: ast.expr) -> Confidence | None:
    if isinstance(key, ast.Constant):
        return "likely" if key.value in FRAME_KEYS else None
    return None if isinstance(key, ast.Slice | ast.UnaryOp) else "likely"


def _target_of(outer: ast.AST | None, node: ast.expr) -> str | None:
    """The name ``x["data"]`` is bound to."""
    if isinstance(outer, ast.Assign) and outer.value is node and len(outer.targets) == 1:
        target: ast.expr = outer.targets[0]
    elif isinstance(outer, ast.AnnAssign | ast.NamedExpr) and outer.value is node:
        target = outer.target
    else:
        return None
    return target.id if isinstance(target, ast.Name) else None


def _keys_beside(source: SourceFile, read: EnvelopeRead) -> tuple[set[str], set[str]]:
    """Keys read off the same dictionary in the same function: by ``[]``, and by ``get`` or ``in``."""
    text = ast.dump(read.receiver)
    subscripts: set[str] = set()
    asked: set[str] = set()
    for node in _function_nodes(source, read.receiver):
        for other in find_reads(node):
            if ast.dump(other.receiver) == text:
                keys = {key for key in other.keys if isinstance(key, str)}
                (subscripts if other.way == "item" else asked).update(keys)
    return subscripts, asked


def _function_nodes(source: SourceFile, node: ast.AST) -> Iterable[ast.AST]:
    for outer in source.ancestors(node):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
            return ast.walk(outer)
    return source.nodes
