"""UWS122: ``is_connected()`` becomes the question v6 can answer."""

from __future__ import annotations

import ast

from codemods.rule import Example, Rule
from codemods.site import Refuse, Rewrite, Use, Verdict

__all__ = ["METHODS", "RULE", "rewrite"]

RULE = Rule(
    code="UWS122",
    title="Replace is_connected() by is_public_available() or is_private_available()",
    anchor="status",
    rationale=(
        "No component has a socket of its own; what it can ask is whether the service can be "
        "used. Written without a "
        "call, client.is_connected was a method object and always true: where it decides "
        "something, the call is added. Code that waits for the end of the client's own connection, "
        "or checks it, stays: v6 would never tell it."
    ),
    examples=(
        Example("if client.is_connected():\n    ...\n", "if ws.is_public_available():\n    ...\n"),
    ),
)

_AROUND = (
    ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.GeneratorExp, ast.ListComp,
)  # fmt: skip
"""What may stand between the question and what depends on the answer."""
_HANDING_ON = (ast.Return, ast.Assign, ast.AnnAssign, ast.keyword, ast.Lambda)


def rewrite(use: Use) -> Verdict:
    """Rename by the client's kind; add the missing call."""
    kinds = use.kinds
    if not kinds and use.is_mock:
        return Refuse(
            RULE.code, "whether this mock stands for a public or a private client cannot be seen"
        )
    if len(kinds) != 1:
        return Refuse(
            RULE.code,
            "public and private clients meet here, and v6 asks about them by different names",
        )
    new = f"is_{kinds.pop()}_available"
    if use.call is not None and not use.is_mock and _asks_for_the_end(use):
        return Refuse(
            RULE.code,
            "this asks whether the client's own connection has ended, and in v6 it has none",
        )
    if use.call is not None:
        return Rewrite(RULE.code, f"is_connected() becomes {new}()", [use.rename(new)])
    if use.is_mock or not isinstance(use.attribute.ctx, ast.Load):
        if use.is_mock:
            return Rewrite(RULE.code, f"is_connected becomes {new}", [use.rename(new)])
        return Refuse(RULE.code, "is_connected is assigned")
    if isinstance(use.parent, ast.Call):
        return Refuse(RULE.code, "is_connected is handed on without being called")
    if isinstance(use.parent, _HANDING_ON):
        return Rewrite(RULE.code, f"is_connected becomes {new}", [use.rename(new)])
    return Rewrite(
        RULE.code,
        f"is_connected without a call was always true; {new}() asks",
        [use.rename(f"{new}()")],
    )


def _asks_for_the_end(use: Use) -> bool:
    """Whether something happens only when the answer turns False."""
    node: ast.AST = use.expression
    negated = False
    while isinstance(outer := use.source.parent(node), _AROUND):
        if isinstance(outer, ast.UnaryOp) and isinstance(outer.op, ast.Not):
            negated = not negated
        elif isinstance(outer, ast.Compare):
            negated ^= any(
                isinstance(c, ast.Constant) and c.value is False for c in outer.comparators
            )
        elif isinstance(outer, ast.Call) and not _keeps_truth(outer):
            break
        node = outer
    if isinstance(outer, ast.While):
        return not negated and outer.test is node
    if isinstance(outer, ast.Call):
        return getattr(outer.func, "attr", "") == ("assertTrue" if negated else "assertFalse")
    return negated and isinstance(outer, ast.Assert | ast.Return | ast.Lambda)


def _keeps_truth(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in ("any", "all", "bool")


METHODS = {"is_connected": rewrite}
