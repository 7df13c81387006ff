"""Protocols of the project: as an annotation one stands for whatever has its members.

Where nothing of the project but a client has them, an annotation that names a protocol describes the client.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from codemods.flow.scopes import last_name
from codemods.flow.values import Class, Instance, Value
from codemods.project import Project

__all__ = ["MISSING_IN_V6", "Protocols"]

MISSING_IN_V6 = frozenset({"connect", "disconnect", "is_connected"})
"""Members of clients under the names of v5, which a proxy does not have."""


@dataclass(eq=False)
class Protocols:
    """Answers about the protocols of a project."""

    project: Project

    @cached_property
    def members(self) -> dict[Class, frozenset[str]]:
        """The methods each protocol asks for."""
        hierarchy = self.project.flow.hierarchy
        found = {
            of
            for of, info in hierarchy.classes.items()
            if any(last_name(base) == "Protocol" for base in info.node.bases)
        }
        return {
            of: frozenset(
                name
                for known in hierarchy.ancestors(of)
                for name in hierarchy.classes[known].methods
            )
            for of in found
        }

    def stands_for_clients(self, value: Value) -> bool:
        """Whether *value* is what an annotation with a protocol gives, and nothing else has its members."""
        return isinstance(value, Instance) and value.of in self._unimplemented

    @cached_property
    def _unimplemented(self) -> set[Class]:
        hierarchy = self.project.flow.hierarchy
        others = [of for of in hierarchy.classes if of not in self.members]
        checked = self._checked
        return {
            protocol
            for protocol, names in self.members.items()
            if names
            and protocol not in checked
            and not any(
                protocol in hierarchy.ancestors(other)
                or all(hierarchy.method(other, name) is not None for name in names)
                for other in others
            )
        }

    @cached_property
    def _checked(self) -> set[Class]:
        """Protocols that ``isinstance`` asks for: it counts members, and v6 has others."""
        return {
            value
            for source in self.project.sources.values()
            for node in source.nodes
            if isinstance(node, ast.Call)
            and last_name(node.func) in ("isinstance", "issubclass")
            and len(node.args) == 2
            for named in ast.walk(node.args[1])
            for value in self.project.values(named)
            if isinstance(value, Class)
        }
