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
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from codemods.legacy import (
    DISTINCTIVE_METHODS,
    NEEDLES,
    SUBSCRIBE_TYPES,
    legacy_submodule,
    parent_reexport,
)
from codemods.modules import ModuleGraph, absolute_name
from codemods.project import is_legacy_package
from codemods.shim_files import MARK
from codemods.source import SourceError, SourceFile

__all__ = ["mentions_v5", "reads_envelope", "relevant"]

_NEEDLE = re.compile(b"|".join(re.escape(needle) for needle in NEEDLES))
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+[.\w]+[ \t]+import[ \t]*(?:\([^)]*\)|[^\r\n]*)|import[ \t]+[^\r\n]*)",
    re.MULTILINE,
)
_WORD = re.compile(rb"[\w\x80-\xff]+")
_SHIM = MARK.encode()
_MEMBERS = frozenset(
    {"connect", "disconnect", "is_connected", "get_status", "health_check", "unsubscribe"}
    | {"unsubscribe_all", *SUBSCRIBE_TYPES}
)
"""Methods of a client; nothing is rewritten where none of them stands."""
_ANY_MEMBER = rb"\.(?:" + b"|".join(sorted(name.encode() for name in _MEMBERS)) + rb")\b"
_MEMBER_HINTS = (
    *(b".connect", b".disconnect", b".is_connected", b".get_status", b".health_check"),
    *(b".subscribe", b".unsubscribe"),
)
"""Each member begins with one of these; looking for them takes a tenth of an expression's time."""
_DISTINCTIVE = re.compile(
    rb"\.(?:" + b"|".join(sorted(name.encode() for name in DISTINCTIVE_METHODS)) + rb")\b"
)


_ENVELOPE_READ = re.compile(
    rb"""\[[ \t]*['"](?:raw_)?data['"][ \t]*\]|\.(?:get|pop)\([ \t]*['"](?:raw_)?data['"]"""
    rb"""|case[ \t].*['"](?:raw_)?data['"][ \t]*:"""
)
_FRAME_WORD = re.compile(
    rb"""raw_data|trade_price|trade_volume|opening_price|high_price|low_price|prev_closing_price"""
    rb"""|orderbook_units|total_(?:ask|bid)_size|sequential_id|candle_(?:date|acc)|ask_bid"""
    rb"""|acc_trade|signed_change|remaining_volume|executed_volume|order_type|asset_uuid|change_rate"""
)


def reads_envelope(source: bytes) -> bool:
    """Whether a file that names nothing of v5 may read a payload all the same: it came through a
    message bus, or was written by another process."""
    return (
        b"data" in source
        and _ENVELOPE_READ.search(source) is not None
        and _FRAME_WORD.search(source) is not None
    )


def mentions_v5(source: bytes) -> bool:
    """The byte test."""
    return any(needle in source for needle in NEEDLES)


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
        return _Gate(files, tuple(paths), parsed).run()
    return _Gate(files.__getitem__, tuple(files), parsed).run()


@dataclass
class _File:
    """What the gate needs to know of a parsed file."""

    source: SourceFile
    imports: list[tuple[str | None, int, str, str]] = field(default_factory=list)
    """``(module, level, name, name it is bound to)``; the name is ``""`` for ``import module``."""
    fixtures: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    """Parameter names of all functions: where pytest hands fixtures in."""


class _Gate:
    def __init__(
        self,
        read: Callable[[str], bytes],
        paths: tuple[str, ...],
        kept: dict[str, SourceFile] | None = None,
    ) -> None:
        self.kept = {} if kept is None else kept
        self.read = read
        self.paths = [path for path in paths if not is_legacy_package(path)]
        self.graph = ModuleGraph(paths)
        self.sources: dict[str, bytes] = {}
        self.parsed: dict[str, _File | None] = {}
        self.import_words: dict[str, set[bytes]] = {}

    def run(self) -> set[str]:
        found: set[str] = set()
        shim: set[str] = set()
        for path in self.paths:
            try:
                source = self.read(path)
            except OSError:
                continue
            if source.startswith(_SHIM):
                shim.add(path)  # stands for the legacy package, and is no part of the program
                continue
            self.sources[path] = source
            if mentions_v5(source):
                found.add(path)
        if shim:
            self.paths = [path for path in self.paths if path not in shim]
            self.graph = ModuleGraph(self.paths)
        hits = {path for path in found if self._is_hit(path)}
        if hits:
            hits |= self._closure(hits)
            hits |= self._unconnected(hits)
            hits |= {path for path in self.sources if reads_envelope(self.sources[path])}
        return hits | {path for path in found if self._parse(path) is None}

    def _parse(self, path: str) -> _File | None:
        if path not in self.parsed:
            try:
                source = SourceFile.parse(path, self.sources[path])
            except SourceError:
                self.parsed[path] = None
            else:
                self.parsed[path] = _scan(source)
                self.kept[path] = source
        return self.parsed[path]

    def _is_hit(self, path: str) -> bool:
        """Whether the words found are more than prose: an import, a name, a string that is a path."""
        file = self._parse(path)
        if file is None:
            return False
        for module, level, name, _ in file.imports:
            full = absolute_name(path, module, level)
            if legacy_submodule(full) is not None or parent_reexport(full, name):
                return True
            if name and legacy_submodule(f"{full}.{name}" if full else name) is not None:
                return True
        prose = {
            id(node.value)
            for node in file.source.nodes
            if isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and ">>>" not in str(node.value.value)
        }
        for node in file.source.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if id(node) not in prose and _NEEDLE.search(node.value.encode("utf-8", "replace")):
                    return True
            elif isinstance(node, ast.Name | ast.Attribute):
                word = node.id if isinstance(node, ast.Name) else node.attr
                if _NEEDLE.search(word.encode("utf-8", "replace")):
                    return True
        return b"uws: keep" in self.sources[path] or b"TODO(upbit-migrate" in self.sources[path]

    def _closure(self, hits: set[str]) -> set[str]:
        carried = {path: self._top_level(path) for path in hits}
        takers = {taker for path in hits for taker in self._taken_from(path)}
        pending = set(hits)
        while True:  # ends: each round adds a name to a finite set
            stems = self._stems(pending)
            if not stems:
                break
            fixtures = self._fixtures(pending)
            fresh: set[str] = set()
            for path in self.sources:
                if path in hits or not (
                    stems & self._imported_words(path) or self._may_use(path, fixtures)
                ):
                    continue
                names = self._taken_names(path, carried, pending)
                if names:
                    handed_on = self._handing_on(path, names)
                    if not handed_on <= carried.get(path, set()) or path not in carried:
                        carried[path] = carried.get(path, set()) | handed_on
                        fresh.add(path)
                        takers |= self._taken_from(path)
            if not fresh:
                break
            pending = fresh
        return set(carried) | takers | self._feeding(takers - set(carried))

    def _feeding(self, takers: set[str]) -> set[str]:
        """Files that, like the hits, hand something to what *takers* define, or derive from it."""
        carried = {path: self._using_members(path) for path in takers}
        pending = {path for path, names in carried.items() if names}
        found: set[str] = set()
        while pending:  # ends: a file is looked at once per name that reaches it
            stems = self._stems(pending)
            fresh: set[str] = set()
            for path in self.sources:
                if path in takers or not stems & self._imported_words(path):
                    continue
                names = self._taken_names(path, carried, pending) - carried.get(path, set())
                if names:
                    carried[path] = carried.get(path, set()) | names
                    fresh.add(path)
                    if names & self._fed(path):
                        found |= {path} | self._taken_from(path)
            pending = fresh
        return found

    def _using_members(self, path: str) -> set[str]:
        """Top-level names of *path* in whose definition a member of clients is asked for."""
        file = self._parse(path)
        if file is None or not any(hint in self.sources[path] for hint in _MEMBER_HINTS):
            return set()
        return {
            name
            for node in file.source.tree.body
            if any(
                isinstance(inner, ast.Attribute) and inner.attr in _MEMBERS
                for inner in ast.walk(node)
            )
            for name in _defined(node)
        }

    def _fed(self, path: str) -> set[str]:
        """Names that *path* derives from, or calls with arguments."""
        file = self._parse(path)
        found: set[str] = set()
        for node in file.source.nodes if file is not None else ():
            if isinstance(node, ast.ClassDef):
                found |= {_first_name(base) for base in node.bases}
            elif isinstance(node, ast.Call) and (node.args or node.keywords):
                found.add(_first_name(node.func))
        return found

    def _unconnected(self, known: set[str]) -> set[str]:
        """Files that no import connects with *known*, but that ask for members of clients."""
        names = b"|".join(
            sorted(name.encode() for path in known for name in self._stored_names(path))
        )
        # request.app["ws"].is_connected(), holder.ws.connect(), and ws = request.app.state.ws
        stored = re.compile(
            rb"(?:\.|[\[(,][ ]?[\"'])(?:%s)(?:[\"'][\])])?(?:\(|%s|[ \t]*(?:#.*)?\r?$)"
            % (names or rb"(?!)", _ANY_MEMBER),
            re.MULTILINE,
        )
        return {
            path
            for path, source in self.sources.items()
            if path not in known
            and any(hint in source for hint in _MEMBER_HINTS)
            and (_DISTINCTIVE.search(source) or stored.search(source))
        }

    def _stored_names(self, path: str) -> set[str]:
        """Attributes and string keys under which *path* stores something it was given or made, and
        its functions that return something."""
        file = self._parse(path)
        found: set[str] = set()
        for node in file.source.nodes if file is not None else ():
            targets: list[ast.expr] = []
            if isinstance(node, ast.Assign):
                targets = node.targets
            elif isinstance(node, ast.AnnAssign):
                targets = [node.target]
                if isinstance(node.target, ast.Name):  # a field of a class
                    found.add(node.target.id)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
                isinstance(inner, ast.Return) and inner.value is not None
                for inner in ast.walk(node)
            ):
                found.add(node.name)
            if not isinstance(
                getattr(node, "value", None),
                ast.Call | ast.Await | ast.Name | ast.IfExp | ast.BoolOp,
            ):
                continue
            for target in targets:
                if isinstance(target, ast.Attribute):
                    found.add(target.attr)
                elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                    found |= {target.slice.value} if isinstance(target.slice.value, str) else set()
        return {name for name in found if name.isidentifier()}

    def _top_level(self, path: str) -> set[str]:
        file = self._parse(path)
        return (
            set()
            if file is None
            else {name for node in file.source.tree.body for name in _defined(node)}
        )

    def _handing_on(self, path: str, names: set[str]) -> set[str]:
        """Top-level names of *path* that are, or mention, one of *names*."""
        file = self._parse(path)
        if file is None:
            return set()
        found = set(names)
        grown = True
        while grown:
            grown = False
            for node in file.source.tree.body:
                defined = _defined(node)
                if defined and not set(defined) <= found and _words(node) & found:
                    found |= set(defined)
                    grown = True
        return found

    def _imported_words(self, path: str) -> set[bytes]:
        """Words of the file's import statements, found without parsing."""
        if path not in self.import_words:
            statements = b" ".join(_IMPORT.findall(self.sources[path]))
            self.import_words[path] = set(_WORD.findall(statements))
        return self.import_words[path]

    def _stems(self, paths: set[str]) -> set[bytes]:
        """Words without which a file cannot import one of *paths*."""
        stems: set[bytes] = set()
        for path in paths:
            parts = path.rsplit(".", 1)[0].split("/")
            stem = parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]
            stems.add(stem.encode("utf-8", "replace"))
            if parts[-1] == "__init__" and len(parts) > 1:
                # from . import Name, inside the package itself
                stems |= {name.encode("utf-8", "replace") for name in self._top_level(path)}
        return stems

    def _fixtures(self, paths: set[str]) -> list[tuple[str, set[str]]]:
        """``(folder, fixture names)`` of each conftest among *paths*."""
        found = []
        for path in paths:
            file = self._parse(path)
            if path.rpartition("/")[2] == "conftest.py" and file is not None:
                found.append((path.rpartition("/")[0], file.fixtures))
        return found

    def _may_use(self, path: str, fixtures: list[tuple[str, set[str]]]) -> bool:
        source = self.sources[path]
        return any(
            (not folder or path.startswith(f"{folder}/"))
            and any(name.encode() in source for name in names)
            for folder, names in fixtures
        )

    def _taken_names(
        self, path: str, carried: Mapping[str, set[str]], sources: set[str]
    ) -> set[str]:
        """The names by which *path* gets at clients of *sources*."""
        file = self._parse(path)
        if file is None:
            return set()
        found: set[str] = set()
        for module, level, name, bound in file.imports:
            origin = self.graph.find(path, module, level)
            if (
                origin in sources
                and origin != path
                and (name in ("", "*") or name in carried.get(origin or "", ()))
            ):
                found |= carried[origin or ""] if name == "*" else {bound}
            inner = f"{module}.{name}" if module else name
            if name and self.graph.find(path, inner, level) in sources - {path}:
                found.add(bound)
        for source in sources:
            folder, _, base = source.rpartition("/")
            known = self._parse(source)
            if (
                base == "conftest.py"
                and known is not None
                and (not folder or path.startswith(f"{folder}/"))
            ):
                found |= file.parameters & known.fixtures
        return found

    def _taken_from(self, path: str) -> set[str]:
        """Project files whose functions *path* calls with arguments, or whose classes it extends."""
        file = self._parse(path)
        if file is None:
            return set()
        used: set[str] = set()
        for node in file.source.nodes:
            if isinstance(node, ast.ClassDef):
                used |= {_first_name(base) for base in node.bases}
            elif isinstance(node, ast.Call):
                used.add(_first_name(node.func))
                if isinstance(node.func, ast.Name) and node.func.id == "Depends":
                    used |= {_first_name(argument) for argument in node.args}
        found: set[str] = set()
        for statement in file.source.nodes:
            if isinstance(statement, ast.ImportFrom):
                for alias in statement.names:
                    if (alias.asname or alias.name) in used or alias.name == "*":
                        inner = (
                            f"{statement.module}.{alias.name}" if statement.module else alias.name
                        )
                        found.add(self.graph.find(path, statement.module, statement.level) or "")
                        found.add(self.graph.find(path, inner, statement.level) or "")
            elif isinstance(statement, ast.Import):
                for alias in statement.names:
                    if (alias.asname or alias.name.split(".")[0]) in used:
                        found.add(self.graph.find(path, alias.name) or "")
        return {one for one in found if one in self.sources}


def _first_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _scan(source: SourceFile) -> _File:
    file = _File(source)
    for node in source.nodes:
        if isinstance(node, ast.Import):
            file.imports += [
                (alias.name, 0, "", alias.asname or alias.name.split(".")[0])
                for alias in node.names
            ]
        elif isinstance(node, ast.ImportFrom):
            file.imports += [
                (node.module, node.level, alias.name, alias.asname or alias.name)
                for alias in node.names
            ]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            file.parameters |= {
                argument.arg for argument in [*node.args.args, *node.args.kwonlyargs]
            }
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                word = (
                    called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                )
                if word == "fixture":
                    file.fixtures.add(node.name)
                    if isinstance(decorator, ast.Call):
                        file.fixtures |= {
                            str(keyword.value.value)
                            for keyword in decorator.keywords
                            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant)
                        }
    return file


def _defined(node: ast.stmt) -> list[str]:
    """Names a top-level statement defines; the ones inside ``if`` and ``try`` too."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
        return [
            name
            for inner in ast.walk(node)
            if isinstance(inner, ast.stmt) and inner is not node
            for name in _defined(inner)
        ]
    return [
        inner.id
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
    ]


def _words(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
