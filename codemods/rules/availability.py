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
        "call, client.is_connected was a method object and always true: the call is added."
    ),
    examples=(
        Example("if client.is_connected():\n    ...\n", "if ws.is_public_available():\n    ...\n"),
    ),
)


def rewrite(use: Use) -> Verdict:
    """Rename by the client's kind; add the missing call."""
    kinds = use.kinds
    if len(kinds) != 1:
        return Refuse(
            RULE.code,
            "public and private clients meet here, and v6 asks about them by different names",
        )
    new = f"is_{kinds.pop()}_available"
    if use.call is not None:
        return Rewrite(RULE.code, f"is_connected() becomes {new}()", [use.rename(new)])
    if use.is_mock or not isinstance(use.attribute.ctx, ast.Load):
        if use.is_mock:
            return Rewrite(RULE.code, f"is_connected becomes {new}", [use.rename(new)])
        return Refuse(RULE.code, "is_connected is assigned")
    if isinstance(use.parent, ast.Call):
        return Refuse(RULE.code, "is_connected is handed on without being called")
    return Rewrite(
        RULE.code,
        f"is_connected without a call was always true; {new}() asks",
        [use.rename(f"{new}()")],
    )


METHODS = {"is_connected": rewrite}
