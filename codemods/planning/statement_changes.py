"""What becomes of whole import statements once their aliases are decided: each name once per block."""

from __future__ import annotations

import ast
from collections import defaultdict

from codemods.import_edits import StatementChange, marks_above, statement_edits
from codemods.marks import MARK
from codemods.planning.plans import Plans
from codemods.source import SourceFile

__all__ = ["apply_changes"]

_Import = tuple[str, str, str | None]
"""``(module, name, name it is bound to or None)``."""


def apply_changes(plans: Plans, path: str, changes: list[StatementChange]) -> None:
    """Import each name once per block; a statement with nothing left to import disappears."""
    source = plans.files[path].source
    changes.sort(key=lambda change: source.start(change.statement))
    _gather_in_first(source, changes)
    known: dict[int, set[_Import]] = defaultdict(set)
    top = _imported_already(source)
    for change in changes:
        if not change.changes and not change.extra:
            continue
        block = known[id(source.parent(change.statement))]
        _drop_repeats(change, block | top | known[id(source.tree)], block)
        _apply(plans, change)


def _gather_in_first(source: SourceFile, changes: list[StatementChange]) -> None:
    """Let the first statement of a block bring what later ones would bring from the same module, where
    the later ones would otherwise only exist for that."""
    homes: dict[tuple[int, str], StatementChange] = {}
    for change in changes:
        block = id(source.parent(change.statement))
        whole = len(change.changes) == len(change.statement.names)
        modules = {one.module for one in change.changes if one.items} | set(change.extra)
        plain = all(name != "*" for one in change.changes for name, _ in one.items)
        if whole and len(modules) == 1:
            module = next(iter(modules))
            home = homes.get((block, module))
            if home is not None and plain:
                _hand_over(change, home, module)
                continue
        if not change.changes and len(change.extra) == 1:
            module = next(iter(change.extra))
            home = homes.get((block, module))
            if home is not None:
                home.extra.setdefault(module, []).extend(change.extra.pop(module))
                continue
        if isinstance(change.statement, ast.ImportFrom) and plain:  # beside a star stands no name
            for module in modules:
                if not module.startswith("import "):
                    homes.setdefault((block, module), change)


def _hand_over(change: StatementChange, home: StatementChange, module: str) -> None:
    """Let *home* bring everything *change* would."""
    wanted = [item for one in change.changes for item in one.items]
    wanted += change.extra.pop(module, [])
    home.extra.setdefault(module, []).extend(wanted)
    _hand_over_marks(change, home, module)
    for one in change.changes:
        one.items = ()


def _hand_over_marks(change: StatementChange, home: StatementChange, module: str) -> None:
    """What marks an import that disappears marks the one that brings its names instead."""
    brings = [one for one in home.changes if one.module == module and one.items]
    for mark in [mark for one in change.changes for mark in one.marks]:
        if brings and not any(mark in one.marks for one in brings):
            brings[0].marks.append(mark)


def _imported_already(source: SourceFile) -> set[_Import]:
    found: set[_Import] = set()
    for statement in source.tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            found |= {(statement.module, alias.name, alias.asname) for alias in statement.names}
    return found


def _drop_repeats(change: StatementChange, here: set[_Import], block: set[_Import]) -> None:
    """Take from *change* what it need not import.

    Args:
        here: what is imported where the statement stands.
        block: what statements of its block import; takes what this one does.
    """
    for one in change.changes:
        if one.module and not one.module.startswith("import "):
            fresh_items = tuple(item for item in one.items if (one.module, *item) not in here)
            if one.items and not fresh_items:
                one.marks.clear()
            one.items = fresh_items
            block.update((one.module, *item) for item in one.items)
    mine = {(one.module, *item) for one in change.changes for item in one.items}
    for module, items in list(change.extra.items()):
        fresh = [
            item for item in items if (module, *item) not in here and (module, *item) not in mine
        ]
        block.update((module, *item) for item in fresh)
        if fresh:
            change.extra[module] = fresh
        else:
            del change.extra[module]


def _apply(plans: Plans, change: StatementChange) -> None:
    plan = plans.files[change.source.path]
    wanted = bool(change.extra) or any(one.items for one in change.changes)
    everything = len({id(one.alias) for one in change.changes}) == len(change.statement.names)
    if everything and not wanted:
        plan.removes.append(change.statement)
        return
    change.width = plans.project.options.line_length
    plan.edits += statement_edits(change)
    line = change.source.anchor_line(change.statement)
    for one in change.changes:
        for mark in one.marks if marks_above(change, one.module) else ():
            rule = MARK.match(mark)
            if rule is not None:
                plans.mark(change.source, line, rule.group(1), mark.partition("): ")[2])
