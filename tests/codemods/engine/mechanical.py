"""The same program in other clothes: source to source, without knowing what it is about.

Each variation gives ``{path: source}``, or None where it does not apply to a program.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Mapping

from codemods.legacy import legacy_submodule, name_kind, parent_reexport
from codemods.source import SourceFile

__all__ = ["VARIATIONS", "Variation"]

Files = dict[str, str]
Variation = Callable[[str, str], Files | None]

_API = frozenset(
    {
        *("symbols", "callback", "markets", "interval", "data_type", "is_only_snapshot"),
        *("access_key", "secret_key", "config_path", "event_broker", "self", "cls", "__all__"),
        *("max_tickets", "public_pool_size", "private_pool_size", "cleanup_interval", "app"),
    }
)
"""Names that mean something to v5 or to Python."""


def renamed(source: str, names: Mapping[str, str], *, attributes: bool = True) -> str:
    """Rename identifiers, token by token; attributes too unless told otherwise."""
    lines = source.splitlines(keepends=True)
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    for index in reversed(range(len(tokens))):
        token = tokens[index]
        after_dot = index > 0 and tokens[index - 1].string == "."
        if token.type == tokenize.NAME and token.string in names and (attributes or not after_dot):
            row, start = token.start
            line = lines[row - 1]
            lines[row - 1] = line[:start] + names[token.string] + line[start + len(token.string) :]
    return "".join(lines)


def names_changed(path: str, source: str) -> Files | None:
    """Whatever the program itself names gets another name."""
    tree = ast.parse(source)
    own: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            own.add(node.id if isinstance(node, ast.Name) else node.attr)
        elif isinstance(node, ast.arg):
            own.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own.add(node.name)
    read = {
        n.attr
        for n in ast.walk(tree)
        if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Load)
    }
    imported = {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        for part in [*alias.name.split("."), alias.asname or ""]
    }
    methods = {
        inner.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for inner in node.body
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    own = {
        name
        for name in own - _API - imported
        if not name.startswith("__")
        and not (name in read and name in methods)  # may be anybody's method
        and not re.search(rf"[\"'{{][^\n]*\b{re.escape(name)}\b", source)
    }
    if not own:
        return None
    return {path: renamed(source, {name: f"{name}_x" for name in own})}


def imports_aliased(path: str, source: str) -> Files | None:
    """``from v5 import Client as Client_x``, and the uses follow."""
    parsed = SourceFile.parse(path, source.encode())
    text, names = source, {}
    for node in sorted(
        (n for n in ast.walk(parsed.tree) if isinstance(n, ast.ImportFrom)),
        key=lambda n: -n.lineno,
    ):
        for alias in sorted(node.names, key=lambda a: (-a.lineno, -a.col_offset)):
            full = node.module or ""
            known = legacy_submodule(full) is not None or parent_reexport(full, alias.name)
            if not known or alias.name == "*" or alias.asname:
                continue
            if re.search(rf"[\"'#][^\n]*\b{alias.name}\b", source):
                return None  # strings and comments speak of the name
            start, end = parsed.span(alias)
            text = f"{text[:start]}{alias.name} AS {alias.name}_x{text[end:]}"
            names[alias.name] = f"{alias.name}_x"
    if not names:
        return None
    for name, new in names.items():
        text = re.sub(rf"(?<!\.)\b{name}\b(?! AS)", new, text)
    return {path: text.replace(" AS ", " as ")}


def wrapped_in_a_function(path: str, source: str) -> Files | None:
    """Everything is local to a function."""
    if re.search(r"import \*|__future__|__all__|^\s*global ", source, re.MULTILINE):
        return None
    inside: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.STRING:
            inside |= set(range(token.start[0] + 1, token.end[0] + 1))
    lines = source.splitlines(keepends=True)
    body = "".join(
        line if number in inside or not line.strip() else f"    {line}"
        for number, line in enumerate(lines, start=1)
    )
    return {path: f"async def define():\n{body}"}


def construction_elsewhere(path: str, source: str) -> Files | None:
    """Clients made without arguments are made by functions of another file."""
    parsed = SourceFile.parse(path, source.encode())
    imports = {
        alias.name: node.module or ""
        for node in parsed.tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname is None and name_kind(alias.name) == "class"
        if legacy_submodule(node.module or "") is not None
    }
    calls = [
        node
        for node in ast.walk(parsed.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in imports
        and not node.args
        and not node.keywords
    ]
    if not calls:
        return None
    factory, text = "", source
    made: list[str] = []
    for number, call in enumerate(sorted(calls, key=lambda c: -parsed.start(c))):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        made.append(f"make_{number}")
        start, end = parsed.span(call)
        text = f"{text[:start]}make_{number}(){text[end:]}"
        factory += f"\n\ndef make_{number}():\n    return {name}()\n"
    head = "".join(f"from {module} import {name}\n" for name, module in imports.items())
    line = f"from app.factory import {', '.join(sorted(made))}\n"
    return {path: line + text, "app/factory.py": head + factory, "app/__init__.py": ""}


def attribute_in_a_base_class(path: str, source: str) -> Files | None:
    """What ``__init__`` sets is set by the ``__init__`` of a base class."""
    parsed = SourceFile.parse(path, source.encode())
    lines = source.splitlines(keepends=True)
    changed = False
    for node in sorted(
        (n for n in parsed.tree.body if isinstance(n, ast.ClassDef)), key=lambda n: -n.lineno
    ):
        init = next((m for m in node.body if getattr(m, "name", "") == "__init__"), None)
        if node.bases or node.keywords or node.decorator_list or init is None:
            continue
        first, last = init.lineno - 1, init.end_lineno or init.lineno
        method = lines[first:last]
        rest = lines[node.lineno : first] + lines[last : node.end_lineno]
        body = rest if any(line.strip() for line in rest) else ["    pass\n"]
        head = [f"class {node.name}(Base{node.name}):\n"]
        base = [f"class Base{node.name}:\n", *method, "\n", "\n"]
        lines[node.lineno - 1 : node.end_lineno] = [*base, *head, *body]
        changed = True
    return {path: "".join(lines)} if changed else None


VARIATIONS: dict[str, Variation] = {
    "names changed": names_changed,
    "imports aliased": imports_aliased,
    "wrapped in a function": wrapped_in_a_function,
    "construction elsewhere": construction_elsewhere,
    "attribute in a base class": attribute_in_a_base_class,
}
