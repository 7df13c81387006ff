"""UWS103: import what v6 does not have from compat_v5."""

from __future__ import annotations

from codemods.rule import Example, Rule

__all__ = ["RULE"]

RULE = Rule(
    code="UWS103",
    title="Import what v6 does not have from compat_v5",
    anchor="models",
    rationale=(
        "Models, settings, state machine and helpers of v5 have no counterpart. The import "
        "moves to the compat_v5 module of the same name and is marked, so that it is found "
        "later."
    ),
    examples=(
        Example(
            """from app.websocket_v5.models import DataType
""",
            """# TODO(upbit-migrate UWS103): DataType has no counterpart in v6
from compat_v5.models import DataType
""",
        ),
    ),
    project_wide=False,
)
