"""The analysis itself: units are looked at until no value flows any further."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from codemods.exceptions import AnalysisIncomplete
from codemods.flow.expressions import Expressions
from codemods.flow.functions import Functions
from codemods.flow.model import Model
from codemods.flow.recorder import Findings
from codemods.flow.scopes import ModuleInfo
from codemods.flow.statements import Statements
from codemods.modules import ModuleGraph

__all__ = ["Flow", "analyse"]

_ROUNDS = 60
"""How often one unit may be looked at; the sets are finite, this only bounds a pathological
project, which is then refused."""


class Flow:
    """What is known once no value flows any further. Expressions are found by the ``id`` of their node."""

    def __init__(
        self,
        model: Model,
        found: Findings,
        expressions: Expressions,
    ) -> None:
        self.values = found.values
        """What each expression may be."""
        self.likely = found.likely
        """Expressions whose value was found by a name alone."""
        self.escapes = found.escapes
        """Arguments handed to a function the project does not contain: the function's name."""
        self.external_calls = found.external_calls
        """Calls of functions the project does not contain, by dotted name."""
        self.leaks = found.leaks
        """Payloads handed to code the project does not contain."""
        self.lookups = found.lookups
        """Calls that look into payloads in an unusual way."""
        self.subscribed = expressions.calls.subscriptions.subscribed
        """Where a client got its callback for a data type: path and line."""
        self.registered = expressions.outside.registered
        """Functions that a decorator nobody sees was called with."""
        self.payload_attributes = model.members.payload_attributes
        """Names of attributes a payload was stored in."""
        self.modules = model.definitions.modules
        self.functions = model.definitions.functions
        self.hierarchy = model.hierarchy
        self.wrappers = model.wrappers
        self.cells = model.cells
        self.imports = model.imports
        self.names = model.names
        self.constants = model.constants


def analyse(trees: Mapping[str, ast.Module], graph: ModuleGraph) -> Flow:
    """Let values flow through parsed files, by path. *graph* knows the other files of the project too.

    Raises:
        AnalysisIncomplete: values still flow after the longest time that makes sense.
    """
    model = Model(trees, graph)
    expressions = Expressions(model)
    found = _Worklist(model, expressions).run()
    return Flow(model, found, expressions)


class _Worklist:
    """Looks at units, again whenever something they read has grown."""

    def __init__(self, model: Model, expressions: Expressions) -> None:
        self.definitions = model.definitions
        self.units = model.definitions.units
        self.cells = model.cells
        self.recorder = model.recorder
        self.statements = Statements(model, expressions)
        self.functions = Functions(model, expressions, self.statements)
        self._findings: dict[int, Findings] = {}

    def run(self) -> Findings:
        """Let values flow until nothing grows; what the last look at each unit found."""
        self._drain()
        self.recorder.settled = self.recorder.recording = True
        for _ in range(_ROUNDS):
            self.recorder.grown = False
            self._drain()
            if not self.recorder.grown:
                break
        else:
            raise AnalysisIncomplete(len(self.definitions.trees))
        merged = Findings()
        for findings in self._findings.values():
            merged.update(findings)
        return merged

    def _drain(self) -> None:
        """Look at every unit, and at those that have to be looked at again."""
        for index in range(len(self.units)):
            self.cells.enqueue(index)
        budget = _ROUNDS * max(1, len(self.units))
        while (unit := self.cells.take()) is not None:
            if not budget:
                raise AnalysisIncomplete(len(self.definitions.trees))
            budget -= 1
            self._look_at(unit)

    def _look_at(self, index: int) -> None:
        self.cells.current = index
        if self.recorder.recording:
            # What an earlier look at this unit found may have been resolved since.
            self.recorder.findings = self._findings[index] = Findings()
        unit = self.units[index]
        if isinstance(unit, ModuleInfo):
            self.statements.run(self.definitions.trees[unit.path].body, unit.scope)
        else:
            self.functions.run(unit)
