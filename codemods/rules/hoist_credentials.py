"""UWS181: one key pair in the whole tree goes to ``initialize``. On request."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.construction import Construction, legacy_arguments
from codemods.rule import Example, Rule
from codemods.rules.construct_private import keys_in
from codemods.site import Refuse, dotted

__all__ = ["DEFAULTS", "RULE", "single_pair"]

RULE = Rule(
    code="UWS181",
    title="Give the only key pair to initialize",
    anchor="accounts",
    rationale=(
        "Where every private client of the tree takes the same two environment variables, the "
        "pair is the default account: "
        "it is given once, at the application's start, and no proxy needs account=. Anything "
        "less provable stays as it is."
    ),
    examples=(
        Example(
            "ws = UpbitWebSocketPrivateV5(os.environ['KEY'], os.environ['SECRET'])\n",
            'ws = WebSocketClientProxy("Bot", __name__)\n',
        ),
    ),
    opt_in="hoist_credentials",
)

DEFAULTS = ("UPBIT_ACCESS_KEY", "UPBIT_SECRET_KEY")


def single_pair(constructions: Iterable[Construction]) -> tuple[str, str] | None:
    """Source text of the two look-ups, when all private clients share them; ``None`` otherwise."""
    pairs: set[tuple[str, str]] = set()
    for construction in constructions:
        if (
            "private" not in construction.callable_name.lower()
            and "my_" not in construction.callable_name
        ):
            continue
        name = construction.callable_name
        arguments = legacy_arguments(
            construction, name if name.startswith("quick") else "private", RULE.code
        )
        account = None if isinstance(arguments, Refuse) else keys_in(arguments)
        if account is None or isinstance(account, Refuse):
            return None
        names = [_variable(key) for key in account]
        if names[0] is None or names[1] is None:
            return None
        pairs.add((names[0], names[1]))
    if len(pairs) != 1:
        return None
    access, secret = pairs.pop()
    return f'os.environ["{access}"]', f'os.environ["{secret}"]'


def _variable(node: ast.expr) -> str | None:
    """The environment variable an expression reads."""
    if isinstance(node, ast.Subscript) and dotted(node.value) == "os.environ":
        key: ast.expr | None = node.slice
    elif (
        isinstance(node, ast.Call)
        and dotted(node.func) in ("os.getenv", "os.environ.get")
        and len(node.args) == 1
    ):
        key = node.args[0]
    else:
        return None
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
