"""Calls: what a call expression gives, and what calling one value gives."""

from __future__ import annotations

import ast

from codemods.flow.annotations import Annotations
from codemods.flow.arguments import Arguments
from codemods.flow.evaluation import Evaluate
from codemods.flow.external_calls import ExternalCalls
from codemods.flow.externals import MAPPINGS
from codemods.flow.lookups import Lookups
from codemods.flow.methods import Methods
from codemods.flow.model import Model
from codemods.flow.outside import Outside
from codemods.flow.scopes import FunctionInfo, Scope
from codemods.flow.signals import Signals
from codemods.flow.subscriptions import Subscriptions, callback_argument
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
    Instance,
    LegacyName,
    Maker,
    Partial,
    Plain,
    Reader,
    Value,
)
from codemods.legacy import kind_of_client, name_kind

__all__ = ["Calls"]

_SUBSCRIBING_FACTORIES = {
    "quick_subscribe_ticker": "ticker",
    "quick_subscribe_my_orders": "myOrder",
    "quick_subscribe_my_assets": "myAsset",
}
"""Their data type on the wire."""


class Calls:
    """Evaluates call expressions."""

    def __init__(
        self, model: Model, evaluate: Evaluate, annotations: Annotations, outside: Outside
    ) -> None:
        self.functions = model.definitions.functions
        self.hierarchy = model.hierarchy
        self.cells = model.cells
        self.recorder = model.recorder
        self.binding = model.binding
        self.wrappers = model.wrappers
        self.containers = model.containers
        self.elements = model.elements
        self.leaks = model.leaks
        self.evaluate_expression = evaluate
        self.outside = outside
        signals = Signals(model)
        self.subscriptions = Subscriptions(model, signals)
        self.methods = Methods(model, self.subscriptions, signals)
        self.lookups = Lookups(model)
        self.external_calls = ExternalCalls(
            model, self.call_value, annotations, outside, self.lookups
        )

    def evaluate(self, node: ast.Call, scope: Scope) -> set[Value]:
        """The result of a call."""
        callees = self.evaluate_expression(node.func, scope)
        arguments = self._arguments(node, scope)
        found: set[Value] = set()
        handled, unresolved = False, True
        bases: frozenset[Value] = frozenset()
        if isinstance(node.func, ast.Attribute):
            if node.func.attr == "__new__":
                made = arguments.first()
                return {Instance(value) for value in made if isinstance(value, Class)} or {UNKNOWN}
            bases = self.recorder.last_value(node.func.value)
            handled, result = self.methods.call(bases, node.func.attr, node, arguments, scope)
            found |= result
            unresolved = not handled
            if handled and node.func.attr == "sort":
                self.external_calls.higher_order.sort_in_place(bases, node, arguments, scope)
        for callee in sorted(callees, key=repr) if len(callees) > 1 else callees:
            result_or_none = self.call_value(callee, node, arguments, scope)
            if result_or_none is not None:
                unresolved = False
                found |= result_or_none
        if unresolved:
            found |= self.external_calls.call("", node, arguments, scope)
        elif not any(isinstance(base, Client) for base in bases) and any(
            isinstance(one, Plain) and one.word == "foreign"
            for one in (bases if handled else callees)
        ):
            root = self.outside.package_of("", node)
            self.outside.hand_over(node, arguments, ast.unparse(node.func), root, scope)
        return found

    def _arguments(self, node: ast.Call, scope: Scope) -> Arguments:
        positional: list[tuple[ast.expr, frozenset[Value]]] = []
        keywords: list[tuple[str, ast.expr, frozenset[Value]]] = []
        starred: set[Value] = set()
        mappings: list[Container] = []
        is_behind = False
        for argument in node.args:
            values = self.evaluate_expression(argument, scope)
            if isinstance(argument, ast.Starred):
                starred |= self.elements.elements(values)
                is_behind = True
            elif is_behind:
                starred |= values
            else:
                positional.append((argument, frozenset(values)))
        spread = set(starred)
        for keyword in node.keywords:
            values = self.evaluate_expression(keyword.value, scope)
            if keyword.arg is None:
                spread |= self.elements.elements(values)
                mappings += [value for value in values if isinstance(value, Container)]
            else:
                keywords.append((keyword.arg, keyword.value, frozenset(values)))
        return Arguments(
            tuple(positional),
            tuple(keywords),
            frozenset(spread),
            tuple(mappings),
            frozenset(starred),
        )

    def call_value(
        self, callee: Value, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value] | None:
        """The result of calling one value; ``None`` when it is nothing that can be seen through."""
        if isinstance(callee, LegacyName):
            return self._legacy_call(callee, node, scope)
        if isinstance(callee, Class):
            return self._construct(callee, node, arguments, scope)
        if isinstance(callee, Function | Bound | Partial):
            info, receiver, given = self.binding.unwrap(callee)
            return self._call_function(info, receiver, node, arguments, scope, given)
        if isinstance(callee, Getter | Reader):
            return self.lookups.call(callee, node, arguments, scope)
        if isinstance(callee, External):
            return self.external_calls.call(callee.name, node, arguments, scope)
        if isinstance(callee, Instance):
            called = self.hierarchy.method(callee.of, "__call__")
            if called is not None:
                return self._call_function(called, callee, node, arguments, scope)
            return None
        if isinstance(callee, Client) and callee.origin == "mock":
            return {callee}
        if isinstance(callee, Maker):
            return {callee.client}
        return None

    def _legacy_call(self, callee: LegacyName, node: ast.Call, scope: Scope) -> set[Value]:
        place = (scope.path, node.lineno, node.col_offset)
        kind = name_kind(callee.name)
        if kind == "class":
            return {Client(*place, kind_of_client(callee.name), "constructed")}
        if kind == "factory":
            client = Client(*place, kind_of_client(callee.name), "factory")
            data_type = _SUBSCRIBING_FACTORIES.get(callee.name)
            if data_type is not None:
                callback = callback_argument(node, callee.name)
                self.subscriptions.register(client, data_type, callback, scope)
            return {client}
        return {OTHER}

    def _construct(
        self, of: Class, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value]:
        instance = Instance(of)
        new = self.hierarchy.method(of, "__new__")
        if new is not None:
            self.binding.bind(new, of, node, arguments, scope)
        if any(base.name in MAPPINGS for base in self.hierarchy.external_bases(of)):
            for argument, values in arguments.everything():
                self.containers.merge(of, values, (scope.path, argument.lineno))
        init = self.hierarchy.method(of, "__init__")
        if init is not None:
            self.binding.bind(init, instance, node, arguments, scope)
        else:
            fields = self.hierarchy.fields(of)
            for (argument, values), name in zip(arguments.positional, fields, strict=False):
                self.cells.add(("attr", of, name), values, (scope.path, argument.lineno))
            for name, argument, values in arguments.keywords:
                self.cells.add(("attr", of, name), values, (scope.path, argument.lineno))
            unplaced = Arguments(arguments.positional[len(fields) :], (), arguments.spread)
            self.leaks.add_arguments(node, unplaced, of.name, "", scope)
        return {instance}

    def _call_function(
        self,
        info: FunctionInfo,
        receiver: Instance | Class | None,
        node: ast.Call,
        arguments: Arguments,
        scope: Scope,
        given: int = 0,
    ) -> set[Value]:
        if not self.wrappers.passes_on(info, node, scope):
            self.binding.bind(info, receiver, node, arguments, scope, given)
        if not given:
            self.wrappers.call(info, receiver, node, arguments, scope)
        if info.is_generator:
            label = (
                "context"
                if info.has_decorator("contextmanager", "asynccontextmanager")
                else "generator"
            )
            box = Container(info.value.path, info.value.line, info.value.column, label)
            yielded = self.cells.read(("yield", info.value))
            self.cells.add(("items", box), yielded, (info.value.path, info.value.line))
            return {box} | self.cells.read(("return", info.value))
        return set(self.cells.read(("return", info.value)))
