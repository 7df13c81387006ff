"""What is done with a class that is handed to a function: it makes a value there, or loses a member."""

from __future__ import annotations

import ast

from codemods.flow.externals import BINDING, FACTORY_FIRST, FIELD_FUNCTIONS
from codemods.flow.scopes import last_name
from codemods.project import Project
from codemods.source import SourceFile

__all__ = ["is_factory", "patched_members"]

_PATCHING = frozenset({"setattr", "delattr", "object"})
"""Functions that replace a member of their first argument: ``monkeypatch.setattr``, ``patch.object``."""


def patched_members(source: SourceFile, node: ast.expr) -> frozenset[str]:
    """The members of the class *node* that are replaced: by an assignment, ``setattr`` or ``mock.patch``."""
    outer = source.parent(node)
    if isinstance(outer, ast.Attribute) and not isinstance(outer.ctx, ast.Load):
        return frozenset({outer.attr})
    if not isinstance(outer, ast.Call) or outer.args[:1] != [node]:
        return frozenset()
    how = last_name(outer.func)
    if how == "multiple":
        return frozenset(keyword.arg for keyword in outer.keywords if keyword.arg is not None)
    name = outer.args[1] if how in _PATCHING and len(outer.args) > 1 else None
    return frozenset({str(name.value)}) if isinstance(name, ast.Constant) else frozenset()


def is_factory(project: Project, source: SourceFile, node: ast.expr, call: ast.Call) -> bool:
    """Whether the class *node*, an argument of *call*, makes the value of a field or of an entry."""
    outer = source.parent(node)
    name = project.flow.external_calls.get(id(call))
    if isinstance(outer, ast.keyword):
        return name in FIELD_FUNCTIONS and outer.arg in ("default_factory", "factory")
    takes_self = any(keyword.arg == "takes_self" for keyword in call.keywords)
    is_first = call.args[:1] == [node] and not takes_self
    return is_first and (name in FACTORY_FIRST or name == BINDING)
