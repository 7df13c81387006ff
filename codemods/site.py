"""One place where a legacy client is used, and what a rule may answer about it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from codemods.edits import Edit, Span
from codemods.flow.values import Client
from codemods.project import Project
from codemods.source import SourceFile

__all__ = ["Refuse", "Rewrite", "Use", "Verdict", "delete_argument", "dotted", "has_effects"]


@dataclass
class Rewrite:
    """The rule can move this use.

    Args:
        rule: the rule's code.
        message: what happens, one sentence.
        edits: replacements in the file of the use.
        removes: statements that disappear.
        needs: names of the v6 package the file has to import.
    """

    rule: str
    message: str
    edits: list[Edit] = field(default_factory=list)
    removes: list[ast.stmt] = field(default_factory=list)
    needs: frozenset[str] = frozenset()
    joins: frozenset[Client] = frozenset()
    """Other clients that have to share the decision."""
    elsewhere: list[tuple[str, Edit]] = field(default_factory=list)
    """Replacements in other files, with their paths."""
    note: tuple[ast.AST, str] | None = None
    """What a person has to know about another place of the file."""


@dataclass
class Refuse:
    """The rule cannot move this use: its client stays on ``compat_v5``."""

    rule: str
    reason: str
    brief: str = ""
    """The reason without places; empty where *reason* names none."""


Verdict = Rewrite | Refuse


@dataclass(eq=False)
class Use:
    """An attribute access on a receiver that is a legacy client.

    *expression* is the outermost of attribute, call and ``await``; *parent* what stands around it.
    """

    project: Project
    source: SourceFile
    attribute: ast.Attribute
    clients: frozenset[Client]

    @property
    def name(self) -> str:
        return self.attribute.attr

    @property
    def call(self) -> ast.Call | None:
        outer = self.source.parent(self.attribute)
        return outer if isinstance(outer, ast.Call) and outer.func is self.attribute else None

    @property
    def awaited(self) -> ast.Await | None:
        outer = self.source.parent(self.call) if self.call is not None else None
        return outer if isinstance(outer, ast.Await) else None

    @property
    def expression(self) -> ast.expr:
        return self.awaited or self.call or self.attribute

    @property
    def parent(self) -> ast.AST | None:
        return self.source.parent(self.expression)

    @property
    def statement(self) -> ast.stmt:
        return self.source.statement(self.attribute)

    @property
    def is_statement(self) -> bool:
        """Whether nobody looks at the value."""
        return isinstance(self.parent, ast.Expr)

    @property
    def is_mock(self) -> bool:
        return any(client.origin == "mock" for client in self.clients)

    @property
    def kinds(self) -> set[str]:
        return {client.kind for client in self.clients if client.kind != "any"}

    def rename(self, new: str) -> Edit:
        """Give the attribute another name."""
        end = self.source.end(self.attribute)
        return Edit(end - len(self.name), end, (new,))

    def replace(self, node: ast.expr, *parts: str | Span) -> Edit:
        """Put something else in the place of an expression."""
        return Edit(*self.source.span(node), parts)

    def text(self, node: ast.expr) -> Span:
        """An expression's edited text."""
        return Span(*self.source.span(node))

    def receiver_text(self) -> str:
        return self.source.segment(self.attribute.value)


def dotted(node: ast.expr) -> str:
    """``a.b.c`` of a name or attribute chain; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else ""
    return ""


def has_effects(nodes: Iterable[ast.expr]) -> bool:
    """Whether evaluating the expressions could do anything but give a value."""
    quiet = (
        ast.Constant,
        ast.Name,
        ast.Attribute,
        ast.List,
        ast.Tuple,
        ast.Set,
        ast.Dict,
        ast.Subscript,
        ast.UnaryOp,
        ast.BinOp,
        ast.BoolOp,
        ast.Compare,
        ast.IfExp,
        ast.Lambda,
        ast.JoinedStr,
        ast.FormattedValue,
        ast.expr_context,
        ast.operator,
        ast.unaryop,
        ast.boolop,
        ast.cmpop,
        ast.Slice,
    )
    return any(not isinstance(inner, quiet) for node in nodes for inner in ast.walk(node))


def delete_argument(source: SourceFile, call: ast.Call, argument: ast.expr | ast.keyword) -> Edit:
    """Take one argument out of a call, with the comma that belonged to it."""
    everything: list[ast.expr | ast.keyword] = sorted(
        [*call.args, *call.keywords], key=source.start
    )
    index = everything.index(argument)
    start, end = _outer_span(source, argument)
    if index + 1 < len(everything):
        return Edit(start, _outer_span(source, everything[index + 1])[0], ())
    if index:
        return Edit(_outer_span(source, everything[index - 1])[1], end, ())
    comma = end
    while comma < len(source.text) and source.text[comma] in " \t":
        comma += 1
    return Edit(start, comma + 1 if source.text[comma : comma + 1] == "," else end, ())


def _outer_span(source: SourceFile, argument: ast.expr | ast.keyword) -> tuple[int, int]:
    """The span of an argument including parentheses around it (which ``ast`` does not show)."""
    start, end = source.span(argument)
    text = source.text
    while True:
        left, right = start - 1, end
        while left >= 0 and text[left] in " \t\r\n":
            left -= 1
        while right < len(text) and text[right] in " \t\r\n":
            right += 1
        # A parenthesis directly behind a name or bracket is the call's own.
        if left < 1 or right >= len(text) or text[left] != "(" or text[right] != ")":
            return start, end
        before = text[:left].rstrip()[-1:]
        if before.isalnum() or before in "_)]":
            return start, end
        start, end = left, right + 1
