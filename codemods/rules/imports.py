"""UWS101: import the proxy instead of the legacy clients."""

from __future__ import annotations

from codemods.rule import Example, Rule

__all__ = ["RULE"]

RULE = Rule(
    code="UWS101",
    title="Import the proxy instead of the legacy clients",
    anchor="imports",
    rationale=(
        "Every form of import is rewritten in place: absolute, relative, aliased, "
        "parenthesised with comments, whole modules, inside functions, under TYPE_CHECKING and "
        "in try/except ImportError. Names nobody can move are imported from compat_v5, so that "
        "the file runs without any redirect."
    ),
    examples=(
        Example(
            """from app.websocket_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5
""",
            """from websocket_v6 import WebSocketClientProxy
""",
        ),
    ),
    project_wide=False,
)
