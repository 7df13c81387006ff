"""What every rule answered about every use, and which clients move."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property

from codemods.clusters import Clusters, Refusal
from codemods.construction import Construction
from codemods.escaped_payloads import EscapedRead
from codemods.flow.values import Class, Client
from codemods.import_table import ImportTable
from codemods.left_out import is_tied
from codemods.project import Project
from codemods.protocols import Protocols
from codemods.references import Reference
from codemods.rules.string_references import StringReference
from codemods.site import Verdict
from codemods.source import SourceFile

__all__ = ["Decisions", "Item", "PayloadNote"]


@dataclass(eq=False)
class Item:
    """One place that changes if its clients move."""

    source: SourceFile
    node: ast.expr
    clients: frozenset[Client]
    verdict: Verdict
    construction: Construction | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class PayloadNote:
    """Something a person should know about payloads where their clients move.

    *group*: notes of one group are told once for each file; empty for a note of its own. *keep*: the keep
    comment beside it, if there is one.
    """

    source: SourceFile
    node: ast.expr
    clients: frozenset[Client]
    message: str
    group: str = ""
    keep: str | None = None


@dataclass(eq=False)
class Decisions:
    """What was asked and what came out."""

    project: Project
    imports: ImportTable
    clusters: Clusters = field(default_factory=Clusters)
    items: list[Item] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    kept: set[Client] = field(default_factory=set)
    hoisted: tuple[str, str] | None = None
    """Key expressions that go to ``initialize``."""
    strings: list[StringReference] = field(default_factory=list)
    unknown: list[tuple[SourceFile, ast.Attribute]] = field(default_factory=list)
    possible_reads: list[tuple[SourceFile, ast.expr, EscapedRead, str | None]] = field(
        default_factory=list
    )
    """Reads that may be of an escaped payload and hold nobody: with the keep comment, if it is one."""
    possible_exceptions: list[tuple[SourceFile, ast.expr, str]] = field(default_factory=list)
    """Looks at what may be a legacy exception and hold nobody, with what is to be said of them."""
    payload_notes: list[PayloadNote] = field(default_factory=list)
    handed_out: list[tuple[frozenset[Client], Refusal]] = field(default_factory=list)
    """Clients, or the values of their class, that code nobody sees may hand to whoever asks for one."""
    pinned_files: frozenset[str] = frozenset()
    described: set[Class] = field(default_factory=set)
    """Protocols that stand for clients."""
    _members: dict[Client, set[Client]] = field(default_factory=dict)

    @cached_property
    def protocols(self) -> Protocols:
        return Protocols(self.project)

    @cached_property
    def leaves_v5(self) -> bool:
        """Whether what stays is not moved to ``compat_v5`` either: files that are not written go on
        with the same names of v5."""
        left_out = self.project.left_out
        importing = [
            path
            for path in left_out
            if any(not one.is_on_compat for one in self.imports.by_file.get(path, ()))
        ]
        return is_tied(self.project.sources, self.project.graph, left_out, importing)

    def settle(self) -> None:
        """Decide, once everything was asked: a refusal keeps the whole set of its clients."""
        self.kept = self.clusters.settle()
        self._members = self.clusters.members()
        kept_kinds = self._kept_kinds()
        for root, members in self._members.items():
            if not self.is_made(root) and any(client.kind in kept_kinds for client in members):
                self.kept.add(root)

    def _kept_kinds(self) -> set[str]:
        """Kinds of clients of which some are made, and all of them stay: what is described stays, too."""
        fates: dict[str, set[bool]] = {}
        for item in self.items:
            for client in item.clients if item.construction is not None else ():
                fates.setdefault(client.kind, set()).add(self.moves(item.clients))
        return {kind for kind, moves in fates.items() if moves == {False}}

    def moves(self, clients: frozenset[Client]) -> bool:
        """Whether all of them move."""
        return not any(self.clusters.find(client) in self.kept for client in clients)

    def is_real(self, client: Client) -> bool:
        """Whether a client's set has anything to do with v5 (a bare mock alone has not)."""
        return client.kind != "any" or any(
            other.kind != "any" for other in self._members.get(self.clusters.find(client), {client})
        )

    def is_made(self, client: Client) -> bool:
        """Whether a client's set holds one that the project constructs."""
        members = self._members.get(self.clusters.find(client), {client})
        return any(other.is_made for other in members)
