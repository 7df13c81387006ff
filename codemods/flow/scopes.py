"""Names and scopes of one file: which variable a name means, which functions and classes there are."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from codemods.flow.values import Class, Function
from codemods.source import children

__all__ = ["ClassInfo", "FunctionInfo", "ModuleInfo", "Scope", "collect", "last_name"]

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(eq=False)
class Scope:
    """A module, class or function body. Comprehension variables count to the body around them."""

    path: str
    node: ast.AST
    parent: Scope | None
    label: str
    owner: Class | None = None
    function: Function | None = None
    names: set[str] = field(default_factory=set)
    elsewhere: dict[str, str] = field(default_factory=dict)
    """``{name: "global" | "nonlocal"}``."""

    @property
    def key(self) -> tuple[str, str]:
        return (self.path, self.label)

    def module(self) -> Scope:
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def lookup(self, name: str) -> Scope | None:
        """The scope that binds *name*, seen from here; ``None`` for builtins and star imports."""
        scope: Scope | None = self
        first = True
        while scope is not None:
            visible = first or not isinstance(scope.node, ast.ClassDef)
            if visible and scope.elsewhere.get(name) == "global":
                return scope.module()
            if visible and name in scope.names and name not in scope.elsewhere:
                return scope
            first = False
            scope = scope.parent
        return None


@dataclass(eq=False)
class FunctionInfo:
    """A function with what its decorators say."""

    value: Function
    node: FunctionNode
    scope: Scope
    owner: Class | None
    decorators: tuple[str, ...]
    is_generator: bool

    def has_decorator(self, *names: str) -> bool:
        return any(text.rsplit(".", 1)[-1] in names for text in self.decorators)

    @property
    def takes_receiver(self) -> bool:
        return self.owner is not None and not self.has_decorator("staticmethod")

    def parameters(self) -> list[ast.arg]:
        """Positional parameters, the receiver included."""
        return [*self.node.args.posonlyargs, *self.node.args.args]


@dataclass(eq=False)
class ClassInfo:
    """A class of the project."""

    value: Class
    node: ast.ClassDef
    scope: Scope
    methods: dict[str, FunctionInfo] = field(default_factory=dict)
    setters: dict[str, FunctionInfo] = field(default_factory=dict)
    """By the name of their property; what reads it is a method."""


@dataclass(eq=False)
class ModuleInfo:
    """Scopes, functions and classes of one file."""

    path: str
    scope: Scope
    scopes: dict[int, Scope] = field(default_factory=dict)
    functions: dict[int, FunctionInfo] = field(default_factory=dict)
    classes: dict[int, ClassInfo] = field(default_factory=dict)
    star_imports: list[ast.ImportFrom] = field(default_factory=list)
    mentioned: set[str] = field(default_factory=set)
    """Names and attributes that are read in the file, outside of annotations."""


def last_name(node: ast.expr) -> str:
    """The last identifier of an expression such as ``app.state``: ``"state"``."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Await):
        return last_name(node.value)
    if isinstance(node, ast.Call):
        return last_name(node.func)
    return last_name(node.value) if isinstance(node, ast.Subscript) else ""


def collect(path: str, tree: ast.Module) -> ModuleInfo:
    """Scopes of a whole file."""
    scope = Scope(path, tree, None, "")
    info = ModuleInfo(path, scope)
    info.scopes[id(tree)] = scope
    _Collector(info, scope).body(tree.body)
    return info


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _dotted(node.func)
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


class _Collector:
    """Walks one body; nested functions and classes get collectors of their own."""

    def __init__(self, info: ModuleInfo, scope: Scope) -> None:
        self.info = info
        self.scope = scope
        self.yields = False

    def body(self, nodes: list[ast.stmt]) -> None:
        for node in nodes:
            self.visit(node)

    def visit(self, node: ast.AST) -> None:
        scope = self.scope
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                self.info.mentioned.add(node.id)
            else:
                scope.names.add(node.id)
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            self._function(node)
            return
        if isinstance(node, ast.ClassDef):
            self._class(node)
            return
        if isinstance(node, ast.Attribute):
            if isinstance(node.ctx, ast.Load):
                self.info.mentioned.add(node.attr)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            word = "global" if isinstance(node, ast.Global) else "nonlocal"
            for name in node.names:
                scope.elsewhere[name] = word
                if word == "global":
                    scope.module().names.add(name)
        elif (isinstance(node, ast.ExceptHandler) and node.name) or (
            isinstance(node, ast.MatchAs | ast.MatchStar) and node.name
        ):
            scope.names.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            scope.names.add(node.rest)
        elif isinstance(node, ast.Yield | ast.YieldFrom):
            self.yields = True
        for child in children(node):
            self.visit(child)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                if isinstance(node, ast.ImportFrom):
                    self.info.star_imports.append(node)
            else:
                bound = alias.asname or alias.name
                self.scope.names.add(
                    bound
                    if isinstance(node, ast.ImportFrom) or alias.asname
                    else bound.split(".")[0]
                )

    def _function(self, node: FunctionNode) -> None:
        name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
        if not isinstance(node, ast.Lambda):
            self.scope.names.add(name)
            for decorator in node.decorator_list:
                self.visit(decorator)
        arguments = node.args
        for default in [*arguments.defaults, *arguments.kw_defaults]:
            if default is not None:
                self.visit(default)
        value = Function(self.scope.path, name, node.lineno, node.col_offset)
        label = f"{self.scope.label}.{name}@{node.lineno}:{node.col_offset}"
        inner = Scope(self.scope.path, node, self.scope, label, function=value)
        owner = self.scope.owner if isinstance(self.scope.node, ast.ClassDef) else None
        for argument in _all_arguments(arguments):
            inner.names.add(argument.arg)
        self.info.scopes[id(node)] = inner
        collector = _Collector(self.info, inner)
        if isinstance(node, ast.Lambda):
            collector.visit(node.body)
            decorators: tuple[str, ...] = ()
        else:
            collector.body(node.body)
            decorators = tuple(_dotted(decorator) for decorator in node.decorator_list)
        function = FunctionInfo(value, node, inner, owner, decorators, collector.yields)
        self.info.functions[id(node)] = function
        if owner is not None and not isinstance(node, ast.Lambda):
            found = self.info.classes[id(self.scope.node)]
            if function.has_decorator("setter"):
                found.setters[name] = function
            elif not function.has_decorator("deleter", "overload"):
                found.methods[name] = function

    def _class(self, node: ast.ClassDef) -> None:
        self.scope.names.add(node.name)
        for expression in [
            *node.decorator_list,
            *node.bases,
            *(keyword.value for keyword in node.keywords),
        ]:
            self.visit(expression)
        value = Class(self.scope.path, node.name, node.lineno)
        inner = Scope(
            self.scope.path,
            node,
            self.scope,
            f"{self.scope.label}.{node.name}@{node.lineno}",
            owner=value,
        )
        self.info.scopes[id(node)] = inner
        self.info.classes[id(node)] = ClassInfo(value, node, inner)
        _Collector(self.info, inner).body(node.body)


def _all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return found + [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]
