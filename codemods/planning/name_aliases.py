"""Aliases that bring one name of v5: the proxy takes its place, or it comes from ``compat_v5``."""

from __future__ import annotations

import ast

from codemods.bindings import PROXY
from codemods.import_edits import AliasChange, ImportItem
from codemods.import_table import ImportedName
from codemods.legacy import compat_module, name_kind
from codemods.marks import mark_text
from codemods.planning.kept_imports import KeptImports
from codemods.planning.plans import Plans
from codemods.planning.unused_names import is_unused
from codemods.planning.v6_names import local_items
from codemods.result import FindingOutcome

__all__ = ["NO_COUNTERPART", "changed_alias", "name_alias"]

NO_COUNTERPART = "has no counterpart in v6"


def name_alias(
    plans: Plans, kept: KeptImports, imported: ImportedName, target: str
) -> AliasChange | None:
    """What becomes of the alias; ``None`` when it stays as it is.

    Args:
        target: the module v6 names are imported from here.
    """
    kind = name_kind(imported.name)
    if kind == "class":
        return _class_alias(plans, kept, imported, target)
    if is_unused(plans, imported):
        message = f"{imported.name} is not used here"
        plans.find(imported.source, imported.alias, "UWS101", FindingOutcome.REWRITTEN, message)
        return changed_alias(imported, target, ())
    if kind == "factory":
        return _factory_alias(plans, kept, imported, target)
    if kind == "exception":
        return _exception_alias(plans, kept, imported, target)
    message = kept.keep(imported, NO_COUNTERPART, rule="UWS103", mark=False)
    change = _on_compat(plans, imported)
    if change is None:
        line = imported.source.anchor_line(imported.statement)
        kept.later.append((line, "UWS103", message))
    else:
        change.marks.append(mark_text("UWS103", message))
    return change


def changed_alias(
    imported: ImportedName, module: str, items: tuple[ImportItem, ...]
) -> AliasChange | None:
    """The alias with *items* of *module* in its place; ``None`` when that is what it says already."""
    statement = imported.statement
    same = (
        isinstance(statement, ast.ImportFrom) and not statement.level and statement.module == module
    )
    if same and items == ((imported.alias.name, imported.alias.asname),):
        return None
    return AliasChange(imported.alias, module, items)


def _on_compat(plans: Plans, imported: ImportedName) -> AliasChange | None:
    if plans.decisions.leaves_v5:
        return None
    module = compat_module(imported.sub, imported.name)
    renamed = imported.alias.name != imported.name
    bound = imported.bound if renamed else imported.alias.asname
    return changed_alias(imported, module, ((imported.name, bound),))


def _rewritten(plans: Plans, imported: ImportedName, rule: str, what: str) -> None:
    message = f"{imported.name} {what}"
    plans.find(imported.source, imported.alias, rule, FindingOutcome.REWRITTEN, message)


def _class_alias(
    plans: Plans, kept: KeptImports, imported: ImportedName, target: str
) -> AliasChange | None:
    bindings, path = plans.bindings, imported.source.path
    if bindings.state(imported) == "moved":
        bound = imported.bound if bindings.keeps_name(imported) else None
        rule = "UWS102" if bindings.is_exported(path, imported.bound) else "UWS101"
        _rewritten(plans, imported, rule, f"is imported as {PROXY}")
        return changed_alias(imported, target, tuple(local_items(plans, path, [(PROXY, bound)])))
    used = bindings.users(path, imported.bound)
    kept.keep(imported, "" if used else "is re-exported and not used in this project")
    return _on_compat(plans, imported)


def _factory_alias(
    plans: Plans, kept: KeptImports, imported: ImportedName, target: str
) -> AliasChange | None:
    bindings, path = plans.bindings, imported.source.path
    references = bindings.by_name.get((path, imported.bound), [])
    if (
        references
        and all(bindings.moved(reference) for reference in references)
        and not bindings.is_exported(path, imported.bound)
    ):
        _rewritten(plans, imported, "UWS101", f"gives way to {PROXY}")
        return changed_alias(imported, target, ())
    kept.keep(imported, "" if references else "is handed on to other files")
    return _on_compat(plans, imported)


def _exception_alias(
    plans: Plans, kept: KeptImports, imported: ImportedName, target: str
) -> AliasChange | None:
    bindings, path = plans.bindings, imported.source.path
    users = bindings.users(path, imported.bound)
    gone = users and all(
        reference.role in ("except", "catching") and id(reference) in plans.replaced_exceptions
        for reference in users
    )
    if gone and not bindings.is_exported(path, imported.bound):
        _rewritten(plans, imported, "UWS152", "gives way to v6's exceptions")
        return changed_alias(imported, target, ())
    references = bindings.by_name.get((path, imported.bound), [])
    why = "is still raised or caught here" if references else "is still imported"
    kept.keep(imported, why, rule="UWS152")
    return _on_compat(plans, imported)
