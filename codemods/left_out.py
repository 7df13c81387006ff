"""Files the analysis reads and the run will not write: what touches them moves in neither.

A client moves together with every place that uses it. Where one of those places lies in a file that stays
as it is (it was not named on the command line, or a pattern excludes it), the others stay with it, and
so do imports of v5 that stay: a class of ``compat_v5`` is another one than that of v5 which such a
file goes on catching or checking for.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Collection, Mapping

from codemods.modules import ModuleGraph
from codemods.source import SourceFile

__all__ = ["LeftOut", "imported_files", "is_tied", "reason_for"]


class LeftOut(enum.Enum):
    """Why a file is not written."""

    UNSELECTED = "is not among the files named for this run"
    EXCLUDED = "is excluded from this run"
    UNREADABLE = "could not be read"


_REMEDIES = {
    LeftOut.UNSELECTED: "run upbit-migrate over the whole tree",
    LeftOut.EXCLUDED: "run upbit-migrate without excluding it",
    LeftOut.UNREADABLE: "see why it failed, then run upbit-migrate again",
}


def reason_for(path: str, why: LeftOut) -> str:
    """Why a client stays that is used in the file *path*, and the remedy."""
    return f"{path} would have to change with it and {why.value}; {_REMEDIES[why]}"


def imported_files(graph: ModuleGraph, source: SourceFile) -> set[str]:
    """Files of the tree that the imports of *source* name, as modules or as what names are taken from."""
    path = source.path
    named: set[str | None] = set()
    for node in source.nodes:
        if isinstance(node, ast.Import):
            named |= {graph.find(path, alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            named.add(graph.find(path, node.module, node.level))
            inner = f"{node.module}." if node.module else ""
            named |= {graph.find(path, inner + alias.name, node.level) for alias in node.names}
    return {one for one in named if one is not None}


def is_tied(
    sources: Mapping[str, SourceFile],
    graph: ModuleGraph,
    left_out: Collection[str],
    importing_v5: Collection[str],
) -> bool:
    """Whether imports connect a file that is left out and goes on importing v5 with one that is written."""
    staying = set(importing_v5) & set(left_out)
    if not staying:
        return False
    beside: dict[str, set[str]] = {path: set() for path in sources}
    for path, source in sources.items():
        for other in imported_files(graph, source) & beside.keys():
            beside[path].add(other)
            beside[other].add(path)
    found, queue = set(staying), list(staying)
    while queue:
        for other in beside[queue.pop()] - found:
            found.add(other)
            queue.append(other)
    return not found <= set(left_out)
