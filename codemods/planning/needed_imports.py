"""Where the names of v6 that a rewritten place needs are imported."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence

from codemods.flow.scopes import last_name
from codemods.import_table import ImportTable
from codemods.planning.plans import Plans
from codemods.project import Project
from codemods.site import dotted
from codemods.source import SourceFile

__all__ = ["import_target", "need"]


def need(plans: Plans, source: SourceFile, node: ast.AST, names: frozenset[str]) -> None:
    """Ask for names of the v6 package where the name behind *node* is imported."""
    plan = plans.files[source.path]
    for statement in _anchors(plans, source, node):
        plan.needs.setdefault(id(statement), set()).update(names)


def import_target(project: Project, statement: ast.Import | ast.ImportFrom, path: str) -> str:
    """The module the v6 names are imported from in the place of *statement*."""
    if isinstance(statement, ast.ImportFrom) and statement.level:
        relative = project.relative_import_path(path)
        if relative is not None:
            return relative
    return project.target


def _anchors(plans: Plans, source: SourceFile, node: ast.AST) -> list[ast.stmt]:
    named = node.func if isinstance(node, ast.Call) else node
    bound = dotted(named).split(".")[0] if isinstance(named, ast.expr) else ""
    found = _binding_statements(plans.decisions.imports, source, bound)
    # An annotation may need the import that only type checkers see.
    is_run = isinstance(node, ast.Call)
    running = [one for one in found if is_run and _is_run_for(source, one, node)]
    return running or found or _places_for_imports(plans, source)


def _is_run_for(source: SourceFile, statement: ast.stmt, node: ast.AST) -> bool:
    """Whether an import has run when *node* does: it is in no other function, and not for types alone."""
    around = list(source.ancestors(node))
    for outer in source.ancestors(statement):
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef) and outer not in around:
            return False
        if isinstance(outer, ast.If) and last_name(outer.test) == "TYPE_CHECKING":
            return statement in outer.orelse
    return True


def _binding_statements(imports: ImportTable, source: SourceFile, bound: str) -> list[ast.stmt]:
    """The imports that bring *bound*, or that may."""
    found: list[ast.stmt] = [one.statement for one in imports.entries(source.path, bound)]
    if found:
        return found
    stars: list[ast.stmt] = [
        one.statement for one in imports.by_file.get(source.path, ()) if one.kind == "star"
    ]
    if stars:
        return stars
    for statement in source.nodes:
        if isinstance(statement, ast.Import | ast.ImportFrom) and any(
            (alias.asname or alias.name.split(".")[0]) == bound for alias in statement.names
        ):
            return [statement]
    return []


def _places_for_imports(plans: Plans, source: SourceFile) -> list[ast.stmt]:
    """The statement an import of a name that nothing brings yet goes to, or before."""
    top = [
        statement
        for statement in source.tree.body
        if isinstance(statement, ast.ImportFrom | ast.Import)
        and getattr(statement, "module", "") != "__future__"
    ]
    if top:
        return [_neighbour(plans.decisions.imports, source.path, top)]
    module = plans.project.flow.modules[source.path]
    if module.star_imports:
        return [module.star_imports[0]]
    after_docstring = [
        one
        for one in source.tree.body
        if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
    ]
    return after_docstring[:1]


def _neighbour(imports: ImportTable, path: str, top: Sequence[ast.stmt]) -> ast.stmt:
    """The import a new one goes to: of v5, or else the first that is not the library's."""
    legacy = [
        one.statement
        for one in imports.by_file.get(path, ())
        if one.kind != "project" and one.statement in top
    ]
    if legacy:
        return legacy[0]
    others = [one for one in top if _top_package(one) not in sys.stdlib_module_names]
    return others[0] if others else top[0]


def _top_package(statement: ast.stmt) -> str:
    if isinstance(statement, ast.ImportFrom):
        name = "" if statement.level else statement.module or ""
    else:
        name = statement.names[0].name if isinstance(statement, ast.Import) else ""
    return name.partition(".")[0]
