"""Calls of functions the project does not contain: what is known of well-known ones, and what is assumed
of the rest."""

from __future__ import annotations

import ast

from codemods.flow.annotations import Annotations
from codemods.flow.arguments import Arguments
from codemods.flow.boundary import ENCODED, QT, foreign, is_decoder, is_encoder, root_of
from codemods.flow.containers import ADDING
from codemods.flow.evaluation import CallValue
from codemods.flow.externals import (
    COLLECTING,
    COPYING,
    ENTERING,
    FIELD_FUNCTIONS,
    INSERTING,
    MAPPINGS,
    PASSING_FIRST,
    SIGNALS,
    WRAPPING,
)
from codemods.flow.higher_order import HigherOrder
from codemods.flow.lookups import GETTING, Lookups
from codemods.flow.mocks import is_mock, mocked_client
from codemods.flow.model import Model
from codemods.flow.outside import Outside
from codemods.flow.reflection import Reflection
from codemods.flow.scopes import Scope, last_name
from codemods.flow.values import (
    DECODED,
    OTHER,
    UNKNOWN,
    Bound,
    Class,
    Client,
    Container,
    External,
    Function,
    LegacyName,
    Maker,
    Partial,
    Payload,
    Value,
)
from codemods.frames import ENVELOPE_ONLY

__all__ = ["ExternalCalls"]

_RUNNING = frozenset({"run_until_complete", "create_task", "run_coroutine_threadsafe"})
"""Methods of loops and groups of tasks: the result is what the coroutine gives."""

_CHOOSING = frozenset({"next", "anext", "min", "max", "random.choice", "heapq.heappop"})
"""The result is an element of the first argument, or one of the others."""


class ExternalCalls:
    """Calls what the project does not contain."""

    def __init__(
        self,
        model: Model,
        call_value: CallValue,
        annotations: Annotations,
        outside: Outside,
        lookups: Lookups,
    ) -> None:
        self.cells = model.cells
        self.recorder = model.recorder
        self.containers = model.containers
        self.elements = model.elements
        self.rows = model.rows
        self.annotations = annotations
        self.call_value = call_value
        self.outside = outside
        self.lookups = lookups
        self.higher_order = HigherOrder(model, call_value, outside, lookups)
        self.reflection = Reflection(model)

    def call(self, name: str, node: ast.Call, arguments: Arguments, scope: Scope) -> set[Value]:
        """The result of a call. *name* is the dotted name of what is called, empty when unknown."""
        short = name.rsplit(".", 1)[-1]
        method = node.func.attr if isinstance(node.func, ast.Attribute) else short
        called = short if name else method
        if self.recorder.recording:
            self.recorder.findings.external_calls[id(node)] = name
        if is_decoder(name, method):
            return {DECODED}
        if short in SIGNALS and root_of(name) == QT:
            count = len(arguments.positional)
            return {Container(scope.path, node.lineno, node.col_offset, f"signal of {count}")}
        result = self.higher_order.called_with(method, name, node, arguments, scope)
        if result is None:
            result = self._passing(name, called, node, arguments, scope)
        if result is None:
            reduced = self.higher_order.sort_keys(short, node, arguments, scope)
            if name == "functools.reduce":
                seen = any(isinstance(one, Function | Bound | Partial) for one in arguments.first())
                return reduced if seen else {UNKNOWN, foreign(root_of(name))}
            result = self._inspecting(name, node, arguments, scope)
        if result is None:
            result = self._making(name, called, node, arguments, scope)
        return result if result is not None else self._unseen(name, node, arguments, scope)

    def _is_run(self, called: str, node: ast.Call) -> bool:
        """Whether a call is that of ``asyncio.Runner().run``."""
        if called != "run" or not isinstance(node.func, ast.Attribute):
            return False
        return External("asyncio.Runner()") in self.recorder.last_value(node.func.value)

    def _passing(
        self, name: str, called: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value] | None:
        """Functions whose result is what they are given."""
        if name in PASSING_FIRST or called in _RUNNING or self._is_run(called, node):
            return set(arguments.first())
        if name in ("typing.cast", "cast") and len(arguments.positional) == 2:
            (annotation, _), (_, values) = arguments.positional
            return set(values) | self.annotations.read(annotation, scope)
        return None

    def _inspecting(
        self, name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value] | None:
        """Functions that look into objects, classes, modules and functions."""
        if name in ("getattr", "setattr"):
            return self.reflection.attribute(name, node, arguments, scope)
        if name == "functools.partial":
            return self.higher_order.partial(node, arguments, scope)
        if name == "operator.itemgetter":
            return self.lookups.getter(node, scope)
        if name in GETTING:
            return self.lookups.function(node, arguments, scope)
        if name in WRAPPING:
            return {External(f"{name}()")}
        if name in _CHOOSING or (name == "sum" and len(arguments.positional) == 2):
            found = self.elements.elements(arguments.first())
            for _, values in arguments.positional[1:]:
                found |= values
            return found
        if name in ("importlib.import_module", "__import__"):
            return self.reflection.imported(node, scope)
        if name == "globals":
            return self.reflection.global_variables(scope)
        if name == "type":
            return self.reflection.class_of(arguments)
        if name == "vars":
            return self.reflection.variables(arguments)
        if name == "super":
            return self.reflection.parent_class(scope)
        return None

    def _making(
        self, name: str, called: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value] | None:
        """Functions that make a value of what they are given."""
        first = arguments.first()
        if called in ENTERING and first:
            return self.elements.entered(set(first))
        if name.rsplit(".", 1)[-1] == "Depends" or name in FIELD_FUNCTIONS:
            return self.higher_order.provided(node, arguments, scope)
        if name in ("map", "filter") and arguments.positional:
            return self.higher_order.mapped(name, node, arguments, scope)
        rows = self.rows.of_call(name, node, arguments, scope)
        if rows is not None:
            return {rows}
        if name in INSERTING and len(arguments.positional) > 1:
            return self._inserted(arguments, scope)
        if name in COLLECTING:
            return self._collected(name, node, arguments, scope)
        return {mocked_client(node, arguments, scope)} if is_mock(name, node) else None

    def _inserted(self, arguments: Arguments, scope: Scope) -> set[Value]:
        """``heapq.heappush(heap, item)``."""
        (_, boxes), (argument, values) = arguments.positional[:2]
        for box in boxes:
            if isinstance(box, Container):
                self.containers.put(box, None, values, argument, scope)
        return {OTHER}

    def _collected(
        self, name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value]:
        """Functions whose result is a container."""
        box = Container(scope.path, node.lineno, node.col_offset)
        copied: set[Value] = {one for one in arguments.first() if isinstance(one, Payload)}
        if name in COPYING and arguments.positional and not arguments.first():
            if not self.recorder.settled:
                return set()  # what it copies may still turn out to be a payload
        elif name in COPYING and copied:
            return self._copied(box, copied, node, arguments, scope)
        if name == "collections.defaultdict" and arguments.positional:
            self._made_by_default(box, node, arguments.positional[0][1], scope)
            for argument, values in arguments.positional[1:]:
                self.containers.merge(box, values, (scope.path, argument.lineno))
        is_mapping = name in MAPPINGS
        gather = name in ("asyncio.gather", "types.SimpleNamespace")
        for index, (argument, values) in enumerate(arguments.positional):
            if gather:
                self.containers.put(box, index, values, argument, scope)
                continue
            held = self.elements.elements(values)
            if is_mapping:
                held = self.rows.entries(values, argument)
            elif name == "itertools.chain.from_iterable":
                held = self.elements.elements(held)
            self.containers.put(box, None, held, argument, scope)
        for key, argument, values in arguments.keywords:
            if name in ("dict", "types.SimpleNamespace"):
                self.containers.put(box, key, values, argument, scope)
        self.containers.put(box, None, arguments.spread, node, scope)
        return {box}

    def _copied(
        self,
        box: Container,
        copied: set[Value],
        node: ast.Call,
        arguments: Arguments,
        scope: Scope,
    ) -> set[Value]:
        """``dict(payload, at=now)``: the payload with more in it, unless that has keys of an envelope."""
        rest: set[Value] = {one for one in arguments.first() if not isinstance(one, Payload)}
        if len(arguments.positional) == 1 and not ENVELOPE_ONLY & {
            key for key, _, _ in arguments.keywords
        }:
            return copied | rest
        for argument, values in arguments.positional:
            self.containers.put(box, None, self.elements.elements(values), argument, scope)
            self.containers.merge(box, values, (scope.path, argument.lineno))
        for key, argument, values in arguments.keywords:
            self.containers.put(box, key, values, argument, scope)
        return {box} | rest

    def _made_by_default(
        self, box: Container, node: ast.Call, factories: frozenset[Value], scope: Scope
    ) -> None:
        """What a ``defaultdict`` has under a key nobody has set."""
        if any(isinstance(factory, External) for factory in factories):
            made = Container(scope.path, node.lineno, node.col_offset, "default")
            self.containers.put(box, None, {made}, node, scope)
        for factory in factories:
            if isinstance(factory, Function | Bound | Partial | Class | LegacyName | Maker):
                found = self.call_value(factory, node, Arguments((), (), frozenset()), scope)
                self.containers.put(box, None, found or set(), node, scope)

    def _unseen(self, name: str, node: ast.Call, arguments: Arguments, scope: Scope) -> set[Value]:
        """Any other function: it may keep what it is given, and give anything back."""
        recorder = self.recorder
        if recorder.recording:
            shown = name or ast.unparse(node.func)
            for argument, values in arguments.everything():
                if values:
                    recorder.findings.escapes[id(argument)] = shown
            spread = [one for one in node.args if isinstance(one, ast.Starred)]
            mappings = [one.value for one in node.keywords if one.arg is None]
            for several in (*spread, *mappings):
                recorder.findings.escapes[id(several)] = shown
        self._store_loose(node, arguments, scope)
        root = self.outside.package_of(name, node)
        taken_by = ENCODED if is_encoder(name) else root
        self.outside.hand_over(node, arguments, name, taken_by, scope)
        if not name:
            return {UNKNOWN, foreign(root)} if recorder.settled else set()
        if name.rsplit(".", 1)[-1][:1].isupper() and not name.endswith("()"):
            # An instance of a class outside of the project: certainly no client.
            return {External(f"{name}()")}
        return {OTHER} if "." not in name else {UNKNOWN, foreign(root)}

    def _store_loose(self, node: ast.Call, arguments: Arguments, scope: Scope) -> None:
        """``unknown.append(client)`` and the like: elements of something the project does not show."""
        if isinstance(node.func, ast.Attribute) and node.func.attr in ADDING:
            for argument, values in arguments.positional:
                held = {value for value in values if isinstance(value, Client)}
                place = (scope.path, argument.lineno)
                self.cells.add(("loose", last_name(node.func.value), "[]"), held, place)
