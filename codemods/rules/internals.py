"""UWS141: members that only a client with a socket of its own can have."""

from __future__ import annotations

from codemods.rule import Example, Rule
from codemods.site import Refuse, Use, Verdict
from compat_v5.renames import RENAMES_BY_OLD

__all__ = ["RULE", "rewrite"]

RULE = Rule(
    code="UWS141",
    title="Keep clients whose internals are read on compat_v5",
    anchor="status",
    rationale=(
        "stats, config, state_machine, websocket, rotate_jwt_token() and the like belong to "
        "one socket per client. "
        "compat_v5 still has them, so the client stays there as a whole; the mark names what "
        "v6 offers instead."
    ),
    examples=(
        Example(
            "rate = client.stats['messages_received']\n",
            "# TODO(upbit-migrate UWS141): .stats has no direct successor: a coroutine; other keys\n"
            "rate = client.stats['messages_received']\n",
        ),
    ),
)


def rewrite(use: Use) -> Verdict:
    """Refuse, with the best advice there is."""
    owners = ("UpbitWebSocketPublicV5", "UpbitWebSocketPrivateV5")
    for owner in owners:
        row = RENAMES_BY_OLD.get(f"{owner}.{use.name}")
        if row is not None:
            successor = f"{row.new.rpartition('.')[2]}: " if row.new else ""
            return Refuse(
                RULE.code, f".{use.name} has no direct successor in v6 ({successor}{row.note})"
            )
    return Refuse(RULE.code, f".{use.name} is not part of v6's proxy")
