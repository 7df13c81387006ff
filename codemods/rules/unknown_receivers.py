"""UWS190: report calls on receivers nobody can identify."""

from __future__ import annotations

from codemods.rule import Example, Rule

__all__ = ["RULE"]

RULE = Rule(
    code="UWS190",
    title="Report calls on receivers nobody can identify",
    anchor="subscriptions",
    rationale=(
        "A subscribe call on a value whose origin the project does not show is never "
        "rewritten. It is listed, so that it is not forgotten."
    ),
    examples=(
        Example(
            """async def watch(anything):
    await anything.subscribe_ticker(S, cb)
""",
            """async def watch(anything):
    await anything.subscribe_ticker(S, cb)
""",
        ),
    ),
)
