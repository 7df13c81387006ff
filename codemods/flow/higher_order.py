"""Library functions that call what they are given: timers, threads, ``map``, ``partial``, factories."""

from __future__ import annotations

import ast

from codemods.flow.arguments import MOST_ARGUMENTS, Arguments
from codemods.flow.boundary import CALLING, foreign
from codemods.flow.evaluation import CallValue
from codemods.flow.lookups import GETTING, Lookups
from codemods.flow.model import Model
from codemods.flow.outside import Outside
from codemods.flow.scopes import Scope
from codemods.flow.values import (
    OTHER,
    UNKNOWN,
    Bound,
    Class,
    Client,
    Container,
    External,
    Function,
    Getter,
    LegacyName,
    Maker,
    Partial,
    Reader,
    Value,
)
from codemods.legacy import kind_of_client, name_kind

__all__ = ["HigherOrder"]


class HigherOrder:
    """Calls the functions among the arguments of a call."""

    def __init__(
        self, model: Model, call_value: CallValue, outside: Outside, lookups: Lookups
    ) -> None:
        self.cells = model.cells
        self.containers = model.containers
        self.binding = model.binding
        self.elements = model.elements
        self.call_value = call_value
        self.outside = outside
        self.lookups = lookups

    def called_with(
        self, method: str, name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value] | None:
        """``loop.call_soon(f, x)``, ``Thread(target=f, args=(x,))``: a function called with arguments."""
        if method in ("Thread", "Process", "Timer"):
            return self._started(name, node, arguments, scope)
        position = CALLING.get(method)
        if position is None or len(arguments.positional) <= position:
            return None
        given = Arguments(
            arguments.positional[position + 1 :],
            tuple(k for k in arguments.keywords if k[0] not in ("context", "loop")),
            arguments.spread,
        )
        found: set[Value] = set()
        callees = arguments.positional[position][1]
        if not any(isinstance(callee, Function | Bound | Partial) for callee in callees):
            return None
        for callee in callees:
            found |= self.call_value(callee, node, given, scope) or set()
        return found | {OTHER}

    def _started(
        self, name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value] | None:
        keywords = {key: values for key, _, values in arguments.keywords}
        positional = [values for _, values in arguments.positional]
        timer = name.endswith("Timer")
        target = keywords.get("function" if timer else "target", frozenset())
        target = target or (positional[1] if timer and len(positional) > 1 else target)
        callees = [v for v in target if isinstance(v, Function | Bound | Partial)]
        boxes = keywords.get("args", positional[2] if len(positional) > 2 else frozenset[Value]())
        if not callees:
            return None
        for callee in callees:
            for box in boxes:
                for index in range(MOST_ARGUMENTS):
                    values = self.cells.read(("item", box, index))
                    place = (scope.path, node.lineno)
                    self.binding.bind_position(callee, index, set(values), place)
            mappings = tuple(
                box for box in keywords.get("kwargs", ()) if isinstance(box, Container)
            )
            info, receiver, given = self.binding.unwrap(callee)
            named = Arguments((), (), frozenset(), mappings)
            self.binding.bind(info, receiver, node, named, scope, given)
        return {External(f"{name}()")}

    def sort_keys(
        self, short: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value]:
        """``sorted(rows, key=f)``, ``functools.reduce(f, rows)``: a function that gets the elements.

        Returns what the functions of a ``reduce`` give.
        """
        reduced: set[Value] = set()
        callees: list[tuple[frozenset[Value], frozenset[Value]]] = []
        positional = [values for _, values in arguments.positional]
        if short in ("sorted", "min", "max", "groupby", "nlargest", "nsmallest") and positional:
            rows = positional[-1] if short.startswith("n") else positional[0]
            callees = [(values, rows) for key, _, values in arguments.keywords if key == "key"]
        elif short == "reduce" and len(positional) > 1:
            callees = [(positional[0], positional[1])]
        for functions, rows in callees:
            elements = frozenset(self.elements.elements(rows))
            started = positional[2] if short == "reduce" and len(positional) > 2 else frozenset()
            slots = [elements | started] + [elements] * (short == "reduce")
            given = self._call_each(functions, slots, node, scope)
            if short == "reduce" and given:
                # Each result is the first argument of the next call.
                reduced |= given | slots[0]
                self._call_each(functions, [frozenset(reduced), elements], node, scope)
            if any(isinstance(one, External) and one.name in GETTING for one in functions):
                self.lookups.reduced(node, started)
        return reduced

    def sort_in_place(
        self, rows: frozenset[Value], node: ast.Call, arguments: Arguments, scope: Scope
    ) -> None:
        """``rows.sort(key=f)``."""
        for key, _, functions in arguments.keywords:
            if key == "key":
                self._call_each(functions, [frozenset(self.elements.elements(rows))], node, scope)

    def _call_each(
        self,
        functions: frozenset[Value],
        slots: list[frozenset[Value]],
        node: ast.Call,
        scope: Scope,
    ) -> set[Value]:
        """Call each function with these arguments; what they give."""
        given = Arguments(tuple((node, values) for values in slots), (), slots[-1])
        found: set[Value] = set()
        for function in functions:
            if isinstance(function, Function | Bound | Partial | Getter | Reader):
                found |= self.call_value(function, node, given, scope) or set()
        return found

    def mapped(self, name: str, node: ast.Call, arguments: Arguments, scope: Scope) -> set[Value]:
        """``map`` and ``filter``."""
        box = Container(scope.path, node.lineno, node.col_offset)
        rest = tuple(
            (argument, frozenset(self.elements.elements(values)))
            for argument, values in arguments.positional[1:]
        )
        for callee in arguments.positional[0][1]:
            given = Arguments(rest, (), frozenset())
            made = self.call_value(callee, node, given, scope) or set()
            kept = {value for _, values in rest for value in values}
            self.containers.put(box, None, made if name == "map" else kept, node, scope)
        return {box}

    def partial(self, node: ast.Call, arguments: Arguments, scope: Scope) -> set[Value]:
        """``functools.partial``."""
        if not arguments.positional:
            return {UNKNOWN}
        rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.spread)
        found: set[Value] = set()
        for callee in arguments.positional[0][1]:
            if isinstance(callee, Function | Bound):
                info, receiver, _ = self.binding.unwrap(callee)
                self.binding.bind(info, receiver, node, rest, scope)
                found.add(Partial(callee, len(rest.positional)))
            elif isinstance(callee, LegacyName):
                found.add(_bound_class(callee, node, scope))
        if not found:
            self.outside.hand_over(node, rest, "functools.partial", "", scope)
        return found or {UNKNOWN, foreign()}

    def provided(self, node: ast.Call, arguments: Arguments, scope: Scope) -> set[Value]:
        """``Depends(factory)`` and ``field(default_factory=factory)``."""
        found: set[Value] = set()
        empty = Arguments((), (), frozenset())
        for _, values in arguments.everything():
            for value in values:
                if isinstance(value, Function | Bound | Class | LegacyName | Maker):
                    made = self.call_value(value, node, empty, scope) or set()
                    for item in made:
                        if isinstance(item, Container) and item.label in ("generator", "context"):
                            found |= self.elements.elements({item})
                        else:
                            found.add(item)
                elif not isinstance(value, External):
                    found.add(value)
                elif value.name in ("list", "dict", "set"):
                    found.add(Container(scope.path, node.lineno, node.col_offset))
        return found


def _bound_class(callee: LegacyName, node: ast.Call, scope: Scope) -> Value:
    """A client class with arguments; a factory is what it is, with or without."""
    if name_kind(callee.name) != "class":
        return callee
    place = (scope.path, node.lineno, node.col_offset)
    return Maker(Client(*place, kind_of_client(callee.name), "constructed"))
