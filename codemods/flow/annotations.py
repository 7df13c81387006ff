"""What annotations say about values."""

from __future__ import annotations

import ast

from codemods.flow.evaluation import Evaluate
from codemods.flow.model import Model
from codemods.flow.scopes import Scope, last_name
from codemods.flow.values import (
    NONE,
    Class,
    Client,
    Container,
    External,
    Instance,
    LegacyName,
    Value,
)
from codemods.legacy import kind_of_client, name_kind

__all__ = ["Annotations"]

_WRAPPERS = frozenset(
    {
        "Optional",
        "Union",
        "Final",
        "ClassVar",
        "Required",
        "NotRequired",
        "ReadOnly",
        "Awaitable",
    }
)
_TYPE_OF = frozenset({"type", "Type"})
_HOLDERS = frozenset(
    {
        "list",
        "List",
        "set",
        "Set",
        "tuple",
        "Tuple",
        "dict",
        "Dict",
        "Sequence",
        "Iterable",
        "Mapping",
        "MutableMapping",
        "deque",
        "Deque",
        "frozenset",
        "FrozenSet",
        "Iterator",
        "AsyncIterator",
        "Generator",
        "AsyncGenerator",
        "AsyncIterable",
        "Collection",
        "DefaultDict",
        "defaultdict",
        "OrderedDict",
        "Queue",
    }
)


class Annotations:
    """Reads annotations."""

    def __init__(self, model: Model, evaluate: Evaluate) -> None:
        self.hierarchy = model.hierarchy
        self.recorder = model.recorder
        self.containers = model.containers
        self.evaluate = evaluate

    def read(self, node: ast.expr, scope: Scope) -> set[Value]:
        """What a value with this annotation may be."""
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                return self._string_annotation(node, scope)
            return {NONE} if node.value is None else set()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self.read(node.left, scope) | self.read(node.right, scope)
        if isinstance(node, ast.Subscript):
            return self._generic(node, scope)
        if isinstance(node, ast.Name | ast.Attribute):
            return self._instances(self.evaluate(node, scope), node, scope)
        return set()

    def _string_annotation(self, node: ast.Constant, scope: Scope) -> set[Value]:
        try:
            inner = ast.parse(str(node.value).strip(), mode="eval").body
        except (SyntaxError, ValueError):
            return set()
        for child in ast.walk(inner):
            if isinstance(child, ast.expr):
                child.lineno, child.col_offset = node.lineno, node.col_offset
        recording, self.recorder.recording = self.recorder.recording, False
        try:
            return self.read(inner, scope)
        finally:
            self.recorder.recording = recording

    def _generic(self, node: ast.Subscript, scope: Scope) -> set[Value]:
        name = last_name(node.value)
        self.evaluate(node.value, scope)
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Annotated":
            return self._annotated(parts, scope)
        if name in _WRAPPERS:
            return self._any_of(parts, scope)
        if name in _TYPE_OF:
            return self._class_itself(parts[0], scope)
        if name in _HOLDERS:
            inner = self._any_of(parts, scope)
            inner.discard(NONE)
            if not any(isinstance(value, Client | Instance | Container) for value in inner):
                return set()
            box = Container(scope.path, node.lineno, node.col_offset)
            self.containers.put(box, None, inner, node, scope)
            return {box}
        if name == "Callable" and parts:
            self.read(parts[-1], scope)
        return set()

    def _class_itself(self, node: ast.expr, scope: Scope) -> set[Value]:
        """``type[x]``; a type variable says nothing about the class."""
        if isinstance(node, ast.Constant):
            return set()
        found = self.evaluate(node, scope)
        return {value for value in found if not isinstance(value, External)}

    def _any_of(self, parts: list[ast.expr], scope: Scope) -> set[Value]:
        found: set[Value] = set()
        for part in parts:
            found |= self.read(part, scope)
        return found

    def _annotated(self, parts: list[ast.expr], scope: Scope) -> set[Value]:
        found = self.read(parts[0], scope)
        for extra in parts[1:]:
            # The extras may provide the value, as FastAPI's Depends does.
            found |= {
                value
                for value in self.evaluate(extra, scope)
                if isinstance(value, Client | Instance)
            }
        return found

    def _instances(self, values: set[Value], node: ast.expr, scope: Scope) -> set[Value]:
        found: set[Value] = set()
        for value in values:
            if isinstance(value, LegacyName) and name_kind(value.name) == "class":
                kind = kind_of_client(value.name)
                found.add(Client(scope.path, node.lineno, node.col_offset, kind, "annotation"))
            elif isinstance(value, Class):
                if not self.hierarchy.is_typed_dict(value):
                    found.add(Instance(value))
            elif isinstance(value, Client | Container):
                # A type alias: ClientType = UpbitWebSocketPublicV5 is a LegacyName, Optional[...] is not.
                found.add(value)
        return found
