"""UWS152: ``except`` clauses catch what v6 raises."""

from __future__ import annotations

import ast

from codemods.flow.values import Client
from codemods.legacy import exception_successor
from codemods.project import Project
from codemods.references import Reference, clients_in
from codemods.rule import Example, Rule

__all__ = ["RULE", "guarded_clients", "legacy_members_read", "successor"]

RULE = Rule(
    code="UWS152",
    title="Catch the exceptions v6 raises",
    anchor="exceptions",
    rationale=(
        "A proxy raises v6's exceptions. A clause around calls that have moved catches the v6 "
        "class, one around "
        "calls that stay keeps the legacy class, one around both catches both."
    ),
    examples=(
        Example(
            "except SubscriptionError as error:\n    ...\n",
            "except SubscriptionRejected as error:\n    ...\n",
        ),
    ),
)

_LEGACY_MEMBERS = frozenset(
    {
        "error_code",
        "recovery_action",
        "details",
        "original_exception",
        "timestamp",
        "get_error_info",
        "can_retry",
        "should_reconnect",
    }
)


def handler_of(reference: Reference) -> ast.ExceptHandler | None:
    """The ``except`` clause a reference stands in."""
    for outer in reference.source.ancestors(reference.node):
        if isinstance(outer, ast.ExceptHandler):
            return outer
    return None


def guarded_clients(project: Project, reference: Reference) -> frozenset[Client]:
    """Clients used directly inside the ``try`` body of a clause."""
    handler = handler_of(reference)
    statement = reference.source.parent(handler) if handler is not None else None
    if not isinstance(statement, ast.Try | ast.TryStar):
        return frozenset()
    found: set[Client] = set()
    for one in statement.body:
        for node in ast.walk(one):
            if isinstance(node, ast.Attribute):
                found |= clients_in(
                    project, (v for v in project.values(node.value) if isinstance(v, Client))
                )
            elif isinstance(node, ast.Call):
                found |= {
                    value
                    for value in project.values(node)
                    if isinstance(value, Client)
                    and (value.path, value.line, value.column)
                    == (reference.source.path, node.lineno, node.col_offset)
                }
    return frozenset(found)


def legacy_members_read(reference: Reference) -> str | None:
    """A member of the caught exception that only the legacy classes have."""
    handler = handler_of(reference)
    if handler is None or handler.name is None:
        return None
    for statement in handler.body:
        for node in ast.walk(statement):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == handler.name
                and node.attr in _LEGACY_MEMBERS
            ):
                return node.attr
    return None


def successor(reference: Reference) -> str | None:
    """The v6 class to catch instead."""
    return exception_successor(reference.legacy.name)
