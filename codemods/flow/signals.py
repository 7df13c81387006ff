"""Qt's signals: what ``emit`` is given reaches every slot, and the signals they are connected to."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemods.flow.arguments import Arguments
from codemods.flow.scopes import Scope
from codemods.flow.values import NONE, OTHER, Bound, Container, Function, Partial, Value

if TYPE_CHECKING:
    from codemods.flow.calls import CallEvaluator

__all__ = ["MOST_ARGUMENTS", "Signals"]

MOST_ARGUMENTS = 8
"""More than any signal, or thread, hands over."""


class Signals:
    """``emit`` and ``connect``, for :class:`~codemods.flow.calls.CallEvaluator`. A signal is a container: its
    items are what was emitted, its cell ``("slots", signal)`` holds what it is connected to."""

    def __init__(self, calls: CallEvaluator) -> None:
        self.calls = calls
        self._firing: set[Container] = set()
        """Signals whose slots are served right now."""

    def call(
        self, box: Container, name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value]:
        place = (scope.path, node.lineno)
        if name == "emit":
            for index, (_, values) in enumerate(arguments.positional):
                self.calls.flow.put_at(box, index, values, place)
            self.calls.flow.put_at(box, None, arguments.spread, place)
            self.fire(box, place)
            return {NONE}
        for argument, values in arguments.positional[:1]:
            slots = {v for v in values if isinstance(v, Function | Bound | Partial | Container)}
            if isinstance(argument, ast.Attribute) and argument.attr == "emit":
                bases = self.calls.flow._last.get(id(argument.value), frozenset())
                slots |= {base for base in bases if isinstance(base, Container)}
            self.calls.flow.cells.add(("slots", box), slots, place)
            if not slots:
                given = self.calls.flow.cells.read(("items", box))
                self.calls.flow.outside.leak(argument, given, ast.unparse(argument), "", scope)
        self.fire(box, place)
        return {OTHER}

    def fire(self, box: Container, place: tuple[str, int]) -> None:
        """Let what a signal carries reach its slots; a slot may take fewer arguments."""
        flow = self.calls.flow
        self._firing.add(box)
        for slot in list(flow.cells.read(("slots", box))):
            for index in range(MOST_ARGUMENTS):
                values = flow.cells.read(("item", box, index)) | flow.cells.read(("spread", box))
                if not values:
                    continue
                if isinstance(slot, Container):
                    flow.put_at(slot, index, values, place)
                elif isinstance(slot, Function | Bound | Partial):
                    self.calls.bind_position(slot, index, values, place)
            if isinstance(slot, Container) and slot not in self._firing:
                self.fire(slot, place)
        self._firing.discard(box)
