"""UWS113: ``quick_subscribe_*`` becomes a construction and a subscription."""

from __future__ import annotations

import ast

from codemods.callbacks import arity_of
from codemods.construction import Construction, legacy_arguments, proxy_arguments
from codemods.edits import Edit, Span
from codemods.rule import Example, Rule
from codemods.rules.construct_private import account_of
from codemods.site import Refuse, Rewrite, Verdict

__all__ = ["RULE", "rewrite"]

RULE = Rule(
    code="UWS113",
    title="Replace the quick_subscribe helpers by a construction and a subscription",
    anchor="construction",
    rationale=(
        "The helpers connected, subscribed and lost the subscription's id. Two lines do the "
        "same and keep the client."
    ),
    examples=(
        Example(
            "client = await quick_subscribe_ticker(symbols, on_tick)\n",
            'client = WebSocketClientProxy("main", __name__)\n'
            "await client.subscribe_ticker(symbols, on_tick)\n",
        ),
    ),
)

_METHOD = {
    "quick_subscribe_ticker": "subscribe_ticker",
    "quick_subscribe_my_orders": "subscribe_my_orders",
    "quick_subscribe_my_assets": "subscribe_my_assets",
}


def rewrite(construction: Construction) -> Verdict:
    """Write the two steps, where the result goes into one variable or nowhere."""
    name, source, call = construction.callable_name, construction.source, construction.call
    outer = source.parent(call)
    if not isinstance(outer, ast.Await):
        return Refuse(RULE.code, f"{name}() is not awaited where it is called")
    arguments = legacy_arguments(construction, name, RULE.code)
    if isinstance(arguments, Refuse):
        return arguments
    account = account_of(arguments)
    if isinstance(account, Refuse):
        return account
    if construction.hoisted:
        account = None
    callback = arguments.get("callback")
    if callback is None or arity_of(construction.project, callback) in ("wrong", "one"):
        return Refuse(
            RULE.code, "the callback is missing or does not take (symbol, data_type, data)"
        )
    given: list[str | Span] = []
    if "symbols" in arguments:
        given += [Span(*source.span(arguments["symbols"])), ", "]
    given.append(Span(*source.span(callback)))
    if "markets" in arguments and not (
        isinstance(arguments["markets"], ast.Constant) and arguments["markets"].value is None
    ):
        given += [", markets=", Span(*source.span(arguments["markets"]))]
    needs = frozenset({"Credentials"}) if account is not None else frozenset[str]()
    statement = source.parent(outer)
    subscription: list[str | Span] = [f".{_METHOD[name]}(", *given, ")"]
    message = f"{name}() becomes a construction and a subscription"
    if isinstance(statement, ast.Expr):
        construction.outlived = True
        edits = [
            *proxy_arguments(construction, account),
            Edit(source.end(call), source.end(call), tuple(subscription)),
        ]
        return Rewrite(RULE.code, message, edits, needs=needs)
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        line = source.line_of(source.start(statement))
        indent = source.text[source.line_starts[line - 1] : source.start(statement)]
        rest = source.line_text(source.line_of(source.end(statement)))
        column = (
            source.end(statement) - source.line_starts[source.line_of(source.end(statement)) - 1]
        )
        alone = not indent.strip() and not rest[column:].split("#")[0].strip()
        if isinstance(target, ast.Name | ast.Attribute) and alone:
            second = (f"{source.newline}{indent}await {source.segment(target)}", *subscription)
            at = source.line_starts[source.line_of(source.end(statement)) - 1] + len(rest)
            edits = [
                Edit(source.start(outer), source.start(call), ()),
                *proxy_arguments(construction, account),
                Edit(at, at, second),
            ]
            return Rewrite(RULE.code, message, edits, needs=needs)
    return Refuse(RULE.code, f"the result of {name}() goes somewhere else than into one variable")
