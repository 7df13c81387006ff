"""What ``upbit-migrate shim`` writes: the text of each file, made of ``compat_v5`` as installed.

At run time the legacy package is ``compat_v5`` itself, put into ``sys.modules`` under the legacy
names; type checkers read the ``.pyi`` beside it, in which clients and functions carry
``@deprecated`` with their replacement. Nothing of ``compat_v5`` but its rename table is imported:
signatures are read from its source.
"""

from __future__ import annotations

import ast
import builtins
import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from compat_v5.renames import (
    CLIENT_CLASSES,
    EXPORTS_BY_SUBMODULE,
    LEGACY_PACKAGE,
    LEGACY_PREFIX,
    LEGACY_SUBMODULES,
    PARENT_REEXPORTS,
    RENAMES_BY_OLD,
    SHIM_MARK,
    SIBLING_MODULES,
)

__all__ = ["MARK", "PACKAGE_FOLDER", "ShimFile", "shim_files"]

MARK = SHIM_MARK

PACKAGE_FOLDER = LEGACY_PACKAGE.replace(".", "/")

_HEAD = f"""{MARK}: legacy imports lead to the installed package upbit-websocket-v6.
# Delete this file when `upbit-migrate census` finds no legacy import any more.
"""
_STUB_HEAD = f"""{_HEAD}\
# mypy: disable-error-code="deprecated"
# pyright: reportDeprecated=false
"""
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEPRECATED_CLASSES = frozenset({*CLIENT_CLASSES, "SubscriptionManager"})


@dataclass(frozen=True, slots=True)
class ShimFile:
    """One file. *path* is relative, with slashes; *optional* gives way to what is there already."""

    path: str
    text: str
    optional: bool = False


def shim_files() -> list[ShimFile]:
    """Every file of the shim: parents, siblings, the package and its stubs."""
    files = [_parent(name) for name in _parents()]
    for name in SIBLING_MODULES:
        module = f"compat_v5.{name}"
        folder = LEGACY_PREFIX.replace(".", "/")
        code = f"import sys\n\nimport {module}\n\nsys.modules[__name__] = {module}\n"
        names = _declared(_parse(module))
        files.append(ShimFile(f"{folder}/{name}.py", _HEAD + code, optional=True))
        files.append(
            ShimFile(f"{folder}/{name}.pyi", _STUB_HEAD + _reexport(module, names), optional=True)
        )
    files.append(ShimFile(f"{PACKAGE_FOLDER}/__init__.py", _HEAD + _package_code()))
    files.append(ShimFile(f"{PACKAGE_FOLDER}/__init__.pyi", _STUB_HEAD + _package_stub()))
    files += [
        ShimFile(f"{PACKAGE_FOLDER}/{name}.pyi", _STUB_HEAD + _submodule_stub(name))
        for name in LEGACY_SUBMODULES
    ]
    return files


def _parents() -> list[str]:
    parts = LEGACY_PREFIX.split(".")
    return [".".join(parts[: depth + 1]) for depth in range(len(parts))]


def _parent(name: str) -> ShimFile:
    pairs = PARENT_REEXPORTS.get(name, {})
    code = ""
    if pairs:
        names = ", ".join(f"{old} as {new}" for new, old in pairs.items())
        code = f"from {LEGACY_PACKAGE} import {names}\n\n__all__ = {sorted(pairs)!r}\n"
    return ShimFile(f"{name.replace('.', '/')}/__init__.py", _HEAD + code, optional=True)


def _package_code() -> str:
    names = "".join(f"    {name},\n" for name in LEGACY_SUBMODULES)
    return f"""\
import sys

import compat_v5


def __getattr__(name):
    # A thread that imports this package at the same time may keep this module.
    return getattr(compat_v5, name)


from compat_v5 import (
{names})

for _module in (
{names}):
    sys.modules[f"{{__name__}}.{{_module.__name__.rpartition('.')[2]}}"] = _module
sys.modules[__name__] = compat_v5
"""


def _package_stub() -> str:
    lines = [f"from . import {name} as {name}" for name in LEGACY_SUBMODULES]
    public = EXPORTS_BY_SUBMODULE[""].public
    for submodule in LEGACY_SUBMODULES:
        names = sorted(set(public) & set(EXPORTS_BY_SUBMODULE[submodule].public))
        lines += [f"from .{submodule} import {name} as {name}" for name in names]
    lines += ["", "__version__: str", f"__all__ = {sorted(public)!r}", ""]
    return "\n".join(lines)


def _submodule_stub(submodule: str) -> str:
    module = f"compat_v5.{submodule}"
    tree = _parse(module)
    public = EXPORTS_BY_SUBMODULE[submodule].public
    functions = [node for node in tree.body if isinstance(node, _FUNCTION) and node.name in public]
    classes = [name for name in public if name in _DEPRECATED_CLASSES]
    own = {*classes, *(node.name for node in functions)}
    parts = [
        *_imports_for(functions, tree, module, present={*public}),
        *([f"from {module} import {name} as _{name}" for name in classes]),
        *(["from typing_extensions import deprecated"] if own else []),
        _reexport(module, [name for name in public if name not in own]),
    ]
    for name in classes:
        parts.append(f"\n@deprecated({_message(name)!r})\nclass {name}(_{name}): ...")
    parts += [f"\n{_signature(node)}" for node in functions]
    return "\n".join(parts) + "\n"


def _parse(module: str) -> ast.Module:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:  # the distribution is not whole
        raise ModuleNotFoundError(f"{module} is missing; install upbit-websocket-v6 again")
    return ast.parse(Path(spec.origin).read_text(encoding="utf-8"))


def _declared(tree: ast.Module) -> list[str]:
    """The names in ``__all__``."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names: list[str] = ast.literal_eval(node.value)
            return names
    return []


def _reexport(module: str, names: Iterable[str]) -> str:
    return "".join(f"from {module} import {name} as {name}\n" for name in sorted(names))


def _message(name: str) -> str:
    row = RENAMES_BY_OLD[name]
    note = f" ({row.note})" if row.new and row.note else row.note
    instead = f"write {row.new}{note}" if row.new else note
    return f"legacy v5: {instead}; see MIGRATION.md#{row.anchor}"


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """*node* as a stub: defaults and body become ``...``."""
    dots = ast.Constant(...)
    node.args.defaults = [dots for _ in node.args.defaults]
    node.args.kw_defaults = [default and dots for default in node.args.kw_defaults]
    node.body = [ast.Expr(dots)]
    decorator = ast.parse(f"deprecated({_message(node.name)!r})", mode="eval").body
    node.decorator_list = [decorator]
    return ast.unparse(ast.fix_missing_locations(node))


def _imports_for(
    functions: Iterable[ast.FunctionDef | ast.AsyncFunctionDef],
    tree: ast.Module,
    module: str,
    present: set[str],
) -> list[str]:
    """Imports of the names that the annotations of *functions* use and that are not *present*."""
    used = {
        name.id
        for node in functions
        for part in (node.args, node.returns)
        if part is not None
        for name in ast.walk(part)
        if isinstance(name, ast.Name)
    }
    known = _imported(tree)
    return [
        known.get(name, f"from {module} import {name}")
        for name in sorted(used - present)
        if not hasattr(builtins, name)
    ]


def _imported(tree: ast.Module) -> dict[str, str]:
    """``{name: absolute import statement}`` of the imports at the top and under TYPE_CHECKING."""
    statements: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            origin = f"compat_v5.{node.module}" if node.level and node.module else node.module
            for alias in node.names:
                renamed = f" as {alias.asname}" if alias.asname else ""
                statement = f"from {origin or 'compat_v5'} import {alias.name}{renamed}"
                statements[alias.asname or alias.name] = statement
        elif isinstance(node, ast.Import):
            for alias in node.names:
                statements[alias.asname or alias.name.partition(".")[0]] = ast.unparse(node)
    return statements
