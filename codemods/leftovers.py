"""Strings and comments that mention v5 and that no rule has spoken about.

Rules follow names. A path that is put together at run time, code for ``exec``, a doctest or a type comment
stays as it is; it is said so, with a mark where the program would look for v5 under its old path.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.legacy import LEGACY_FOLDER
from codemods.source import SourceFile
from compat_v5.renames import CLIENT_CLASSES

__all__ = ["Leftover", "leftovers"]

_CLASS = "|".join(sorted(CLIENT_CLASSES))
_NAME = re.compile(rf"\b(?:{LEGACY_FOLDER}|{_CLASS})\b")
_PATH = re.compile(rf"[\w}}]\.{LEGACY_FOLDER}\b|\b{LEGACY_FOLDER}\.\w|\bimport\s+(?:{_CLASS})\b")
_DOCTEST = re.compile(
    rf"^[ \t]*(?:>>>|\.\.\.)[^\n]*(?:{_PATH.pattern}|\b(?:{_CLASS})\()", re.MULTILINE
)
_TYPE_COMMENT = re.compile(rf"#\s*type:.*\b({_CLASS})\b")


@dataclass(frozen=True, slots=True)
class Leftover:
    """One of them.

    Args:
        node: the string; for a comment, the statement it belongs to.
        line: 1-based line of a comment; None for a string.
        runs: whether the program (or its tests) would look for v5 there.
        message: what it is.
    """

    node: ast.expr | ast.stmt
    line: int | None
    runs: bool
    message: str


def leftovers(source: SourceFile) -> Iterator[Leftover]:
    """All strings and type comments of a file that name v5, in order."""
    if _NAME.search(source.text) is None:
        return
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        named = _NAME.search(node.value)
        if named is None or _is_export(source, node):
            continue
        if isinstance(source.parent(node), ast.Expr):
            if _DOCTEST.search(node.value):
                yield Leftover(node, None, True, "a doctest uses v5; change it by hand")
        elif _PATH.search(node.value):
            message = (
                f"a string holds a path to v5 that this tool does not follow ({named.group()})"
            )
            yield Leftover(node, None, True, message)
        else:
            yield Leftover(
                node, None, False, f"a string names {named.group()}; it is left as it is"
            )
    yield from _type_comments(source)


def _is_export(source: SourceFile, node: ast.Constant) -> bool:
    """Whether the string stands in ``__all__``, whose names are those of the imports above."""
    statement = source.statement(node)
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AugAssign | ast.AnnAssign):
        targets = [statement.target]
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)


def _type_comments(source: SourceFile) -> Iterator[Leftover]:
    if _TYPE_COMMENT.search(source.text) is None:
        return
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source.text).readline))
    except (tokenize.TokenError, SyntaxError):  # what ast takes and tokenize does not
        return
    for token in tokens:
        found = _TYPE_COMMENT.match(token.string) if token.type == tokenize.COMMENT else None
        statements = source.tree.body
        if found is not None and statements:
            message = f"a type comment names {found.group(1)}; write it as an annotation"
            yield Leftover(statements[0], token.start[0], False, message)
