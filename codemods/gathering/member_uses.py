"""Members that are asked of clients: which rule answers, and where no rule may."""

from __future__ import annotations

import ast
from collections.abc import Callable

from codemods.decisions import Decisions
from codemods.flow.scopes import last_name
from codemods.flow.values import Class, Client, Instance, Plain, Value
from codemods.gathering.holders import Holders
from codemods.gathering.value_names import describe
from codemods.gathering.verdicts import add_item, refuse
from codemods.legacy import DISTINCTIVE_METHODS
from codemods.rules import (
    availability,
    candles,
    connect,
    disconnect,
    endpoint,
    generic_subscribe,
    internals,
    my_orders,
    status,
    subscribe,
    unsubscribe,
)
from codemods.site import Refuse, Use, Verdict
from codemods.source import SourceFile

__all__ = ["ask_about_member"]

_METHODS: dict[str, Callable[[Use], Verdict]] = {
    **connect.METHODS,
    **disconnect.METHODS,
    **availability.METHODS,
    **unsubscribe.METHODS,
    **status.METHODS,
    **subscribe.METHODS,
    **my_orders.METHODS,
    **candles.METHODS,
    **generic_subscribe.METHODS,
    **endpoint.METHODS,
}
_SAME_NAME = frozenset({"__aenter__", "__aexit__", "__class__", "__doc__", "__module__"})
_OF_FUTURES = frozenset({"result", "done", "cancelled", "add_done_callback"})
"""Members of the task or future that stands for its value in the analysis; no client has them."""
_OF_FIELDS = frozenset({"default", "validator"})
"""Decorators that a field of attrs is while its class is being made."""
_OF_MOCKS = frozenset(
    {
        "return_value",
        "side_effect",
        "assert_called",
        "assert_called_once",
        "assert_called_with",
        "assert_awaited",
        "assert_called_once_with",
        "assert_awaited_once",
        "assert_not_called",
        "assert_not_awaited",
        "call_count",
        "await_count",
        "call_args",
        "call_args_list",
        "method_calls",
        "mock_calls",
        "reset_mock",
        "configure_mock",
        "called",
    }
)


def ask_about_member(
    decisions: Decisions, holders: Holders, source: SourceFile, node: ast.Attribute
) -> None:
    """Ask the rule of the member, if a client may be the receiver."""
    values = decisions.project.values(node.value)
    clients = frozenset(value for value in values if isinstance(value, Client))
    if not clients:
        _unknown_receiver(decisions, holders, source, node, values)
        return
    are_mocks = all(client.origin == "mock" for client in clients)
    if node.attr in _SAME_NAME | _OF_FUTURES or (are_mocks and node.attr in _OF_MOCKS):
        return
    if _is_decorator(source, node) and node.attr in _OF_FIELDS:
        return
    protocols = decisions.protocols
    described = {value for value in values if protocols.stands_for_clients(value)}
    decisions.described |= {value.of for value in described if isinstance(value, Instance)}
    verdict: Verdict | None = _not_only_clients(source, node, values - described)
    if verdict is None:
        if are_mocks and node.attr not in _METHODS:
            return
        use = Use(decisions.project, source, node, clients)
        verdict = _METHODS.get(node.attr, internals.rewrite)(use)
        if isinstance(verdict, Refuse) and _is_replaced(use):
            verdict = Refuse(verdict.rule, f"{node.attr}() of this client is replaced here")
    add_item(decisions, source, node, clients, verdict)


def _is_replaced(use: Use) -> bool:
    """Whether a method of a real client is given another one to run in its place."""
    return use.name in _METHODS and isinstance(use.attribute.ctx, ast.Store) and not use.is_mock


def _is_decorator(source: SourceFile, node: ast.Attribute) -> bool:
    outer = source.parent(node)
    return isinstance(outer, ast.FunctionDef) and node in outer.decorator_list


def _not_only_clients(
    source: SourceFile, node: ast.Attribute, values: frozenset[Value]
) -> Refuse | None:
    """The refusal where the receiver may be something else too."""
    others = sorted((one for one in values if not isinstance(one, Client | Plain)), key=repr)
    if others:
        return Refuse("UWS190", f"{source.segment(node.value)} may also be {describe(others[0])}")
    if any(isinstance(value, Plain) and value.word == "unknown" for value in values):
        return Refuse(
            "UWS190",
            f"{source.segment(node.value)} may also be something this project does not show",
        )
    return None


def _unknown_receiver(
    decisions: Decisions,
    holders: Holders,
    source: SourceFile,
    node: ast.Attribute,
    values: frozenset[Value],
) -> None:
    """A member of clients, asked of something nothing is known of: what has it elsewhere may be meant."""
    if not all(isinstance(value, Plain) for value in values):
        return
    if not isinstance(node.ctx, ast.Load) or not isinstance(source.parent(node), ast.Call):
        return
    if node.attr in DISTINCTIVE_METHODS:
        decisions.unknown.append((source, node))
    if not isinstance(node.value, ast.Attribute) or node.attr not in _METHODS:
        return
    owner = node.value.value
    reason = (
        f"{source.segment(node)} is probably this client, but where it comes from cannot be seen"
    )
    loose = holders.loose_by_attribute.get(node.value.attr)
    if loose is not None:
        refuse(decisions, frozenset(loose), source, node, "UWS190", reason)
    if any(not isinstance(value, Plain) for value in decisions.project.values(owner)):
        return
    for cell, held in holders.by_attribute.get(node.value.attr, ()):
        if not isinstance(cell[1], Class):
            continue
        if node.attr in DISTINCTIVE_METHODS or _is_named_like(owner, cell[1]):
            refuse(decisions, frozenset(held), source, node, "UWS190", reason)


def _is_named_like(owner: ast.expr, known: Class) -> bool:
    """Whether a name suggests an instance of the class."""
    base = last_name(owner).lower().replace("_", "")
    name = known.name.lower()
    return bool(base) and base != "self" and (base in name or name in base)
