"""UWS133: ``subscribe(data_type, …)`` becomes the method of its type."""

from __future__ import annotations

import ast

from codemods.edits import Edit
from codemods.rule import Example, Rule
from codemods.rules.candles import wire_interval
from codemods.rules.subscribe import finish, flag_edits, readable_call
from codemods.site import Refuse, Rewrite, Use, Verdict, delete_argument

__all__ = ["METHODS", "RULE", "rewrite"]

RULE = Rule(
    code="UWS133",
    title="Replace subscribe(data_type, ...) by the method of its type",
    anchor="subscriptions",
    rationale=(
        "v6 has one method per data type, so that options can be checked. The type has to be "
        "written out in the call."
    ),
    examples=(
        Example(
            "await client.subscribe('ticker', symbols, on_tick)\n",
            "await ws.subscribe_ticker(symbols, on_tick)\n",
        ),
        Example(
            "await client.subscribe_realtime('trade', s, cb)\n",
            "await ws.subscribe_trade(s, cb, is_only_realtime=True)\n",
        ),
    ),
)


def rewrite(use: Use) -> Verdict:
    """Choose the method by the literal type."""
    if use.call is None and use.is_mock:
        return Refuse(RULE.code, "a mock of the generic subscribe")
    call = readable_call(use, RULE.code)
    if not isinstance(call, ast.Call):
        return call
    if use.kinds == {"private"}:
        return Refuse(RULE.code, "the private client never had a generic subscribe()")
    by_name = {keyword.arg: keyword for keyword in call.keywords}
    type_node = (
        call.args[0]
        if call.args
        else (by_name["data_type"].value if "data_type" in by_name else None)
    )
    data_type = _literal_type(use, type_node)
    if type_node is None or data_type is None:
        return Refuse(RULE.code, "the data type is not written out here")
    edits = flag_edits(use, first=3, names={"symbols", "callback", "data_type"})
    if isinstance(edits, Refuse):
        return edits
    if data_type.startswith("candle"):
        chosen = _candle_edits(use, call, type_node, data_type)
    elif data_type in ("ticker", "trade", "orderbook"):
        argument = type_node if call.args else by_name["data_type"]
        renamed = use.rename(f"subscribe_{data_type}")
        chosen = [renamed, delete_argument(use.source, call, argument)]
    else:
        chosen = Refuse(RULE.code, f"v6 has no data type {data_type!r}")
    if isinstance(chosen, Refuse):
        return chosen
    edits += chosen
    if use.name == "subscribe_realtime":
        everything: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
        last = max(use.source.end(argument) for argument in everything)
        edits.append(Edit(last, last, (", is_only_realtime=True",)))
    verdict = finish(use, RULE.code, edits)
    if isinstance(verdict, Rewrite):
        verdict.message = f"{use.name}() becomes the method of its type"
    return verdict


def _candle_edits(
    use: Use, call: ast.Call, type_node: ast.expr, data_type: str
) -> list[Edit] | Refuse:
    """The interval, which was part of the type, becomes an argument behind the symbols."""
    interval = wire_interval(data_type.partition(".")[2] or "1m")
    if interval is None:
        return Refuse(RULE.code, f"the exchange streams no {data_type}")
    if len(call.args) < 2:
        return Refuse(RULE.code, "the symbols of a candle subscription are not in their place")
    end = use.source.end(call.args[1])
    return [
        use.rename("subscribe_candle"),
        delete_argument(use.source, call, type_node),
        Edit(end, end, (f', "{interval}"',)),
    ]


def _literal_type(use: Use, node: ast.expr | None) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Attribute) and node.attr == "value":
        node = node.value
    if isinstance(node, ast.Attribute):
        legacy = use.project.legacy_name(node.value)
        if legacy is not None and legacy.name == "DataType":
            kind, _, interval = node.attr.lower().partition("_")
            return f"{kind}.{interval}" if interval else kind
    return None


METHODS = {"subscribe": rewrite, "subscribe_realtime": rewrite}
