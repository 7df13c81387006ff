"""UWS104: the authenticator import that only a private client needed."""

from __future__ import annotations

import ast

from codemods.rule import Example, Rule
from codemods.source import SourceFile

__all__ = ["RULE", "unused_aliases"]

RULE = Rule(
    code="UWS104",
    title="Remove unused imports of UpbitAuthenticator",
    anchor="imports",
    rationale=(
        "Modules with a private client used to import UpbitAuthenticator beside it; every v6 "
        "connection signs its own "
        "token. The import goes where the name is used nowhere in the file and no other file takes it from "
        "there."
    ),
    examples=(Example("from app.upbit_auth import UpbitAuthenticator\n", ""),),
)


def unused_aliases(source: SourceFile) -> list[tuple[ast.ImportFrom, ast.alias]]:
    """Imports of the authenticator whose name the file does not mention again."""
    if "UpbitAuthenticator" not in source.text or source.path.endswith("__init__.py"):
        return []
    names = {node.id for node in source.nodes if isinstance(node, ast.Name)}
    strings = {
        node.value
        for node in source.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    found = []
    for statement in source.nodes:
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").endswith(
            ("upbit_auth", "upbit")
        ):
            for alias in statement.names:
                bound = alias.asname or alias.name
                if (
                    alias.name == "UpbitAuthenticator"
                    and bound not in names
                    and not any(bound in text for text in strings)
                ):
                    found.append((statement, alias))
    return found
