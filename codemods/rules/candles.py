"""UWS132: candle intervals in the exchange's spelling."""

from __future__ import annotations

import ast

from codemods.rule import Example, Rule
from codemods.rules.subscribe import finish, flag_edits, readable_call
from codemods.site import Refuse, Use, Verdict

__all__ = ["INTERVALS", "METHODS", "RULE", "rewrite", "wire_interval"]

RULE = Rule(
    code="UWS132",
    title="Spell candle intervals as the exchange does",
    anchor="subscriptions",
    rationale=(
        "The exchange streams 1s, 1m, 3m, 5m, 10m, 15m, 30m, 60m and 240m; v5 passed anything "
        "on and delivered nothing."
    ),
    examples=(
        Example(
            "await client.subscribe_candle(s, '1h', on_candle)\n",
            "await ws.subscribe_candle(s, '60m', on_candle)\n",
        ),
    ),
)

INTERVALS = frozenset({"1s", "1m", "3m", "5m", "10m", "15m", "30m", "60m", "240m"})
_OTHER_SPELLINGS = {
    "1h": "60m",
    "4h": "240m",
    "1": "1m",
    "minute1": "1m",
    "minute5": "5m",
    "minute60": "60m",
}


def wire_interval(text: str) -> str | None:
    """The exchange's spelling of an interval; ``None`` when it streams no such candles."""
    if text in INTERVALS:
        return text
    return _OTHER_SPELLINGS.get(text)


def rewrite(use: Use) -> Verdict:
    """Spell the interval, then as any subscription."""
    call = readable_call(use, RULE.code)
    if not isinstance(call, ast.Call):
        return call
    edits = flag_edits(use, first=3, names={"symbols", "callback", "interval"})
    if isinstance(edits, Refuse):
        return edits
    interval = call.args[1] if len(call.args) > 1 else None
    for keyword in call.keywords:
        if keyword.arg == "interval":
            interval = keyword.value
    if isinstance(interval, ast.Constant) and isinstance(interval.value, str):
        wire = wire_interval(str(interval.value))
        if wire is None:
            return Refuse(RULE.code, f"the exchange streams no {interval.value} candles")
        if wire != interval.value:
            quote = use.source.segment(interval)[-1:]
            edits.append(
                use.replace(interval, f"{quote}{wire}{quote}" if quote in "'\"" else repr(wire))
            )
    return finish(use, RULE.code, edits)


METHODS = {"subscribe_candle": rewrite}
