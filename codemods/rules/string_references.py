"""UWS170: strings that are dotted paths of v5 names: patches, dynamic imports, loggers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from codemods.flow.values import Class, Client, Function, Module
from codemods.import_table import ImportTable
from codemods.legacy import COMPAT_PACKAGE, LEGACY_FOLDER, legacy_submodule, name_kind
from codemods.project import Project
from codemods.references import Reference
from codemods.rule import Example, Rule
from codemods.site import dotted
from codemods.source import SourceFile
from compat_v5.renames import CLIENT_CLASSES

__all__ = ["RULE", "StringReference", "find_strings"]

RULE = Rule(
    code="UWS170",
    title="Follow renamed names inside strings",
    anchor="imports",
    rationale=(
        "mock.patch, monkeypatch.setattr, import_module and getLogger name things by dotted "
        "path. A path to a name that "
        "moved is rewritten; where a test puts a class of its own in the place of a client, "
        "that client stays. A path that is put together at run time, code for exec, an entry point "
        "and a doctest lead to compat_v5 afterwards, with a mark; a name in prose is noted."
    ),
    examples=(
        Example(
            '@patch("app.chart.UpbitWebSocketPublicV5")\n',
            '@patch("app.chart.WebSocketClientProxy")\n',
        ),
        Example(
            'import_module("app.websocket_v5.models")\n', 'import_module("compat_v5.models")\n'
        ),
    ),
)

_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.\w+)+\Z")


@dataclass(eq=False)
class StringReference:
    """A string that names something of v5.

    Args:
        shape: ``"name"`` a name bound in a project file, ``"method"`` a method of a class so bound;
            ``"class"``, ``"member"`` or ``"module"`` a path into the legacy package; ``"logger"`` a
            logger's name; ``"stub"`` a key of ``sys.modules``.
        path, bound: for ``"name"``: where.
        sub: legacy submodule.
        name: for ``"class"`` and ``"member"``: the legacy name.
        clients: clients whose construction the string can replace.
        mock: the mock the call makes, if any.
        replaced_by: what else is put in its place, in words.
    """

    source: SourceFile
    node: ast.Constant
    shape: Literal["name", "method", "class", "member", "module", "logger", "stub"]
    path: str = ""
    bound: str = ""
    sub: str = ""
    name: str = ""
    clients: frozenset[Client] = frozenset()
    mock: Client | None = None
    replaced_by: str | None = None


def find_strings(
    project: Project, imports: ImportTable, references: list[Reference]
) -> Iterator[StringReference]:
    """All such strings in the project."""
    by_name: dict[tuple[str, str], set[Client]] = {}
    for reference in references:
        by_name.setdefault((reference.source.path, reference.bound), set()).update(
            reference.clients
        )
    for source in project.sources.values():
        for node in source.nodes:
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and len(node.value) < 300
            ):
                found = _of(project, imports, source, node)
                if found is not None:
                    if found.shape == "name":
                        found.clients = frozenset(by_name.get((found.path, found.bound), ()))
                    _replacement(project, found)
                    yield found


def _of(
    project: Project, imports: ImportTable, source: SourceFile, node: ast.Constant
) -> StringReference | None:
    text = str(node.value)
    outer = source.parent(node)
    if isinstance(outer, ast.Expr | ast.JoinedStr):
        return None
    if not _DOTTED.match(text) and text != COMPAT_PACKAGE:
        return _by_attribute_name(project, imports, source, node)
    sub = legacy_submodule(text)
    if sub is not None:
        return _legacy_path(source, node, sub)
    module, _, last = text.rpartition(".")
    path = project.graph.find("", module)
    if path is not None and path in project.sources and imports.roots(path, last):
        return StringReference(source, node, "name", path, last)
    return _member_of_bound_class(project, imports, source, node)


def _member_of_bound_class(
    project: Project, imports: ImportTable, source: SourceFile, node: ast.Constant
) -> StringReference | None:
    """``"app.bot.Client.connect"``: a method of a class, by the name a project file has for it."""
    owner, _, member = str(node.value).rpartition(".")
    module, _, bound = owner.rpartition(".")
    path = project.graph.find("", module) if module else None
    if path is None or path not in project.sources:
        return None
    for root in imports.roots(path, bound) or ():
        if root.name in CLIENT_CLASSES:
            return StringReference(source, node, "method", path, member, name=root.name)
    return None


def _legacy_path(source: SourceFile, node: ast.Constant, sub: str) -> StringReference:
    outer = source.parent(node)
    logs = dotted(outer.func).rsplit(".", 1)[-1] if isinstance(outer, ast.Call) else ""
    if LEGACY_FOLDER in str(node.value) and logs in (
        "getLogger",
        "get_logger",
        "create_component_logger",
    ):
        return StringReference(source, node, "logger", sub=sub)
    if isinstance(outer, ast.Subscript) and dotted(outer.value) == "sys.modules":
        return StringReference(source, node, "stub", sub=sub)
    if isinstance(outer, ast.Dict):
        call = source.parent(outer)
        if isinstance(call, ast.Call) and call.args and dotted(call.args[0]) in ("sys.modules",):
            return StringReference(source, node, "stub", sub=sub)
    parts = sub.split(".")
    for index, part in enumerate(parts):
        if part in CLIENT_CLASSES:
            shape: Literal["class", "member"] = "class" if index == len(parts) - 1 else "member"
            return StringReference(
                source,
                node,
                shape,
                sub=".".join(parts[:index]),
                name=part,
                bound=".".join(parts[index + 1 :]),
            )
    return StringReference(source, node, "module", sub=sub)


def _by_attribute_name(
    project: Project, imports: ImportTable, source: SourceFile, node: ast.Constant
) -> StringReference | None:
    """``patch.object(module, "Name")`` and ``setattr(module, "Name", value)``."""
    text = str(node.value)
    call = source.parent(node)
    if not (
        isinstance(call, ast.Call)
        and len(call.args) > 1
        and call.args[1] is node
        and text.isidentifier()
    ):
        return None
    for value in project.values(call.args[0]):
        if isinstance(value, Module) and imports.roots(value.path, text):
            return StringReference(source, node, "name", value.path, text)
    return None


def _replacement(project: Project, found: StringReference) -> None:
    """What a patching call puts in the place of the name."""
    call = found.source.parent(found.node)
    if not isinstance(call, ast.Call) or found.node not in call.args:
        return
    own = (found.source.path, call.lineno, call.col_offset)
    for value in project.values(call):
        if (
            isinstance(value, Client)
            and value.origin == "mock"
            and (value.path, value.line, value.column) == own
        ):
            found.mock = value
    index = call.args.index(found.node)
    given = [
        *call.args[index + 1 : index + 2],
        *(k.value for k in call.keywords if k.arg in ("new", "value", "new_callable")),
    ]
    for node in given:
        for value in project.values(node):
            if isinstance(value, Client) and value.origin == "mock":
                found.mock = value
            elif isinstance(value, Class):
                found.replaced_by = f"the class {value.name}"
            elif isinstance(value, Function):
                found.replaced_by = "a function"


def class_kind(found: StringReference) -> str:
    """Kind of the client class a path names."""
    return (
        CLIENT_CLASSES.get(found.name, "public") if name_kind(found.name) == "class" else "public"
    )
