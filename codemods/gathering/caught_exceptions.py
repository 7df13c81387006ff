"""Clients that stay because of what is done with their exceptions.

Asked last: a class that selects errors speaks of no client in particular, so whatever the project makes
may be meant.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from codemods.clusters import Refusal
from codemods.decisions import Decisions
from codemods.exception_uses import selection_shape
from codemods.flow.boundary import ANYWHERE
from codemods.flow.scopes import FunctionInfo
from codemods.flow.values import Bound, Client, Function, Plain
from codemods.gathering.verdicts import keep_comment, refuse
from codemods.legacy import exception_successor, is_exception
from codemods.project import Project
from codemods.references import Reference
from codemods.rules import exceptions
from codemods.rules.exceptions import DISTINCTIVE_MEMBERS, LEGACY_MEMBERS
from codemods.site import dotted
from codemods.source import SourceFile

__all__ = ["hold_for_exceptions"]

_RULE = exceptions.RULE.code
_BROAD = frozenset({"Exception", "BaseException"})

_Place = tuple[SourceFile, ast.expr, str]
"""A read of a member, and the member."""


def hold_for_exceptions(decisions: Decisions) -> None:
    """Let clients stay whose exceptions v6's cannot stand in for."""
    caught = _Caught(decisions.project)
    clauses: dict[int, Reference] = {}
    for reference in decisions.references:
        if reference.role == "catching":
            _hold_for_selection(decisions, reference)
        elif reference.role == "except":
            handler = exceptions.handler_of(reference)
            if handler is not None:
                clauses[id(handler)] = reference
                _hold_for_clause(decisions, caught, reference, handler)
    for source in decisions.project.sources.values():
        for node in source.nodes:
            if isinstance(node, ast.ExceptHandler) and id(node) not in clauses and _is_broad(node):
                clients = exceptions.clients_in_body(decisions.project, source, node)
                for place in caught.reads(source, node, DISTINCTIVE_MEMBERS) if clients else ():
                    _refuse_read(decisions, clients, place)
    _look_at_other_reads(decisions, caught)


def _hold_for_selection(decisions: Decisions, reference: Reference) -> None:
    source, node = reference.source, reference.node
    if exception_successor(reference.legacy.name) is None or keep_comment(source, node) is not None:
        return
    if selection_shape(decisions.project, source, node) is None:
        reason = (
            f"{reference.legacy.name} selects errors here in a way that cannot name v6's beside it"
        )
        _refuse_everyone(decisions, source, node, reason)


def _hold_for_clause(
    decisions: Decisions, caught: _Caught, reference: Reference, handler: ast.ExceptHandler
) -> None:
    guarded = exceptions.guarded_clients(decisions.project, reference)
    member = exceptions.legacy_members_read(reference)
    if member is not None:
        reason = f"the except clause reads .{member}, which only legacy exceptions have"
        if guarded:
            refuse(decisions, guarded, reference.source, reference.node, _RULE, reason)
        else:
            _refuse_everyone(decisions, reference.source, reference.node, reason)
    for source, node, name in caught.reads(reference.source, handler, LEGACY_MEMBERS):
        if source is reference.source and handler in source.ancestors(node):
            continue
        if guarded:
            _refuse_read(decisions, guarded, (source, node, name))
        else:
            _refuse_everyone(decisions, source, node, _reason(name))


def _look_at_other_reads(decisions: Decisions, caught: _Caught) -> None:
    """Members no other exception has, read from what nobody could follow: in a file that speaks of
    legacy exceptions they are meant, elsewhere they may be."""
    speaking = {r.source.path for r in decisions.references if is_exception(r.legacy.name)}
    for path, names in decisions.imports.by_file.items():
        if any(is_exception(one.name) for one in names):
            speaking.add(path)
    for source in decisions.project.sources.values():
        for node in source.nodes:
            if not isinstance(node, ast.expr):
                continue
            if isinstance(node, ast.Compare) and source.path in speaking:
                _look_at_comparison(decisions, source, node)
            member = _distinctive_read(decisions.project, node)
            if member is None or id(node) in caught.seen:
                continue
            if keep_comment(source, node) is not None:
                continue
            if isinstance(node, ast.Attribute) and source.path in speaking:
                _refuse_everyone(decisions, source, node, _reason(member))
            else:
                message = f"{member} is a member of legacy exceptions; those of v6 do not have it"
                decisions.possible_exceptions.append((source, node, message))


def _look_at_comparison(decisions: Decisions, source: SourceFile, node: ast.Compare) -> None:
    """``type(error).__name__ == "SubscriptionError"``."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            successor = exception_successor(inner.value)
            if successor is not None:
                message = f"something is compared with {inner.value!r}; v6 raises {successor}"
                decisions.possible_exceptions.append((source, inner, message))


def _distinctive_read(project: Project, node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        is_read = node.attr in DISTINCTIVE_MEMBERS and _may_be_caught(project, node.value)
        return f".{node.attr}" if is_read else None
    if isinstance(node, ast.Call) and dotted(node.func) in ("getattr", "hasattr"):
        name = node.args[1] if len(node.args) > 1 else None
        if (
            isinstance(name, ast.Constant)
            and name.value in DISTINCTIVE_MEMBERS
            and _may_be_caught(project, node.args[0])
        ):
            return f".{name.value}"
    return None


def _may_be_caught(project: Project, node: ast.expr) -> bool:
    """Whether nothing says that the value is anything but an exception."""
    return all(
        isinstance(value, Plain)
        and not (value.word == "foreign" and value.root not in ("", ANYWHERE, "asyncio"))
        for value in project.values(node)
    )


@dataclass(eq=False)
class _Caught:
    """Where exceptions go that a clause gave a name."""

    project: Project
    seen: set[int] = field(default_factory=set)
    """``id`` of the reads that were found."""
    _functions: dict[Function, tuple[SourceFile, FunctionInfo]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path, source in self.project.sources.items():
            for info in self.project.flow.modules[path].functions.values():
                self._functions[info.value] = (source, info)

    def reads(
        self, source: SourceFile, handler: ast.ExceptHandler, members: frozenset[str]
    ) -> Iterator[_Place]:
        """Reads of *members* from what *handler* caught, in the clause and in functions it is given to."""
        if handler.name is not None:
            yield from self._of_name(source, handler.body, handler.name, members, set())

    def _of_name(
        self,
        source: SourceFile,
        body: list[ast.stmt] | list[ast.expr],
        name: str,
        members: frozenset[str],
        done: set[tuple[Function, str]],
    ) -> Iterator[_Place]:
        for node in (inner for one in body for inner in ast.walk(one)):
            if isinstance(node, ast.Attribute) and node.attr in members and _is(node.value, name):
                self.seen.add(id(node))
                yield source, node, f".{node.attr}"
            elif isinstance(node, ast.Call):
                for function, parameter in self._taken_as(node, name):
                    if (function, parameter) not in done:
                        done.add((function, parameter))
                        there, info = self._functions[function]
                        inside = info.node.body
                        inner = inside if isinstance(inside, list) else [inside]
                        yield from self._of_name(there, inner, parameter, members, done)

    def _taken_as(self, call: ast.Call, name: str) -> Iterator[tuple[Function, str]]:
        """Functions of the project that are given the name, with their parameters."""
        for value in self.project.values(call.func):
            function = value.function if isinstance(value, Bound) else value
            if not isinstance(function, Function) or function not in self._functions:
                continue
            parameters = [one.arg for one in self._functions[function][1].parameters()]
            skipped = 1 if isinstance(value, Bound) else 0
            for parameter, argument in zip(parameters[skipped:], call.args, strict=False):
                if _is(argument, name):
                    yield function, parameter
            for keyword in call.keywords:
                if keyword.arg is not None and _is(keyword.value, name):
                    yield function, keyword.arg


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether a clause catches whatever there is."""
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(dotted(kind).rsplit(".", 1)[-1] in _BROAD for kind in kinds)


def _reason(member: str) -> str:
    return f"{member} is read, which only legacy exceptions have"


def _refuse_read(decisions: Decisions, clients: frozenset[Client], place: _Place) -> None:
    source, node, member = place
    keep = keep_comment(source, node)
    reason = keep or _reason(member)
    refuse(decisions, clients, source, node, _RULE, reason, deliberate=keep is not None)


def _refuse_everyone(decisions: Decisions, source: SourceFile, node: ast.expr, reason: str) -> None:
    """Whatever the project makes stays; each for itself, as nothing but the doubt ties them together."""
    line, column = source.line_column(node)
    refusal = Refusal(_RULE, source.path, line, column, reason, source.anchor_line(node))
    everyone = {
        client
        for members in decisions.clusters.members().values()
        for client in members
        if client.kind != "any" and client.path
    }
    decisions.clusters.refuse(everyone, refusal)
