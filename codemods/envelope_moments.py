"""Uses of the envelope's ``timestamp``, a datetime in v5 and an integer of milliseconds in the frame."""

from __future__ import annotations

import ast

from codemods.flow.values import Client, Moment, Payload
from codemods.project import Project

__all__ = ["MESSAGE", "used_as_datetime"]

MESSAGE = (
    "the envelope's timestamp was a datetime; it is an integer of milliseconds, on compat_v5, too"
)


def used_as_datetime(project: Project, node: ast.AST) -> frozenset[Client]:
    """The clients whose timestamps *node* uses as the datetime they are in v5.

    That is an attribute (``at.strftime``), a sum or difference, a comparison with anything but another of
    them, a format (``f"{at:%H:%M}"``). Two of them compare alike in v6.
    """
    if isinstance(node, ast.Attribute):
        return _clients(project, node.value) if isinstance(node.ctx, ast.Load) else frozenset()
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        return _clients(project, node.left) | _clients(project, node.right)
    if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
        return _clients(project, node.value)
    if isinstance(node, ast.Compare) and not any(
        isinstance(operator, ast.Is | ast.IsNot | ast.In | ast.NotIn) for operator in node.ops
    ):
        parts = [node.left, *node.comparators]
        found = [_clients(project, part) for part in parts]
        return frozenset() if all(found) else frozenset[Client]().union(*found)
    return frozenset()


def _clients(project: Project, node: ast.expr) -> frozenset[Client]:
    values = project.values(node)
    if any(isinstance(value, Payload) for value in values):
        return frozenset()  # an element under any key: whether it is the timestamp is not known
    return frozenset(value.of.client for value in values if isinstance(value, Moment))
