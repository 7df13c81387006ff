"""UWS114: pass auto_cleanup=False where a function outlived its client."""

from __future__ import annotations

from codemods.rule import Example, Rule

__all__ = ["RULE"]

RULE = Rule(
    code="UWS114",
    title="Pass auto_cleanup=False where a function outlived its client",
    anchor="construction",
    rationale=(
        "A connected v5 client lived on through its tasks when the function that made it had "
        "returned. A proxy ends with its last reference, unless it is told otherwise."
    ),
    examples=(
        Example(
            """async def start():
    client = UpbitWebSocketPublicV5()
    await client.connect()
    await client.subscribe_ticker(S, cb)
""",
            """async def start():
    client = WebSocketClientProxy("start", __name__, auto_cleanup=False)
    await client.subscribe_ticker(S, cb)
""",
        ),
    ),
)
