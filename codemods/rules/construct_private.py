"""UWS111: private clients become proxies with an account."""

from __future__ import annotations

import ast

from codemods.construction import Construction, legacy_arguments, proxy_arguments
from codemods.rule import Example, Rule
from codemods.site import Refuse, Rewrite, Verdict

__all__ = ["RULE", "account_of", "keys_in", "rewrite"]

RULE = Rule(
    code="UWS111",
    title="Construct a proxy with an account instead of a private client",
    anchor="accounts",
    rationale=(
        "The keys a private client was given become account=Credentials(access, secret) on "
        "that proxy: several accounts in "
        "one process stay apart. Without keys the proxy uses the default account, which falls "
        "back to the environment."
    ),
    examples=(
        Example(
            "ws = UpbitWebSocketPrivateV5(access, secret)\n",
            'ws = WebSocketClientProxy("Bot", __name__, account=Credentials(access, secret))\n',
        ),
    ),
)


def rewrite(construction: Construction) -> Verdict:
    """Name the proxy and hand the keys over."""
    arguments = legacy_arguments(construction, "private", RULE.code)
    if isinstance(arguments, Refuse):
        return arguments
    account = account_of(construction, arguments)
    if isinstance(account, Refuse):
        return account
    edits = proxy_arguments(construction, account)
    needs = frozenset({"Credentials"}) if account is not None else frozenset[str]()
    return Rewrite(
        RULE.code,
        f"the private client becomes the proxy {construction.component!r}",
        edits,
        needs=needs,
    )


def account_of(
    construction: Construction, arguments: dict[str, ast.expr]
) -> tuple[ast.expr, ast.expr] | Refuse | None:
    """The two keys; ``None`` for the default account, which they are of where they were hoisted."""
    keys = keys_in(arguments)
    return None if construction.hoisted and not isinstance(keys, Refuse) else keys


def keys_in(arguments: dict[str, ast.expr]) -> tuple[ast.expr, ast.expr] | Refuse | None:
    """The two keys; ``None`` where none are given."""
    keys = [arguments.get("access_key"), arguments.get("secret_key")]
    given = [
        key
        for key in keys
        if key is not None and not (isinstance(key, ast.Constant) and key.value is None)
    ]
    if not given:
        return None
    if len(given) == 1:
        return Refuse(RULE.code, "only one of the two keys is given")
    return given[0], given[1]
