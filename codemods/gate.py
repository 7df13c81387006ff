"""Which files matter: byte test, then ``ast`` import test, then a closure over exported names.

A file that names v5 is a *hit*. Hits hand clients on: through names they re-export, classes with a client
in an attribute, functions that return one, fixtures, subclasses. A file joins when it imports such a name
from a file that is already in (following the import statements, never a bare word), or when it lies
below a ``conftest.py`` that is in and uses one of its fixtures. Files a relevant file hands values to, or
takes base classes from, join too: what happens to a client there decides whether it can move. So do the
others that feed what stands there (a test hands a stand-in to the same component), and files that no
import connects, when they ask what a hit has stored for a member that clients have
(``request.app["ws"].is_connected()``).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping

from codemods.byte_tests import (
    is_shim,
    may_take_clients,
    mentions_v5,
    named_imports,
    names_v5,
    reads_envelope,
)
from codemods.closure import Closure
from codemods.legacy import legacy_submodule, parent_reexport
from codemods.modules import ModuleGraph, absolute_name
from codemods.outlines import Outline, Outlines
from codemods.project import is_legacy_package
from codemods.source import SourceFile
from codemods.unconnected import unconnected

__all__ = ["relevant"]


def relevant(
    files: Mapping[str, bytes] | Callable[[str], bytes],
    paths: Collection[str] = (),
    parsed: dict[str, SourceFile] | None = None,
) -> set[str]:
    """The files a migration has to look at.

    Args:
        files: ``{path: source}``; or a reader, called once per path, with *paths*. Paths
            are relative to the root of the tree, with ``/``. A reader may raise
            ``OSError``: that file is left out.
        paths: every Python file of the tree; only with a reader.
        parsed: takes the files that were parsed on the way, for :func:`codemods.index.build_index`.

    Returns:
        A subset of the paths: those that mention v5, those through which such files hand clients on,
        and those that take them.
    """
    if callable(files):
        read, tree = files, tuple(paths)
    else:
        read, tree = files.__getitem__, tuple(files)
    sources, shims = _read_program(read, tree)
    if shims:
        tree = tuple(path for path in tree if not is_legacy_package(path) and path not in shims)
    outlines = Outlines(sources, {} if parsed is None else parsed)
    found = {path for path, source in sources.items() if mentions_v5(source)}
    hits = {path for path in found if _is_hit(outlines, path)}
    if hits:
        graph = ModuleGraph(tree)
        hits |= Closure(outlines, graph).over(hits)
        hits |= unconnected(outlines, hits)
        hits |= {path for path, source in sources.items() if reads_envelope(source)}
        hits |= _unparsed_beside(outlines, graph, hits)
    return hits | {path for path in found if outlines.of(path) is None}


def _unparsed_beside(outlines: Outlines, graph: ModuleGraph, hits: set[str]) -> set[str]:
    """Files that cannot be parsed and import one of *hits*, or are imported by one and may take clients."""
    imported: set[str] = set()
    for path in hits:
        outline = outlines.of(path)
        for module, level, name, _ in outline.imports if outline is not None else ():
            inner = f"{module}.{name}" if module and name else module or name
            found = {graph.find(path, one, level) for one in (module, inner) if one}
            imported |= {one for one in found if one is not None}
    beside = {
        path
        for path in imported - hits
        if path in outlines.sources and may_take_clients(outlines.sources[path])
    }
    failed = {path for path in beside if outlines.of(path) is None}
    for path in outlines.unparsed - failed:
        for module, level, names in named_imports(outlines.sources[path]):
            whole = [f"{module}.{name}" if module else name for name in names]
            if any(graph.find(path, one, level) in hits for one in (module, *whole) if one):
                failed.add(path)
    return failed


def _read_program(
    read: Callable[[str], bytes], tree: Collection[str]
) -> tuple[dict[str, bytes], set[str]]:
    """The source of every file that belongs to the program, and the paths of the shim's files."""
    sources: dict[str, bytes] = {}
    shims: set[str] = set()
    for path in tree:
        if is_legacy_package(path):
            continue
        try:
            source = read(path)
        except OSError:
            continue
        if is_shim(source):
            shims.add(path)
        else:
            sources[path] = source
    return sources, shims


def _is_hit(outlines: Outlines, path: str) -> bool:
    """Whether the words found are more than prose: an import, a name, a string that is a path."""
    outline = outlines.of(path)
    if outline is None:
        return False
    source = outlines.sources[path]
    return (
        _imports_v5(path, outline)
        or _has_word_of_v5(outline.source)
        or b"uws: keep" in source
        or b"TODO(upbit-migrate" in source
    )


def _imports_v5(path: str, outline: Outline) -> bool:
    for module, level, name, _ in outline.imports:
        full = absolute_name(path, module, level)
        if legacy_submodule(full) is not None or parent_reexport(full, name):
            return True
        if name and legacy_submodule(f"{full}.{name}" if full else name) is not None:
            return True
    return False


def _has_word_of_v5(source: SourceFile) -> bool:
    prose = {
        id(node.value)
        for node in source.nodes
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and ">>>" not in str(node.value.value)
    }
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in prose and names_v5(node.value):
                return True
        elif isinstance(node, ast.Name | ast.Attribute) and names_v5(
            node.id if isinstance(node, ast.Name) else node.attr
        ):
            return True
    return False
