"""UWS134: ``unsubscribe`` and its older relatives."""

from __future__ import annotations

from codemods.edits import Edit
from codemods.rule import Example, Rule
from codemods.site import Refuse, Rewrite, Use, Verdict

__all__ = ["METHODS", "RULE", "rewrite"]

RULE = Rule(
    code="UWS134",
    title="Keep unsubscribe(id) where nobody reads another value than None",
    anchor="unsubscribe",
    rationale=(
        "unsubscribe gives None in v6 and ignores ids that are not its own. v5's public client gave None, "
        "too; its private client, and its other methods, gave True or a number: code that reads that "
        "value has to be looked at by a person."
    ),
    examples=(
        Example("await client.soft_unsubscribe(sub_id)\n", "await ws.unsubscribe(sub_id)\n"),
    ),
)


def rewrite(use: Use) -> Verdict:
    """Same call, as long as the value does not matter."""
    if use.call is None:
        if use.is_mock:
            return Rewrite(RULE.code, f"{use.name} is the same in v6")
        if use.name == "soft_unsubscribe":
            return Refuse(RULE.code, "soft_unsubscribe is handed on without being called")
        return Rewrite(RULE.code, f"{use.name} is the same in v6")
    gave_none = use.name == "unsubscribe" and use.kinds == {"public"}
    if use.awaited is not None and not use.is_statement and not gave_none:
        return Refuse(RULE.code, f"the value of {use.name}() is used; v6 gives None")
    edits = []
    if use.name == "soft_unsubscribe":
        edits.append(use.rename("unsubscribe"))
    for keyword in use.call.keywords:
        if keyword.arg == "subscription_id" and not use.call.args and len(use.call.keywords) == 1:
            start = use.source.start(keyword)
            edits.append(Edit(start, use.source.start(keyword.value), ()))
        else:
            return Refuse(
                RULE.code,
                f"{use.name}() is called with {keyword.arg or '**'}=, which v6 does not take",
            )
    return Rewrite(
        RULE.code,
        f"{use.name}() is unsubscribe() in v6" if edits else f"{use.name}() is the same in v6",
        edits,
    )


METHODS = {"unsubscribe": rewrite, "soft_unsubscribe": rewrite, "unsubscribe_all": rewrite}
