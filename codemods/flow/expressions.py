"""Expressions: what each kind of them may be."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from codemods.flow.annotations import Annotations
from codemods.flow.boundary import ANYWHERE, foreign
from codemods.flow.calls import Calls
from codemods.flow.constants import constant_key
from codemods.flow.model import Model
from codemods.flow.outside import Outside
from codemods.flow.scopes import Scope, last_name
from codemods.flow.targets import Targets
from codemods.flow.values import NONE, OTHER, Container, Payload, Value
from codemods.frames import ENVELOPE_ONLY

__all__ = ["Expressions"]

Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


class Expressions:
    """Evaluates expressions, and assigns where one contains an assignment."""

    def __init__(self, model: Model) -> None:
        self.modules = model.definitions.modules
        self.cells = model.cells
        self.recorder = model.recorder
        self.constants = model.constants
        self.names = model.names
        self.members = model.members
        self.containers = model.containers
        self.elements = model.elements
        self.annotations = Annotations(model, self.evaluate)
        self.outside = Outside(model, self.evaluate)
        self.targets = Targets(model, self.evaluate)
        self.calls = Calls(model, self.evaluate, self.annotations, self.outside)
        self._by_type: Mapping[type[ast.AST], Callable[[Any, Scope], set[Value]]] = {
            ast.Name: self.names.load,
            ast.Attribute: self._attribute,
            ast.Call: self.calls.evaluate,
            ast.Constant: self._constant,
            ast.Await: self._inner,
            ast.Starred: self._inner,
            ast.Subscript: self._subscript,
            ast.NamedExpr: self._named,
            ast.IfExp: self._conditional,
            ast.BoolOp: self._any_operand,
            ast.List: self._sequence,
            ast.Tuple: self._sequence,
            ast.Set: self._sequence,
            ast.Dict: self._dictionary,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.DictComp: self._comprehension,
            ast.Lambda: self._lambda,
            ast.Yield: self._yield,
            ast.YieldFrom: self._yield,
            ast.BinOp: self._operation,
        }

    def evaluate(self, node: ast.expr, scope: Scope) -> set[Value]:
        """What an expression may be."""
        values = self._by_type.get(type(node), self._other)(node, scope)
        recorder = self.recorder
        if not values and recorder.settled:
            values = {foreign(ANYWHERE)}
        key = id(node)
        last = recorder.last[key] = frozenset(values)
        if recorder.recording and values:
            found = recorder.findings.values
            found[key] = last | found.get(key, frozenset())
        return values

    def _attribute(self, node: ast.Attribute, scope: Scope) -> set[Value]:
        return self.members.read(self.evaluate(node.value, scope), node.attr, node)

    def _constant(self, node: ast.Constant, scope: Scope) -> set[Value]:
        return {NONE} if node.value is None else {OTHER}

    def _inner(self, node: ast.Await | ast.Starred, scope: Scope) -> set[Value]:
        return self.evaluate(node.value, scope)

    def _subscript(self, node: ast.Subscript, scope: Scope) -> set[Value]:
        base = self.evaluate(node.value, scope)
        self.evaluate(node.slice, scope)
        if isinstance(node.slice, ast.Slice):
            found = self.elements.part(base, node, node.slice, scope)
        else:
            found = self.elements.item(base, self.constants.key(node.slice, scope))
        if not any(isinstance(value, Container | Payload) for value in base):
            found |= self.cells.read(("loose", last_name(node.value), "[]"))
        return found

    def _named(self, node: ast.NamedExpr, scope: Scope) -> set[Value]:
        values = self.evaluate(node.value, scope)
        self.targets.assign(node.target, values, scope, node.value)
        return values

    def _conditional(self, node: ast.IfExp, scope: Scope) -> set[Value]:
        self.evaluate(node.test, scope)
        return self.evaluate(node.body, scope) | self.evaluate(node.orelse, scope)

    def _any_operand(self, node: ast.BoolOp, scope: Scope) -> set[Value]:
        found: set[Value] = set()
        for part in node.values:
            found |= self.evaluate(part, scope)
        return found

    def _operation(self, node: ast.BinOp, scope: Scope) -> set[Value]:
        left, right = self.evaluate(node.left, scope), self.evaluate(node.right, scope)
        both = left | right
        if isinstance(node.op, ast.Mod):
            return {OTHER}  # a formatted text
        if isinstance(node.op, ast.BitOr):
            for values, other in ((left, node.right), (right, node.left)):
                if not _adds_to_payloads(other):
                    continue
                if not values and not self.recorder.settled:
                    return set()  # it may still turn out to be a payload
                if any(isinstance(value, Payload) for value in values):
                    both = values
        return {value for value in both if isinstance(value, Container | Payload)} or {OTHER}

    def _sequence(self, node: ast.List | ast.Tuple | ast.Set, scope: Scope) -> set[Value]:
        # A tuple without parentheses begins where its first element begins.
        label = "tuple" if isinstance(node, ast.Tuple) else ""
        box = Container(scope.path, node.lineno, node.col_offset, label)
        spread = False
        for index, element in enumerate(node.elts):
            values = self.evaluate(element, scope)
            if isinstance(element, ast.Starred):
                spread = True
                values = self.elements.elements(values)
            self.containers.put(box, None if spread else index, values, element, scope)
        return {box}

    def _dictionary(self, node: ast.Dict, scope: Scope) -> set[Value]:
        box = Container(scope.path, node.lineno, node.col_offset)
        copied: set[Value] = set()
        known = True
        for key, value in zip(node.keys, node.values, strict=True):
            values = self.evaluate(value, scope)
            if key is None:
                known = known and bool(values)
                copied |= {one for one in values if isinstance(one, Payload)}
                values = self.elements.elements(values)
            else:
                self.evaluate(key, scope)
            known_key = self.constants.key(key, scope) if key is not None else None
            self.containers.put(box, known_key, values, value, scope)
        if not known and not self.recorder.settled:
            return copied  # what it copies may still turn out to be a payload
        if copied and _adds_to_payloads(node):
            return copied  # {**payload, "at": now} is the payload with more in it
        return {box} | copied

    def _comprehension(self, node: Comprehension, scope: Scope) -> set[Value]:
        for generator in node.generators:
            values = self.evaluate(generator.iter, scope)
            self.targets.assign_each(generator.target, values, scope)
            for condition in generator.ifs:
                self.evaluate(condition, scope)
        box = Container(scope.path, node.lineno, node.col_offset)
        if isinstance(node, ast.DictComp):
            self.evaluate(node.key, scope)
            self.containers.put(box, None, self.evaluate(node.value, scope), node, scope)
        else:
            self.containers.put(box, None, self.evaluate(node.elt, scope), node, scope)
        return {box}

    def _lambda(self, node: ast.Lambda, scope: Scope) -> set[Value]:
        # The scopes leave annotations out, where a lambda makes no sense but is legal.
        function = self.modules[scope.path].functions.get(id(node))
        return {function.value} if function is not None else set()

    def _yield(self, node: ast.Yield | ast.YieldFrom, scope: Scope) -> set[Value]:
        values = self.evaluate(node.value, scope) if node.value is not None else {NONE}
        if scope.function is not None:
            given = self.elements.elements(values) if isinstance(node, ast.YieldFrom) else values
            self.cells.add(("yield", scope.function), given, (scope.path, node.lineno))
        return set()

    def _other(self, node: ast.expr, scope: Scope) -> set[Value]:
        """Comparisons, formatted strings and whatever else holds expressions and is no client."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.evaluate(child, scope)
        return {OTHER}


def _adds_to_payloads(node: ast.expr) -> bool:
    """Whether a dictionary is written out, with no key that an envelope has alone."""
    if not isinstance(node, ast.Dict):
        return False
    keys = {constant_key(key) for key in node.keys if key is not None}
    return None not in keys and not keys & ENVELOPE_ONLY
