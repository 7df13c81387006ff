"""Names of v6 that a file has another meaning for: written and imported under a name that is free."""

from __future__ import annotations

from collections.abc import Sequence

from codemods.bindings import PROXY
from codemods.import_edits import ImportItem
from codemods.planning.plans import Plans
from codemods.taken_names import renamed

__all__ = ["avoid_taken_names", "local_items"]


def avoid_taken_names(plans: Plans, path: str) -> None:
    """Let what has been planned for a file so far, imports aside, name v6 without misunderstanding."""
    plan = plans.files[path]
    wanted = {PROXY}.union(*plan.needs.values()) if plan.edits else set()
    for name in sorted(wanted):
        new = plans.local_name(path, name)
        if new != name:
            plan.edits = [renamed(edit, name, new) for edit in plan.edits]


def local_items(plans: Plans, path: str, items: Sequence[ImportItem]) -> list[ImportItem]:
    """What is imported from v6, with the names the file has for it."""
    found: list[ImportItem] = []
    for name, bound in items:
        new = plans.local_name(path, name)
        found.append((name, new) if bound is None and new != name else (name, bound))
    return found
