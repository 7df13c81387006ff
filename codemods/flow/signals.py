"""Qt's signals: what ``emit`` is given reaches every slot, and the signals they are connected to."""

from __future__ import annotations

import ast

from codemods.flow.arguments import MOST_ARGUMENTS, Arguments
from codemods.flow.model import Model
from codemods.flow.scopes import Scope
from codemods.flow.values import NONE, OTHER, Bound, Container, Function, Partial, Value

__all__ = ["Signals"]


class Signals:
    """``emit`` and ``connect``. A signal is a container: its items are what was emitted, its cell
    ``("slots", signal)`` holds what it is connected to."""

    def __init__(self, model: Model) -> None:
        self.cells = model.cells
        self.recorder = model.recorder
        self.containers = model.containers
        self.binding = model.binding
        self.leaks = model.leaks
        self._firing: set[Container] = set()
        """Signals whose slots are served right now."""

    def call(
        self, box: Container, name: str, node: ast.Call, arguments: Arguments, scope: Scope
    ) -> set[Value]:
        place = (scope.path, node.lineno)
        if name == "emit":
            for index, (_, values) in enumerate(arguments.positional):
                self.containers.put_at(box, index, values, place)
            self.containers.put_at(box, None, arguments.spread, place)
            self.fire(box, place)
            return {NONE}
        for argument, values in arguments.positional[:1]:
            slots = {v for v in values if isinstance(v, Function | Bound | Partial | Container)}
            if isinstance(argument, ast.Attribute) and argument.attr == "emit":
                bases = self.recorder.last_value(argument.value)
                slots |= {base for base in bases if isinstance(base, Container)}
            self.cells.add(("slots", box), slots, place)
            if not slots:
                given = self.cells.read(("items", box))
                self.leaks.add(argument, given, ast.unparse(argument), "", scope)
        self.fire(box, place)
        return {OTHER}

    def fire(self, box: Container, place: tuple[str, int]) -> None:
        """Let what a signal carries reach its slots; a slot may take fewer arguments."""
        self._firing.add(box)
        for slot in list(self.cells.read(("slots", box))):
            for index in range(MOST_ARGUMENTS):
                values = self.cells.read(("item", box, index)) | self.cells.read(("spread", box))
                if not values:
                    continue
                if isinstance(slot, Container):
                    self.containers.put_at(slot, index, values, place)
                elif isinstance(slot, Function | Bound | Partial):
                    self.binding.bind_position(slot, index, values, place)
            if isinstance(slot, Container) and slot not in self._firing:
                self.fire(slot, place)
        self._firing.discard(box)
