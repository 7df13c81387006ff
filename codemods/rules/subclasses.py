"""UWS115: keep subclasses of the legacy clients on compat_v5."""

from __future__ import annotations

from codemods.rule import Example, Rule

__all__ = ["RULE"]

RULE = Rule(
    code="UWS115",
    title="Keep subclasses of the legacy clients on compat_v5",
    anchor="construction",
    rationale=(
        "A subclass relies on hooks that compat_v5 honours and a proxy does not have. It "
        "stays, with its instances, and is marked."
    ),
    examples=(
        Example(
            """class Client(UpbitWebSocketPublicV5):
    ...
""",
            """# TODO(upbit-migrate UWS115): Client is a subclass of it; ...
class Client(UpbitWebSocketPublicV5):
    ...
""",
        ),
    ),
)
