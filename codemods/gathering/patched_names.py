"""Tests that patch names: mocks share the clients' fate, other stand-ins hold them."""

from __future__ import annotations

from codemods.decisions import Decisions
from codemods.flow.values import Client
from codemods.gathering.verdicts import refuse
from codemods.left_out import imported_files, reason_for
from codemods.project import Project
from codemods.rules import string_references
from codemods.rules.string_references import StringReference

__all__ = ["follow_strings"]

_RULE = string_references.RULE.code


def follow_strings(decisions: Decisions) -> None:
    """Let every string that names something of v5 have its effect on the clients behind it."""
    patched: dict[str, dict[str, set[Client]]] = {}
    made = [item.clients for item in decisions.items if item.construction is not None]
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
        elif string.shape in ("member", "stub"):
            _hold_reachable(decisions, string, made)
    for path, names in patched.items():
        if len(names) > 1:
            _hold_patched_together(decisions, path, names)


def _hold_reachable(
    decisions: Decisions, string: StringReference, made: list[frozenset[Client]]
) -> None:
    """A test replaces a part of v5 by its path: clients of the files it imports need that part."""
    if string.shape == "stub":
        kinds, what = {"public", "private"}, "replaces a module of v5"
    else:
        kinds, what = {string_references.class_kind(string)}, f"reaches into {string.name}"
    within = _reachable(decisions.project, string.source.path)
    for clients in made:
        if any(client.kind in kinds and client.path in within for client in clients):
            reason = f"a test {what} by its path"
            refuse(decisions, clients, string.source, string.node, _RULE, reason)


def _hold_patched_together(decisions: Decisions, path: str, names: dict[str, set[Client]]) -> None:
    everything = frozenset(client for clients in names.values() for client in clients)
    source = decisions.project.sources[path]
    reason = "tests patch the public and the private class separately, and both get one name"
    refuse(decisions, everything, source, source.tree.body[0], _RULE, reason)


def _reachable(project: Project, path: str) -> set[str]:
    """The file and all project files it imports, directly or not."""
    found = {path}
    queue = [path]
    while queue:
        for one in imported_files(project.graph, project.sources[queue.pop()]):
            if one in project.sources and one not in found:
                found.add(one)
                queue.append(one)
    conftests = [one for one in project.sources if one.rpartition("/")[2] == "conftest.py"]
    return found | {one for one in conftests if path.startswith(one.rpartition("/")[0])}
