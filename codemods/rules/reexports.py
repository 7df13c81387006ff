"""UWS102: keep re-exported names importable."""

from __future__ import annotations

from codemods.rule import Example, Rule

__all__ = ["RULE"]

RULE = Rule(
    code="UWS102",
    title="Keep re-exported names importable",
    anchor="imports",
    rationale=(
        "A module that hands a legacy class on under its own or another name keeps that name: "
        "other files and __all__ rely on it. The class behind it changes when every user of "
        "the name has moved."
    ),
    examples=(
        Example(
            """from app.websocket_v5 import UpbitWebSocketPublicV5 as PublicClient
__all__ = ['PublicClient']
""",
            """from websocket_v6 import WebSocketClientProxy as PublicClient
__all__ = ['PublicClient']
""",
        ),
    ),
)
