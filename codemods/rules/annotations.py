"""UWS150: annotate with the proxy."""

from __future__ import annotations

from codemods.rule import Example, Rule

__all__ = ["RULE"]

RULE = Rule(
    code="UWS150",
    title="Annotate with the proxy",
    anchor="construction",
    rationale=(
        "An annotation changes together with the values it describes, also inside Optional, "
        "unions, containers and strings."
    ),
    examples=(
        Example(
            """client: Optional[UpbitWebSocketPublicV5] = None
""",
            """client: Optional[WebSocketClientProxy] = None
""",
        ),
    ),
)
