"""Tests that patch names: mocks share the clients' fate, other stand-ins hold them."""

from __future__ import annotations

from collections.abc import Collection

from codemods.decisions import Decisions
from codemods.flow.values import Client
from codemods.gathering.verdicts import refuse
from codemods.left_out import imported_files, reason_for
from codemods.legacy import kind_of_client
from codemods.project import Project
from codemods.rules import string_references
from codemods.rules.string_references import StringReference

__all__ = ["follow_patched_members", "follow_strings"]

_RULE = string_references.RULE.code
_SAME_IN_V6 = frozenset(
    {"subscribe_ticker", "subscribe_trade", "subscribe_orderbook", "unsubscribe"}
)
"""Methods that a test can replace on the proxy just as well."""


def follow_strings(decisions: Decisions) -> None:
    """Let every string that names something of v5 have its effect on the clients behind it."""
    patched: dict[str, dict[str, set[Client]]] = {}
    made = _made(decisions)
    for string in decisions.strings:
        left_out = decisions.project.left_out.get(string.source.path)
        if left_out is not None and string.clients:
            reason = reason_for(string.source.path, left_out)
            refuse(decisions, string.clients, string.source, string.node, _RULE, reason)
        if string.shape == "name" and string.replaced_by is not None:
            reason = f"a test puts {string.replaced_by} in the place of {string.bound}"
            refuse(decisions, string.clients, string.source, string.node, _RULE, reason)
        elif string.shape == "name" and string.mock is not None and string.clients:
            decisions.clusters.join({string.mock, *string.clients})
            patched.setdefault(string.path, {}).setdefault(string.bound, set()).update(
                string.clients
            )
        elif string.shape in ("member", "method", "stub"):
            _hold_reachable(decisions, string, made)
    for path, names in patched.items():
        if len(names) > 1:
            _hold_patched_together(decisions, path, names)


def follow_patched_members(decisions: Decisions) -> None:
    """A test replaces a method of the class: clients of the files it imports have to be of that class."""
    made = _made(decisions)
    for reference in decisions.references:
        if not reference.patched:
            continue
        kinds = {kind_of_client(reference.legacy.name)}
        reached = _reached(decisions.project, reference.source.path, kinds, made)
        together = reference.clients.union(*reached)
        if reference.patched <= _SAME_IN_V6:
            decisions.clusters.join(together)
        else:
            members = ", ".join(f"{name}()" for name in sorted(reference.patched - _SAME_IN_V6))
            reason = f"a test replaces {members} of the class"
            refuse(decisions, together, reference.source, reference.node, _RULE, reason)


def _made(decisions: Decisions) -> list[frozenset[Client]]:
    return [item.clients for item in decisions.items if item.construction is not None]


def _hold_reachable(
    decisions: Decisions, string: StringReference, made: list[frozenset[Client]]
) -> None:
    """A test replaces a part of v5 by its path: clients of the files it imports need that part."""
    if string.shape == "stub":
        kinds, what = {"public", "private"}, "replaces a module of v5"
    else:
        kinds, what = {string_references.class_kind(string)}, f"reaches into {string.name}"
    for clients in _reached(decisions.project, string.source.path, kinds, made):
        reason = f"a test {what} by its path"
        refuse(decisions, clients, string.source, string.node, _RULE, reason)


def _reached(
    project: Project, path: str, kinds: Collection[str], made: list[frozenset[Client]]
) -> list[frozenset[Client]]:
    """What of *made* a test in *path* can get hold of."""
    within = _reachable(project, path)
    return [
        clients
        for clients in made
        if any(client.kind in kinds and client.path in within for client in clients)
    ]


def _hold_patched_together(decisions: Decisions, path: str, names: dict[str, set[Client]]) -> None:
    everything = frozenset(client for clients in names.values() for client in clients)
    source = decisions.project.sources[path]
    reason = "tests patch the public and the private class separately, and both get one name"
    refuse(decisions, everything, source, source.tree.body[0], _RULE, reason)


def _reachable(project: Project, path: str) -> set[str]:
    """The file and all project files it imports, directly or not; of a conftest also those that the tests
    below it import."""
    folder, _, name = path.rpartition("/")
    is_conftest = name == "conftest.py"
    found = {path}
    if is_conftest:
        found |= {one for one in project.sources if one.startswith(f"{folder}/" if folder else "")}
    queue = list(found)
    while queue:
        for one in imported_files(project.graph, project.sources[queue.pop()]):
            if one in project.sources and one not in found:
                found.add(one)
                queue.append(one)
    conftests = [one for one in project.sources if one.rpartition("/")[2] == "conftest.py"]
    return found | {one for one in conftests if path.startswith(one.rpartition("/")[0])}
