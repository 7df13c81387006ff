"""UWS131: the callback of ``subscribe_my_orders`` comes first in v6."""

from __future__ import annotations

import ast

from codemods.callbacks import is_callable
from codemods.edits import Edit
from codemods.rule import Example, Rule
from codemods.rules.subscribe import finish, readable_call
from codemods.site import Refuse, Rewrite, Use, Verdict, delete_argument

__all__ = ["METHODS", "RULE", "rewrite"]

RULE = Rule(
    code="UWS131",
    title="Put the callback of private subscriptions first",
    anchor="private-data",
    rationale=(
        "v5's subscribe_my_orders(markets, callback) is subscribe_my_orders(callback, "
        "markets=None) in v6. Many callers "
        "wrote the callback first already, as the documents did; what stands in a slot is "
        "decided by what it is."
    ),
    examples=(
        Example(
            "await client.subscribe_my_orders(['KRW-BTC'], on_order)\n",
            "await ws.subscribe_my_orders(on_order, ['KRW-BTC'])\n",
        ),
    ),
)


def rewrite(use: Use) -> Verdict:
    """Order the arguments."""
    call = readable_call(use, RULE.code)
    if not isinstance(call, ast.Call):
        return call
    allowed = {"callback"} if use.name == "subscribe_my_assets" else {"callback", "markets"}
    for keyword in call.keywords:
        if keyword.arg not in allowed:
            return Refuse(
                RULE.code, f"{use.name}() is called with {keyword.arg}=, which v6 does not take"
            )
    if use.name == "subscribe_my_assets" or not call.args:
        return finish(use, RULE.code, [])
    if len(call.args) > 2:
        return Refuse(RULE.code, "subscribe_my_orders() has more arguments than v6 takes")
    names = {keyword.arg for keyword in call.keywords}
    first = call.args[0]
    callable_first = is_callable(use.project, first)
    if len(call.args) == 1:
        return _one_positional(use, call, first, names, callable_first)
    second = call.args[1]
    if callable_first and is_callable(use.project, second) is not True:
        # Already in the order of v6; only a shim ever accepted it.
        return Rewrite(RULE.code, "the callback already comes first")
    verdict = finish(use, RULE.code, [])
    if isinstance(verdict, Refuse):
        return verdict
    if isinstance(first, ast.Constant) and first.value is None:
        verdict.edits.append(delete_argument(use.source, call, first))
    else:
        between = use.source.text[use.source.end(first) : use.source.start(second)]
        span = (use.source.start(first), use.source.end(second))
        verdict.edits.append(Edit(*span, (use.text(second), between, use.text(first))))
    verdict.message = "the callback comes first"
    return verdict


def _one_positional(
    use: Use, call: ast.Call, first: ast.expr, names: set[str | None], callable_first: bool | None
) -> Verdict:
    if names == {"callback"}:
        verdict = finish(use, RULE.code, [])
        if isinstance(verdict, Refuse):
            return verdict
        if isinstance(first, ast.Constant) and first.value is None:
            verdict.edits.append(delete_argument(use.source, call, first))
        else:
            start = use.source.start(first)
            verdict.edits.append(Edit(start, start, ("markets=",)))
        verdict.message = "the markets are named"
        return verdict
    if callable_first is None:
        return Refuse(RULE.code, "it cannot be seen whether this is the callback or the markets")
    if callable_first is False:
        return Refuse(RULE.code, "subscribe_my_orders() has no callback here; v6 requires one")
    return finish(use, RULE.code, [])


METHODS = {"subscribe_my_orders": rewrite, "subscribe_my_assets": rewrite}
