"""Methods of values whose behaviour is known: clients, containers, payloads, decoded text."""

from __future__ import annotations

import ast

from codemods.flow.arguments import Arguments
from codemods.flow.containers import ADDING
from codemods.flow.model import Model
from codemods.flow.scopes import Scope
from codemods.flow.signals import Signals
from codemods.flow.subscriptions import Subscriptions, callback_argument
from codemods.flow.values import DECODED, OTHER, Client, Container, Moment, Payload, Value
from codemods.legacy import SUBSCRIBE_TYPES

__all__ = ["Methods"]

_EXTENDING = frozenset({"extend", "update", "extendleft", "union"})
_TAKING = frozenset(
    {
        "pop",
        "popleft",
        "get",
        "get_nowait",
        "values",
        "copy",
        "setdefault",
        "__getitem__",
    }
)
_READING = frozenset({"keys", "index", "count", "remove", "discard", "clear", "sort", "reverse"})
"""Methods of containers that keep nothing they are given."""


class Methods:
    """Calls methods of known values."""

    def __init__(self, model: Model, subscriptions: Subscriptions, signals: Signals) -> None:
        self.constants = model.constants
        self.containers = model.containers
        self.elements = model.elements
        self.rows = model.rows
        self.leaks = model.leaks
        self.subscriptions = subscriptions
        self.signals = signals

    def call(
        self, bases: frozenset[Value], name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> tuple[bool, set[Value]]:
        """Whether any of *bases* is such a value, and the result of calling its method *name*."""
        found: set[Value] = set()
        handled = False
        for base in bases:
            if isinstance(base, Client):
                handled = True
                found |= self._of_client(base, name, node, scope)
            elif isinstance(base, Container):
                handled = True
                found |= self._of_container(base, name, node, arguments, scope)
            elif isinstance(base, Payload):
                handled = True
                if name in ("get", "pop", "setdefault", "__getitem__") and node.args:
                    key = self.constants.key(node.args[0], scope)
                    found |= self.elements.item({base}, key)
                elif name == "copy":
                    found.add(base)
                else:
                    found.add(OTHER)
            elif isinstance(base, Moment):
                handled = True
                found.add(OTHER)
            elif base == DECODED and name == "items":
                handled = True
                found.add(self.rows.items({DECODED}, node, scope))
            elif base == DECODED and name in _TAKING | {"keys", "popitem"}:
                handled = True
                found.add(DECODED)
        return handled, found

    def _of_client(self, client: Client, name: str, node: ast.Call, scope: Scope) -> set[Value]:
        if name in SUBSCRIBE_TYPES:
            callback = callback_argument(node, name)
            self.subscriptions.register(client, SUBSCRIBE_TYPES[name], callback, scope)
        if name in ("__aenter__", "result"):
            return {client}  # result(): of the task or future that stands for its value here
        return {client} if client.origin == "mock" and name == "__call__" else {OTHER}

    def _of_container(
        self, box: Container, name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value]:
        if box.label.startswith("signal") and name in ("emit", "connect"):
            return self.signals.call(box, name, node, arguments, scope)
        if name in ADDING:
            for argument, values in arguments.everything():
                self.containers.put(box, None, values, argument, scope)
            self.containers.put(box, None, arguments.spread, node, scope)
            return {value for _, values in arguments.positional for value in values}
        if name == "insert" and len(arguments.positional) == 2:
            self.containers.put(box, None, arguments.positional[1][1], node, scope)
        if name in _EXTENDING:
            for argument, values in arguments.positional:
                if name == "update":
                    self.containers.put(
                        box, None, self.rows.entries(values, argument), argument, scope
                    )
                    self.containers.merge(box, values, (scope.path, argument.lineno))
                else:
                    self.containers.put(box, None, self.elements.elements(values), argument, scope)
            for key, argument, values in arguments.keywords:
                self.containers.put(box, key, values, argument, scope)
        if name in ("values", "copy"):
            return {box}
        if name == "items":
            return {self.rows.items(self.elements.elements({box}), node, scope)}
        if name == "popitem":
            return {self.rows.item(self.elements.elements({box}), node, scope)}
        if name in _TAKING:
            return self._taken(box, name, node, arguments, scope)
        if name not in _READING:
            self.leaks.add_arguments(node, arguments, ast.unparse(node.func), "", scope)
        return {OTHER}

    def _taken(
        self, box: Container, name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value]:
        """``get`` and the like: the element under a key, or the default behind it."""
        first = node.args[0] if node.args else None
        constant = first.value if isinstance(first, ast.Constant) else None
        key = constant if isinstance(constant, str | int) else None
        found = self.elements.item({box}, key)
        for _, values in arguments.positional[1:]:
            found |= values
            if name == "setdefault":
                self.containers.put(box, key, values, node, scope)
        return found
