"""Imports of one file that stay on ``compat_v5``: a finding for each, and one mark where none stands."""

from __future__ import annotations

from dataclasses import dataclass, field

from codemods.import_edits import StatementChange
from codemods.import_table import ImportedName
from codemods.legacy import documented_module
from codemods.marks import mark_text
from codemods.planning.plans import Plans
from codemods.planning.refusals import outcome_of_all
from codemods.result import FindingOutcome

__all__ = ["KeptImports"]


@dataclass(eq=False)
class KeptImports:
    """Collects what stays while the aliases of a file are planned; :meth:`mark` ends that."""

    plans: Plans
    path: str
    later: list[tuple[int, str, str]] = field(default_factory=list)
    """Marks ``(line, rule, message)`` of names that stay in a statement nothing changes in."""
    _candidates: list[tuple[ImportedName, str, str]] = field(default_factory=list)
    """``(import, rule, message)`` of those the one mark may be about."""

    def keep(
        self, imported: ImportedName, why: str, rule: str = "UWS101", *, mark: bool = True
    ) -> str:
        """Report that an import stays.

        Args:
            why: what follows the name in the message; empty for the clients it describes.
            mark: whether the file's one mark may be about it.

        Returns:
            What a mark says about it.
        """
        source = imported.source
        message = f"{_name(imported) or 'the package'} {why or 'stays, with its clients'}"
        outcome = self._outcome(imported)
        self.plans.find(
            source,
            imported.alias,
            rule,
            outcome,
            message,
        )
        leaves_v5 = self.plans.decisions.leaves_v5
        marked = message if leaves_v5 else f"{message}; imported from compat_v5"
        if mark and outcome is FindingOutcome.KEPT:
            self._candidates.append((imported, rule, marked))
        return marked

    def mark(self, changes: dict[int, StatementChange]) -> None:
        """Write the marks.

        Args:
            changes: what becomes of the file's statements, by ``id`` of the statement.
        """
        self._mark_one(changes)
        # Only now, like the marks of imports that change: a mark put earlier keeps others away, and a
        # second run would differ from the first.
        self.plans.files[self.path].marks.update(self.later)

    def _mark_one(self, changes: dict[int, StatementChange]) -> None:
        """Mark one import that stays, where nothing else is marked in the file.

        Which one does not depend on the order of the names: imports are sorted when they are rewritten,
        and a second run would choose another.
        """
        if not self._candidates or self.plans.files[self.path].marks:
            return
        imported, rule, message = min(
            self._candidates,
            key=lambda one: (one[1], _name(one[0]), one[0].statement.lineno),
        )
        change = changes.get(id(imported.statement))
        for one in change.changes if change is not None else ():
            names = [name for name, _ in one.items]
            if one.alias is imported.alias and (imported.name in names or len(names) == 1):
                one.marks.append(mark_text(rule, message))
                return
        source = imported.source
        self.plans.mark(source, source.anchor_line(imported.statement), rule, message)

    def _outcome(self, imported: ImportedName) -> FindingOutcome:
        """How an import ends: like the clients that keep it, which a person may want to stay, or the
        run's own choice of rules."""
        refusals = [
            refusal
            for reference in self.plans.bindings.users(imported.source.path, imported.bound)
            for client in reference.clients
            for refusal in self.plans.decisions.clusters.refusals(client)
        ]
        return outcome_of_all(refusals)


def _name(imported: ImportedName) -> str:
    """What is imported, by the name it has once it comes from ``compat_v5``; empty for the package."""
    return imported.name or documented_module(imported.sub)
