"""UWS152: ``except`` clauses catch what v6 raises."""

from __future__ import annotations

import ast

from codemods.edits import Edit
from codemods.exception_uses import Shape
from codemods.flow.values import Client
from codemods.legacy import exception_successor
from codemods.project import Project
from codemods.references import Reference, clients_in
from codemods.rule import Example, Rule
from codemods.source import SourceFile

__all__ = [
    "DISTINCTIVE_MEMBERS",
    "LEGACY_MEMBERS",
    "RULE",
    "already_caught",
    "clause_edits",
    "clients_in_body",
    "earlier_clause",
    "guarded_clients",
    "handler_of",
    "legacy_members_read",
    "selection_edits",
    "successors",
]

RULE = Rule(
    code="UWS152",
    title="Catch the exceptions v6 raises",
    anchor="exceptions",
    rationale=(
        "A proxy raises v6's exceptions. A clause around calls that have moved catches the v6 "
        "class, one around "
        "calls that stay keeps the legacy class, one around both catches both. The same holds where a "
        "class selects errors elsewhere: in isinstance, in a class pattern, in suppress() or a retry "
        "decorator, in a tuple of classes. Where no second class can be put beside it, or where a member "
        "that only legacy exceptions have is read from what was caught, the clients stay."
    ),
    examples=(
        Example(
            "except SubscriptionError as error:\n    ...\n",
            "except UpbitWebSocketError as error:\n    ...\n",
        ),
        Example(
            "RETRYABLE = (WebSocketConnectionError, OSError)\n",
            "RETRYABLE = (SubscribeTimeout, OSError)\n",
        ),
    ),
)

DISTINCTIVE_MEMBERS = frozenset(
    {"error_code", "recovery_action", "get_error_info", "can_retry", "should_reconnect"}
)
"""Members hardly any other exception has."""
LEGACY_MEMBERS = DISTINCTIVE_MEMBERS | {"details", "original_exception", "timestamp"}


_BASE = "UpbitWebSocketError"
_SUBSCRIBE_FAILURES = (
    "SubscriptionRejected",
    "SubscribeTimeout",
    "InvalidArgument",
    "AuthenticationError",
)
"""What a subscribe call of a proxy raises for the causes v5 had."""


def handler_of(reference: Reference) -> ast.ExceptHandler | None:
    """The ``except`` clause a reference stands in."""
    for outer in reference.source.ancestors(reference.node):
        if isinstance(outer, ast.ExceptHandler):
            return outer
    return None


def guarded_clients(project: Project, reference: Reference) -> frozenset[Client]:
    """Clients used directly inside the ``try`` body of a clause."""
    handler = handler_of(reference)
    return clients_in_body(project, reference.source, handler) if handler else frozenset()


def clients_in_body(
    project: Project, source: SourceFile, handler: ast.ExceptHandler
) -> frozenset[Client]:
    """Clients used directly inside the ``try`` body *handler* belongs to."""
    statement = source.parent(handler)
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
                    == (source.path, node.lineno, node.col_offset)
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
                and node.attr in LEGACY_MEMBERS
            ):
                return node.attr
    return None


def successors(reference: Reference) -> tuple[str, ...]:
    """The v6 classes to catch instead; empty when nothing like it is raised any more.

    v5 wrapped every failure of a subscribe call in ``SubscriptionError``; v6 raises one class per
    cause. The base class catches them all, except where a later clause of the same ``try``, or the
    same clause, names some of them.
    """
    one = exception_successor(reference.legacy.name)
    if one is None:
        return ()
    if reference.legacy.name != "SubscriptionError":
        return (one,)
    others = (
        _successors_beside(reference)
        if reference.role == "catching"
        else _other_successors(reference)
    )
    if not others:
        return (_BASE,)
    return tuple(name for name in _SUBSCRIBE_FAILURES if name not in others)


def _other_successors(reference: Reference) -> set[str]:
    """What the rest of the clause and the clauses after it catch."""
    handler = handler_of(reference)
    statement = reference.source.parent(handler) if handler is not None else None
    if handler is None or not isinstance(statement, ast.Try | ast.TryStar):
        return set()
    found: set[str] = set()
    for clause in statement.handlers[statement.handlers.index(handler) :]:
        for node in ast.walk(clause.type) if clause.type is not None else ():
            last = _last(node) if isinstance(node, ast.expr) else ""
            name = exception_successor(last) if last != reference.legacy.name else None
            if name is not None:
                found.add(name)
    return found


def _successors_beside(reference: Reference) -> set[str]:
    """What the same collection, chain of conditions or ``match`` selects beside the class."""
    source = reference.source
    around: ast.AST = source.statement(reference.node)
    while isinstance(outer := source.parent(around), ast.If | ast.match_case | ast.Match):
        around = outer
    names = {_last(node) for node in ast.walk(around) if isinstance(node, ast.Name | ast.Attribute)}
    found = {exception_successor(name) for name in names - {reference.legacy.name}}
    return {name for name in found if name is not None}


def already_caught(reference: Reference, names: tuple[str, ...]) -> bool:
    """Whether the clause names all of these beside the legacy class."""
    outer = reference.source.parent(reference.node)
    beside = {_last(one) for one in _beside(outer)}
    return beside.issuperset(names)


def earlier_clause(reference: Reference, names: tuple[str, ...]) -> ast.ExceptHandler | None:
    """The clause before this one that catches all of *names* in v6, and something else in v5."""
    handler = handler_of(reference)
    statement = reference.source.parent(handler) if handler is not None else None
    if handler is None or not isinstance(statement, ast.Try | ast.TryStar):
        return None
    for clause in statement.handlers[: statement.handlers.index(handler)]:
        caught = clause.type.elts if isinstance(clause.type, ast.Tuple) else [clause.type]
        before = {_last(one) for one in caught if one is not None}
        after = {exception_successor(name) for name in before - {reference.legacy.name}}
        if after.issuperset(names):
            return clause
    return None


def clause_edits(reference: Reference, names: tuple[str, ...]) -> list[Edit]:
    """Put *names* in the place of a class, once per clause: two legacy classes may become one."""
    source, node = reference.source, reference.node
    outer = source.parent(node)
    if not isinstance(outer, ast.Tuple):
        text = ", ".join(names)
        return [Edit(*source.span(node), (f"({text})" if len(names) > 1 else text,))]
    index = next(i for i, element in enumerate(outer.elts) if element is node)
    become = [exception_successor(_last(element)) or _last(element) for element in outer.elts]
    if len(names) == 1 and set(become) == set(names):
        return [Edit(*source.span(outer), names)] if index == 0 else []
    fresh = [name for name in names if name not in become[:index]]
    if not fresh:
        return [Edit(source.end(outer.elts[index - 1]), source.end(node), ())]
    return [Edit(*source.span(node), (", ".join(fresh),))]


def selection_edits(reference: Reference, shape: Shape, names: tuple[str, ...]) -> list[Edit]:
    """Put *names* in the place of a class that selects errors outside of a clause."""
    source, node = reference.source, reference.node
    span = source.span(node)
    if shape == "union":
        return [Edit(*span, (" | ".join(names),))]
    if shape == "pattern":
        return [Edit(*span, ("() | ".join(names),))]
    if shape == "single":
        text = ", ".join(names)
        return [Edit(*span, (f"({text})" if len(names) > 1 else text,))]
    elements = _beside(source.parent(node))
    index = next(i for i, element in enumerate(elements) if element is node)
    become = [exception_successor(_last(element)) or _last(element) for element in elements[:index]]
    fresh = [name for name in names if name not in become]
    if not fresh:
        return [Edit(source.end(elements[index - 1]), span[1], ())]
    return [Edit(*span, (", ".join(fresh),))]


def _beside(outer: ast.AST | None) -> list[ast.expr]:
    """The classes listed with one, itself included."""
    if isinstance(outer, ast.Tuple | ast.List | ast.Set):
        return outer.elts
    if isinstance(outer, ast.MatchClass):
        return []
    return outer.args if isinstance(outer, ast.Call) else []


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
