"""Star imports of legacy modules: by name what is left of v5, nothing where all of it moved."""

from __future__ import annotations

from dataclasses import replace

from codemods.import_edits import AliasChange
from codemods.import_table import ImportedName
from codemods.legacy import compat_module, exports, name_kind
from codemods.marks import mark_text
from codemods.planning.kept_imports import KeptImports
from codemods.planning.name_aliases import NO_COUNTERPART, changed_alias
from codemods.planning.plans import Plans
from codemods.references import Reference
from codemods.result import FindingOutcome

__all__ = ["star_changes"]


def star_changes(
    plans: Plans, kept: KeptImports, star: ImportedName, target: str
) -> list[AliasChange]:
    """What becomes of the star.

    Args:
        target: the module v6 names are imported from here.
    """
    path, imports = star.source.path, plans.decisions.imports
    names = _names_of_star(plans, star)
    exported = path.endswith("__init__.py") or bool(imports.star_importers.get(path))
    if exported or any(imports.importers(path, name) for name in names):
        kept.keep(star, "brings names that other files import from here")
        return _kept_whole(plans, star)
    staying = [
        reference
        for bound, reference in sorted(names.items())
        if not all(
            plans.bindings.moved(one) or id(one) in plans.replaced_exceptions
            for one in plans.bindings.by_name.get((path, bound), [])
        )
    ]
    if staying and plans.decisions.leaves_v5:
        kept.keep(star, "stays, with what it brings")
        return []
    if staying:
        return [_kept_name(kept, star, reference) for reference in staying]
    plans.find(
        star.source,
        star.alias,
        "UWS101",
        FindingOutcome.REWRITTEN,
        "the names it brought are imported by name",
    )
    return [AliasChange(star.alias, target, ())] if names else _kept_whole(plans, star)


def _names_of_star(plans: Plans, star: ImportedName) -> dict[str, Reference]:
    """The references this star import brings; of several, the last one that has a name brings it."""
    path, imports = star.source.path, plans.decisions.imports
    stars = [one for one in imports.by_file[path] if one.kind == "star"]
    found: dict[str, Reference] = {}
    for reference in plans.decisions.references:
        if (
            reference.source.path != path
            or reference.through_module
            or reference.bound != reference.legacy.name  # a variable that holds it
            or imports.entries(path, reference.bound)
        ):
            continue
        bringing = [one for one in stars if exports(one.sub, reference.legacy.name)] or stars
        if bringing[-1] is star:
            found[reference.bound] = reference
    return found


def _kept_whole(plans: Plans, star: ImportedName) -> list[AliasChange]:
    if plans.decisions.leaves_v5:
        return []
    change = changed_alias(star, compat_module(star.sub), (("*", None),))
    return [change] if change is not None else []


def _kept_name(kept: KeptImports, star: ImportedName, reference: Reference) -> AliasChange:
    """The import of one name a star brought, with the mark a second run gives such an import."""
    name = reference.legacy.name
    imported = replace(star, kind="legacy", name=name, bound=reference.bound)
    change = AliasChange(star.alias, compat_module(star.sub, name), ((name, reference.bound),))
    if name_kind(name) in ("class", "factory"):
        kept.keep(imported, "")
    elif name_kind(name) == "exception":
        kept.keep(imported, "is still raised or caught here", rule="UWS152")
    else:
        message = kept.keep(imported, NO_COUNTERPART, rule="UWS103", mark=False)
        change.marks.append(mark_text("UWS103", message))
    return change
