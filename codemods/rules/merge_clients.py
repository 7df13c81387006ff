"""UWS182: a component's public and private client become one proxy. Opt-in, to be reviewed."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.construction import Construction
from codemods.rule import Example, Rule
from codemods.statements import body_of

__all__ = ["RULE", "pairs_to_merge"]

RULE = Rule(
    code="UWS182",
    title="Merge a component's public and private client into one proxy",
    anchor="construction",
    rationale=(
        "A proxy with an account serves public and private data. Where one block constructs "
        "both into attributes of self, "
        "the public attribute becomes another name of the private proxy. Unsafe: ending one "
        "then ends both."
    ),
    examples=(
        Example(
            "self.private = UpbitWebSocketPrivateV5(a, s)\nself.public = UpbitWebSocketPublicV5()\n",
            'self.private = WebSocketClientProxy("Bot", __name__, account=Credentials(a, s))\n'
            "self.public = self.private\n",
        ),
    ),
    opt_in="unsafe",
)


def pairs_to_merge(
    constructions: Iterable[Construction],
) -> list[tuple[Construction, Construction, str]]:
    """``(public, private, text of the private attribute)`` where the private one is constructed first in
    the same block, each once."""
    by_block: dict[int, list[tuple[Construction, ast.Assign, ast.Attribute]]] = {}
    for construction in constructions:
        statement = construction.source.parent(construction.call)
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if (
                isinstance(target, ast.Attribute)
                and isinstance(target.value, ast.Name)
                and target.value.id == "self"
            ):
                block = body_of(construction.source, statement)
                by_block.setdefault(id(block), []).append((construction, statement, target))
    found = []
    for members in by_block.values():
        publics = [one for one in members if one[0].client.kind == "public"]
        privates = [one for one in members if one[0].client.kind == "private"]
        if (
            len(publics) == 1
            and len(privates) == 1
            and privates[0][1].lineno < publics[0][1].lineno
        ):
            found.append((publics[0][0], privates[0][0], f"self.{privates[0][2].attr}"))
    return found
