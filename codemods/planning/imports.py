"""The import statements of one file: which aliases change, which names are added, which go."""

from __future__ import annotations

import ast

from codemods.bindings import PROXY
from codemods.edits import Edit
from codemods.import_edits import AliasChange, ImportItem, StatementChange, item_text
from codemods.import_table import ImportedName
from codemods.legacy import name_kind
from codemods.marks import kept_deliberately
from codemods.options import Options
from codemods.planning.kept_imports import KeptImports
from codemods.planning.module_aliases import module_alias
from codemods.planning.name_aliases import name_alias
from codemods.planning.needed_imports import import_target
from codemods.planning.plans import Plans
from codemods.planning.star_imports import star_changes
from codemods.planning.statement_changes import apply_changes
from codemods.planning.v6_names import local_items
from codemods.project import Project
from codemods.result import FindingOutcome
from codemods.rules import unused_authenticator

__all__ = ["plan_imports"]

_Changes = dict[int, StatementChange]
"""By ``id`` of the statement."""


def plan_imports(plans: Plans, path: str) -> None:
    """Plan every import statement of a file; after everything else that may need a name in it."""
    changes: _Changes = {}
    _change_legacy(plans, path, changes)
    _add_needed(plans, path, changes)
    _drop_unused_project_names(plans, path, changes)
    _drop_unused_authenticator(plans, path, changes)
    apply_changes(plans, path, list(changes.values()))


def _change_legacy(plans: Plans, path: str, changes: _Changes) -> None:
    """Aliases that bring names of v5, or its modules."""
    source = plans.files[path].source
    kept = KeptImports(plans, path)
    for imported in plans.decisions.imports.by_file.get(path, ()):
        if imported.kind == "project":
            continue
        statement = imported.statement
        last = statement.end_lineno or statement.lineno
        keep = kept_deliberately(source, statement.lineno, last)
        if keep is not None:
            plans.find(source, statement, "UWS101", FindingOutcome.DELIBERATE, keep)
            continue
        if not _is_selected(plans.project.options, imported):
            plans.find(
                source, imported.alias, "UWS101", FindingOutcome.NOTE, "UWS101 is not selected"
            )
            continue
        change = changes.setdefault(id(statement), StatementChange(source, statement))
        change.changes += _alias_changes(plans, kept, imported)
    kept.mark(changes)


def _alias_changes(plans: Plans, kept: KeptImports, imported: ImportedName) -> list[AliasChange]:
    """What becomes of one alias."""
    target = import_target(plans.project, imported.statement, imported.source.path)
    if imported.kind == "star":
        return star_changes(plans, kept, imported, target)
    plan_alias = module_alias if imported.kind == "module" else name_alias
    change = plan_alias(plans, kept, imported, target)
    return [change] if change is not None else []


def _is_selected(options: Options, imported: ImportedName) -> bool:
    """Whether a rule that may change this import is to be applied."""
    moves = name_kind(imported.name) in ("class", "factory", "exception")
    return options.selects("UWS101") or (
        imported.kind == "legacy" and not moves and options.selects("UWS103")
    )


def _add_needed(plans: Plans, path: str, changes: _Changes) -> None:
    """Names that rewritten places asked for."""
    plan, project = plans.files[path], plans.project
    source = plan.source
    for node in source.nodes:
        if not isinstance(node, ast.stmt) or id(node) not in plan.needs:
            continue
        names: list[ImportItem] = [(name, None) for name in sorted(plan.needs[id(node)])]
        items = local_items(plans, path, names)
        if isinstance(node, ast.Import | ast.ImportFrom):
            change = changes.setdefault(id(node), StatementChange(source, node))
            target = import_target(project, change.statement, path)
            change.extra.setdefault(target, []).extend(items)
        else:
            start = source.line_starts[source.line_of(source.start(node)) - 1]
            listed = ", ".join(item_text(item) for item in items)
            line = f"from {project.target} import {listed}{source.newline}"
            plan.edits.append(Edit(start, start, (line,)))


def _drop_unused_project_names(plans: Plans, path: str, changes: _Changes) -> None:
    """``from .exchange import PublicClient`` goes where every use has become the proxy."""
    bindings = plans.bindings
    for imported in plans.decisions.imports.by_file.get(path, ()):
        if imported.kind != "project" or bindings.is_exported(path, imported.bound):
            continue
        references = bindings.by_name.get((path, imported.bound), [])
        if not references or not all(bindings.moved(reference) for reference in references):
            continue
        if all(bindings.new_text(reference)[0] == PROXY for reference in references):
            change = changes.setdefault(
                id(imported.statement), StatementChange(imported.source, imported.statement)
            )
            change.changes.append(AliasChange(imported.alias, "", ()))


def _drop_unused_authenticator(plans: Plans, path: str, changes: _Changes) -> None:
    """The authenticator's import goes from a file that changes anyway."""
    plan = plans.files[path]
    if not (plan.edits or changes) or not plans.project.options.selects("UWS104"):
        return
    decided = {id(one.alias) for one in plans.decisions.imports.by_file.get(path, ())}
    for statement, alias in unused_authenticator.unused_aliases(plan.source):
        if id(alias) in decided or _is_imported_from(
            plans.project, path, alias.asname or alias.name
        ):
            continue
        change = changes.setdefault(id(statement), StatementChange(plan.source, statement))
        change.changes.append(AliasChange(alias, "", ()))
        plans.find(
            plan.source,
            alias,
            "UWS104",
            FindingOutcome.REWRITTEN,
            "UpbitAuthenticator is not used here",
        )


def _is_imported_from(project: Project, path: str, name: str) -> bool:
    """Whether another file takes *name*, or everything, from *path*."""
    return any(
        isinstance(node, ast.ImportFrom)
        and any(alias.name in (name, "*") for alias in node.names)
        and project.graph.find(other, node.module, node.level) == path
        for other, source in project.sources.items()
        if other != path
        for node in source.nodes
    )
