"""How the arguments of a call reach the parameters of a function."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence

from codemods.flow.arguments import Arguments
from codemods.flow.boundary import ANYWHERE, foreign
from codemods.flow.cells import Cells
from codemods.flow.containers import Containers
from codemods.flow.scopes import FunctionInfo, Scope
from codemods.flow.values import Bound, Class, Container, Function, Instance, Partial, Value

__all__ = ["Binding"]


class Binding:
    """Lets values flow into parameters."""

    def __init__(
        self, functions: Mapping[Function, FunctionInfo], cells: Cells, containers: Containers
    ) -> None:
        self.functions = functions
        self.cells = cells
        self.containers = containers

    def unwrap(
        self, callee: Function | Bound | Partial
    ) -> tuple[FunctionInfo, Instance | Class | None, int]:
        """A callee's function, its receiver, and how many of its arguments it has already."""
        given = 0
        inner: Function | Bound | Partial = callee
        if isinstance(inner, Partial):
            given, inner = inner.given, inner.inner
        if isinstance(inner, Bound):
            return self.functions[inner.function], inner.receiver, given
        return self.functions[inner], None, given

    def bind_receiver(self, info: FunctionInfo, receiver: Instance | Class) -> None:
        """Let a method's first parameter be *receiver*."""
        parameters = info.parameters()
        if info.takes_receiver and parameters:
            place = (info.value.path, info.value.line)
            self.cells.add(("var", info.scope.key, parameters[0].arg), {receiver}, place)

    def bind_position(
        self, callee: Function | Bound | Partial, index: int, values: set[Value],
        place: tuple[str, int],
    ) -> None:  # fmt: skip
        """Let *values* reach the parameter a caller fills with its argument *index*."""
        info, receiver, given = self.unwrap(callee)
        parameters = self._still_open(info, receiver, given)
        if index < len(parameters):
            self.cells.add(("var", info.scope.key, parameters[index].arg), values, place)
        elif info.node.args.vararg is not None:
            self._into_vararg(info, index - len(parameters), values, place)

    def bind_slots(
        self,
        info: FunctionInfo,
        receiver: Instance | Class | None,
        slots: Sequence[set[Value]],
        place: tuple[str, int],
        given: int = 0,
    ) -> None:
        """Let *slots* be all positional arguments of a call, behind the first *given*."""
        parameters = self._still_open(info, receiver, given)
        for parameter, values in zip(parameters, slots, strict=False):
            self.cells.add(("var", info.scope.key, parameter.arg), values, place)
        behind = slots[len(parameters) :]
        for index, values in enumerate(behind):
            self._into_vararg(info, index, values, place, len(behind))

    def bind(
        self,
        info: FunctionInfo,
        receiver: Instance | Class | None,
        node: ast.Call,
        arguments: Arguments,
        scope: Scope,
        given: int = 0,
    ) -> None:
        """Let arguments flow into parameters, behind the first *given*."""
        parameters = self._still_open(info, receiver, given)
        # A wrapper's f(self, *args): whatever that is, a method gets an object of its class.
        is_receiver = receiver is None and not given and info.takes_receiver
        unknown = frozenset({foreign(ANYWHERE)} if is_receiver else ())
        count = None if arguments.spread else len(arguments.positional) - len(parameters)
        for index, (argument, values) in enumerate(arguments.positional):
            place = (scope.path, argument.lineno)
            if index < len(parameters):
                values = values - unknown if index == 0 else values
                self.cells.add(("var", info.scope.key, parameters[index].arg), values, place)
            elif info.node.args.vararg is not None:
                self._into_vararg(info, index - len(parameters), values, place, count)
        self._bind_keywords(info, parameters, arguments, node, scope)
        spread = arguments.starred if arguments.mappings else arguments.spread
        if spread:
            place = (scope.path, node.lineno)
            for index, parameter in list(enumerate(parameters))[len(arguments.positional) :]:
                values = spread - unknown if index == 0 else spread
                self.cells.add(("var", info.scope.key, parameter.arg), values, place)
            self._into_vararg(info, None, spread, place)

    def _bind_keywords(
        self,
        info: FunctionInfo,
        parameters: list[ast.arg],
        arguments: Arguments,
        node: ast.Call,
        scope: Scope,
    ) -> None:
        """``name=value`` and ``**mapping``."""
        if not arguments.keywords and not arguments.mappings:
            return
        kwarg = info.node.args.kwarg
        names = {parameter.arg for parameter in [*parameters, *info.node.args.kwonlyargs]}
        for name, argument, values in arguments.keywords:
            place = (scope.path, argument.lineno)
            if name in names:
                self.cells.add(("var", info.scope.key, name), values, place)
            elif kwarg is not None:
                box = self._extra(info, kwarg, "keywords", place)
                self.containers.put_at(box, name, values, place)
        place = (scope.path, node.lineno)
        if kwarg is not None:
            for mapping in arguments.mappings:
                box = self._extra(info, kwarg, "keywords", place)
                self.containers.put_at(box, None, self.cells.read(("items", mapping)), place)
        for mapping in arguments.mappings:
            anywhere = self.cells.read(("spread", mapping))  # under keys that are computed
            for name in names:
                held = self.cells.read(("item", mapping, name)) | anywhere
                self.cells.add(("var", info.scope.key, name), held, place)

    def _still_open(
        self, info: FunctionInfo, receiver: Instance | Class | None, given: int
    ) -> list[ast.arg]:
        """Parameters that positional arguments fill, with the receiver bound and *given* skipped."""
        parameters = info.parameters()
        if receiver is not None and info.takes_receiver and parameters:
            self.bind_receiver(info, receiver)
            parameters = parameters[1:]
        return parameters[given:]

    def _into_vararg(
        self,
        info: FunctionInfo,
        index: int | None,
        values: Iterable[Value],
        place: tuple[str, int],
        count: int | None = None,
    ) -> None:
        """*count*, where it is known, is how many arguments ``*args`` takes in this call."""
        vararg = info.node.args.vararg
        if vararg is not None:
            box = self._extra(info, vararg, "varargs", place)
            self.containers.put_at(box, index, values, place)
            if index is not None and count is not None:
                self.containers.put_at(box, index - count, values, place)

    def _extra(
        self, info: FunctionInfo, parameter: ast.arg, label: str, place: tuple[str, int]
    ) -> Container:
        """What ``*args`` or ``**kwargs`` holds, bound to its name."""
        box = Container(info.value.path, parameter.lineno, parameter.col_offset, label)
        self.cells.add(("var", info.scope.key, parameter.arg), {box}, place)
        return box
