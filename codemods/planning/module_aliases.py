"""Aliases that bring the legacy package or one of its modules as an object."""

from __future__ import annotations

import ast

from codemods.edits import Edit
from codemods.flow.values import LegacyModule
from codemods.import_edits import AliasChange, ImportItem
from codemods.import_table import ImportedName
from codemods.legacy import LEGACY_FOLDER, compat_module
from codemods.planning.kept_imports import KeptImports
from codemods.planning.plans import Plans
from codemods.project import Project
from codemods.references import Reference
from codemods.result import FindingOutcome
from codemods.site import dotted

__all__ = ["module_alias"]


def module_alias(
    plans: Plans, kept: KeptImports, imported: ImportedName, target: str
) -> AliasChange | None:
    """What becomes of the alias; ``None`` when it stays as it is.

    Args:
        target: the module v6 names are imported from here.
    """
    mentions = _mentions(plans.project, imported)
    references = _references(plans, imported, mentions)
    if _gives_way(plans, imported, mentions, references):
        plans.find(
            imported.source,
            imported.alias,
            "UWS101",
            FindingOutcome.REWRITTEN,
            "the module gives way to the names of v6",
        )
        return AliasChange(imported.alias, *_instead_of_module(imported, mentions, target))
    kept.keep(imported, "" if references else "is still used as a module")
    if plans.decisions.leaves_v5:
        return None
    if isinstance(imported.statement, ast.ImportFrom):
        return _taken_from_compat(imported, imported.statement)
    if imported.alias.name == compat_module(imported.sub):
        return None
    if imported.alias.asname is None:
        _rename_mentions(plans, imported, mentions, references)
    also = _instead_of_module(imported, mentions, target)[1]
    module = (compat_module(imported.sub), imported.alias.asname)
    return AliasChange(imported.alias, "", (module, *also))


def _mentions(project: Project, imported: ImportedName) -> list[ast.expr]:
    """Where the module object itself stands: the longest chain that is still the module."""
    source = imported.source
    found: list[ast.expr] = []
    for node in source.nodes:
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            values = project.values(node)
            if (
                LegacyModule(imported.sub) in values
                and dotted(node).split(".")[0] == imported.bound
            ):
                outer = source.parent(node)
                deeper = isinstance(outer, ast.Attribute) and any(
                    isinstance(value, LegacyModule) for value in project.values(outer)
                )
                if not deeper:
                    found.append(node)
    return found


def _references(plans: Plans, imported: ImportedName, mentions: list[ast.expr]) -> list[Reference]:
    """Names of v5 that are read from the module."""
    source = imported.source
    return [
        reference
        for reference in plans.bindings.by_name.get((source.path, imported.bound), ())
        if reference.through_module
        and any(id(reference.node) == id(source.parent(mention)) for mention in mentions)
    ]


def _gives_way(
    plans: Plans, imported: ImportedName, mentions: list[ast.expr], references: list[Reference]
) -> bool:
    """Whether nothing needs the module any more."""
    source = imported.source
    claimed = {id(reference.node) for reference in references}
    return (
        bool(references)
        and all(
            plans.bindings.moved(reference) or id(reference) in plans.replaced_exceptions
            for reference in references
        )
        and all(id(source.parent(mention)) in claimed for mention in mentions)
        and not plans.bindings.is_exported(source.path, imported.bound)
    )


def _instead_of_module(
    imported: ImportedName, mentions: list[ast.expr], target: str
) -> tuple[str, tuple[ImportItem, ...]]:
    """``import app.net.websocket_v5`` also binds ``app``: where that is used, ``app.net`` stays."""
    name = imported.alias.name
    if (
        not isinstance(imported.statement, ast.Import)
        or imported.alias.asname
        or LEGACY_FOLDER not in name.split(".")
    ):
        return target, ()
    inside = {id(inner) for mention in mentions for inner in ast.walk(mention)}
    used = any(
        isinstance(node, ast.Name) and node.id == imported.bound and id(node) not in inside
        for node in imported.source.nodes
    )
    parts = name.split(".")
    parent = ".".join(parts[: parts.index(LEGACY_FOLDER)])
    return ("", ((parent, None),)) if used and parent else (target, ())


def _rename_mentions(
    plans: Plans, imported: ImportedName, mentions: list[ast.expr], references: list[Reference]
) -> None:
    """``import a.b.websocket_v5``: the whole path stands wherever the module is mentioned."""
    source, dotted_name = imported.source, compat_module(imported.sub)
    for mention in mentions:
        moved = any(
            id(reference.node) == id(source.parent(mention)) and plans.bindings.moved(reference)
            for reference in references
        )
        if not moved and isinstance(mention, ast.Attribute):
            plans.files[source.path].edits.append(Edit(*source.span(mention), (dotted_name,)))


def _taken_from_compat(imported: ImportedName, statement: ast.ImportFrom) -> AliasChange | None:
    dotted_name = compat_module(imported.sub)
    if imported.sub:
        parent, _, name = dotted_name.rpartition(".")
        if statement.module == parent and not statement.level:
            return None
        return AliasChange(imported.alias, parent, ((name, imported.alias.asname),))
    # The package itself, imported as a name of its parent.
    lines = f"import {dotted_name} as {imported.bound}"
    return AliasChange(imported.alias, lines, ((dotted_name, imported.bound),))
