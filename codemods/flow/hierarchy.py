"""Which class of the project derives from which, and where its methods come from."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from codemods.flow.scopes import ClassInfo, FunctionInfo
from codemods.flow.values import Class, External, Value

__all__ = ["Hierarchy"]


class Hierarchy:
    """Bases and children of classes; both are found while values flow."""

    def __init__(self, classes: Mapping[Class, ClassInfo]) -> None:
        self.classes = classes
        self.bases: dict[Class, list[Value]] = {}
        self._children: dict[Class, set[Class]] = {}
        self._families: dict[tuple[str, Class], list[Class]] = {}

    def derive(self, of: Class, bases: list[Value]) -> bool:
        """Let a class have these bases; whether that is news."""
        if self.bases.get(of) == bases:
            return False
        self.bases[of] = bases
        self._families.clear()
        for base in bases:
            if isinstance(base, Class):
                self._children.setdefault(base, set()).add(of)
        return True

    def ancestors(self, of: Class) -> list[Class]:
        """The class and its project bases, nearest first."""
        known_answer = self._families.get(("up", of))
        if known_answer is not None:
            return known_answer
        found = self._families[("up", of)] = [of]
        for known in found:
            for base in self.bases.get(known, ()):
                if isinstance(base, Class) and base not in found:
                    found.append(base)
        return found

    def family(self, of: Class) -> list[Class]:
        """Ancestors and descendants: a method of a base may run on any of them."""
        known_answer = self._families.get(("all", of))
        if known_answer is not None:
            return known_answer
        found = self.ancestors(of)
        queue = [of]
        for known in queue:
            for child in sorted(self._children.get(known, ()), key=repr):
                if child not in queue:
                    queue.append(child)
        found = found + [known for known in queue if known not in found]
        self._families[("all", of)] = found
        return found

    def external_bases(self, of: Class) -> list[External]:
        """Classes from outside of the project that the class or one of its bases derives from."""
        return [
            base
            for known in self.ancestors(of)
            for base in self.bases.get(known, ())
            if isinstance(base, External)
        ]

    def is_typed_dict(self, of: Class) -> bool:
        """Whether a class describes plain dictionaries: no value is an instance of it."""
        return any(base.name.endswith("TypedDict") for base in self.external_bases(of))

    def method(self, of: Class, name: str) -> FunctionInfo | None:
        """The method *name* of a class, looked up in its project bases."""
        for known in self.ancestors(of):
            info = self.classes[known].methods.get(name)
            if info is not None:
                return info
        return None

    def fields(self, of: Class) -> list[str]:
        """Fields of a dataclass or named tuple, bases first."""
        found: list[str] = []
        for known in reversed(self.ancestors(of)):
            for statement in self.classes[known].node.body:
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    found.append(statement.target.id)
        return found
