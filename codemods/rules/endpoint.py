"""UWS116: the URL of another server goes into the construction."""

from __future__ import annotations

import ast

from codemods.construction import endpoint_behind
from codemods.flow.values import Client
from codemods.rule import Example, Rule
from codemods.rules import internals
from codemods.site import Rewrite, Use, Verdict

__all__ = ["METHODS", "RULE", "rewrite"]

RULE = Rule(
    code="UWS116",
    title="Pass the server's URL where the client is constructed",
    anchor="construction",
    rationale=(
        "client.config.connection.url pointed a client at another server after it was made. A proxy gets "
        "endpoint=; a private one adds /private to it, as v5 did. Moved is the setting directly behind "
        "the construction, also below an if that asks for the same value."
    ),
    examples=(
        Example(
            "client = UpbitWebSocketPublicV5()\nclient.config.connection.url = url\n",
            'client = WebSocketClientProxy("main", __name__, endpoint=url)\n',
        ),
    ),
)


def rewrite(use: Use) -> Verdict:
    """Remove the setting that the construction takes over; any other reading of ``config`` stays."""
    for client in use.clients:
        call = _construction(use, client)
        setting = endpoint_behind(use.source, call) if call is not None else None
        if setting is not None and use.attribute in ast.walk(setting.statement):
            return Rewrite(RULE.code, "the URL is passed as endpoint=", removes=[setting.statement])
    return internals.rewrite(use)


def _construction(use: Use, client: Client) -> ast.Call | None:
    if client.origin != "constructed" or client.path != use.source.path or len(use.clients) > 1:
        return None
    for node in use.source.nodes:
        place = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
        if isinstance(node, ast.Call) and place == (client.line, client.column):
            return node
    return None


METHODS = {"config": rewrite}
