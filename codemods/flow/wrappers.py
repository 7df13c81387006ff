"""What decorators of the project put in the place of a function: it is called with the same arguments.

A name that a decorated function is bound to stands for the function itself, so that the functions that
share a decorator keep their arguments and results apart. What the decorator gave back, in the cell
``("wrappers", function)``, is called beside it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from codemods.flow.arguments import Arguments
from codemods.flow.binding import Binding
from codemods.flow.cells import Cells
from codemods.flow.hierarchy import Hierarchy
from codemods.flow.scopes import FunctionInfo, Scope
from codemods.flow.values import Bound, Class, Function, Instance, Partial, Value

__all__ = ["Wrappers"]

Receiver = Instance | Class | None


class Wrappers:
    """Lets the arguments of decorated functions flow into what is put around them."""

    def __init__(
        self,
        functions: Mapping[Function, FunctionInfo],
        hierarchy: Hierarchy,
        cells: Cells,
        binding: Binding,
    ) -> None:
        self.functions = functions
        self.hierarchy = hierarchy
        self.cells = cells
        self.binding = binding

    def put(self, info: FunctionInfo, values: Iterable[Value], place: tuple[str, int]) -> None:
        """Remember what a decorator made of a function."""
        found = {
            value
            for value in values
            if isinstance(value, Function | Bound | Partial | Instance) and value != info.value
        }
        self.cells.add(("wrappers", info.value), found, place)

    def call(
        self,
        info: FunctionInfo,
        receiver: Receiver,
        node: ast.Call,
        arguments: Arguments,
        scope: Scope,
    ) -> None:
        """Call what is around a function with the arguments of a call of it."""
        for around, bound, behind in self._around(info, receiver):
            if self._is_inside(scope, around):
                continue  # the decorator itself calls the bare function
            given = arguments
            if behind is not None:
                first = (node.func, frozenset({behind}))
                given = replace(arguments, positional=(first, *arguments.positional))
            self.binding.bind(around, bound, node, given, scope)

    def call_back(
        self,
        info: FunctionInfo,
        receiver: Receiver,
        slots: Sequence[set[Value]],
        place: tuple[str, int],
    ) -> None:
        """The same for a call with these positional arguments."""
        for around, bound, behind in self._around(info, receiver):
            first: list[set[Value]] = [{behind}] if behind is not None else []
            self.binding.bind_slots(around, bound, [*first, *slots], place)

    def called_for(
        self, info: FunctionInfo, receiver: Receiver
    ) -> list[tuple[FunctionInfo, bool, int]]:
        """What is called where *info* seems to be: function, whether it has a receiver, and how many of its
        arguments it has already. Empty where it is *info* itself."""
        return [
            (around, bound is not None and around.takes_receiver, int(behind is not None))
            for around, bound, behind in self._around(info, receiver)
        ]

    def passes_on(self, info: FunctionInfo, node: ast.Call, scope: Scope) -> bool:
        """Whether a call is one in which something around *info* hands on just what it was given."""
        known = [around for around, _, _ in self._around(info, None)]
        inner: Scope | None = scope if known else None
        while inner is not None:
            for around in known:
                if inner.function == around.value and _hands_on_all(around, node):
                    return True
            inner = inner.parent
        return False

    def _around(
        self, info: FunctionInfo, receiver: Receiver
    ) -> Iterator[tuple[FunctionInfo, Receiver, Receiver]]:
        """Each function around *info*, the receiver it is bound to, and the receiver of *info* where it
        is an argument of the one around."""
        for value in sorted(self.cells.read(("wrappers", info.value)), key=repr):
            method = receiver if info.takes_receiver else None
            if isinstance(value, Instance):
                called = self.hierarchy.method(value.of, "__call__")
                if called is None:
                    continue
                getter = self.hierarchy.method(value.of, "__get__")
                if getter is not None and method is not None:
                    self.binding.bind_slots(getter, value, [{method}], _place(info))
                yield called, value, method if getter is not None else None
            elif isinstance(value, Bound):
                yield self.functions[value.function], value.receiver, None
            elif isinstance(value, Function):
                yield self.functions[value], None, method

    def _is_inside(self, scope: Scope, around: FunctionInfo) -> bool:
        """Whether code in *scope* is part of the decorator that made *around*."""
        home = around.scope.parent
        if home is None or home.parent is None:
            home = around.scope
        inner: Scope | None = scope
        while inner is not None:
            if inner is home:
                return True
            inner = inner.parent
        return False


def _place(info: FunctionInfo) -> tuple[str, int]:
    return (info.value.path, info.value.line)


def _hands_on_all(around: FunctionInfo, node: ast.Call) -> bool:
    """Whether the arguments of a call are the parameters of *around*, in their order."""
    given: list[str] = []
    for argument in node.args:
        inner = argument.value if isinstance(argument, ast.Starred) else argument
        if not isinstance(inner, ast.Name):
            return False
        given.append("*" * isinstance(argument, ast.Starred) + inner.id)
    for keyword in node.keywords:
        if not isinstance(keyword.value, ast.Name) or keyword.arg not in (None, keyword.value.id):
            return False
        given.append("**" * (keyword.arg is None) + keyword.value.id)
    arguments = around.node.args
    parameters = [parameter.arg for parameter in around.parameters()]
    if arguments.vararg is not None:
        parameters.append(f"*{arguments.vararg.arg}")
    parameters += [parameter.arg for parameter in arguments.kwonlyargs]
    if arguments.kwarg is not None:
        parameters.append(f"**{arguments.kwarg.arg}")
    return given in (parameters, parameters[1:] if around.takes_receiver else parameters)
