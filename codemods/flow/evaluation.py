"""What the parts of the evaluation ask of each other, so that none has to know the whole."""

from __future__ import annotations

import ast
from typing import Protocol

from codemods.flow.arguments import Arguments
from codemods.flow.scopes import Scope
from codemods.flow.values import Value

__all__ = ["CallValue", "Evaluate"]


class Evaluate(Protocol):
    """What an expression may be."""

    def __call__(self, node: ast.expr, scope: Scope, /) -> set[Value]: ...


class CallValue(Protocol):
    """The result of calling one value; ``None`` when it is nothing that can be seen through."""

    def __call__(
        self, callee: Value, node: ast.Call, arguments: Arguments, scope: Scope, /
    ) -> set[Value] | None: ...
