"""Payloads that leave the project: what was handed to whom."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.flow.arguments import Arguments
from codemods.flow.boundary import Leak
from codemods.flow.cells import Cells
from codemods.flow.recorder import Recorder
from codemods.flow.scopes import Scope
from codemods.flow.values import Value

__all__ = ["Leaks"]


class Leaks:
    """Remembers payloads that code nobody sees was given."""

    def __init__(self, cells: Cells, recorder: Recorder) -> None:
        self.cells = cells
        self.recorder = recorder

    def add(
        self, node: ast.expr, values: Iterable[Value], callee: str, root: str, scope: Scope
    ) -> None:
        """Remember the payloads among *values*, and inside containers among them, as handed away."""
        if not self.recorder.recording:
            return
        payloads = self.cells.payloads_within(values)
        if payloads:
            leaks = self.recorder.findings.leaks
            known = leaks.get(id(node))
            payloads |= known.values if known is not None else frozenset()
            leaks[id(node)] = Leak(scope.path, node.lineno, callee, root, frozenset(payloads))

    def add_arguments(
        self, node: ast.Call, arguments: Arguments, callee: str, root: str, scope: Scope
    ) -> None:
        """Remember the payloads among the arguments of a call.

        What comes out of ``*args`` and ``**kwargs`` is found by the called expression.
        """
        for argument, values in arguments.everything():
            self.add(argument, values, callee, root, scope)
        self.add(node.func, arguments.spread, callee, root, scope)
