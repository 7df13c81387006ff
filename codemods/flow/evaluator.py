"""The analysis itself: statements and expressions move abstract values between cells until nothing grows.

It is one class because every kind of expression needs every other; what calls do is in
:mod:`codemods.flow.calls`, what annotations say in :mod:`codemods.flow.annotations`, what leaves the project
in :mod:`codemods.flow.outside`.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from codemods.exceptions import AnalysisIncomplete
from codemods.flow.annotations import Annotations
from codemods.flow.boundary import (
    ANYWHERE,
    BUILTINS,
    Leak,
    foreign,
    root_of,
)
from codemods.flow.calls import CallEvaluator
from codemods.flow.cells import Cell, Cells
from codemods.flow.outside import Outside
from codemods.flow.scopes import ClassInfo, FunctionInfo, ModuleInfo, Scope, collect, last_name
from codemods.flow.values import (
    NONE,
    OTHER,
    UNKNOWN,
    Bound,
    Class,
    Client,
    Container,
    External,
    Function,
    Instance,
    LegacyModule,
    LegacyName,
    Module,
    Partial,
    Payload,
    Plain,
    Value,
)
from codemods.frames import ENVELOPE_ONLY
from codemods.legacy import (
    LEGACY_FOLDER,
    exports,
    legacy_submodule,
    name_kind,
    parent_reexport,
)
from codemods.modules import ModuleGraph, absolute_name

__all__ = ["Evaluator"]

_LONGEST_NAME = 8
_ROUNDS = 60
"""How often one unit may be looked at; the sets are finite, this only bounds a pathological
project, which is then refused."""


@dataclass(eq=False)
class _Record:
    """What one look at one unit found; see the attributes of :class:`Evaluator`."""

    values: dict[int, frozenset[Value]] = field(default_factory=dict)
    likely: set[int] = field(default_factory=set)
    escapes: dict[int, str] = field(default_factory=dict)
    external_calls: dict[int, str] = field(default_factory=dict)
    leaks: dict[int, Leak] = field(default_factory=dict)

    def update(self, other: _Record) -> None:
        """Take in what was found in another unit; a decorator may belong to two."""
        for node, values in other.values.items():
            self.values[node] = self.values.get(node, frozenset()) | values
        self.likely |= other.likely
        self.escapes |= other.escapes
        self.external_calls |= other.external_calls
        self.leaks |= other.leaks


class Evaluator:
    """Runs the analysis over parsed files; afterwards :attr:`values` answers for every expression."""

    def __init__(self, trees: Mapping[str, ast.Module], graph: ModuleGraph) -> None:
        self.graph = graph
        self.trees = trees
        self.cells = Cells()
        self.modules: dict[str, ModuleInfo] = {
            path: collect(path, tree) for path, tree in trees.items()
        }
        self._mentioned = {name for module in self.modules.values() for name in module.mentioned}
        self.functions: dict[Function, FunctionInfo] = {}
        self.classes: dict[Class, ClassInfo] = {}
        self.bases: dict[Class, list[Value]] = {}
        self.children: dict[Class, set[Class]] = {}
        self.values: dict[int, frozenset[Value]]
        self.likely: set[int]
        """Expressions whose value was found by a name alone."""
        self.escapes: dict[int, str]
        """Arguments handed to a function the project does not contain: the function's name."""
        self.external_calls: dict[int, str]
        """Calls of functions the project does not contain, by dotted name."""
        self.leaks: dict[int, Leak]
        """Payloads handed to code the project does not contain, by expression."""
        self.subscribed: dict[tuple[Client, str], tuple[str, int]] = {}
        """Where a client got its callback for a data type: path and line."""
        self.opened: dict[Function, str] = {}
        """Functions that unseen code may call, with the package of that code."""
        self.payload_attributes: set[str] = set()
        """Names of attributes a payload was stored in."""
        self._namespaces: dict[Container, Class | Module] = {}
        """What ``vars(x)``, ``x.__dict__`` and ``globals()`` hold the names of."""
        self._constants: dict[str, dict[str, object]] = {}
        self._decorated: set[Function] = set()
        """Functions that a decorator of the project was called with."""
        self._families: dict[tuple[str, Class], list[Class]] = {}
        self.settled = False
        """Whether what is still empty may be called unknown."""
        self._use(_Record())
        self._records: dict[int, _Record] = {}
        self._recording = False
        self._classes_grown = False
        """Whether something grew that no cell announces."""
        self._last: dict[int, frozenset[Value]] = {}
        self._units: list[FunctionInfo | ModuleInfo] = []
        self._unit_of: dict[Function, int] = {}
        self.calls = CallEvaluator(self)
        self.outside = Outside(self)
        self.annotations = Annotations(self)
        for module in self.modules.values():
            self._units.append(module)
            for function in module.functions.values():
                self.functions[function.value] = function
                self._unit_of[function.value] = len(self._units)
                self._units.append(function)
            for info in module.classes.values():
                self.classes[info.value] = info
        self.fixtures = self._find_fixtures()

    # Running

    def run(self) -> None:
        """Let values flow until nothing grows, then remember the value of every expression."""
        self._everything()
        self._drain()
        self.settled = self._recording = True
        for _ in range(_ROUNDS):
            self._classes_grown = False
            self._everything()
            self._drain()
            if not self._classes_grown:
                break
        else:
            raise AnalysisIncomplete(len(self.trees))
        self._recording = False
        merged = _Record()
        for record in self._records.values():
            merged.update(record)
        self._use(merged)
        self._records.clear()

    def _use(self, record: _Record) -> None:
        """Let what is found go into *record*."""
        self.values, self.likely = record.values, record.likely
        self.escapes, self.external_calls = record.escapes, record.external_calls
        self.leaks = record.leaks

    def _everything(self) -> None:
        for unit in range(len(self._units)):
            self.cells.enqueue(unit)

    def _drain(self) -> None:
        budget = _ROUNDS * max(1, len(self._units))
        while (unit := self.cells.take()) is not None:
            if not budget:
                raise AnalysisIncomplete(len(self.trees))
            budget -= 1
            self._run_unit(unit)

    def _run_unit(self, index: int) -> None:
        self.cells.current = index
        if self._recording:
            # What an earlier look at this unit found may have been resolved since.
            self._records[index] = _Record()
            self._use(self._records[index])
        unit = self._units[index]
        if isinstance(unit, ModuleInfo):
            self.body(self.trees[unit.path].body, unit.scope)
        else:
            self._run_function(unit)

    def _run_function(self, info: FunctionInfo) -> None:
        node, scope = info.node, info.scope
        parameters = info.parameters()
        place = (info.value.path, node.lineno)
        if info.takes_receiver and parameters and info.owner is not None:
            receiver: Value = (
                Class(*_class_fields(info.owner))
                if info.has_decorator("classmethod")
                else Instance(info.owner)
            )
            if info.node.name != "__new__" if not isinstance(info.node, ast.Lambda) else True:
                self.cells.add(("var", scope.key, parameters[0].arg), {receiver}, place)
        outer = scope.parent or scope
        everything = [*parameters, *node.args.kwonlyargs]
        defaults: list[tuple[ast.arg, ast.expr | None]] = list(
            zip(reversed(parameters), reversed(node.args.defaults), strict=False)
        )
        defaults += list(zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True))
        for argument, default in defaults:
            if default is not None:
                found = self.evaluate(default, outer)
                # A default of None says nothing about what callers pass.
                self.cells.add(
                    ("var", scope.key, argument.arg), found, (info.value.path, argument.lineno)
                )
        for argument in everything:
            if argument.annotation is not None:
                found = self.annotations.read(argument.annotation, outer)
                self.cells.add(
                    ("var", scope.key, argument.arg), found, (info.value.path, argument.lineno)
                )
        self._bind_fixtures(info)
        self._bind_patches(info, outer)
        self.outside.open_unmentioned(info)
        if isinstance(node, ast.Lambda):
            self.cells.add(("return", info.value), self.evaluate(node.body, scope), place)
            return
        if node.returns is not None:
            found = self.annotations.read(node.returns, outer)
            if info.is_generator:
                found = self.elements(found) | {
                    value for value in found if not isinstance(value, Container)
                }
                self.cells.add(("yield", info.value), found, place)
            else:
                self.cells.add(("return", info.value), found, place)
        self.body(node.body, scope)

    def _bind_patches(self, info: FunctionInfo, outer: Scope) -> None:
        """``@patch("...")`` hands mocks in, the innermost decorator first."""
        if isinstance(info.node, ast.Lambda):
            return
        names = [
            parameter.arg for parameter in info.parameters()[1 if info.takes_receiver else 0 :]
        ]
        for decorator in reversed(info.node.decorator_list):
            if not isinstance(decorator, ast.Call) or last_name(decorator.func) not in (
                "patch",
                "object",
            ):
                continue
            if (
                len(decorator.args) > (2 if last_name(decorator.func) == "object" else 1)
                or not names
            ):
                continue
            made = {value for value in self.evaluate(decorator, outer) if isinstance(value, Client)}
            if made:
                self.cells.add(
                    ("var", info.scope.key, names.pop(0)), made, (info.value.path, decorator.lineno)
                )

    # Fixtures

    def _find_fixtures(self) -> dict[str, list[FunctionInfo]]:
        found: dict[str, list[FunctionInfo]] = {}
        for info in self.functions.values():
            if isinstance(info.node, ast.Lambda) or not info.has_decorator("fixture"):
                continue
            name = info.node.name
            for decorator in info.node.decorator_list:
                if isinstance(decorator, ast.Call):
                    for keyword in decorator.keywords:
                        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                            name = str(keyword.value.value)
            found.setdefault(name, []).append(info)
        return found

    def _bind_fixtures(self, info: FunctionInfo) -> None:
        if isinstance(info.node, ast.Lambda) or not self.fixtures:
            return
        if not (info.node.name.startswith("test") or info.has_decorator("fixture")):
            return
        for argument in [*info.parameters(), *info.node.args.kwonlyargs]:
            fixture = self._nearest_fixture(argument.arg, info)
            if fixture is not None:
                kind = "yield" if fixture.is_generator else "return"
                values = self.cells.read((kind, fixture.value))
                self.cells.add(
                    ("var", info.scope.key, argument.arg),
                    values,
                    (info.value.path, argument.lineno),
                )

    def _nearest_fixture(self, name: str, user: FunctionInfo) -> FunctionInfo | None:
        best: FunctionInfo | None = None
        depth = -1
        for fixture in self.fixtures.get(name, ()):
            if fixture.value == user.value:
                continue
            folder, _, file = fixture.value.path.rpartition("/")
            if fixture.value.path == user.value.path:
                return fixture
            inside = not folder or user.value.path.startswith(f"{folder}/")
            if file == "conftest.py" and inside and len(folder) > depth:
                best, depth = fixture, len(folder)
        return best

    # Statements

    def body(self, nodes: Iterable[ast.stmt], scope: Scope) -> None:
        """Run statements."""
        for node in nodes:
            self.statement(node, scope)

    def statement(self, node: ast.stmt, scope: Scope) -> None:
        """Run one statement; nested function bodies are units of their own."""
        if isinstance(node, ast.Expr):
            self.evaluate(node.value, scope)
        elif isinstance(node, ast.Assign):
            values = self.evaluate(node.value, scope)
            for target in node.targets:
                self.assign(target, values, scope, node.value)
        elif isinstance(node, ast.AnnAssign):
            values = self.annotations.read(node.annotation, scope)
            if node.value is not None:
                values = values | self.evaluate(node.value, scope)
            self.assign(node.target, values, scope, node.value)
        elif isinstance(node, ast.AugAssign):
            values = self.evaluate(node.value, scope)
            for container in self.evaluate(node.target, scope):
                if isinstance(container, Container):
                    self.put(container, None, self.elements(values), node, scope)
        elif isinstance(node, ast.Return):
            if node.value is not None and scope.function is not None:
                values = self.evaluate(node.value, scope)
                self.cells.add(("return", scope.function), values, (scope.path, node.lineno))
                if scope.function in self.opened:
                    name, root = scope.function.name, self.opened[scope.function]
                    self.outside.leak(node.value, values, f"the caller of {name}", root, scope)
        elif isinstance(node, ast.For | ast.AsyncFor):
            values = self.evaluate(node.iter, scope)
            self.assign(
                node.target, self.elements(values), scope, None, self.pairs(node.iter, values)
            )
            self.body(node.body, scope)
            self.body(node.orelse, scope)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                entered = self.calls.enter(self.evaluate(item.context_expr, scope))
                if item.optional_vars is not None:
                    self.assign(item.optional_vars, entered, scope, None)
            self.body(node.body, scope)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self._define_function(node, scope)
        elif isinstance(node, ast.ClassDef):
            self._define_class(node, scope)
        elif isinstance(node, ast.Import):
            self._import(node, scope)
        elif isinstance(node, ast.ImportFrom):
            self._import_from(node, scope)
        elif isinstance(node, ast.Try | ast.TryStar):
            self.body(node.body, scope)
            for handler in node.handlers:
                if handler.type is not None:
                    self.evaluate(handler.type, scope)
                self.body(handler.body, scope)
            self.body(node.orelse, scope)
            self.body(node.finalbody, scope)
        elif isinstance(node, ast.Match):
            subject = self.evaluate(node.subject, scope)
            for case in node.cases:
                self._pattern(case.pattern, subject, scope)
                if case.guard is not None:
                    self.evaluate(case.guard, scope)
                self.body(case.body, scope)
        else:
            # If, While, Assert, Raise, Delete and whatever else: expressions and bodies, in order.
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.stmt):
                    self.statement(child, scope)
                elif isinstance(child, ast.expr):
                    self.evaluate(child, scope)

    def _pattern(self, pattern: ast.pattern, subject: set[Value], scope: Scope) -> None:
        """Bind the names of a ``case`` pattern to what they capture of *subject*."""
        if isinstance(pattern, ast.MatchAs):
            if pattern.pattern is not None:
                self._pattern(pattern.pattern, subject, scope)
            if pattern.name is not None:
                found = self._narrowed(pattern.pattern, subject)
                self.cells.add(
                    ("var", scope.key, pattern.name), found, (scope.path, pattern.lineno)
                )
        elif isinstance(pattern, ast.MatchOr):
            for inner in pattern.patterns:
                self._pattern(inner, subject, scope)
        elif isinstance(pattern, ast.MatchClass):
            self.evaluate(pattern.cls, scope)
            for inner in pattern.patterns:
                self._pattern(inner, {UNKNOWN}, scope)
            for name, inner in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
                members = [self._member(value, name) for value in subject]
                self._pattern(inner, {v for found in members for v in found or ()}, scope)
        elif isinstance(pattern, ast.MatchSequence):
            starred = any(isinstance(inner, ast.MatchStar) for inner in pattern.patterns)
            for index, inner in enumerate(pattern.patterns):
                part = self.elements(subject) if starred else self.item(subject, index)
                self._pattern(inner, part, scope)
        elif isinstance(pattern, ast.MatchStar) and pattern.name is not None:
            box = Container(scope.path, pattern.lineno, pattern.col_offset)
            self.put(box, None, subject, pattern, scope)
            self.cells.add(("var", scope.key, pattern.name), {box}, (scope.path, pattern.lineno))
        elif isinstance(pattern, ast.MatchMapping):
            for key, inner in zip(pattern.keys, pattern.patterns, strict=True):
                self._pattern(inner, self.item(subject, _constant(key)), scope)
            if pattern.rest is not None:
                place = (scope.path, pattern.lineno)
                self.cells.add(("var", scope.key, pattern.rest), subject, place)

    def _narrowed(self, pattern: ast.pattern | None, subject: set[Value]) -> set[Value]:
        """What of *subject* a class pattern lets through."""
        if not isinstance(pattern, ast.MatchClass):
            return subject
        found: set[Value] = set()
        for value in self._last.get(id(pattern.cls), frozenset()):
            if isinstance(value, LegacyName):
                found |= {known for known in subject if isinstance(known, Client)}
            elif isinstance(value, Class):
                found.add(Instance(value))
        return found or subject

    def _define_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        info = self.modules[scope.path].functions[id(node)]
        for decorator in node.decorator_list:
            self.outside.apply_decorator(decorator, info, scope)
        self.bind_name(node.name, {info.value}, scope, node.lineno)

    def _define_class(self, node: ast.ClassDef, scope: Scope) -> None:
        info = self.modules[scope.path].classes[id(node)]
        found: list[Value] = []
        for base in node.bases:
            inner = base.value if isinstance(base, ast.Subscript) else base
            found.extend(sorted(self.evaluate(inner, scope), key=repr))
        for keyword in node.keywords:
            self.evaluate(keyword.value, scope)
        for decorator in node.decorator_list:
            self.evaluate(decorator, scope)
        if self.bases.get(info.value) != found:
            self.bases[info.value] = found
            self._families.clear()
            self._classes_grown = True
            for base_value in found:
                if isinstance(base_value, Class):
                    self.children.setdefault(base_value, set()).add(info.value)
        self.bind_name(node.name, {info.value}, scope, node.lineno)
        self.body(node.body, info.scope)

    # Imports

    def _import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            if alias.asname:
                self.bind_name(
                    alias.asname, {self.module_value(scope.path, alias.name)}, scope, node.lineno
                )
            else:
                first = alias.name.split(".")[0]
                value = (
                    self.module_value(scope.path, first) if alias.name == first else External(first)
                )
                self.bind_name(first, {value}, scope, node.lineno)

    def module_value(self, importer: str, dotted: str, level: int = 0) -> Value:
        """The module object an import means."""
        full = absolute_name(importer, dotted or None, level)
        sub = legacy_submodule(full)
        if sub is not None:
            return LegacyModule(sub)
        path = self.graph.find(importer, dotted or None, level)
        if path is not None and path in self.modules:
            return Module(path)
        return External(full)

    def _import_from(self, node: ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            if alias.name != "*":
                values = self.imported(scope.path, node.module, node.level, alias.name)
                self.bind_name(alias.asname or alias.name, values, scope, node.lineno)

    def imported(self, importer: str, module: str | None, level: int, name: str) -> set[Value]:
        """What ``from module import name`` brings."""
        full = absolute_name(importer, module, level)
        sub = legacy_submodule(full)
        if sub is not None:
            inner = legacy_submodule(f"{full}.{name}")
            return {
                LegacyModule(inner or name)
                if name_kind(name) == "module"
                else LegacyName(sub, name)
            }
        if legacy_submodule(f"{full}.{name}" if full else name) is not None:
            return {LegacyModule(legacy_submodule(f"{full}.{name}" if full else name) or "")}
        path = self.graph.find(importer, module, level)
        reexported = parent_reexport(full, name)
        if path is not None and path in self.modules:
            found = self.module_member(path, name)
            # While values still flow, a name the file binds may have none yet.
            if found or reexported is None or name in self.modules[path].scope.names:
                return found
        if reexported is not None:
            return {LegacyName("", reexported)}
        inner_module = f"{module}.{name}" if module else name
        inner_path = self.graph.find(importer, inner_module, level)
        if inner_path is not None and inner_path in self.modules:
            return {Module(inner_path)}
        return {External(f"{full}.{name}")}

    def module_member(self, path: str, name: str, seen: frozenset[str] = frozenset()) -> set[Value]:
        """A name of a project module: variable, submodule, or brought by a star import."""
        if path in seen:
            return set()
        module = self.modules[path]
        found: set[Value] = set()
        if name in module.scope.names:
            found |= self.cells.read(("var", module.scope.key, name))
        if path.endswith("__init__.py"):
            inner = self.graph.find(path, name, 1)
            if inner is not None and inner in self.modules:
                found.add(Module(inner))
            if name == LEGACY_FOLDER and not found:
                found.add(LegacyModule(""))
        if not found:
            for star in module.star_imports:
                found |= self.starred(path, star, name, seen | {path})
        return found

    def starred(
        self, path: str, star: ast.ImportFrom, name: str, seen: frozenset[str] = frozenset()
    ) -> set[Value]:
        """What a star import brings under *name*."""
        full = absolute_name(path, star.module, star.level)
        sub = legacy_submodule(full)
        if sub is not None:
            return {LegacyName(sub, name)} if exports(sub, name) else set()
        source = self.graph.find(path, star.module, star.level)
        if source is not None and source in self.modules:
            return self.module_member(source, name, seen)
        return set()

    # Names and targets

    def variable(self, name: str, scope: Scope) -> Cell | None:
        """The cell of a name seen from a scope."""
        home = scope.lookup(name)
        if home is None:
            return None
        if home.owner is not None and isinstance(home.node, ast.ClassDef):
            return ("attr", home.owner, name)
        return ("var", home.key, name)

    def bind_name(self, name: str, values: Iterable[Value], scope: Scope, line: int) -> None:
        cell = self.variable(name, scope) or ("var", scope.key, name)
        self.cells.add(cell, values, (scope.path, line))

    def load_name(self, node: ast.Name, scope: Scope) -> set[Value]:
        cell = self.variable(node.id, scope)
        if cell is not None:
            return set(self.cells.read(cell))
        for star in self.modules[scope.path].star_imports:
            found = self.starred(scope.path, star, node.id)
            if found:
                return found
        stored = self.cells.read(("var", self.modules[scope.path].scope.key, node.id))
        if stored:  # through globals()
            return set(stored)
        return {External(node.id)} if node.id in BUILTINS else set()

    def assign(
        self,
        target: ast.expr,
        values: set[Value],
        scope: Scope,
        source: ast.expr | None,
        pairs: list[set[Value]] | None = None,
    ) -> None:
        """Store *values*; *source* is the right-hand side, used to unpack literal tuples pairwise."""
        place = (scope.path, target.lineno)
        if self._recording and values:
            self.values[id(target)] = frozenset(values)
        if isinstance(target, ast.Name):
            self.bind_name(target.id, values, scope, target.lineno)
        elif isinstance(target, ast.Attribute):
            bases = self.evaluate(target.value, scope)
            if not self.store_attribute(bases, target, target.attr, values, place):
                self.outside.leak(target, values, ast.unparse(target.value), "", scope)
        elif isinstance(target, ast.Subscript):
            key = _constant(target.slice)
            if not isinstance(target.slice, ast.Constant):
                self.evaluate(target.slice, scope)
            bases = self.evaluate(target.value, scope)
            for container in bases:
                if isinstance(container, Container):
                    self.put(container, key, values, target, scope)
            if not any(isinstance(base, Container) for base in bases):
                self.cells.add(("loose", last_name(target.value), "[]"), values, place)
                self.outside.leak(target, values, ast.unparse(target.value), "", scope)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, values, scope, None)
        elif isinstance(target, ast.Tuple | ast.List):
            self._unpack(target, values, scope, source, pairs)

    def _unpack(
        self,
        target: ast.Tuple | ast.List,
        values: set[Value],
        scope: Scope,
        source: ast.expr | None,
        pairs: list[set[Value]] | None,
    ) -> None:
        starred = any(isinstance(element, ast.Starred) for element in target.elts)
        if (
            isinstance(source, ast.Tuple | ast.List)
            and len(source.elts) == len(target.elts)
            and not starred
        ):
            for inner, part in zip(target.elts, source.elts, strict=True):
                self.assign(inner, self.evaluate(part, scope), scope, part)
            return
        if pairs is not None and len(pairs) == len(target.elts) and not starred:
            for inner, part_values in zip(target.elts, pairs, strict=True):
                self.assign(inner, part_values, scope, None)
            return
        for index, inner in enumerate(target.elts):
            found = self.elements(values) if starred else self.item(values, index)
            if isinstance(inner, ast.Starred):
                box = Container(scope.path, inner.lineno, inner.col_offset)
                self.put(box, None, found, inner, scope)
                found = {box}
            self.assign(inner, found, scope, None)

    def pairs(self, node: ast.expr, values: set[Value]) -> list[set[Value]] | None:
        """Element values of ``zip``, ``enumerate`` and ``dict.items``, slot by slot."""
        if not isinstance(node, ast.Call):
            return None
        name = last_name(node.func)
        if name == "items" and isinstance(node.func, ast.Attribute) and not node.args:
            return [{OTHER}, self.elements(values)]
        if name == "enumerate" and node.args:
            return [{OTHER}, self.elements(self.peek(node.args[0]))]
        if name == "zip" and node.args:
            return [self.elements(self.peek(argument)) for argument in node.args]
        return None

    def peek(self, node: ast.expr) -> set[Value]:
        """The value an expression had when it was last evaluated."""
        return set(self._last.get(id(node), ()))

    def store_attribute(
        self,
        bases: set[Value],
        node: ast.Attribute,
        name: str,
        values: set[Value],
        place: tuple[str, int],
    ) -> bool:
        """Store an attribute; whether it is known of what."""
        known = False
        if name not in self.payload_attributes and self.outside.payloads_in(values):
            self.payload_attributes.add(name)
            self._classes_grown = True
        for base in bases:
            if isinstance(base, Instance):
                if not self._set_property(base, name, values, place):
                    self.cells.add(("attr", base.of, name), values, place)
                known = True
            elif isinstance(base, Class):
                self.cells.add(("attr", base, name), values, place)
                known = True
            elif isinstance(base, Module):
                self.cells.add(("var", self.modules[base.path].scope.key, name), values, place)
                known = True
            elif isinstance(base, Container):
                self.put_at(base, name, values, place)
                known = True
            elif isinstance(base, Client | Payload | LegacyModule | LegacyName):
                known = True
        if not known:
            self.cells.add(("loose", last_name(node.value), name), values, place)
        return known

    def _set_property(
        self, base: Instance, name: str, values: set[Value], place: tuple[str, int]
    ) -> bool:
        """Hand what is assigned to a property to its setter; whether there is one."""
        for known in self.ancestors(base.of):
            setter = self.classes[known].setters.get(name)
            if setter is not None and len(setter.parameters()) == 2:
                self.calls.bind_receiver(setter, base)
                value = setter.parameters()[1].arg
                self.cells.add(("var", setter.scope.key, value), values, place)
                return True
        return False

    # Containers

    def put(
        self,
        container: Container,
        key: object,
        values: Iterable[Value],
        node: ast.AST,
        scope: Scope,
    ) -> None:
        """Add elements; *key* is a constant index or key, ``None`` when it is not known."""
        self.put_at(container, key, values, (scope.path, getattr(node, "lineno", 1)))

    def namespace(self, of: Class | Module) -> Container:
        """The dictionary of an object's names; what is stored in it is an attribute or a variable."""
        line = of.line if isinstance(of, Class) else 0
        found = Container(of.path, line, 0, f"namespace {getattr(of, 'name', '')}")
        self._namespaces[found] = of
        return found

    def put_at(
        self, container: Container, key: object, values: Iterable[Value], place: tuple[str, int]
    ) -> None:
        of = self._namespaces.get(container)
        if isinstance(of, Class) and isinstance(key, str):
            self.cells.add(("attr", of, key), values, place)
        elif isinstance(of, Module) and isinstance(key, str):
            self.cells.add(("var", self.modules[of.path].scope.key, key), values, place)
        cell: Cell = ("item", container, key) if key is not None else ("spread", container)
        found = set(values)
        self.cells.add(cell, found, place)
        self.cells.add(("items", container), found, place)

    def item(self, values: Iterable[Value], key: object) -> set[Value]:
        """The element under a constant key; all elements where the key is not known."""
        found: set[Value] = set()
        for value in values:
            of = self._namespaces.get(value) if isinstance(value, Container) else None
            if of is not None and isinstance(key, str):
                found |= self._member(Instance(of) if isinstance(of, Class) else of, key) or set()
                if isinstance(of, Module):
                    found |= self.cells.read(("var", self.modules[of.path].scope.key, key))
            elif isinstance(value, Container):
                keyed = self.cells.read(("item", value, key)) if key is not None else set()
                if keyed:
                    found |= keyed | self.cells.read(("spread", value))
                else:
                    found |= self.cells.read(("items", value))
            elif isinstance(value, Instance):
                found |= self._instance_item(value, key)
            elif isinstance(value, Payload):
                if value.layer == "envelope" and (key is None or key in ("data", "raw_data")):
                    found.add(Payload(value.client, value.data_type, "frame"))
                else:
                    found.add(OTHER)
            else:
                found |= _inside(value)
        return found

    def elements(self, values: Iterable[Value]) -> set[Value]:
        """What iterating over *values* gives."""
        found: set[Value] = set()
        for value in values:
            if isinstance(value, Container):
                found |= self.cells.read(("items", value))
            elif isinstance(value, Instance):
                found |= self._instance_elements(value)
            elif isinstance(value, Payload):
                found.add(OTHER)
            else:
                found |= _inside(value)
        return found

    def _instance_item(self, value: Instance, key: object) -> set[Value]:
        getter = self.method(value.of, "__getitem__")
        if getter is not None:
            self.calls.bind_receiver(getter, value)
            return set(self.cells.read(("return", getter.value)))
        fields = self.calls.fields(value.of)
        if not self._is_tuple(value.of) or not fields:
            return set()
        known = isinstance(key, int) and 0 <= key < len(fields)
        names = [fields[key]] if known and isinstance(key, int) else fields
        return {one for name in names for one in self.cells.read(("attr", value.of, name))}

    def _instance_elements(self, value: Instance) -> set[Value]:
        """What ``for`` and ``async for`` over an object give."""
        found: set[Value] = set()
        for name in ("__next__", "__anext__", "__iter__", "__aiter__"):
            info = self.method(value.of, name)
            if info is None:
                continue
            self.calls.bind_receiver(info, value)
            given = self.cells.read(("yield" if info.is_generator else "return", info.value))
            if name in ("__next__", "__anext__") or info.is_generator:
                found |= given
            else:
                found |= self.elements(one for one in set(given) if one != value)
        return found | (self._instance_item(value, None) if self._is_tuple(value.of) else set())

    def _is_tuple(self, of: Class) -> bool:
        return any(
            isinstance(base, External) and base.name.rsplit(".", 1)[-1] == "NamedTuple"
            for known in self.ancestors(of)
            for base in self.bases.get(known, ())
        )

    def constant(self, node: ast.expr, scope: Scope) -> object:
        """The constant key an expression is, also through a module-level name that is bound once."""
        if not isinstance(node, ast.Name):
            return _constant(node)
        home = scope.lookup(node.id)
        if home is None or home.parent is not None:
            return None
        return self._module_constants(home).get(node.id)

    def _module_constants(self, scope: Scope) -> dict[str, object]:
        if scope.path not in self._constants:
            found: dict[str, object] = {}
            for statement in getattr(scope.node, "body", ()):
                target = statement.targets[0] if isinstance(statement, ast.Assign) else None
                if isinstance(statement, ast.AnnAssign):
                    target = statement.target
                value = getattr(statement, "value", None)
                if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
                    found[target.id] = value.value
            stores = Counter(
                node.id
                for node in ast.walk(scope.node)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            )
            self._constants[scope.path] = {
                name: value for name, value in found.items() if stores[name] == 1
            }
        return self._constants[scope.path]

    # Classes

    def ancestors(self, of: Class) -> list[Class]:
        """The class and its project bases, nearest first."""
        known_answer = self._families.get(("up", of))
        if known_answer is not None:
            return known_answer
        found = self._families[("up", of)] = [of]
        for known in found:
            for base in self.bases.get(known, ()):
                if isinstance(base, Class) and base not in found:
                    found.append(base)
        return found

    def family(self, of: Class) -> list[Class]:
        """Ancestors and descendants: a method of a base may run on any of them."""
        known_answer = self._families.get(("all", of))
        if known_answer is not None:
            return known_answer
        found = self.ancestors(of)
        queue = [of]
        for known in queue:
            for child in sorted(self.children.get(known, ()), key=repr):
                if child not in queue:
                    queue.append(child)
        found = found + [known for known in queue if known not in found]
        self._families[("all", of)] = found
        return found

    def legacy_base(self, of: Class) -> LegacyName | None:
        """The legacy class a project class derives from."""
        for known in self.ancestors(of):
            for base in self.bases.get(known, ()):
                if isinstance(base, LegacyName):
                    return base
        return None

    def method(self, of: Class, name: str) -> FunctionInfo | None:
        """The method *name* of a class, looked up in its project bases."""
        for known in self.ancestors(of):
            info = self.classes[known].methods.get(name)
            if info is not None:
                return info
        return None

    # Expressions

    def evaluate(self, node: ast.expr, scope: Scope) -> set[Value]:
        """What an expression may be."""
        values = self._evaluate(node, scope)
        if not values and self.settled:
            values = {foreign(ANYWHERE)}
        self._last[id(node)] = frozenset(values)
        if self._recording and values:
            self.values[id(node)] = self._last[id(node)] | self.values.get(id(node), frozenset())
        return values

    def _evaluate(self, node: ast.expr, scope: Scope) -> set[Value]:
        if isinstance(node, ast.Name):
            return self.load_name(node, scope)
        if isinstance(node, ast.Attribute):
            return self.attribute(self.evaluate(node.value, scope), node.attr, node)
        if isinstance(node, ast.Call):
            return self.calls.evaluate(node, scope)
        if isinstance(node, ast.Constant):
            return {NONE} if node.value is None else {OTHER}
        if isinstance(node, ast.Await | ast.Starred):
            return self.evaluate(node.value, scope)
        if isinstance(node, ast.Subscript):
            base = self.evaluate(node.value, scope)
            self.evaluate(node.slice, scope)
            found = self.item(base, self.constant(node.slice, scope))
            if isinstance(node.slice, ast.Slice):
                found |= {value for value in base if isinstance(value, Container)}
            if not any(isinstance(value, Container | Payload) for value in base):
                found |= self.cells.read(("loose", last_name(node.value), "[]"))
            return found
        if isinstance(node, ast.NamedExpr):
            values = self.evaluate(node.value, scope)
            self.assign(node.target, values, scope, node.value)
            return values
        if isinstance(node, ast.IfExp):
            self.evaluate(node.test, scope)
            return self.evaluate(node.body, scope) | self.evaluate(node.orelse, scope)
        if isinstance(node, ast.BoolOp):
            joined: set[Value] = set()
            for part in node.values:
                joined |= self.evaluate(part, scope)
            return joined
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return self._literal(node, scope)
        if isinstance(node, ast.Dict):
            return self._dict(node, scope)
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            return self._comprehension(node, scope)
        if isinstance(node, ast.Lambda):
            # The scopes leave annotations out, where a lambda makes no sense but is legal.
            function = self.modules[scope.path].functions.get(id(node))
            return {function.value} if function is not None else set()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            values = self.evaluate(node.value, scope) if node.value is not None else {NONE}
            if scope.function is not None:
                given = self.elements(values) if isinstance(node, ast.YieldFrom) else values
                self.cells.add(("yield", scope.function), given, (scope.path, node.lineno))
            return set()
        if isinstance(node, ast.BinOp):
            both = self.evaluate(node.left, scope) | self.evaluate(node.right, scope)
            return {value for value in both if isinstance(value, Container | Payload)} or {OTHER}
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.evaluate(child, scope)
        return {OTHER}

    def _literal(self, node: ast.List | ast.Tuple | ast.Set, scope: Scope) -> set[Value]:
        # A tuple without parentheses begins where its first element begins.
        label = "tuple" if isinstance(node, ast.Tuple) else ""
        box = Container(scope.path, node.lineno, node.col_offset, label)
        spread = False
        for index, element in enumerate(node.elts):
            values = self.evaluate(element, scope)
            if isinstance(element, ast.Starred):
                spread = True
                values = self.elements(values)
            self.put(box, None if spread else index, values, element, scope)
        return {box}

    def _dict(self, node: ast.Dict, scope: Scope) -> set[Value]:
        box = Container(scope.path, node.lineno, node.col_offset)
        copied: set[Value] = set()
        for key, value in zip(node.keys, node.values, strict=True):
            values = self.evaluate(value, scope)
            if key is None:
                copied |= {one for one in values if isinstance(one, Payload)}
                values = self.elements(values)
            else:
                self.evaluate(key, scope)
            self.put(box, _constant(key) if key is not None else None, values, value, scope)
        keys = {_constant(key) for key in node.keys if key is not None}
        if copied and None not in keys and not keys & ENVELOPE_ONLY:
            return copied  # {**payload, "at": now} is the payload with more in it
        return {box} | copied

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope
    ) -> set[Value]:
        for generator in node.generators:
            values = self.evaluate(generator.iter, scope)
            self.assign(
                generator.target,
                self.elements(values),
                scope,
                None,
                self.pairs(generator.iter, values),
            )
            for condition in generator.ifs:
                self.evaluate(condition, scope)
        box = Container(scope.path, node.lineno, node.col_offset)
        if isinstance(node, ast.DictComp):
            self.evaluate(node.key, scope)
            self.put(box, None, self.evaluate(node.value, scope), node, scope)
        else:
            self.put(box, None, self.evaluate(node.elt, scope), node, scope)
        return {box}

    def attribute(self, bases: set[Value], name: str, node: ast.Attribute) -> set[Value]:
        """The member *name* of each of *bases*."""
        found: set[Value] = set()
        resolved = False
        only_inherited = isinstance(node.value, ast.Call) and last_name(node.value.func) == "super"
        for base in bases:
            member = self._member(base, name, only_inherited=only_inherited)
            if member is not None:
                resolved = True
                found |= member
            elif isinstance(base, Plain) and base.word == "foreign":
                found.add(base)
        if not resolved:
            loose = self.cells.read(("loose", last_name(node.value), name))
            if loose and self._recording:
                self.likely.add(id(node))
            found |= loose
            if name in self.payload_attributes:
                found.add(foreign(f".{name}"))
        elif self._recording and id(node.value) in self.likely:
            self.likely.add(id(node))
        return found

    def _member(self, base: Value, name: str, *, only_inherited: bool = False) -> set[Value] | None:
        if name == "__dict__" and isinstance(base, Instance | Class | Module):
            return {self.namespace(base.of if isinstance(base, Instance) else base)}
        if isinstance(base, Instance | Class):
            return self._class_member(base, name, only_inherited=only_inherited)
        if isinstance(base, Module):
            return self.module_member(base.path, name)
        if isinstance(base, LegacyModule):
            inner = f"{base.sub}.{name}" if base.sub else name
            return {
                LegacyModule(inner) if name_kind(name) == "module" else LegacyName(base.sub, name)
            }
        if isinstance(base, External):
            if base.name.endswith(")") or base.name.count(".") > _LONGEST_NAME:
                # A member of an object outside of the project; and `node = node.next` ends.
                return {OTHER, foreign(root_of(base.name))}
            dotted = f"{base.name}.{name}"
            sub = legacy_submodule(dotted)
            if sub is not None:
                return {LegacyModule(sub)}
            reexported = parent_reexport(base.name, name)
            if reexported is not None:
                return {LegacyName("", reexported)}
            path = self.graph.find("", dotted)
            return {Module(path) if path is not None and path in self.modules else External(dotted)}
        if isinstance(base, Client):
            # Only a mock hands itself on: cls.return_value, mock.__aenter__.return_value.
            return (
                {base}
                if base.origin == "mock" and name in ("return_value", "__aenter__")
                else {OTHER}
            )
        if isinstance(base, Container):
            values = self.cells.read(("item", base, name))
            return set(values) if values else set()
        if isinstance(base, Payload | LegacyName | Partial | Bound | Function):
            return {OTHER}
        return None

    def _class_member(
        self, base: Instance | Class, name: str, *, only_inherited: bool
    ) -> set[Value] | None:
        of = base.of if isinstance(base, Instance) else base
        found: set[Value] = set()
        for known in self.family(of):
            found |= self.cells.read(("attr", known, name))
        methods = self._methods(base, name, only_inherited=only_inherited)
        if methods:
            found = {value for value in found if not isinstance(value, Function)}
        for info, receiver in methods:
            if info.has_decorator("property", "cached_property"):
                if isinstance(receiver, Instance):
                    self.calls.bind_receiver(info, receiver)
                found |= self.cells.read(("return", info.value))
            elif info.has_decorator("staticmethod"):
                found.add(info.value)
            elif isinstance(receiver, Instance) or info.has_decorator("classmethod"):
                found.add(Bound(info.value, receiver))
            else:
                found.add(info.value)
        if isinstance(base, Instance) and not found:
            getter = self.method(of, "__getattr__")
            if getter is not None:
                return {UNKNOWN}
        return found

    def _methods(
        self, base: Instance | Class, name: str, *, only_inherited: bool
    ) -> list[tuple[FunctionInfo, Instance | Class]]:
        """What ``base.name`` may be as a method, each with its receiver: what is inherited and,
        since an instance may be one of a subclass, what subclasses put in its place."""
        of = base.of if isinstance(base, Instance) else base
        inherited = self.method(of, name)
        found: list[tuple[FunctionInfo, Instance | Class]] = []
        if inherited is not None:
            found.append((inherited, base))
        if isinstance(base, Class) or only_inherited:
            return found
        for known in self.family(of):
            info = self.classes[known].methods.get(name)
            below = of in self.ancestors(known)
            if info is not None and info is not inherited and (below or inherited is None):
                found.append((info, Instance(known)))
        return found


def _inside(value: Value) -> set[Value]:
    """Elements and members of something the project does not show are no better known."""
    if isinstance(value, External) and value.name.endswith("()"):
        return {foreign(root_of(value.name))}
    if isinstance(value, Plain) and value.word in ("unknown", "foreign", "decoded"):
        return {value}
    return set()


def _class_fields(of: Class) -> tuple[str, str, int]:
    return of.path, of.name, of.line


def _constant(node: ast.expr | None) -> object:
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int):
        return node.value
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr.isupper():
        return f"{node.value.id}.{node.attr}"  # an enum member or a module constant
    return None
