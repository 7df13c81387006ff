"""Names of v5 that a file imports beside those it uses, and that nothing asks for, or nothing any more."""

from __future__ import annotations

import ast
import re

from codemods.import_table import ImportedName
from codemods.planning.plans import Plans

__all__ = ["is_unused"]

_MEANT = re.compile(r"#.*(noqa|unused-import|noinspection)", re.IGNORECASE)


def is_unused(plans: Plans, imported: ImportedName) -> bool:
    """Whether the import of a name can go without anybody missing it.

    A file that uses nothing of v5 itself may be there for what it imports; so may a package. Where a
    client stays, what is imported tells how it is used, and stays with it.
    """
    bindings, path = plans.bindings, imported.source.path
    return (
        plans.project.options.selects("UWS101")
        and not plans.decisions.kept
        and any(reference.source.path == path for reference in plans.decisions.references)
        and not bindings.users(path, imported.bound)
        and not bindings.is_exported(path, imported.bound)
        and not _is_reexported(imported)
        and not _is_named(plans, imported)
    )


def _is_reexported(imported: ImportedName) -> bool:
    """``import X as X``, or a comment that tells a linter that the import is meant."""
    if imported.alias.asname == imported.alias.name:
        return True
    source, statement = imported.source, imported.statement
    lines = range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
    return any(_MEANT.search(source.line_text(line)) for line in lines)


def _is_named(plans: Plans, imported: ImportedName) -> bool:
    """Whether the file has the name elsewhere, or a string of the project names it, as patch() does."""
    for source in plans.project.sources.values():
        own = source is imported.source
        for node in source.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if imported.bound in node.value.rsplit(".", 1)[-1]:
                    return True
            elif own and isinstance(node, ast.Name) and node.id == imported.bound:
                stays = not plans.files[source.path].drops(node)
                if stays:
                    return True
    return False
