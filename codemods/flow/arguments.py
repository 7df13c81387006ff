"""The evaluated arguments of a call, and how many a function takes."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.flow.scopes import FunctionInfo
from codemods.flow.values import Container, Value

__all__ = ["MOST_ARGUMENTS", "Arguments", "positional_capacity"]

MOST_ARGUMENTS = 8
"""More than any signal, or thread, hands over."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """Evaluated arguments of one call."""

    positional: tuple[tuple[ast.expr, frozenset[Value]], ...]
    keywords: tuple[tuple[str, ast.expr, frozenset[Value]], ...]
    spread: frozenset[Value]
    """Elements of ``*args`` and ``**kwargs``, and positional arguments behind a ``*args``."""
    mappings: tuple[Container, ...] = ()
    starred: frozenset[Value] = frozenset()
    """Those of *spread* that are positional."""

    def everything(self) -> list[tuple[ast.expr, frozenset[Value]]]:
        return [*self.positional, *((node, values) for _, node, values in self.keywords)]

    def first(self) -> frozenset[Value]:
        """Values of the first positional argument; empty when there is none."""
        return self.positional[0][1] if self.positional else frozenset()


def positional_capacity(info: FunctionInfo, *, bound: bool) -> tuple[int, float]:
    """How many positional arguments a function needs at least and takes at most, without its receiver."""
    arguments = info.node.args
    total = len(arguments.posonlyargs) + len(arguments.args)
    required = total - len(arguments.defaults)
    if bound:
        total, required = max(0, total - 1), max(0, required - 1)
    return required, float("inf") if arguments.vararg is not None else total
