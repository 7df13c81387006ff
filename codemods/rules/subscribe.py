"""UWS130: subscriptions to tickers, trades and order books."""

from __future__ import annotations

import ast
import re

from codemods.callbacks import arity_of
from codemods.edits import Edit
from codemods.flow.subscriptions import callback_argument
from codemods.flow.values import Client
from codemods.rule import Example, Rule
from codemods.rules.callback_arity import adapt
from codemods.site import Refuse, Rewrite, Use, Verdict, delete_argument, has_effects

__all__ = ["METHODS", "RULE", "finish", "flag_edits", "readable_call", "rewrite"]

RULE = Rule(
    code="UWS130",
    title="Carry subscriptions over",
    anchor="subscriptions",
    rationale=(
        "subscribe_ticker, subscribe_trade and subscribe_orderbook keep their names and their "
        "first two arguments. "
        "The flags behind them are keyword-only in v6, format_mode has gone, and a callback is "
        "required."
    ),
    examples=(
        Example(
            "await client.subscribe_ticker(symbols, on_tick, True)\n",
            "await ws.subscribe_ticker(symbols, on_tick, is_only_snapshot=True)\n",
        ),
    ),
)

_PAIR = re.compile(r"(?!(?!KRW|SGD|IDR|THB)\w+-(?:KRW|SGD|IDR|THB)$)[A-Z0-9]+-[A-Z0-9]+")
"""What v6 takes for a symbol: upper case, and a national currency only in front.
Not imported from there, since the tree being migrated may hold a ``websocket_v6`` of its own."""
_FLAGS = ("is_only_snapshot", "is_only_realtime", "format_mode")


def rewrite(use: Use) -> Verdict:
    """Check the arguments and move the flags."""
    call = readable_call(use, RULE.code)
    if not isinstance(call, ast.Call):
        return call
    symbols = symbols_argument(use)
    if symbols is None:
        return Refuse(RULE.code, "the symbols are not given here")
    if isinstance(symbols, ast.Constant | ast.JoinedStr):
        return Refuse(
            RULE.code, "the symbols are one string; v5 split it into letters, v6 wants a list"
        )
    edits = flag_edits(use, first=2, names={"symbols", "callback"})
    if isinstance(edits, Refuse):
        return edits
    return finish(use, RULE.code, edits)


def readable_call(use: Use, rule: str) -> ast.Call | Verdict:
    """The call, if its arguments can be seen; otherwise what follows from that."""
    if use.call is None:
        return _without_call(use, rule)
    problem = _unreadable(use.call)
    return Refuse(rule, problem) if problem else use.call


def _without_call(use: Use, rule: str) -> Verdict:
    """The method without a call: fine on a mock, unreadable otherwise."""
    if use.is_mock:
        return Rewrite(rule, f"{use.name} has the same name in v6")
    return Refuse(
        rule, f"{use.name} is handed on without being called; its arguments cannot be seen"
    )


def _unreadable(call: ast.Call) -> str | None:
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return "the arguments come from *args and cannot be seen"
    if any(keyword.arg is None for keyword in call.keywords):
        return "the arguments come from **kwargs and cannot be seen"
    return None


def flag_edits(use: Use, first: int, names: set[str]) -> list[Edit] | Refuse:
    """Edits for the flags behind the callback, which start at positional slot *first*."""
    call = use.call
    assert call is not None  # noqa: S101 - callers have checked
    edits: list[Edit] = []
    for slot, argument in enumerate(call.args[first:]):
        if slot >= len(_FLAGS):
            return Refuse(RULE.code, f"{use.name}() has more arguments than v5 ever took")
        if _FLAGS[slot] == "format_mode":
            if has_effects([argument]):
                return Refuse(RULE.code, "format_mode is computed here; v6 has no such argument")
            edits.append(delete_argument(use.source, call, argument))
        else:
            start = use.source.start(argument)
            edits.append(Edit(start, start, (f"{_FLAGS[slot]}=",)))
    for keyword in call.keywords:
        if keyword.arg == "format_mode":
            if has_effects([keyword.value]):
                return Refuse(RULE.code, "format_mode is computed here; v6 has no such argument")
            edits.append(delete_argument(use.source, call, keyword))
        elif keyword.arg not in names and keyword.arg not in _FLAGS:
            return Refuse(
                RULE.code, f"{use.name}() is called with {keyword.arg}=, which v6 does not take"
            )
    return edits


def symbols_argument(use: Use) -> ast.expr | None:
    """The symbols of a subscription; ``None`` when they are not written in its call."""
    call = use.call
    assert call is not None  # noqa: S101 - callers have checked
    slot = 1 if use.name in ("subscribe", "subscribe_realtime") else 0
    for keyword in call.keywords:
        if keyword.arg == "symbols":
            return keyword.value
    return call.args[slot] if len(call.args) > slot else None


def unserved_symbols(symbols: ast.expr | None) -> list[object]:
    """Those of a written list that are no ``QUOTE-BASE`` pair, which v6 raises on."""
    if not isinstance(symbols, ast.List | ast.Tuple | ast.Set):
        return []
    return [
        element.value
        for element in symbols.elts
        if isinstance(element, ast.Constant)
        and not (isinstance(element.value, str) and _PAIR.fullmatch(element.value))
    ]


def finish(use: Use, rule: str, edits: list[Edit]) -> Verdict:
    """Look at the callback and give the verdict."""
    call = use.call
    assert call is not None  # noqa: S101 - callers have checked
    callback = callback_argument(call, use.name)
    if callback is None or (isinstance(callback, ast.Constant) and callback.value is None):
        return Refuse(rule, f"{use.name}() has no callback here; v6 requires one")
    unserved = unserved_symbols(symbols_argument(use))
    if unserved:
        return Refuse(
            rule,
            f"{', '.join(map(repr, unserved))}: not of the form 'KRW-BTC'; "
            "v5 received nothing for it, v6 raises",
        )
    arity = arity_of(use.project, callback)
    if arity == "wrong":
        return Refuse("UWS161", "the callback takes neither one nor three arguments")
    elsewhere: list[tuple[str, Edit]] = []
    joins: frozenset[Client] = frozenset()
    message = f"{use.name}() is carried over"
    if arity == "one":
        here, elsewhere, joins = adapt(use, callback)
        edits = edits + here
        message += "; its callback gets (symbol, data_type, data)"
    return Rewrite(rule, message, edits, elsewhere=elsewhere, joins=joins)


METHODS = {"subscribe_ticker": rewrite, "subscribe_trade": rewrite, "subscribe_orderbook": rewrite}
