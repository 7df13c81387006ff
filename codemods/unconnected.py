"""Files that no import connects with the others, but that ask for members of clients."""

from __future__ import annotations

import ast

from codemods.byte_tests import (
    has_distinctive_member,
    may_ask_for_members,
    stored_clients_pattern,
)
from codemods.outlines import Outline, Outlines

__all__ = ["unconnected"]


def unconnected(outlines: Outlines, known: set[str]) -> set[str]:
    """Such files besides *known*: they ask what *known* has stored, or for what only clients have."""
    names = {name for path in known for name in _stored_names(outlines.of(path))}
    stored = stored_clients_pattern(names)
    return {
        path
        for path, source in outlines.sources.items()
        if path not in known
        and may_ask_for_members(source)
        and (has_distinctive_member(source) or stored.search(source))
    }


def _stored_names(outline: Outline | None) -> set[str]:
    """Attributes and string keys under which a file stores something it was given or made, and
    its functions that return something."""
    found: set[str] = set()
    for node in outline.source.nodes if outline is not None else ():
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
            if isinstance(node.target, ast.Name):  # a field of a class
                found.add(node.target.id)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
            isinstance(inner, ast.Return) and inner.value is not None for inner in ast.walk(node)
        ):
            found.add(node.name)
        if not isinstance(
            getattr(node, "value", None),
            ast.Call | ast.Await | ast.Name | ast.IfExp | ast.BoolOp,
        ):
            continue
        for target in targets:
            if isinstance(target, ast.Attribute):
                found.add(target.attr)
            elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                found |= {target.slice.value} if isinstance(target.slice.value, str) else set()
    return {name for name in found if name.isidentifier()}
