"""Mentions of the legacy classes and factories by name: constructions, annotations, checks, plain values."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from codemods.exception_uses import is_handed_here, selects_errors
from codemods.flow.externals import MOCK_CLASSES, is_harmless
from codemods.flow.scopes import Scope, last_name
from codemods.flow.values import Client, LegacyModule, LegacyName, Maker, Module, Value
from codemods.handed_classes import is_factory, patched_members
from codemods.legacy import ClientKind, is_exception, kind_of_client, name_kind
from codemods.project import Project
from codemods.site import dotted
from codemods.source import SourceFile

__all__ = ["Reference", "Role", "class_value", "class_values", "clients_in", "find_references"]

_KEEPING = frozenset(
    {"dict", "list", "tuple", "set", "append", "add", "setdefault", "patch", "object", "getattr"}
)
"""Functions that only store a class."""

COMPUTED = "<expression>"
"""Stands for the name a class is bound to where it is an attribute or an element."""

_GENERIC = frozenset(
    {"Optional", "Union", "Annotated", "Callable", "Awaitable", "type", "Type", "list", "List"}
    | {"dict", "Dict", "tuple", "Tuple", "set", "Set", "Sequence", "Iterable", "Mapping"}
)
"""What takes types in brackets, so that a string there is one."""

Role = Literal[
    "construct",
    "provided",
    "annotation",
    "isinstance",
    "mock",
    "value",
    "except",
    "catching",
    "kept",
]


@dataclass(eq=False)
class Reference:
    """One mention of a legacy class, factory or exception.

    Args:
        node: the name or attribute; for a string annotation the string.
        bound: the name the file binds it under; for ``module.Class`` the module's first name.
        role: what it is used for; ``provided`` is the factory of a field, ``catching`` an exception that
            selects errors outside of the type of a clause.
        clients: clients that have to move for the mention to change.
        reason: for the role ``kept``, why it cannot change.
    """

    source: SourceFile
    node: ast.expr
    legacy: LegacyName
    bound: str
    role: Role
    clients: frozenset[Client] = frozenset()
    reason: str = ""
    rule: str = "UWS101"
    through_module: bool = False
    patched: frozenset[str] = frozenset()
    """Members of the class that are replaced here, as tests do."""
    alternatives: tuple[LegacyName, ...] = field(default=())


def class_value(kind: ClientKind) -> Client:
    """Stands for every client made through a class that is handed around as a value."""
    return Client("", 0, 0, kind, "class value")


def class_values(names: Iterable[LegacyName]) -> frozenset[Client]:
    """The class values of those among *names* that make clients."""
    makers = (name for name in names if name_kind(name.name) in ("class", "factory"))
    return frozenset(class_value(kind_of_client(name.name)) for name in makers)


def clients_in(project: Project, values: Iterable[Value]) -> frozenset[Client]:
    """Clients among the values and inside containers among them."""
    held = project.flow.cells.within(values)
    return frozenset(value for value in held if isinstance(value, Client))


def find_references(project: Project) -> Iterator[Reference]:
    """Every mention, in every file."""
    for source in project.sources.values():
        for node in source.nodes:
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                reference = _reference(project, source, node)
                if reference is not None:
                    yield reference
            elif isinstance(node, ast.Call) and not isinstance(node.func, ast.Name | ast.Attribute):
                # A call of something computed, such as an entry of a dictionary of classes.
                reference = _reference(project, source, node.func)
                if reference is not None and name_kind(reference.legacy.name) in (
                    "class",
                    "factory",
                ):
                    yield reference
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from _in_string(project, source, node)


def _reference(project: Project, source: SourceFile, node: ast.expr) -> Reference | None:
    names = sorted(
        (value for value in project.values(node) if isinstance(value, LegacyName)),
        key=lambda value: (value.name, value.sub),
    )
    if not names or _is_only_looked_at(source, node):
        return None
    legacy = names[0]
    # self.client_class is a variable that holds the class, module.Class is the class itself.
    through_module = isinstance(node, ast.Attribute) and any(
        isinstance(value, LegacyModule | Module) for value in project.values(node.value)
    )
    named = isinstance(node, ast.Name) or through_module
    bound = dotted(node).split(".")[0] if named else COMPUTED
    base = Reference(
        source,
        node,
        legacy,
        bound,
        "value",
        through_module=through_module,
        alternatives=tuple(names[1:]),
    )
    if is_exception(legacy.name):
        return None if is_handed_here(source, node) else _exception(base)
    if name_kind(legacy.name) not in ("class", "factory"):
        base.role, base.reason = "kept", f"{legacy.name} has no counterpart in v6"
        base.rule = "UWS103"
        return base
    _classify(project, base)
    return base


def _is_only_looked_at(source: SourceFile, node: ast.expr) -> bool:
    """``client.__class__`` anywhere but in a call of it: no mention of the class."""
    outer = source.parent(node)
    is_called = isinstance(outer, ast.Call) and outer.func is node
    return isinstance(node, ast.Attribute) and node.attr == "__class__" and not is_called


def _exception(reference: Reference) -> Reference:
    outer = reference.source.parent(reference.node)
    if isinstance(outer, ast.Tuple):
        outer = reference.source.parent(outer)
    reference.rule = "UWS152"
    if isinstance(outer, ast.ExceptHandler):
        reference.role = "except"
    elif selects_errors(reference.source, reference.node):
        reference.role = "catching"
        reference.reason = f"{reference.legacy.name} selects errors here"
    else:
        reference.role, reference.reason = (
            "kept",
            f"{reference.legacy.name} is used as a value, not only caught",
        )
    return reference


def _classify(project: Project, reference: Reference) -> None:
    source, node = reference.source, reference.node
    outer = source.parent(node)
    is_class = name_kind(reference.legacy.name) == "class"
    if isinstance(outer, ast.Call) and outer.func is node:
        reference.role = "construct"
        made = {value for value in project.values(outer) if isinstance(value, Client)}
        own = {
            c
            for c in made
            if (c.path, c.line, c.column) == (source.path, outer.lineno, outer.col_offset)
        }
        reference.clients = frozenset(own)
        return
    annotated = _annotated(project, source, node)
    if annotated is not None:
        reference.role, reference.clients, reference.rule = "annotation", annotated, "UWS150"
        return
    reference.patched = patched_members(source, node) if is_class else frozenset()
    if reference.patched:
        _as_value(reference)
        return
    if isinstance(outer, ast.Attribute):
        reference.role = "kept"
        reference.reason = f"{source.segment(outer)} is read from the class"
        if reference.bound == COMPUTED:
            reference.clients = class_values((reference.legacy, *reference.alternatives))
        return
    if isinstance(outer, ast.ClassDef) and is_class:
        reference.role, reference.rule = "kept", "UWS115"
        reference.reason = (
            f"{outer.name} is a subclass of it; "
            "compat_v5 can be subclassed, a proxy is not meant to be"
        )
        return
    if isinstance(outer, ast.MatchClass):
        statement = next(one for one in source.ancestors(outer) if isinstance(one, ast.Match))
        reference.role, reference.rule = "isinstance", "UWS151"
        reference.clients = clients_in(project, project.values(statement.subject))
        if not reference.clients:
            _as_value(reference)
        return
    call = source.parent(outer) if isinstance(outer, ast.keyword | ast.Tuple) else outer
    if isinstance(call, ast.Call):
        _as_argument(project, reference, call)
        return
    _as_value(reference)


def _as_value(reference: Reference) -> None:
    if name_kind(reference.legacy.name) == "factory":
        reference.role, reference.reason = (
            "kept",
            f"{reference.legacy.name} is handed on without being called",
        )
        return
    reference.role = "value"
    reference.clients = class_values((reference.legacy, *reference.alternatives))


def _as_argument(project: Project, reference: Reference, call: ast.Call) -> None:
    name = dotted(call.func)
    short = name.rsplit(".", 1)[-1]
    if short in ("isinstance", "issubclass") and len(call.args) == 2:
        if call.args[0] is reference.node:
            _as_value(reference)
            return
        reference.role, reference.rule = "isinstance", "UWS151"
        reference.clients = clients_in(project, project.values(call.args[0]))
        if not reference.clients:
            _as_value(reference)
        return
    is_class = name_kind(reference.legacy.name) == "class"
    if is_class and is_factory(project, reference.source, reference.node, call):
        values = project.values(call)
        made = clients_in(project, values) | {v.client for v in values if isinstance(v, Maker)}
        place = (reference.source.path, call.lineno, call.col_offset)
        reference.role = "provided"
        reference.clients = frozenset(c for c in made if (c.path, c.line, c.column) == place)
        return
    if short in MOCK_CLASSES:
        reference.role = "mock"
        kind = kind_of_client(reference.legacy.name)
        reference.clients = frozenset(
            {
                Client(reference.source.path, call.lineno, call.col_offset, kind, "mock"),
                class_value(kind),
            }
        )
        return
    if short == "cast":
        reference.role, reference.rule = "annotation", "UWS150"
        reference.clients = clients_in(project, project.values(call))
        return
    callee = project.flow.external_calls.get(id(call))
    takes = callee is not None and short not in _KEEPING and not project.calls_v6(call)
    if takes and not is_harmless(callee or name):
        reference.role = "kept"
        reference.clients = class_values((reference.legacy, *reference.alternatives))
        taker = callee or name or "a function"
        reference.reason = f"the class is handed to {taker}, which this project does not contain"
        return
    _as_value(reference)


def _annotated(project: Project, source: SourceFile, node: ast.AST) -> frozenset[Client] | None:
    """Clients of what *node* annotates; ``None`` when it stands in no annotation."""
    inner: ast.AST = node
    outer = source.parent(inner)
    while isinstance(outer, ast.Subscript | ast.BinOp | ast.Tuple | ast.List):
        inner, outer = outer, source.parent(outer)
    own = _own_annotation(source, node)
    if isinstance(outer, ast.arg) and outer.annotation is inner:
        function = source.parent(source.parent(outer) or outer)
        scope = project.flow.modules[source.path].scopes.get(id(function))
        if scope is None:
            return own
        return own | _described(project, project.flow.cells.read(("var", scope.key, outer.arg)))
    if isinstance(outer, ast.AnnAssign) and outer.annotation is inner:
        return own | _described(project, project.values(outer.target))
    if isinstance(outer, ast.Call | ast.keyword):
        return _type_variable(project, source, inner, own)
    if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef) and outer.returns is inner:
        info = project.flow.modules[source.path].functions[id(outer)]
        kind = "yield" if info.is_generator else "return"
        return own | _described(project, project.flow.cells.read((kind, info.value)))
    return None


def _type_variable(
    project: Project, source: SourceFile, node: ast.AST, own: frozenset[Client]
) -> frozenset[Client] | None:
    """Clients of what a type variable with the bound or constraint *node* annotates in its file; ``None``
    when it is none."""
    outer = source.parent(node)
    call = source.parent(outer) if isinstance(outer, ast.keyword) else outer
    if not isinstance(call, ast.Call) or dotted(call.func).rsplit(".", 1)[-1] != "TypeVar":
        return None
    if isinstance(outer, ast.keyword) and outer.arg not in ("bound", "default"):
        return None
    if call.args and call.args[0] is node:
        return None  # its name
    statement = source.parent(call)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    described: set[Client] = set()
    for argument in source.nodes:
        if not isinstance(argument, ast.arg) or argument.annotation is None:
            continue
        words = {one.id for one in ast.walk(argument.annotation) if isinstance(one, ast.Name)}
        function = source.parent(source.parent(argument) or argument)
        scope = project.flow.modules[source.path].scopes.get(id(function))
        if words & names and scope is not None:
            described |= _described(
                project, project.flow.cells.read(("var", scope.key, argument.arg))
            )
    return own | described


def _described(project: Project, values: Iterable[Value]) -> frozenset[Client]:
    """Clients among the values, and those a class among the values would make (``type[Client]``)."""
    held = list(values)
    classes = {
        class_value(kind_of_client(value.name))
        for value in held
        if isinstance(value, LegacyName) and name_kind(value.name) == "class"
    }
    return clients_in(project, held) | classes


def _own_annotation(source: SourceFile, node: ast.AST) -> frozenset[Client]:
    line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
    return frozenset(
        Client(source.path, line, column, kind, "annotation") for kind in ("public", "private")
    )


def _in_string(project: Project, source: SourceFile, node: ast.Constant) -> Iterator[Reference]:
    """Names inside a string annotation, and inside one that a type alias stands for."""
    if _is_alias_text(source, node):
        for name, value in _legacy_names(project, source, node):
            clients = class_values((value,))
            yield Reference(source, node, value, name, "value", clients, rule="UWS150")
        return
    outer: ast.AST | None = source.parent(node)
    while isinstance(outer, ast.Subscript | ast.BinOp | ast.Tuple | ast.List):
        outer = source.parent(outer)
    if (
        isinstance(outer, ast.Call)
        and dotted(outer.func).endswith("cast")
        and outer.args
        and outer.args[0] is node
    ):
        described: frozenset[Client] | None = clients_in(project, project.values(outer))
    elif isinstance(
        outer,
        ast.arg | ast.AnnAssign | ast.FunctionDef | ast.AsyncFunctionDef | ast.Call | ast.keyword,
    ):
        described = _annotated(project, source, node)
    else:
        return
    if described is None:
        return
    for name, value in _legacy_names(project, source, node):
        yield Reference(source, node, value, name, "annotation", described, rule="UWS150")


def _is_alias_text(source: SourceFile, node: ast.Constant) -> bool:
    """Whether a string is (part of) what a type alias stands for."""
    inner: ast.AST = node
    outer = source.parent(inner)
    is_typing = False
    while isinstance(outer, ast.Subscript | ast.BinOp | ast.Tuple | ast.List):
        is_typing |= isinstance(outer, ast.Subscript) and last_name(outer.value) in _GENERIC
        inner, outer = outer, source.parent(outer)
    if isinstance(outer, ast.AnnAssign) and outer.value is inner:
        return last_name(outer.annotation) == "TypeAlias"
    return isinstance(outer, ast.Assign) and is_typing


def _legacy_names(
    project: Project, source: SourceFile, node: ast.Constant
) -> Iterator[tuple[str, LegacyName]]:
    """The client classes a string annotation names, by the names the file has for them."""
    try:
        inner = ast.parse(str(node.value).strip(), mode="eval")
    except (SyntaxError, ValueError):
        return
    scope = _scope_around(project, source, node)
    for name in ast.walk(inner):
        if isinstance(name, ast.Name):
            for value in project.flow.names.load(name, scope):
                if isinstance(value, LegacyName) and name_kind(value.name) == "class":
                    yield name.id, value


def _scope_around(project: Project, source: SourceFile, node: ast.AST) -> Scope:
    """The scope an annotation is read in: of the innermost body it stands in."""
    module = project.flow.modules[source.path]
    inner = node
    for outer in source.ancestors(node):
        if id(outer) in module.scopes and any(one is inner for one in getattr(outer, "body", ())):
            return module.scopes[id(outer)]
        inner = outer
    return module.scope
