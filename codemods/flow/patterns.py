"""Patterns of ``case``: what their names capture."""

from __future__ import annotations

import ast

from codemods.flow.constants import constant_key
from codemods.flow.evaluation import Evaluate
from codemods.flow.model import Model
from codemods.flow.scopes import Scope
from codemods.flow.values import (
    UNKNOWN,
    Class,
    Client,
    Container,
    Instance,
    LegacyName,
    Payload,
    Value,
)

__all__ = ["Patterns"]


class Patterns:
    """Binds the names of patterns."""

    def __init__(self, model: Model, evaluate: Evaluate) -> None:
        self.cells = model.cells
        self.recorder = model.recorder
        self.containers = model.containers
        self.elements = model.elements
        self.members = model.members
        self.evaluate = evaluate

    def match(self, pattern: ast.pattern, subject: set[Value], scope: Scope) -> None:
        """Bind the names of a pattern to what they capture of *subject*."""
        if isinstance(pattern, ast.MatchAs):
            if pattern.pattern is not None:
                self.match(pattern.pattern, subject, scope)
            if pattern.name is not None:
                found = self._narrowed(pattern.pattern, subject)
                self._capture(pattern.name, found, pattern, scope)
        elif isinstance(pattern, ast.MatchOr):
            for inner in pattern.patterns:
                self.match(inner, subject, scope)
        elif isinstance(pattern, ast.MatchClass):
            self._match_class(pattern, subject, scope)
        elif isinstance(pattern, ast.MatchSequence):
            starred = any(isinstance(inner, ast.MatchStar) for inner in pattern.patterns)
            for index, inner in enumerate(pattern.patterns):
                part = (
                    self.elements.elements(subject)
                    if starred
                    else self.elements.item(subject, index)
                )
                self.match(inner, part, scope)
        elif isinstance(pattern, ast.MatchStar) and pattern.name is not None:
            box = Container(scope.path, pattern.lineno, pattern.col_offset)
            self.containers.put(box, None, subject, pattern, scope)
            self._capture(pattern.name, {box}, pattern, scope)
        elif isinstance(pattern, ast.MatchMapping):
            for key, inner in zip(pattern.keys, pattern.patterns, strict=True):
                self.match(inner, self.elements.item(subject, constant_key(key)), scope)
            if pattern.rest is not None:
                rest = Container(scope.path, pattern.lineno, pattern.col_offset, "rest")
                self.containers.merge(rest, subject, (scope.path, pattern.lineno))
                kept: set[Value] = {value for value in subject if not isinstance(value, Payload)}
                self._capture(pattern.rest, kept | {rest}, pattern, scope)

    def _match_class(self, pattern: ast.MatchClass, subject: set[Value], scope: Scope) -> None:
        self.evaluate(pattern.cls, scope)
        for inner in pattern.patterns:
            self.match(inner, {UNKNOWN}, scope)
        for name, inner in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
            members = [self.members.member(value, name) for value in subject]
            self.match(inner, {v for found in members for v in found or ()}, scope)

    def _capture(self, name: str, values: set[Value], pattern: ast.pattern, scope: Scope) -> None:
        self.cells.add(("var", scope.key, name), values, (scope.path, pattern.lineno))

    def _narrowed(self, pattern: ast.pattern | None, subject: set[Value]) -> set[Value]:
        """What of *subject* a class pattern lets through."""
        if not isinstance(pattern, ast.MatchClass):
            return subject
        found: set[Value] = set()
        for value in self.recorder.last_value(pattern.cls):
            if isinstance(value, LegacyName):
                found |= {known for known in subject if isinstance(known, Client)}
            elif isinstance(value, Class):
                found.add(Instance(value))
        return found or subject
