"""Ask every rule about every use, and decide which clients move."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

from codemods.clusters import Clusters, Refusal
from codemods.construction import Construction, endpoint_behind
from codemods.escaped_payloads import EscapedRead, escaped_read, find_leaks
from codemods.flow.boundary import Leak
from codemods.flow.cells import Cell
from codemods.flow.externals import ENTERING, is_harmless
from codemods.flow.scopes import last_name
from codemods.flow.values import (
    Class,
    Client,
    Container,
    External,
    Function,
    Instance,
    LegacyName,
    Payload,
    Plain,
    Value,
)
from codemods.import_table import ImportTable
from codemods.legacy import DISTINCTIVE_METHODS, name_kind
from codemods.marks import kept_deliberately
from codemods.naming import component_names
from codemods.project import Project
from codemods.receivers import identify
from codemods.references import Reference, class_values, clients_in, find_references
from codemods.rules import (
    application_entry,
    availability,
    candles,
    connect,
    construct_private,
    construct_public,
    disconnect,
    endpoint,
    exceptions,
    factories,
    generic_subscribe,
    hoist_credentials,
    internals,
    my_orders,
    quick_helpers,
    status,
    string_references,
    subscribe,
    unsubscribe,
)
from codemods.rules.payload import PayloadUse, find_reads
from codemods.rules.payload import rewrite as rewrite_payload
from codemods.site import Refuse, Rewrite, Use, Verdict, dotted
from codemods.source import SourceFile

__all__ = ["Decisions", "Item", "decide"]

_METHODS: dict[str, Callable[[Use], Verdict]] = {
    **connect.METHODS,
    **disconnect.METHODS,
    **availability.METHODS,
    **unsubscribe.METHODS,
    **status.METHODS,
    **subscribe.METHODS,
    **my_orders.METHODS,
    **candles.METHODS,
    **generic_subscribe.METHODS,
    **endpoint.METHODS,
}
_SAME_NAME = frozenset({"__aenter__", "__aexit__", "__class__", "__doc__", "__module__"})
_OF_FUTURES = frozenset({"result", "done", "cancelled", "add_done_callback"})
"""Members of the task or future that stands for its value in the analysis; no client has them."""


@dataclass(eq=False)
class Item:
    """One place that changes if its clients move."""

    source: SourceFile
    node: ast.expr
    clients: frozenset[Client]
    verdict: Verdict
    construction: Construction | None = None
    reasons: tuple[str, ...] = ()


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
    strings: list[string_references.StringReference] = field(default_factory=list)
    unknown: list[tuple[SourceFile, ast.Attribute]] = field(default_factory=list)
    possible_reads: list[tuple[SourceFile, ast.expr, EscapedRead, str | None]] = field(
        default_factory=list
    )
    """Reads that may be of an escaped payload and hold nobody: with the keep comment, if it is one."""
    pinned_files: frozenset[str] = frozenset()

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
        return any(other.origin in ("constructed", "factory") for other in members)

    _members: dict[Client, set[Client]] = field(default_factory=dict)


def decide(project: Project, pinned_files: frozenset[str] = frozenset()) -> Decisions:
    """Gather uses, ask the rules, let refusals spread over what belongs together."""
    decisions = Decisions(project, ImportTable(project), pinned_files=pinned_files)
    _Gatherer(decisions).run()
    decisions.kept = decisions.clusters.settle()
    decisions._members = decisions.clusters.members()
    return decisions


class _Gatherer:
    def __init__(self, decisions: Decisions) -> None:
        self.decisions = decisions
        self.project = decisions.project
        self.clusters = decisions.clusters
        self._constructions: dict[int, Construction] = {}
        self._leaks: list[Leak] = find_leaks(decisions.project)

    def run(self) -> None:
        self.decisions.references = list(find_references(self.project))
        self._constructions_by_reference()
        self._hoist()
        for source in self.project.sources.values():
            for node in source.nodes:
                if isinstance(node, ast.Attribute):
                    self._attribute(source, node)
                if isinstance(node, ast.Subscript | ast.Call | ast.Compare | ast.Match):
                    self._payload(source, node)
                if isinstance(node, ast.Call):
                    self._escapes(source, node)
        for reference in self.decisions.references:
            self._reference(reference)
        found = string_references.find_strings(
            self.project, self.decisions.imports, self.decisions.references
        )
        self.decisions.strings = list(found)
        self._strings()
        self._unwritten()
        self._returned_to_strangers()

    def _returned_to_strangers(self) -> None:
        """Clients of functions that are called in a way nobody can follow: those of plugins."""
        unseen = self._unseen_calls()
        for client, cells in self._holders.items():
            for cell in cells:
                function = cell[1] if cell[0] == "return" else None
                if (
                    isinstance(function, Function)
                    and client.origin in ("constructed", "factory")
                    and function.name in unseen
                    and function not in self.project.function_references
                ):
                    source, node = unseen[function.name]
                    reason = f"this may call {function.name}() of {function.path}, which returns it"
                    self._refuse(frozenset({client}), source, node, "UWS190", reason)

    def _unseen_calls(self) -> dict[str, tuple[SourceFile, ast.expr]]:
        """Methods called on what cannot be seen, and names looked up by a string, with a place."""
        found: dict[str, tuple[SourceFile, ast.expr]] = {}
        for source in self.project.sources.values():
            for node in source.nodes:
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    if all(isinstance(v, Plain) for v in self.project.values(node.func)):
                        found.setdefault(node.func.attr, (source, node))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    name = node.value.rpartition(":")[2]
                    if name.isidentifier():
                        found.setdefault(name, (source, node))
        return found

    def _unwritten(self) -> None:
        """Clients that come into being without a call the rules could rewrite stay."""
        written = {
            client
            for item in self.decisions.items
            if item.construction is not None
            for client in item.clients
        }
        for members in list(self.clusters.members().values()):
            for client in members - written:
                if (
                    client.origin in ("constructed", "factory")
                    and client.path in self.project.sources
                ):
                    reason = "it is made by a call this tool cannot rewrite"
                    source = self.project.sources[client.path]
                    line = source.line_starts[client.line - 1]
                    column = source.offset(client.line, client.column) - line + 1
                    self.clusters.refuse(
                        {client},
                        Refusal("UWS110", client.path, client.line, column, reason, client.line),
                    )

    def _strings(self) -> None:
        """Tests that patch names: mocks share the clients' fate, other stand-ins hold them."""
        patched: dict[str, dict[str, set[Client]]] = {}
        everyone = [item.clients for item in self.decisions.items if item.construction is not None]
        for string in self.decisions.strings:
            rule = string_references.RULE.code
            if string.shape == "name" and string.replaced_by is not None:
                reason = f"a test puts {string.replaced_by} in the place of {string.bound}"
                self._refuse(string.clients, string.source, string.node, rule, reason)
            elif string.shape == "name" and string.mock is not None and string.clients:
                self.clusters.join({string.mock, *string.clients})
                patched.setdefault(string.path, {}).setdefault(string.bound, set()).update(
                    string.clients
                )
            elif string.shape in ("member", "stub"):
                what = (
                    "replaces a module of v5"
                    if string.shape == "stub"
                    else f"reaches into {string.name}"
                )
                kinds = (
                    {string_references.class_kind(string)}
                    if string.shape == "member"
                    else {"public", "private"}
                )
                within = self._reachable(string.source.path)
                for clients in everyone:
                    if any(client.kind in kinds and client.path in within for client in clients):
                        self._refuse(
                            clients, string.source, string.node, rule, f"a test {what} by its path"
                        )
        for path, names in patched.items():
            if len(names) > 1:
                everything = frozenset(client for clients in names.values() for client in clients)
                source = self.project.sources[path]
                self._refuse(
                    everything,
                    source,
                    source.tree.body[0],
                    string_references.RULE.code,
                    "tests patch the public and the private class separately, and both get one "
                    "name",
                )

    def _reachable(self, path: str) -> set[str]:
        """The file and all project files it imports, directly or not."""
        found = {path}
        queue = [path]
        while queue:
            here = queue.pop()
            for node in self.project.sources[here].nodes:
                named: list[str | None] = []
                if isinstance(node, ast.Import):
                    named = [self.project.graph.find(here, alias.name) for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    named = [self.project.graph.find(here, node.module, node.level)]
                    inner = f"{node.module}." if node.module else ""
                    named += [
                        self.project.graph.find(here, inner + alias.name, node.level)
                        for alias in node.names
                    ]
                for one in named:
                    if one is not None and one in self.project.sources and one not in found:
                        found.add(one)
                        queue.append(one)
        conftests = [one for one in self.project.sources if one.rpartition("/")[2] == "conftest.py"]
        return found | {one for one in conftests if path.startswith(one.rpartition("/")[0])}

    # Constructions

    def _constructions_by_reference(self) -> None:
        by_file: dict[str, list[tuple[Reference, ast.Call]]] = {}
        for reference in self.decisions.references:
            outer = reference.source.parent(reference.node)
            if reference.role == "provided":
                outer = reference.source.parent(outer) if outer is not None else None
            if reference.role in ("construct", "provided") and isinstance(outer, ast.Call):
                by_file.setdefault(reference.source.path, []).append((reference, outer))
        for path, found in by_file.items():
            source = self.project.sources[path]
            found.sort(key=lambda pair: source.start(pair[1]))
            names = component_names(source, [call for _, call in found])
            for reference, call in found:
                if not reference.clients:
                    continue
                client = next(iter(reference.clients))
                construction = Construction(
                    self.project,
                    source,
                    call,
                    client,
                    reference.legacy.name,
                    names[id(call)],
                    outlived=self._outlived(client),
                    given=reference.node if reference.role == "provided" else None,
                    endpoint=endpoint_behind(source, call),
                )
                self._constructions[id(call)] = construction

    def _hoist(self) -> None:
        """Give the only key pair of the tree to ``initialize``, where there is a place for that."""
        if not self.project.options.hoist_credentials or not self.project.options.selects("UWS181"):
            return
        pair = hoist_credentials.single_pair(self._constructions.values())
        if pair is None:
            return
        is_default = all(
            name in text for name, text in zip(hoist_credentials.DEFAULTS, pair, strict=True)
        )
        if not is_default and not application_entry.find_entries(self.project):
            return
        self.decisions.hoisted = None if is_default else pair
        for construction in self._constructions.values():
            construction.hoisted = True

    def _outlived(self, client: Client) -> bool:
        """Only held by local variables, and nothing ever disconnects it."""
        held = self._holders.get(client, [])
        for cell in held:
            if cell[0] == "var":
                scope_key = cell[1]
                if isinstance(scope_key, tuple) and scope_key[1] == "":
                    return False
            elif cell[0] not in ("return", "yield"):
                return False
        return client not in self._ended

    @property
    def _holders(self) -> dict[Client, list[Cell]]:
        if not hasattr(self, "_holders_cache"):
            cache: dict[Client, list[Cell]] = {}
            for cell, values in self.project.flow.cells.items():
                for value in values:
                    if isinstance(value, Client):
                        cache.setdefault(value, []).append(cell)
            self._holders_cache = cache
        return self._holders_cache

    @property
    def _ended(self) -> set[Client]:
        if not hasattr(self, "_ended_cache"):
            found: set[Client] = set()
            for source in self.project.sources.values():
                for node in source.nodes:
                    if isinstance(node, ast.Attribute) and node.attr in (
                        "disconnect",
                        "unsubscribe_all",
                        "__aexit__",
                    ):
                        found |= {
                            value
                            for value in self.project.values(node.value)
                            if isinstance(value, Client)
                        }
                    elif isinstance(node, ast.withitem):
                        found |= {
                            value
                            for value in self.project.values(node.context_expr)
                            if isinstance(value, Client)
                        }
                    elif (
                        isinstance(node, ast.Call)
                        and isinstance(node.func, ast.Attribute)
                        and node.func.attr in ENTERING
                    ):
                        found |= {
                            value
                            for argument in node.args
                            for value in self.project.values(argument)
                            if isinstance(value, Client)
                        }
            self._ended_cache = found
        return self._ended_cache

    def _construct(self, reference: Reference, call: ast.Call) -> None:
        construction = self._constructions.get(id(call))
        if construction is None:
            return
        project = self.project
        others = [
            value
            for value in project.values(reference.node)
            if not isinstance(value, LegacyName | Plain)
        ]
        kind = name_kind(reference.legacy.name)
        verdict: Verdict
        if others:
            verdict = Refuse("UWS110", f"what is called here may also be {_describe(others[0])}")
        elif (
            reference.alternatives
            and len({name.name for name in (reference.legacy, *reference.alternatives)}) > 1
        ):
            verdict = Refuse("UWS110", "which class is called here depends on a value")
        elif kind == "factory":
            module = quick_helpers if reference.legacy.name.startswith("quick") else factories
            verdict = module.rewrite(construction)
        elif construction.client.kind == "private":
            verdict = construct_private.rewrite(construction)
        else:
            verdict = construct_public.rewrite(construction)
        clients = set(reference.clients)
        direct = self.decisions.imports.roots(reference.source.path, reference.bound)
        if not reference.through_module and direct is None:
            clients |= class_values((reference.legacy, *reference.alternatives))
        self._add(reference.source, call, frozenset(clients), verdict, construction)

    # Uses

    def _attribute(self, source: SourceFile, node: ast.Attribute) -> None:
        values = self.project.values(node.value)
        clients = frozenset(value for value in values if isinstance(value, Client))
        if not clients:
            self._unknown_receiver(source, node, values)
            return
        if node.attr in _SAME_NAME | _OF_FUTURES or (
            all(c.origin == "mock" for c in clients) and node.attr in _MOCK_MEMBERS
        ):
            return
        others = [value for value in values if not isinstance(value, Client | Plain)]
        use = Use(self.project, source, node, clients)
        unseen = any(isinstance(value, Plain) and value.word == "unknown" for value in values)
        verdict: Verdict
        if others and not all(isinstance(value, LegacyName) for value in others):
            verdict = Refuse(
                "UWS190", f"{source.segment(node.value)} may also be {_describe(others[0])}"
            )
        elif unseen:
            verdict = Refuse(
                "UWS190",
                f"{source.segment(node.value)} may also be something this project does not show",
            )
        elif all(client.origin == "mock" for client in clients) and node.attr not in _METHODS:
            return
        else:
            verdict = _METHODS.get(node.attr, internals.rewrite)(use)
        self._add(source, node, clients, verdict)

    def _unknown_receiver(
        self, source: SourceFile, node: ast.Attribute, values: frozenset[Value]
    ) -> None:
        if any(not isinstance(value, Plain) for value in values) or not isinstance(
            node.ctx, ast.Load
        ):
            return
        if not isinstance(source.parent(node), ast.Call):
            return
        if node.attr in DISTINCTIVE_METHODS:
            self.decisions.unknown.append((source, node))
        if not isinstance(node.value, ast.Attribute) or node.attr not in _METHODS:
            return
        base_values = self.project.values(node.value.value)
        if any(not isinstance(value, Plain) for value in base_values):
            return
        base = last_name(node.value.value).lower().replace("_", "")
        for cell, held in self._attribute_cells.get(node.value.attr, ()):
            owner = cell[1]
            if not isinstance(owner, Class):
                continue
            alike = (
                base
                and base != "self"
                and (base in owner.name.lower() or owner.name.lower() in base)
            )
            if node.attr in DISTINCTIVE_METHODS or alike:
                self._refuse(
                    frozenset(held),
                    source,
                    node,
                    "UWS190",
                    f"{source.segment(node)} is probably this client, but where it comes from "
                    f"cannot be seen",
                )

    @property
    def _attribute_cells(self) -> dict[str, list[tuple[Cell, set[Client]]]]:
        if not hasattr(self, "_attribute_cells_cache"):
            cache: dict[str, list[tuple[Cell, set[Client]]]] = {}
            for cell, values in self.project.flow.cells.items():
                if cell[0] == "attr":
                    held = {
                        value
                        for value in values
                        if isinstance(value, Client) and value.kind != "any"
                    }
                    if held:
                        cache.setdefault(str(cell[2]), []).append((cell, held))
            self._attribute_cells_cache = cache
        return self._attribute_cells_cache

    def _payload(self, source: SourceFile, node: ast.AST) -> None:
        for read in find_reads(node):
            use = PayloadUse.of(self.project, source, read)
            if use is not None:
                verdict = rewrite_payload(use)
                if verdict is not None:
                    self._add(source, read.node, use.clients, verdict)
            elif self._leaks:
                escaped = escaped_read(self.project, source, read, self._leaks)
                if escaped is not None:
                    self._escaped_payload(source, read.node, escaped)

    def _escaped_payload(self, source: SourceFile, node: ast.expr, read: EscapedRead) -> None:
        """The clients stay; each for itself, as nothing but the doubt ties them together."""
        statement = source.statement(node)
        keep = kept_deliberately(source, statement.lineno, _header_end(statement))
        if keep is not None or read.confidence == "possible":
            self.decisions.possible_reads.append((source, node, read, keep))
            return
        silent = not all(self.project.options.selects(rule) for rule in ("UWS160", "UWS101"))
        line, column = source.line_column(node)
        anchor = source.anchor_line(node)
        refusal = Refusal(
            "UWS160",
            source.path,
            line,
            column,
            read.reason,
            anchor,
            silent=silent,
            brief=read.brief,
            chain=read.chain,
        )
        self.clusters.refuse(read.clients, refusal)

    def _escapes(self, source: SourceFile, node: ast.Call) -> None:
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            callee = self.project.flow.escapes.get(id(argument))
            if (
                callee is None
                or is_harmless(callee)
                or callee.rsplit(".", 1)[-1] in ("append", "add")
            ):
                continue
            clients = clients_in(
                self.project,
                (v for v in self.project.values(argument) if isinstance(v, Client | Container)),
            )
            real = frozenset(client for client in clients if client.kind != "any")
            if real:
                short = callee if len(callee) < 60 else dotted(node.func) or "a call"
                self._refuse(
                    real,
                    source,
                    argument,
                    "UWS190",
                    _handed_to(short),
                )

    # References

    def _reference(self, reference: Reference) -> None:
        self._kept_import(reference)
        if reference.source.path in self.decisions.pinned_files and reference.clients:
            self._refuse(
                reference.clients,
                reference.source,
                reference.node,
                "UWS101",
                "the rewritten file would not compile",
            )
        outer = reference.source.parent(reference.node)
        if reference.role == "construct" and isinstance(outer, ast.Call):
            self._construct(reference, outer)
        elif reference.role == "provided" and reference.clients:
            call = reference.source.parent(outer) if outer is not None else None
            if isinstance(call, ast.Call):
                self._construct(reference, call)
        elif reference.role == "annotation":
            self.clusters.join(reference.clients)
        elif reference.role == "isinstance":
            self._instance_check(reference)
        elif reference.role == "mock" or reference.role == "value":
            self.clusters.join(reference.clients)
        elif reference.role == "except":
            member = exceptions.legacy_members_read(reference)
            clients = exceptions.guarded_clients(self.project, reference)
            if member is not None and clients:
                reason = f"the except clause reads .{member}, which only legacy exceptions have"
                self._refuse(clients, reference.source, reference.node, "UWS152", reason)
        elif (
            reference.role == "kept"
            and name_kind(reference.legacy.name) == "class"
            and reference.clients
        ):
            self._refuse(
                reference.clients,
                reference.source,
                reference.node,
                reference.rule,
                reference.reason,
            )

    def _kept_import(self, reference: Reference) -> None:
        """A keep comment beside an import holds every client made through it."""
        for root in self.decisions.imports.roots(reference.source.path, reference.bound) or ():
            last = root.statement.end_lineno or root.statement.lineno
            keep = kept_deliberately(root.source, root.statement.lineno, last)
            if keep is not None and reference.clients:
                self._refuse(
                    reference.clients, root.source, root.statement, "UWS101", keep, deliberate=True
                )

    def _instance_check(self, reference: Reference) -> None:
        from codemods.legacy import kind_of_client

        kinds = {client.kind for client in reference.clients if client.kind != "any"}
        if kinds - {kind_of_client(reference.legacy.name)}:
            reason = "isinstance tells public clients from private ones here, and both become the same class"
            self._refuse(reference.clients, reference.source, reference.node, "UWS151", reason)
        else:
            self.clusters.join(reference.clients)

    # Bookkeeping

    def _add(
        self,
        source: SourceFile,
        node: ast.expr,
        clients: frozenset[Client],
        verdict: Verdict,
        construction: Construction | None = None,
    ) -> None:
        joined = clients | (verdict.joins if isinstance(verdict, Rewrite) else frozenset())
        self.clusters.join(joined)
        item = Item(source, node, joined, verdict, construction, self._reasons(source, node))
        statement = source.statement(node)
        keep = kept_deliberately(source, statement.lineno, _header_end(statement))
        if keep is not None:
            self._refuse(joined, source, node, verdict.rule, keep, deliberate=True)
        elif isinstance(verdict, Refuse):
            self._refuse(joined, source, node, verdict.rule, verdict.reason, brief=verdict.brief)
        elif not all(self.project.options.selects(rule) for rule in (verdict.rule, "UWS101")):
            self._refuse(
                joined, source, node, verdict.rule, "its rule is not selected", silent=True
            )
        elif source.path in self.decisions.pinned_files:
            self._refuse(joined, source, node, verdict.rule, "the rewritten file would not compile")
        elif isinstance(verdict, Rewrite) and any(
            path in self.decisions.pinned_files for path, _ in verdict.elsewhere
        ):
            self._refuse(
                joined,
                source,
                node,
                verdict.rule,
                "the rewritten file of its callback would not compile",
            )
        self.decisions.items.append(item)

    def _reasons(self, source: SourceFile, node: ast.expr) -> tuple[str, ...]:
        receiver = node.value if isinstance(node, ast.Attribute) else node
        return identify(self.project, source, receiver).reasons

    def _refuse(
        self,
        clients: frozenset[Client],
        source: SourceFile,
        node: ast.AST,
        rule: str,
        reason: str,
        *,
        deliberate: bool = False,
        silent: bool = False,
        brief: str = "",
    ) -> None:
        line, column = source.line_column(node)
        self.clusters.join(clients)
        self.clusters.refuse(
            clients,
            Refusal(
                rule,
                source.path,
                line,
                column,
                reason,
                source.anchor_line(node),
                deliberate,
                silent,
                brief=brief,
            ),
        )


_MOCK_MEMBERS = frozenset(
    {
        "return_value",
        "side_effect",
        "assert_called",
        "assert_called_once",
        "assert_called_with",
        "assert_awaited",
        "assert_called_once_with",
        "assert_awaited_once",
        "assert_not_called",
        "assert_not_awaited",
        "call_count",
        "await_count",
        "call_args",
        "call_args_list",
        "method_calls",
        "mock_calls",
        "reset_mock",
        "configure_mock",
        "called",
    }
)


def _handed_to(callee: str) -> str:
    if callee in ("getattr", "setattr", "hasattr"):
        return f"{callee}() looks for a member of it by a string"
    return f"it is handed to {callee}(), which this project does not contain"


def _header_end(statement: ast.stmt) -> int:
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body:
        first: ast.stmt = body[0]
        return max(statement.lineno, first.lineno - 1)
    return statement.end_lineno or statement.lineno


def _describe(value: Value) -> str:
    if isinstance(value, Instance):
        return f"a {value.of.name} ({value.of.path}:{value.of.line})"
    if isinstance(value, Class):
        return f"the class {value.name} ({value.path}:{value.line})"
    if isinstance(value, Payload):
        return "a payload"
    if isinstance(value, External):
        return f"{value.name}, from outside of the project"
    if isinstance(value, Function):
        return f"the function {value.name} ({value.path}:{value.line})"
    if isinstance(value, Container):
        return f"a container ({value.path}:{value.line})"
    return "something else"
