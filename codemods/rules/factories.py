"""UWS112: ``await create_public_client()`` becomes a plain construction."""

from __future__ import annotations

import ast

from codemods.connect_failures import NEVER_MET, FailingConnect
from codemods.construction import Construction, legacy_arguments, proxy_arguments
from codemods.edits import Edit
from codemods.rule import Example, Rule
from codemods.rules.construct_private import account_of
from codemods.site import Refuse, Rewrite, Verdict

__all__ = ["RULE", "rewrite"]

RULE = Rule(
    code="UWS112",
    title="Replace the client factories by a construction",
    anchor="construction",
    rationale=(
        "create_public_client and create_private_client connected; a proxy needs no "
        "connecting, so the await goes too."
    ),
    examples=(
        Example(
            "client = await create_public_client()\n",
            'client = WebSocketClientProxy("main", __name__)\n',
        ),
    ),
)


def rewrite(construction: Construction) -> Verdict:
    """Drop the ``await`` and construct."""
    outer = construction.source.parent(construction.call)
    if not isinstance(outer, ast.Await):
        return Refuse(
            RULE.code, f"{construction.callable_name}() is not awaited where it is called"
        )
    signature = "private" if "private" in construction.callable_name else "public"
    arguments = legacy_arguments(construction, signature, RULE.code)
    if isinstance(arguments, Refuse):
        return arguments
    account = account_of(construction, arguments) if signature == "private" else None
    if isinstance(account, Refuse):
        return account
    source = construction.source
    edits = [
        Edit(source.start(outer), source.start(construction.call), ()),
        *proxy_arguments(construction, account),
    ]
    needs = frozenset({"Credentials"}) if account is not None else frozenset[str]()
    statement = source.statement(construction.call)
    lost = FailingConnect(construction.project, source, statement, construction.client).never_met
    return Rewrite(
        RULE.code,
        f"{construction.callable_name}() becomes the proxy {construction.component!r}",
        edits,
        needs=needs,
        note=None if lost is None else (lost, NEVER_MET),
    )
