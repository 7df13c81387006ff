"""From decisions to texts: edits and findings per file."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from codemods.bindings import PROXY, Bindings
from codemods.clusters import Refusal
from codemods.decisions import Decisions, Item
from codemods.edits import Edit
from codemods.flow.values import LegacyModule
from codemods.import_edits import AliasChange, StatementChange, marks_above, statement_edits
from codemods.import_table import ImportedName
from codemods.leftovers import leftovers
from codemods.legacy import LEGACY_FOLDER, compat_module, exports, name_kind
from codemods.marks import MARK, kept_deliberately, mark_edits, mark_text
from codemods.references import Reference
from codemods.result import STAYS, Finding, FindingOutcome
from codemods.rules import (
    application_entry,
    exceptions,
    merge_clients,
    string_references,
    unused_authenticator,
)
from codemods.site import Rewrite, dotted
from codemods.source import SourceFile
from codemods.statements import gone_statements, removal_edits

__all__ = ["FilePlan", "plan_files"]

_NO_COUNTERPART = "has no counterpart in v6"


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

    def all_edits(self) -> list[Edit]:
        """Every edit, statement removals and marks included."""
        return [
            *self.edits,
            *removal_edits(self.source, self.removes, self.staying),
            *mark_edits(self.source, self.marks),
        ]


def plan_files(decisions: Decisions) -> dict[str, FilePlan]:
    """A plan for every file."""
    return _Planner(decisions).run()


class _Planner:
    def __init__(self, decisions: Decisions) -> None:
        self.decisions = decisions
        self.project = decisions.project
        self.bindings = Bindings(decisions)
        self.plans = {path: FilePlan(source) for path, source in self.project.sources.items()}
        self.kept_imports: list[tuple[ImportedName, str, str]] = []
        """``(import, rule, message)`` of what stays in the file that is being planned."""
        self.replaced_exceptions: set[int] = set()
        """``id`` of references in ``except`` clauses that no legacy name is left of."""

    def run(self) -> dict[str, FilePlan]:
        for item in self.decisions.items:
            self._item(item)
        self._refusals()
        for reference in self.decisions.references:
            if reference.role != "except":
                around = reference.source.ancestors(reference.node)
                self.plans[reference.source.path].staying.update(
                    id(outer) for outer in around if isinstance(outer, ast.Try)
                )
        for reference in self.decisions.references:
            self._reference(reference)
        for string in self.decisions.strings:
            self._string(string)
        for path in self.plans:
            self._store_names(path)
            self._imports(path)
        self._merge()
        self._entry()
        for path in self.plans:
            self._leftovers(path)
        for source, node in self.decisions.unknown:
            self._find(
                source,
                node,
                "UWS190",
                FindingOutcome.NOTE,
                f"{source.segment(node)}() looks like v5, but where the receiver comes from "
                f"cannot be seen",
            )
        self._possible_reads()
        return self.plans

    def _possible_reads(self) -> None:
        for source, node, read, keep in self.decisions.possible_reads:
            if keep is None and not any(self.decisions.moves(frozenset({c})) for c in read.clients):
                continue
            outcome = FindingOutcome.NOTE if keep is None else FindingOutcome.DELIBERATE
            self._find(source, node, "UWS160", outcome, keep or read.reason, read.chain)

    def _find(
        self,
        source: SourceFile,
        node: ast.AST,
        rule: str,
        outcome: FindingOutcome,
        message: str,
        reasons: Iterable[str] = (),
    ) -> None:
        line, column = source.line_column(node)
        finding = Finding(rule, outcome, source.path, line, column, message, tuple(reasons))
        if finding not in self.plans[source.path].findings:
            self.plans[source.path].findings.append(finding)

    # Uses

    def _item(self, item: Item) -> None:
        verdict = item.verdict
        plan = self.plans[item.source.path]
        real = [client for client in item.clients if self.decisions.is_real(client)]
        if not real:
            return
        if isinstance(verdict, Rewrite) and self.decisions.moves(item.clients):
            plan.edits += verdict.edits
            plan.removes += verdict.removes
            for path, edit in verdict.elsewhere:
                self.plans[path].edits.append(edit)
            if verdict.needs:
                self._need(item.source, item.node, verdict.needs)
            self._find(
                item.source,
                item.node,
                verdict.rule,
                FindingOutcome.REWRITTEN,
                verdict.message,
                item.reasons,
            )
            if (
                item.construction is not None
                and item.construction.outlived
                and verdict.rule != "UWS113"
            ):
                self._find(
                    item.source, item.node, "UWS114", FindingOutcome.REWRITTEN,
                    "only local variables hold this client and nothing disconnects it: "
                    "auto_cleanup=False keeps it alive",
                )  # fmt: skip
            return
        if item.construction is not None:
            self._kept_construction(item)

    def _kept_construction(self, item: Item) -> None:
        refusals = [r for client in item.clients for r in self.decisions.clusters.refusals(client)]
        refusals = list(dict.fromkeys(refusals))
        if not refusals:
            return
        first = refusals[0]
        outcome = _outcome(first)
        reasons = tuple(f"{r.path}:{r.line}: {r.reason}" for r in refusals[:8])
        line, column = item.source.line_column(item.node)
        if not any(
            (r.path, r.line, r.column) == (item.source.path, line, column) for r in refusals
        ):
            message = f"{STAYS}{first.reason}"
            self._find(item.source, item.node, first.rule, outcome, message, reasons)
        if outcome is FindingOutcome.KEPT:
            same = any(
                r.path == item.source.path and r.anchor == item.source.anchor_line(item.node)
                for r in refusals
            )
            if not same:
                self._mark(
                    item.source,
                    item.source.anchor_line(item.node),
                    first.rule,
                    f"{STAYS}{first.marked}",
                )

    def _refusals(self) -> None:
        seen: set[Refusal] = set()
        for members in self.decisions.clusters.members().values():
            if not any(client.kind != "any" for client in members):
                continue
            # What stays together is marked once per reason and file; the findings name the rest.
            marks: dict[tuple[str, str, str], int] = {}
            for refusal in self.decisions.clusters.refusals(next(iter(members))):
                if refusal in seen or refusal.path not in self.plans:
                    continue
                seen.add(refusal)
                outcome = _outcome(refusal)
                finding = Finding(
                    refusal.rule,
                    outcome,
                    refusal.path,
                    refusal.line,
                    refusal.column,
                    refusal.reason,
                    refusal.chain,
                )
                self.plans[refusal.path].findings.append(finding)
                if outcome is FindingOutcome.KEPT:
                    place = (refusal.path, refusal.rule, refusal.marked)
                    marks[place] = min(refusal.anchor, marks.get(place, refusal.anchor))
            for (path, rule, reason), line in marks.items():
                self._mark(self.project.sources[path], line, rule, reason)

    def _mark(self, source: SourceFile, line: int, rule: str, reason: str) -> None:
        self.plans[source.path].marks.add((line, rule, reason))

    def _entry(self) -> None:
        options = self.project.options
        wanted = options.entry or self.decisions.hoisted is not None
        moved = any(
            item.construction is not None and self.decisions.moves(item.clients)
            for item in self.decisions.items
        )
        if not wanted or not moved or not options.selects("UWS180"):
            return
        for entry in application_entry.find_entries(self.project):
            edits = application_entry.entry_edits(
                entry, self.project.target, self.decisions.hoisted
            )
            self.plans[entry.source.path].edits += edits
            if edits:
                message = (
                    "the manager is initialized before the application runs and shut down after it"
                )
                self._find(entry.source, entry.call, "UWS180", FindingOutcome.REWRITTEN, message)

    def _merge(self) -> None:
        if not self.project.options.unsafe or not self.project.options.selects("UWS182"):
            return
        moved = [
            item.construction
            for item in self.decisions.items
            if item.construction is not None and self.decisions.moves(item.clients)
        ]
        for public, _, text in merge_clients.pairs_to_merge(moved):
            span = public.source.span(public.call)
            self.plans[public.source.path].edits.append(Edit(*span, (text,)))
            message = f"the public client becomes another name of {text}; ending one ends both"
            self._find(public.source, public.call, "UWS182", FindingOutcome.REWRITTEN, message)

    # References

    def _reference(self, reference: Reference) -> None:
        if reference.role == "except":
            self._exception(reference)
            return
        source = reference.source
        if self.bindings.moved(reference):
            if not any(self.decisions.is_real(client) for client in reference.clients):
                return
            text, needs_import = self.bindings.new_text(reference)
            if text is not None:
                self.plans[source.path].edits.append(self._reference_edit(reference, text))
            if needs_import:
                self._need(source, reference.node, frozenset({PROXY}))
            if reference.role not in ("construct", "provided"):
                message = f"{reference.legacy.name} becomes {PROXY}"
                self._find(
                    source, reference.node, reference.rule, FindingOutcome.REWRITTEN, message
                )
            return
        if reference.role == "kept":
            self._kept_reference(reference)
        elif reference.role not in ("construct", "provided") and not self._is_deliberate(reference):
            message = f"{reference.legacy.name} stays, with the clients it describes"
            self._find(source, reference.node, reference.rule, FindingOutcome.KEPT, message)

    def _kept_reference(self, reference: Reference) -> None:
        source = reference.source
        if name_kind(reference.legacy.name) in ("other", "exception", "module"):
            start, end = source.span(reference.node)
            replaced = [
                edit
                for edit in self.plans[source.path].edits
                if edit.start <= start and end <= edit.end
            ]
            if any(all(isinstance(part, str) for part in edit.parts) for edit in replaced):
                return
            self._find(
                source, reference.node, reference.rule, FindingOutcome.KEPT, reference.reason
            )
            return
        keep = kept_deliberately(
            source, getattr(reference.node, "lineno", 1), getattr(reference.node, "lineno", 1)
        )
        outcome = FindingOutcome.DELIBERATE if keep is not None else FindingOutcome.KEPT
        self._find(source, reference.node, reference.rule, outcome, keep or reference.reason)
        if keep is None:
            self._mark(source, source.anchor_line(reference.node), reference.rule, reference.reason)

    def _is_deliberate(self, reference: Reference) -> bool:
        return any(
            refusal.deliberate or refusal.silent
            for client in reference.clients
            for refusal in self.decisions.clusters.refusals(client)
        )

    def _reference_edit(self, reference: Reference, text: str) -> Edit:
        source, node = reference.source, reference.node
        start, end = source.span(node)
        if isinstance(node, ast.Constant):
            raw = source.text[start:end]
            return Edit(
                start, end, (re.sub(rf"(?:\w+\.)*\b{re.escape(reference.bound)}\b", text, raw),)
            )
        return Edit(start, end, (text,))

    def _store_names(self, path: str) -> None:
        """``Name = None`` after a failed import, and comparisons of it, follow the new name."""
        plan = self.plans[path]
        for imported in self.decisions.imports.by_file.get(path, ()):
            if imported.kind != "legacy" or name_kind(imported.name) != "class":
                continue
            if self.bindings.state(imported) != "moved" or self.bindings.keeps_name(imported):
                continue
            for node in plan.source.nodes:
                if isinstance(node, ast.Name) and node.id == imported.bound:
                    plan.edits.append(Edit(*plan.source.span(node), (PROXY,)))

    # Exceptions

    def _exception(self, reference: Reference) -> None:
        source = reference.source
        plan = self.plans[source.path]
        gone = gone_statements(source, plan.removes, plan.staying) if plan.removes else {}
        if any(id(outer) in gone for outer in source.ancestors(reference.node)):
            self.replaced_exceptions.add(id(reference))
            message = "nothing is left here that could raise it"
            self._find(source, reference.node, "UWS152", FindingOutcome.REWRITTEN, message)
            return
        guarded = exceptions.guarded_clients(self.project, reference)
        everyone = guarded or frozenset(
            client
            for members in self.decisions.clusters.members().values()
            for client in members
            if client.kind != "any" and client.path
        )
        stays = {self.decisions.clusters.find(client) in self.decisions.kept for client in everyone}
        successors = exceptions.successors(reference)
        raised = any(
            other.role == "kept" and name_kind(other.legacy.name) == "exception"
            for other in self.decisions.references
        )
        selected = self.project.options.selects("UWS152") and self.project.options.selects("UWS101")
        member = exceptions.legacy_members_read(reference)
        if not successors or not stays or stays == {True} or not selected or member:
            reason = (
                f"{reference.legacy.name} has no successor in v6"
                if not successors
                else "it guards calls that stay on compat_v5"
            )
            # What moved is no client any more in a second run: the mark may not depend on it.
            if member and selected and not (guarded and True in stays):
                reason = f"the clause reads .{member}, which only legacy exceptions have"
                self._mark(source, source.anchor_line(reference.node), "UWS152", reason)
            self._find(source, reference.node, "UWS152", FindingOutcome.KEPT, reason)
            return
        names = (
            successors
            if stays == {False} and not raised
            else (*successors, source.segment(reference.node))
        )
        if names != successors and exceptions.already_caught(reference, successors):
            reason = "it guards calls that stay on compat_v5, beside what v6 raises"
            self._find(source, reference.node, "UWS152", FindingOutcome.KEPT, reason)
            return
        self.plans[source.path].edits += exceptions.clause_edits(reference, names)
        if names == successors:
            self.replaced_exceptions.add(id(reference))
        self._need(source, reference.node, frozenset(successors))
        self._find(
            source,
            reference.node,
            "UWS152",
            FindingOutcome.REWRITTEN,
            f"v6 raises {' or '.join(successors)} here",
        )

    # Strings

    def _string(self, string: string_references.StringReference) -> None:
        source, rule = string.source, string_references.RULE.code
        if not self.project.options.selects(rule) or not self.project.options.selects("UWS101"):
            return
        if string.shape == "name":
            self._patched_name(string)
            return
        kinds = {string_references.class_kind(string)}
        kept = any(
            client.kind in kinds and self.decisions.clusters.find(client) in self.decisions.kept
            for item in self.decisions.items
            if item.construction is not None
            for client in item.clients
        )
        if string.shape == "logger":
            new = "websocket_v6" if self.project.target == "websocket_v6" else self.project.target
        elif string.shape == "class" and not kept:
            new = f"{self.project.target}.{PROXY}"
        else:
            members = (
                [part for part in (string.name, string.bound) if part]
                if string.shape in ("class", "member")
                else []
            )
            new = ".".join([compat_module(string.sub), *members])
        self._replace_string(string, str(string.node.value), new)
        outcome = (
            FindingOutcome.REWRITTEN if not new.startswith("compat_v5") else FindingOutcome.KEPT
        )
        self._find(source, string.node, rule, outcome, f"the path in this string becomes {new}")
        if outcome is FindingOutcome.KEPT:
            self._mark(
                source,
                source.anchor_line(string.node),
                rule,
                "this path names compat_v5; v6 has nothing under it",
            )

    def _leftovers(self, path: str) -> None:
        """Strings that nothing has been said about so far."""
        plan, rule = self.plans[path], string_references.RULE.code
        if not self.project.options.selects(rule):
            return
        source = plan.source
        said = {(finding.line, finding.column) for finding in plan.findings}
        for leftover in leftovers(source):
            place = source.line_column(leftover.node)
            start, end = source.span(leftover.node)
            rewritten = any(edit.start < end and start < edit.end for edit in plan.edits)
            if leftover.line is None and (rewritten or place in said):
                continue
            line = leftover.line or place[0]
            keep = kept_deliberately(source, line, line)
            outcome = FindingOutcome.KEPT if leftover.runs else FindingOutcome.NOTE
            if keep is not None:
                outcome = FindingOutcome.DELIBERATE
            column = 1 if leftover.line is not None else place[1]
            message = keep or leftover.message
            plan.findings.append(Finding(rule, outcome, path, line, column, message))
            if outcome is FindingOutcome.KEPT:
                plan.edits += leftover.edits
                self._mark(source, source.anchor_line(leftover.node), rule, message)

    def _patched_name(self, string: string_references.StringReference) -> None:
        roots = self.decisions.imports.roots(string.path, string.bound) or []
        own = [root for root in roots if root.source.path == string.path]
        if not own:
            return
        states = {self.bindings.state(root) for root in own}
        if states == {"moved"} and not self.bindings.keeps_name(own[0]):
            old = str(string.node.value)
            self._replace_string(string, old, old[: len(old) - len(string.bound)] + PROXY)
            self._find(
                string.source,
                string.node,
                "UWS170",
                FindingOutcome.REWRITTEN,
                f"the patched name is {PROXY} now",
            )
        elif "both" not in states:
            what = "is the proxy now" if states == {"moved"} else "stays, with its clients"
            outcome = FindingOutcome.NOTE if states == {"moved"} else FindingOutcome.KEPT
            self._find(
                string.source,
                string.node,
                "UWS170",
                outcome,
                f"{string.bound} in {string.path} {what}",
            )
        else:
            reason = (
                f"{string.path} uses {string.bound} and {PROXY} side by side; "
                "this patch reaches only the first"
            )
            self._find(string.source, string.node, "UWS170", FindingOutcome.KEPT, reason)
            self._mark(string.source, string.source.anchor_line(string.node), "UWS170", reason)

    def _replace_string(
        self, string: string_references.StringReference, old: str, new: str
    ) -> None:
        start, end = string.source.span(string.node)
        raw = string.source.text[start:end]
        if old in raw:
            self.plans[string.source.path].edits.append(
                Edit(start, end, (raw.replace(old, new, 1),))
            )

    # Imports

    def _need(self, source: SourceFile, node: ast.AST, names: frozenset[str]) -> None:
        """Ask for names of the v6 package where the name behind *node* is imported."""
        plan = self.plans[source.path]
        for statement in self._anchors(source, node):
            plan.needs.setdefault(id(statement), set()).update(names)

    def _anchors(self, source: SourceFile, node: ast.AST) -> list[ast.stmt]:
        named = node.func if isinstance(node, ast.Call) else node
        bound = dotted(named).split(".")[0] if isinstance(named, ast.expr) else ""
        found: list[ast.stmt] = [
            one.statement for one in self.decisions.imports.entries(source.path, bound)
        ]
        if found:
            return found
        stars: list[ast.stmt] = [
            one.statement
            for one in self.decisions.imports.by_file.get(source.path, ())
            if one.kind == "star"
        ]
        if stars:
            return stars
        module = self.project.flow.modules[source.path]
        for statement in source.nodes:
            if isinstance(statement, ast.Import | ast.ImportFrom) and any(
                (alias.asname or alias.name.split(".")[0]) == bound for alias in statement.names
            ):
                return [statement]
        top = [
            statement
            for statement in source.tree.body
            if isinstance(statement, ast.ImportFrom | ast.Import)
            and getattr(statement, "module", "") != "__future__"
        ]
        if top:
            return [self._neighbour(source.path, top)]
        if module.star_imports:
            return [module.star_imports[0]]
        after_docstring = [
            one
            for one in source.tree.body
            if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        ]
        return after_docstring[:1]

    def _neighbour(self, path: str, top: Sequence[ast.stmt]) -> ast.stmt:
        """The import a new one goes to: of v5, or else the first that is not the library's."""
        legacy = [
            one.statement
            for one in self.decisions.imports.by_file.get(path, ())
            if one.kind != "project" and one.statement in top
        ]
        if legacy:
            return legacy[0]
        others = [one for one in top if _top_package(one) not in sys.stdlib_module_names]
        return others[0] if others else top[0]

    def _imports(self, path: str) -> None:
        plan = self.plans[path]
        source = plan.source
        changes: dict[int, StatementChange] = {}
        unchanged: list[tuple[int, str, str]] = []
        for imported in self.decisions.imports.by_file.get(path, ()):
            if imported.kind == "project":
                continue
            statement = imported.statement
            last = statement.end_lineno or statement.lineno
            keep = kept_deliberately(source, statement.lineno, last)
            if keep is not None:
                self._find(source, statement, "UWS101", FindingOutcome.DELIBERATE, keep)
                continue
            if not self._is_selected(imported):
                self._find(
                    source, imported.alias, "UWS101", FindingOutcome.NOTE, "UWS101 is not selected"
                )
                continue
            change = changes.setdefault(id(statement), StatementChange(source, statement))
            change.changes += self._alias(imported, unchanged)
        self._mark_kept_import(path, changes)
        # Only now, like the marks of imports that change: a mark put earlier keeps others away, and a
        # second run would differ from the first.
        plan.marks.update(unchanged)
        for node in source.nodes:
            if isinstance(node, ast.stmt) and id(node) in plan.needs:
                if isinstance(node, ast.Import | ast.ImportFrom):
                    change = changes.setdefault(id(node), StatementChange(source, node))
                    target = self._target(change.statement, path)
                    change.extra.setdefault(target, []).extend(
                        (name, None) for name in sorted(plan.needs[id(node)])
                    )
                else:
                    start = source.line_starts[source.line_of(source.start(node)) - 1]
                    names = ", ".join(sorted(plan.needs[id(node)]))
                    line = f"from {self.project.target} import {names}{source.newline}"
                    plan.edits.append(Edit(start, start, (line,)))
        self._drop_unused_project_names(path, changes)
        if (plan.edits or changes) and self.project.options.selects("UWS104"):
            for statement, alias in unused_authenticator.unused_aliases(source):
                if self._is_imported_from(path, alias.asname or alias.name):
                    continue
                change = changes.setdefault(id(statement), StatementChange(source, statement))
                change.changes.append(AliasChange(alias, "", ()))
                self._find(
                    source,
                    alias,
                    "UWS104",
                    FindingOutcome.REWRITTEN,
                    "UpbitAuthenticator is not used here",
                )
        self._without_repeats(path, list(changes.values()))

    def _is_selected(self, imported: ImportedName) -> bool:
        """Whether a rule that may change this import is to be applied."""
        options = self.project.options
        moves = name_kind(imported.name) in ("class", "factory", "exception")
        return options.selects("UWS101") or (
            imported.kind == "legacy" and not moves and options.selects("UWS103")
        )

    def _is_imported_from(self, path: str, name: str) -> bool:
        """Whether another file takes *name*, or everything, from *path*."""
        return any(
            isinstance(node, ast.ImportFrom)
            and any(alias.name in (name, "*") for alias in node.names)
            and self.project.graph.find(other, node.module, node.level) == path
            for other, source in self.project.sources.items()
            if other != path
            for node in source.nodes
        )

    def _target(self, statement: ast.Import | ast.ImportFrom, path: str) -> str:
        if isinstance(statement, ast.ImportFrom) and statement.level:
            relative = self.project.relative_import_path(path)
            if relative is not None:
                return relative
        return self.project.target

    def _drop_unused_project_names(self, path: str, changes: dict[int, StatementChange]) -> None:
        """``from .exchange import PublicClient`` goes where every use has become the proxy."""
        for imported in self.decisions.imports.by_file.get(path, ()):
            if imported.kind != "project" or self.bindings.is_exported(path, imported.bound):
                continue
            references = self.bindings.by_name.get((path, imported.bound), [])
            if not references or not all(
                self.bindings.moved(reference) for reference in references
            ):
                continue
            if all(self.bindings.new_text(reference)[0] == PROXY for reference in references):
                change = changes.setdefault(
                    id(imported.statement), StatementChange(imported.source, imported.statement)
                )
                change.changes.append(AliasChange(imported.alias, "", ()))

    def _alias(
        self, imported: ImportedName, unchanged: list[tuple[int, str, str]]
    ) -> list[AliasChange]:
        """What becomes of one alias; the mark of a name that stays goes to *unchanged*."""
        target = self._target(imported.statement, imported.source.path)
        if imported.kind == "star":
            return self._star_alias(imported, target)
        change = (
            self._module_alias(imported, target)
            if imported.kind == "module"
            else self._name_alias(imported, target, unchanged)
        )
        return [change] if change is not None else []

    def _name_alias(
        self, imported: ImportedName, target: str, unchanged: list[tuple[int, str, str]]
    ) -> AliasChange | None:
        kind = name_kind(imported.name)
        asname = imported.alias.asname
        compat = (compat_module(imported.sub, imported.name), ((imported.name, asname),))
        if imported.alias.name != imported.name:
            compat = (compat[0], ((imported.name, imported.bound),))
        if kind == "class":
            state = self.bindings.state(imported)
            exported = self.bindings.is_exported(imported.source.path, imported.bound)
            if state == "moved":
                bound = imported.bound if self.bindings.keeps_name(imported) else None
                rule = "UWS102" if exported else "UWS101"
                self._find(
                    imported.source,
                    imported.alias,
                    rule,
                    FindingOutcome.REWRITTEN,
                    f"{imported.name} is imported as {PROXY}",
                )
                return self._change(imported, target, ((PROXY, bound),))
            self._kept_import(
                imported,
                "is re-exported and not used in this project"
                if not self.bindings.users(imported.source.path, imported.bound)
                else "",
            )
            return self._change(imported, *compat)
        references = self.bindings.by_name.get((imported.source.path, imported.bound), [])
        if kind == "factory":
            if (
                references
                and all(self.bindings.moved(r) for r in references)
                and not self.bindings.is_exported(imported.source.path, imported.bound)
            ):
                self._find(
                    imported.source,
                    imported.alias,
                    "UWS101",
                    FindingOutcome.REWRITTEN,
                    f"{imported.name} gives way to {PROXY}",
                )
                return self._change(imported, target, ())
            self._kept_import(imported, "is handed on to other files" if not references else "")
            return self._change(imported, *compat)
        if kind == "exception":
            return self._exception_alias(imported, references, target, compat)
        message = self._kept_import(imported, _NO_COUNTERPART, rule="UWS103", mark=False)
        change = self._change(imported, *compat)
        if change is None:
            line = imported.source.anchor_line(imported.statement)
            unchanged.append((line, "UWS103", message))
        else:
            change.marks.append(mark_text("UWS103", message))
        return change

    def _change(
        self, imported: ImportedName, module: str, items: tuple[tuple[str, str | None], ...]
    ) -> AliasChange | None:
        statement = imported.statement
        same = (
            isinstance(statement, ast.ImportFrom)
            and not statement.level
            and statement.module == module
        )
        if same and items == ((imported.alias.name, imported.alias.asname),):
            return None
        return AliasChange(imported.alias, module, items)

    def _exception_alias(
        self,
        imported: ImportedName,
        references: list[Reference],
        target: str,
        compat: tuple[str, tuple[tuple[str, str | None], ...]],
    ) -> AliasChange | None:
        users = self.bindings.users(imported.source.path, imported.bound)
        gone = users and all(
            reference.role == "except" and id(reference) in self.replaced_exceptions
            for reference in users
        )
        exported = self.bindings.is_exported(imported.source.path, imported.bound)
        if gone and not exported:
            self._find(
                imported.source,
                imported.alias,
                "UWS152",
                FindingOutcome.REWRITTEN,
                f"{imported.name} gives way to v6's exceptions",
            )
            return self._change(imported, target, ())
        self._kept_import(
            imported,
            "is still raised or caught here" if references else "is still imported",
            rule="UWS152",
        )
        return self._change(imported, *compat)

    def _kept_import(
        self, imported: ImportedName, why: str, rule: str = "UWS101", *, mark: bool = True
    ) -> str:
        source = imported.source
        message = (
            f"{imported.name or imported.sub or 'the package'} {why or 'stays, with its clients'}"
        )
        silent = self._only_silent(imported)
        self._find(
            source,
            imported.alias,
            rule,
            FindingOutcome.NOTE if silent else FindingOutcome.KEPT,
            message,
        )
        if mark and not silent:
            self.kept_imports.append((imported, rule, f"{message}; imported from compat_v5"))
        return f"{message}; imported from compat_v5"

    def _mark_kept_import(self, path: str, changes: dict[int, StatementChange]) -> None:
        """Mark one import that stays, where nothing else is marked in the file.

        Which one does not depend on the order of the names: imports are sorted when they are rewritten,
        and a second run would choose another.
        """
        candidates, self.kept_imports = self.kept_imports, []
        if not candidates or self.plans[path].marks:
            return
        imported, rule, message = min(
            candidates,
            key=lambda one: (one[1], one[0].name or one[0].sub, one[0].statement.lineno),
        )
        change = changes.get(id(imported.statement))
        for one in change.changes if change is not None else ():
            names = [name for name, _ in one.items]
            if one.alias is imported.alias and (imported.name in names or len(names) == 1):
                one.marks.append(mark_text(rule, message))
                return
        self._mark(imported.source, imported.source.anchor_line(imported.statement), rule, message)

    def _only_silent(self, imported: ImportedName) -> bool:
        """Whether nothing but the run's own choice of rules keeps this import."""
        refusals = [
            refusal
            for reference in self.bindings.users(imported.source.path, imported.bound)
            for client in reference.clients
            for refusal in self.decisions.clusters.refusals(client)
        ]
        return bool(refusals) and all(refusal.silent for refusal in refusals)

    def _module_alias(self, imported: ImportedName, target: str) -> AliasChange | None:
        source, statement = imported.source, imported.statement
        mentions = self._module_mentions(imported)
        references = [
            reference
            for reference in self.bindings.by_name.get((source.path, imported.bound), ())
            if reference.through_module
            and any(id(reference.node) == id(source.parent(m)) for m in mentions)
        ]
        claimed = {id(reference.node) for reference in references}
        free = [mention for mention in mentions if id(source.parent(mention)) not in claimed]
        done = all(self.bindings.moved(r) or id(r) in self.replaced_exceptions for r in references)
        exported = self.bindings.is_exported(source.path, imported.bound)
        if references and done and not free and not exported:
            self._find(
                source,
                imported.alias,
                "UWS101",
                FindingOutcome.REWRITTEN,
                "the module gives way to the names of v6",
            )
            return AliasChange(imported.alias, *self._instead_of_module(imported, mentions, target))
        self._kept_import(imported, "is still used as a module" if not references else "")
        dotted_name = compat_module(imported.sub)
        if isinstance(statement, ast.Import):
            if imported.alias.name == dotted_name:
                return None
            if imported.alias.asname is None:
                for mention in mentions:
                    moved = any(
                        id(r.node) == id(source.parent(mention)) and self.bindings.moved(r)
                        for r in references
                    )
                    if not moved and isinstance(mention, ast.Attribute):
                        self.plans[source.path].edits.append(
                            Edit(*source.span(mention), (dotted_name,))
                        )
            also = self._instead_of_module(imported, mentions, target)[1]
            return AliasChange(imported.alias, "", ((dotted_name, imported.alias.asname), *also))
        if imported.sub:
            parent, _, name = dotted_name.rpartition(".")
            asname = imported.alias.asname
            if statement.module == parent and not statement.level:
                return None
            return AliasChange(imported.alias, parent, ((name, asname),))
        # The package itself, imported as a name of its parent.
        lines = f"import {dotted_name} as {imported.bound}"
        return AliasChange(imported.alias, lines, ((dotted_name, imported.bound),))

    def _instead_of_module(
        self, imported: ImportedName, mentions: list[ast.expr], target: str
    ) -> tuple[str, tuple[tuple[str, str | None], ...]]:
        """``import app.net.websocket_v5`` also binds ``app``: where that is used, ``app.net`` stays."""
        name = imported.alias.name
        if (
            not isinstance(imported.statement, ast.Import)
            or imported.alias.asname
            or LEGACY_FOLDER not in name
        ):
            return target, ()
        inside = {id(inner) for mention in mentions for inner in ast.walk(mention)}
        used = any(
            isinstance(node, ast.Name) and node.id == imported.bound and id(node) not in inside
            for node in imported.source.nodes
        )
        parent = name.split(f".{LEGACY_FOLDER}")[0]
        return ("", ((parent, None),)) if used and parent != name else (target, ())

    def _module_mentions(self, imported: ImportedName) -> list[ast.expr]:
        """Where the module object itself stands: the longest chain that is still the module."""
        source = imported.source
        found: list[ast.expr] = []
        for node in source.nodes:
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                values = self.project.values(node)
                if (
                    LegacyModule(imported.sub) in values
                    and dotted(node).split(".")[0] == imported.bound
                ):
                    outer = source.parent(node)
                    deeper = isinstance(outer, ast.Attribute) and any(
                        isinstance(value, LegacyModule) for value in self.project.values(outer)
                    )
                    if not deeper:
                        found.append(node)
        return found

    def _star_alias(self, imported: ImportedName, target: str) -> list[AliasChange]:
        path = imported.source.path
        names = self._names_of_star(imported)
        exported = path.endswith("__init__.py") or bool(
            self.decisions.imports.star_importers.get(path)
        )
        kept = [
            reference
            for bound, reference in sorted(names.items())
            if not all(
                self.bindings.moved(one) or id(one) in self.replaced_exceptions
                for one in self.bindings.by_name.get((path, bound), [])
            )
        ]
        if exported or any(self.decisions.imports.importers(path, name) for name in names):
            self._kept_import(imported, "brings names that other files import from here")
            return self._star_kept_whole(imported)
        if kept:
            return [self._kept_of_star(imported, reference) for reference in kept]
        self._find(
            imported.source,
            imported.alias,
            "UWS101",
            FindingOutcome.REWRITTEN,
            "the names it brought are imported by name",
        )
        if not names:
            return self._star_kept_whole(imported)
        return [AliasChange(imported.alias, target, ())]

    def _names_of_star(self, star: ImportedName) -> dict[str, Reference]:
        """The references this star import brings; of several, the last one that has a name brings it."""
        path = star.source.path
        stars = [one for one in self.decisions.imports.by_file[path] if one.kind == "star"]
        found: dict[str, Reference] = {}
        for reference in self.decisions.references:
            if (
                reference.source.path != path
                or reference.through_module
                or reference.bound != reference.legacy.name  # a variable that holds it
                or self.decisions.imports.entries(path, reference.bound)
            ):
                continue
            bringing = [one for one in stars if exports(one.sub, reference.legacy.name)] or stars
            if bringing[-1] is star:
                found[reference.bound] = reference
        return found

    def _star_kept_whole(self, imported: ImportedName) -> list[AliasChange]:
        change = self._change(imported, compat_module(imported.sub), (("*", None),))
        return [change] if change is not None else []

    def _kept_of_star(self, star: ImportedName, reference: Reference) -> AliasChange:
        """The import of one name a star brought, with the mark a second run gives such an import."""
        name = reference.legacy.name
        imported = replace(star, kind="legacy", name=name, bound=reference.bound)
        module = compat_module(star.sub, name)
        change = AliasChange(star.alias, module, ((name, reference.bound),))
        if name_kind(name) in ("class", "factory"):
            self._kept_import(imported, "")
        elif name_kind(name) == "exception":
            self._kept_import(imported, "is still raised or caught here", rule="UWS152")
        else:
            message = self._kept_import(imported, _NO_COUNTERPART, rule="UWS103", mark=False)
            change.marks.append(mark_text("UWS103", message))
        return change

    def _without_repeats(self, path: str, changes: list[StatementChange]) -> None:
        """Import each name once per block; a statement with nothing left to import disappears."""
        plan = self.plans[path]
        source = plan.source
        changes.sort(key=lambda change: source.start(change.statement))
        _gather_in_first(source, changes)
        known: dict[int, set[tuple[str, str, str | None]]] = defaultdict(set)
        top = self._imported_already(source)
        for change in changes:
            if not change.changes and not change.extra:
                continue
            block = source.parent(change.statement)
            here = known[id(block)] | top | known[id(source.tree)]
            for one in change.changes:
                if one.module and not one.module.startswith("import "):
                    one.items = tuple(item for item in one.items if (one.module, *item) not in here)
                    known[id(block)].update((one.module, *item) for item in one.items)
            mine = {(one.module, *item) for one in change.changes for item in one.items}
            for module, items in list(change.extra.items()):
                fresh = [
                    item
                    for item in items
                    if (module, *item) not in here and (module, *item) not in mine
                ]
                known[id(block)].update((module, *item) for item in fresh)
                if fresh:
                    change.extra[module] = fresh
                else:
                    del change.extra[module]
            self._apply(plan, change)

    def _imported_already(self, source: SourceFile) -> set[tuple[str, str, str | None]]:
        found: set[tuple[str, str, str | None]] = set()
        for statement in source.tree.body:
            if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
                found |= {(statement.module, alias.name, alias.asname) for alias in statement.names}
        return found

    def _apply(self, plan: FilePlan, change: StatementChange) -> None:
        wanted = bool(change.extra) or any(one.items for one in change.changes)
        everything = len({id(one.alias) for one in change.changes}) == len(change.statement.names)
        if everything and not wanted:
            plan.removes.append(change.statement)
            return
        change.width = self.project.options.line_length
        plan.edits += statement_edits(change)
        line = change.source.anchor_line(change.statement)
        for one in change.changes:
            for mark in one.marks if marks_above(change, one.module) else ():
                rule = MARK.match(mark)
                if rule is not None:
                    self._mark(change.source, line, rule.group(1), mark.partition("): ")[2])


def _top_package(statement: ast.stmt) -> str:
    if isinstance(statement, ast.ImportFrom):
        name = "" if statement.level else statement.module or ""
    else:
        name = statement.names[0].name if isinstance(statement, ast.Import) else ""
    return name.partition(".")[0]


def _gather_in_first(source: SourceFile, changes: list[StatementChange]) -> None:
    """Let the first statement of a block bring what later ones would bring from the same module, where
    the later ones would otherwise only exist for that."""
    homes: dict[tuple[int, str], StatementChange] = {}
    for change in changes:
        block = id(source.parent(change.statement))
        whole = len(change.changes) == len(change.statement.names)
        modules = {one.module for one in change.changes if one.items} | set(change.extra)
        if whole and len(modules) == 1:
            module = next(iter(modules))
            home = homes.get((block, module))
            plain = all(name != "*" for one in change.changes for name, _ in one.items)
            if home is not None and plain:
                wanted = [item for one in change.changes for item in one.items]
                wanted += change.extra.pop(module, [])
                home.extra.setdefault(module, []).extend(wanted)
                _hand_over_marks(change, home, module)
                for one in change.changes:
                    one.items = ()
                continue
        if not change.changes and len(change.extra) == 1:
            module = next(iter(change.extra))
            home = homes.get((block, module))
            if home is not None:
                home.extra.setdefault(module, []).extend(change.extra.pop(module))
                continue
        if isinstance(change.statement, ast.ImportFrom):
            for module in modules:
                if not module.startswith("import "):
                    homes.setdefault((block, module), change)


def _hand_over_marks(change: StatementChange, home: StatementChange, module: str) -> None:
    """What marks an import that disappears marks the one that brings its names instead."""
    brings = [one for one in home.changes if one.module == module and one.items]
    for mark in [mark for one in change.changes for mark in one.marks]:
        if brings and not any(mark in one.marks for one in brings):
            brings[0].marks.append(mark)


def _outcome(refusal: Refusal) -> FindingOutcome:
    if refusal.deliberate:
        return FindingOutcome.DELIBERATE
    return FindingOutcome.NOTE if refusal.silent else FindingOutcome.KEPT
