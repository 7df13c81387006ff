"""UWS151: check for the proxy."""

from __future__ import annotations

from codemods.rule import Example, Rule

__all__ = ["RULE"]

RULE = Rule(
    code="UWS151",
    title="Check for the proxy",
    anchor="construction",
    rationale=(
        "isinstance changes with the values it checks. Where a check tells public clients from "
        "private ones it would lose its meaning: both kinds stay."
    ),
    examples=(
        Example(
            """assert isinstance(client, UpbitWebSocketPublicV5)
""",
            """assert isinstance(client, WebSocketClientProxy)
""",
        ),
    ),
)
