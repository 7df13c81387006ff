"""UWS113: ``quick_subscribe_*`` becomes a construction and a subscription."""

from __future__ import annotations

import ast

from codemods.callbacks import arity_of
from codemods.construction import Construction, legacy_arguments, proxy_arguments
from codemods.edits import Edit, Span
from codemods.rule import Example, Rule
from codemods.rules.construct_private import account_of
from codemods.site import Refuse, Rewrite, Verdict
from codemods.source import SourceFile

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
    account = account_of(construction, arguments)
    if isinstance(account, Refuse):
        return account
    callback = arguments.get("callback")
    if callback is None or arity_of(construction.project, callback) in ("wrong", "one"):
        return Refuse(
            RULE.code, "the callback is missing or does not take (symbol, data_type, data)"
        )
    subscription = _subscription(source, name, callback, arguments)
    proxy = proxy_arguments(construction, account)
    statement = source.parent(outer)
    if isinstance(statement, ast.Expr):
        construction.outlived = True
        edits = [*proxy, Edit(source.end(call), source.end(call), subscription)]
    else:
        behind = _behind(source, statement, subscription)
        if behind is None:
            return Refuse(
                RULE.code, f"the result of {name}() goes somewhere else than into one variable"
            )
        edits = [Edit(source.start(outer), source.start(call), ()), *proxy, behind]
    return Rewrite(
        RULE.code,
        f"{name}() becomes a construction and a subscription",
        edits,
        needs=frozenset({"Credentials"}) if account is not None else frozenset[str](),
    )


def _subscription(
    source: SourceFile, name: str, callback: ast.expr, arguments: dict[str, ast.expr]
) -> tuple[str | Span, ...]:
    """The call behind the proxy."""
    given: list[str | Span] = []
    if "symbols" in arguments:
        given += [Span(*source.span(arguments["symbols"])), ", "]
    given.append(Span(*source.span(callback)))
    markets = arguments.get("markets")
    if markets is not None and not (isinstance(markets, ast.Constant) and markets.value is None):
        given += [", markets=", Span(*source.span(markets))]
    return f".{_METHOD[name]}(", *given, ")"


def _behind(
    source: SourceFile, statement: ast.AST | None, subscription: tuple[str | Span, ...]
) -> Edit | None:
    """A line behind an assignment that stands alone; ``None`` behind anything else."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    first = source.line_starts[source.line_of(source.start(statement)) - 1]
    indent = source.text[first : source.start(statement)]
    last = source.line_of(source.end(statement))
    rest, begin = source.line_text(last), source.line_starts[last - 1]
    alone = not indent.strip() and not rest[source.end(statement) - begin :].split("#")[0].strip()
    if not isinstance(target, ast.Name | ast.Attribute) or not alone:
        return None
    at = begin + len(rest)
    second = (f"{source.newline}{indent}await {source.segment(target)}", *subscription)
    return Edit(at, at, second)
