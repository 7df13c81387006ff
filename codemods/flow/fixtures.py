"""What a test runner hands in: pytest's fixtures by name, and the mocks of ``@patch``."""

from __future__ import annotations

import ast

from codemods.flow.evaluation import Evaluate
from codemods.flow.model import Model
from codemods.flow.scopes import FunctionInfo, Scope, last_name
from codemods.flow.values import Client

__all__ = ["Fixtures"]


class Fixtures:
    """Binds parameters that no call in the project fills."""

    def __init__(self, model: Model, evaluate: Evaluate) -> None:
        self.cells = model.cells
        self.evaluate = evaluate
        self._by_name: dict[str, list[FunctionInfo]] = {}
        for info in model.definitions.functions.values():
            if not isinstance(info.node, ast.Lambda) and info.has_decorator("fixture"):
                self._by_name.setdefault(_name(info.node), []).append(info)

    def bind(self, info: FunctionInfo) -> None:
        """Let the values of fixtures reach a test's or a fixture's parameters."""
        if isinstance(info.node, ast.Lambda) or not self._by_name:
            return
        if not (info.node.name.startswith("test") or info.has_decorator("fixture")):
            return
        for argument in [*info.parameters(), *info.node.args.kwonlyargs]:
            fixture = self._nearest(argument.arg, info)
            if fixture is not None:
                kind = "yield" if fixture.is_generator else "return"
                values = self.cells.read((kind, fixture.value))
                place = (info.value.path, argument.lineno)
                self.cells.add(("var", info.scope.key, argument.arg), values, place)

    def bind_patches(self, info: FunctionInfo, outer: Scope) -> None:
        """``@patch("...")`` hands mocks in, the innermost decorator first."""
        if isinstance(info.node, ast.Lambda):
            return
        names = [
            parameter.arg for parameter in info.parameters()[1 if info.takes_receiver else 0 :]
        ]
        for decorator in reversed(info.node.decorator_list):
            if not isinstance(decorator, ast.Call):
                continue
            # With a replacement behind the target, patch hands nothing in.
            most = {"patch": 1, "object": 2}.get(last_name(decorator.func), -1)
            if len(decorator.args) > most or not names:
                continue
            made = {value for value in self.evaluate(decorator, outer) if isinstance(value, Client)}
            if made:
                place = (info.value.path, decorator.lineno)
                self.cells.add(("var", info.scope.key, names.pop(0)), made, place)

    def _nearest(self, name: str, user: FunctionInfo) -> FunctionInfo | None:
        """The fixture pytest finds: of the same file, else of the nearest ``conftest.py``."""
        best: FunctionInfo | None = None
        depth = -1
        for fixture in self._by_name.get(name, ()):
            if fixture.value == user.value:
                continue
            folder, _, file = fixture.value.path.rpartition("/")
            if fixture.value.path == user.value.path:
                return fixture
            inside = not folder or user.value.path.startswith(f"{folder}/")
            if file == "conftest.py" and inside and len(folder) > depth:
                best, depth = fixture, len(folder)
        return best


def _name(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The name of a fixture: its function's, or the one in ``@fixture(name="...")``."""
    found = node.name
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call):
            for keyword in decorator.keywords:
                if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                    found = str(keyword.value.value)
    return found
