"""Strings and comments that mention v5 and that no rule has spoken about.

Rules follow names. A path that is put together at run time, code for ``exec`` or an entry point leads to
``compat_v5`` afterwards, with a mark, and so does a doctest; names in prose and in type comments are noted.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.edits import Edit
from codemods.legacy import COMPAT_PACKAGE, LEGACY_FOLDER
from codemods.marks import is_marked
from codemods.rules import string_references
from codemods.source import SourceFile
from compat_v5.renames import CLIENT_CLASSES

__all__ = ["Leftover", "leftovers"]

_RULE = string_references.RULE.code
_CLASS = "|".join(sorted(CLIENT_CLASSES))
_NAME = re.compile(rf"\b(?:{LEGACY_FOLDER}|{COMPAT_PACKAGE}|{_CLASS})\b")
_OLD_PATH = re.compile(rf"(?<![\w.}}])(?:\w+\.)+{LEGACY_FOLDER}\b")
_PATH = re.compile(
    rf"[\w}}]\.{LEGACY_FOLDER}\b|\b{LEGACY_FOLDER}\.\w|\bimport\s+(?:{_CLASS})\b"
    rf"|\b{COMPAT_PACKAGE}[.:][\w{{%]|\b(?:from|import)\s+{COMPAT_PACKAGE}\b"
)
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
        runs: whether the program (or its tests) looks for v5 there.
        message: what it is.
        edits: lead the path to ``compat_v5``, which has the same modules.
    """

    node: ast.expr | ast.stmt
    line: int | None
    runs: bool
    message: str
    edits: tuple[Edit, ...] = ()


def leftovers(source: SourceFile) -> Iterator[Leftover]:
    """All strings and type comments of a file that name v5, in order."""
    if _NAME.search(source.text) is None:
        return
    seen: set[int] = set()
    for node in source.nodes:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if _NAME.search(node.value) is None or _is_export(source, node):
            continue
        outer = source.parent(node)
        whole = outer if isinstance(outer, ast.JoinedStr) else node
        if id(whole) not in seen:
            seen.add(id(whole))
            yield from _string(source, whole, node.value)
    yield from _type_comments(source)


def _string(source: SourceFile, node: ast.expr, text: str) -> Iterator[Leftover]:
    # An earlier run that led a path there said so: alone, the name it left may be any word.
    is_led = COMPAT_PACKAGE in text and is_marked(source, source.anchor_line(node), _RULE)
    if isinstance(source.parent(node), ast.Expr):
        if is_led or _DOCTEST.search(text):
            message = f"a doctest uses v5; it runs on {COMPAT_PACKAGE}"
            yield Leftover(node, None, True, message, _to_compat(source, node))
    elif is_led or _PATH.search(text) or _PATH.search(source.segment(node)):
        message = f"this string holds a path to v5; it leads to {COMPAT_PACKAGE}"
        edits = _to_compat(source, node)
        if not edits and COMPAT_PACKAGE not in text:
            message = "this string holds part of a path to v5; where it leads cannot be seen"
        yield Leftover(node, None, True, message, edits)
    else:
        named = _NAME.search(text)
        if named is not None and named.group() != COMPAT_PACKAGE:
            message = f"a string names {named.group()}; it is left as it is"
            yield Leftover(node, None, False, message)


def _to_compat(source: SourceFile, node: ast.expr) -> tuple[Edit, ...]:
    start = source.start(node)
    return tuple(
        Edit(start + found.start(), start + found.end(), (COMPAT_PACKAGE,))
        for found in _OLD_PATH.finditer(source.segment(node))
    )


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
