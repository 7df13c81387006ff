"""What has been found about expressions so far, and how far the analysis is."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Literal

from codemods.flow.boundary import Leak
from codemods.flow.values import Payload, Value

__all__ = ["Findings", "Lookup", "Recorder"]


@dataclass(frozen=True, slots=True)
class Lookup:
    """A call that looks keys up in payloads without ``[]`` or a method of theirs.

    Args:
        way: ``"getter"`` calls an ``itemgetter``, ``"function"`` the like of ``operator.getitem``,
            ``"method"`` a stored method, ``"applied"`` leaves calling it to another function.
        keys: ``None`` among them for one that is computed.
        payloads: what is looked into.
    """

    way: Literal["getter", "function", "method", "applied"]
    keys: tuple[object, ...]
    payloads: frozenset[Payload]


@dataclass(eq=False)
class Findings:
    """Facts about expressions, by the ``id`` of their node."""

    values: dict[int, frozenset[Value]] = field(default_factory=dict)
    likely: set[int] = field(default_factory=set)
    """Expressions whose value was found by a name alone."""
    escapes: dict[int, str] = field(default_factory=dict)
    """Arguments handed to a function the project does not contain: the function's name."""
    external_calls: dict[int, str] = field(default_factory=dict)
    """Calls of functions the project does not contain, by dotted name."""
    leaks: dict[int, Leak] = field(default_factory=dict)
    """Payloads handed to code the project does not contain."""
    lookups: dict[int, list[Lookup]] = field(default_factory=dict)
    """Calls that look into payloads in an unusual way."""

    def update(self, other: Findings) -> None:
        """Take in what was found in another unit; a decorator may belong to two."""
        for node, values in other.values.items():
            self.values[node] = self.values.get(node, frozenset()) | values
        self.likely |= other.likely
        self.escapes |= other.escapes
        self.external_calls |= other.external_calls
        self.leaks |= other.leaks
        self.lookups |= other.lookups


class Recorder:
    """Takes down what the look at one unit finds, once values have flowed far enough for it to be kept."""

    def __init__(self) -> None:
        self.findings = Findings()
        """Those of the unit that runs now."""
        self.recording = False
        """Whether findings are kept."""
        self.settled = False
        """Whether what is still empty may be called unknown."""
        self.grown = False
        """Whether something grew that no cell announces."""
        self.last: dict[int, frozenset[Value]] = {}
        """The value of each expression when it was last evaluated, by the ``id`` of its node."""

    def last_value(self, node: ast.expr) -> frozenset[Value]:
        """The value an expression had when it was last evaluated."""
        return self.last.get(id(node), frozenset())
