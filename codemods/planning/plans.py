"""The plan of each file, and all of them together while they are being made."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from codemods.bindings import Bindings
from codemods.decisions import Decisions
from codemods.edits import Edit, Span
from codemods.marks import mark_edits
from codemods.planning.mark_places import standing_marks
from codemods.project import Project
from codemods.result import Finding, FindingOutcome
from codemods.source import SourceFile
from codemods.statements import gone_statements, is_gone, removal_edits
from codemods.taken_names import free_name, names_of_v6, taken_names

__all__ = ["FilePlan", "Plans"]


@dataclass(eq=False)
class FilePlan:
    """What happens to one file."""

    source: SourceFile
    edits: list[Edit] = field(default_factory=list)
    removes: list[ast.stmt] = field(default_factory=list)
    staying: set[int] = field(default_factory=set)
    """``id`` of ``try`` statements whose handlers use something of v5 for more than catching it."""
    findings: list[Finding] = field(default_factory=list)
    marks: set[tuple[int, str, str]] = field(default_factory=set)
    needs: dict[int, set[str]] = field(default_factory=dict)
    """``{id(import statement): names of the v6 package wanted there}``."""
    _gone: tuple[tuple[int, int], dict[int, ast.stmt]] = field(default=((0, 0), {}))
    """What goes, and how much was known when that was found out."""

    def drops(self, node: ast.expr | ast.stmt) -> bool:
        """Whether *node* is replaced, or goes with its statement, and nothing places it again."""
        start, end = self.source.span(node)
        covered = any(edit.start <= start and end <= edit.end for edit in self.edits)
        goes = covered or is_gone(self.source, node, self._gone_statements())
        return goes and not any(
            isinstance(part, Span) and part.start <= start and end <= part.end
            for edit in self.edits
            for part in edit.parts
        )

    def _gone_statements(self) -> dict[int, ast.stmt]:
        known = (len(self.removes), len(self.staying))  # both only grow
        if self._gone[0] != known:
            self._gone = known, gone_statements(self.source, self.removes, self.staying)
        return self._gone[1]

    def all_edits(self) -> list[Edit]:
        """Every edit, statement removals and marks included."""
        marks = standing_marks(self.source, self.marks, self._gone_statements(), self.edits)
        return [
            *self.edits,
            *removal_edits(self.source, self.removes, self.staying),
            *mark_edits(self.source, marks),
        ]


@dataclass(eq=False)
class Plans:
    """The plans of all files, and what they follow from."""

    decisions: Decisions
    bindings: Bindings
    files: dict[str, FilePlan]
    replaced_exceptions: set[int] = field(default_factory=set)
    """``id`` of references in ``except`` clauses that no legacy name is left of."""
    _taken: dict[str, frozenset[str]] = field(default_factory=dict)
    _known: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, decisions: Decisions) -> Plans:
        """An empty plan for every file."""
        files = {path: FilePlan(source) for path, source in decisions.project.sources.items()}
        return cls(decisions, Bindings(decisions), files)

    @property
    def project(self) -> Project:
        return self.decisions.project

    def local_name(self, path: str, name: str) -> str:
        """What a name of v6 is called in a file."""
        if path not in self._taken:
            source = self.files[path].source
            self._taken[path] = taken_names(self.project, source)
            self._known[path] = names_of_v6(self.project, source)
        return self._known[path].get(name) or free_name(name, self._taken[path])

    def find(
        self,
        source: SourceFile,
        node: ast.AST,
        rule: str,
        outcome: FindingOutcome,
        message: str,
        reasons: Iterable[str] = (),
    ) -> None:
        """Report what became of *node*, once."""
        line, column = source.line_column(node)
        finding = Finding(rule, outcome, source.path, line, column, message, tuple(reasons))
        if finding not in self.files[source.path].findings:
            self.files[source.path].findings.append(finding)

    def mark(self, source: SourceFile, line: int, rule: str, reason: str) -> None:
        """Put a mark above a line."""
        self.files[source.path].marks.add((line, rule, reason))
