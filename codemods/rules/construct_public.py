"""UWS110: public clients become proxies."""

from __future__ import annotations

from codemods.construction import Construction, legacy_arguments, proxy_arguments
from codemods.rule import Example, Rule
from codemods.site import Refuse, Rewrite, Verdict

__all__ = ["RULE", "rewrite"]

RULE = Rule(
    code="UWS110",
    title="Construct a proxy instead of a public client",
    anchor="construction",
    rationale=(
        "A component holds a light proxy with a name that shows up in logs and status: its "
        "class, else its function or "
        "module, and the module's __name__. Pool sizes, compression and limiter settings have "
        "no effect any more."
    ),
    examples=(
        Example(
            "self.client = UpbitWebSocketPublicV5(max_tickets=3)\n",
            'self.client = WebSocketClientProxy("ChartWidget", __name__)\n',
        ),
    ),
)


def rewrite(construction: Construction) -> Verdict:
    """Give the proxy its name."""
    arguments = legacy_arguments(construction, "public", RULE.code)
    if isinstance(arguments, Refuse):
        return arguments
    edits = proxy_arguments(construction, None)
    return Rewrite(
        RULE.code, f"the public client becomes the proxy {construction.component!r}", edits
    )
