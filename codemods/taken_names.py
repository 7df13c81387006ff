"""Names of v6 in files that have another meaning for them: an application's own ``Credentials``, say."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from codemods.edits import Edit
from codemods.flow.values import External
from codemods.project import Project
from codemods.source import SourceFile

__all__ = ["free_name", "names_of_v6", "renamed", "taken_names"]

_PREFIXES = ("Upbit", "UpbitV6", "UpbitWebSocketV6")


def taken_names(project: Project, source: SourceFile) -> frozenset[str]:
    """All names a file uses, but those it has from v6."""
    scope = project.flow.modules[source.path].scope
    own = {name for name, bound in names_of_v6(project, source).items() if name == bound}
    used = {name for node in source.nodes for name in _names_in(node)} - own
    return frozenset(
        name
        for name in used
        # A file of the project may hand on what it has from v6.
        if External(f"{project.target}.{name}")
        not in project.flow.cells.read(("var", scope.key, name))
    )


def names_of_v6(project: Project, source: SourceFile) -> dict[str, str]:
    """What a file imports from v6, and what it calls it; its own name if it has that, too."""
    package = project.target.rpartition(".")[2]
    aliases = [
        alias
        for node in source.nodes
        if isinstance(node, ast.ImportFrom) and (node.module or "").rpartition(".")[2] == package
        for alias in node.names
    ]
    aliases.sort(key=lambda alias: alias.asname in (None, alias.name))
    return {alias.name: alias.asname or alias.name for alias in aliases}


def free_name(name: str, taken: Collection[str]) -> str:
    """What a name of v6 is imported as in a file that uses these names."""
    others = (prefix + name for prefix in _PREFIXES)
    return next((one for one in (name, *others) if one not in taken), name)


def renamed(edit: Edit, name: str, new: str) -> Edit:
    """An edit that writes *new* for *name*, and leaves texts in quotes alone."""
    word = re.compile(rf"(?<![\w.'\"]){name}\b(?!['\"])")
    parts = [word.sub(new, part) if isinstance(part, str) else part for part in edit.parts]
    return Edit(edit.start, edit.end, tuple(parts))


def _names_in(node: ast.AST) -> Iterator[str]:
    """The names that *node* itself reads or binds."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.split(".")[0]
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest
