"""UWS121: ``disconnect()`` becomes ``unsubscribe_all()``."""

from __future__ import annotations

from codemods.rule import Example, Rule
from codemods.site import Refuse, Rewrite, Use, Verdict

__all__ = ["METHODS", "RULE", "rewrite"]

RULE = Rule(
    code="UWS121",
    title="Replace disconnect() by unsubscribe_all()",
    anchor="connect-and-disconnect",
    rationale=(
        "The connection belongs to the whole process; a component only takes back its own "
        "subscriptions. Both are "
        "coroutines that give None, so the name may change in any position: gather, wait_for, "
        "finally, exit stacks."
    ),
    examples=(
        Example(
            "finally:\n    await client.disconnect()\n",
            "finally:\n    await client.unsubscribe_all()\n",
        ),
    ),
)


def rewrite(use: Use) -> Verdict:
    """Rename the method."""
    if use.call is not None and (use.call.args or use.call.keywords):
        return Refuse(RULE.code, "disconnect() is called with arguments, which v5 never took")
    return Rewrite(
        RULE.code, "disconnect() becomes unsubscribe_all()", [use.rename("unsubscribe_all")]
    )


METHODS = {"disconnect": rewrite}
