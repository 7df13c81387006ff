"""Who may import whom, read from the syntax trees.

import-linter checks the directions between the packages. These tests add what it cannot see: which
names are public, which imports must wait until they are needed, and that `websocket_v6` can be
copied into another tree (all its imports of itself are relative).
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PACKAGES = ("websocket_v6", "compat_v5", "codemods")

RUNTIME = {"websockets", "jwt", "msgspec"}
OPTIONAL = {
    "websocket_v6": {
        "rich",
        "prometheus_client",
        "uvloop",
        "picows",
        "PySide6",
        "qasync",
        "pytest",
    },
    "compat_v5": {"yaml", "jwt", "websockets", "pytest", "pytest_asyncio", "rich", "jinja2"},
    "codemods": {"libcst", "rich", "jinja2", "pygments", "pathspec", "markupsafe"},
}
"""Third parties that an extra brings."""

COMPARISON_COMMANDS = {"codemods.cli.demo", "codemods.cli.parity", "codemods.cli.prove"}
"""Loaded by name, when one of them is asked for: they run clients, so they need the runtime."""

LIGHT = {"compat_v5.renames", "compat_v5.whole_file"}
"""Parts of the legacy layer that load nothing else of it: its names, and how a file is written."""

PURE = {"asyncio", "socket", "ssl", "threading", "time", "random", "secrets", "os"}
"""What decides neither waits, nor reads a clock, nor rolls dice, nor looks at the environment."""


@dataclass(frozen=True, slots=True)
class Import:
    where: str
    """`path:line` of the statement, for the failure message."""
    importer: str
    """Dotted name of the importing module."""
    module: str
    """Absolute dotted name of what is imported; for `from m import n` this is `m`."""
    name: str | None
    lazy: bool
    """Inside a function, under TYPE_CHECKING, or in a `try` that expects ImportError."""
    relative: bool

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


def imports_of(package: str) -> Iterator[Import]:
    for path in sorted((REPOSITORY / package).rglob("*.py")):
        relative = path.relative_to(REPOSITORY)
        parts = relative.with_suffix("").parts
        importer = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        parent = parts[:-1]
        tree = ast.parse(path.read_text(encoding="utf-8"), str(relative))
        for node, lazy in statements(tree, lazy=False):
            where = f"{relative.as_posix()}:{node.lineno}"
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(where, importer, alias.name, None, lazy, False)
            else:
                base = parent[: len(parent) - node.level + 1] if node.level else ()
                module = ".".join([*base, *filter(None, [node.module])])
                for alias in node.names:
                    yield Import(where, importer, module, alias.name, lazy, node.level > 0)


def statements(node: ast.AST, *, lazy: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, lazy
        else:
            yield from statements(child, lazy=lazy or waits(child))


def waits(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return True
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.unparse(node.test)
    if isinstance(node, ast.Try):
        return any("Import" in ast.unparse(h.type) for h in node.handlers if h.type)
    return False


@pytest.fixture(scope="module", params=PACKAGES)
def package(request: pytest.FixtureRequest) -> str:
    return request.param


def offenders(found: Iterator[Import]) -> list[str]:
    return [f"{each.where} imports {each.module}:{each.name or ''}" for each in found]


def is_third_party(each: Import) -> bool:
    return each.top not in sys.stdlib_module_names and each.top not in PACKAGES


def test_the_reader_sees_all_forms(tmp_path):
    source = (
        "import a.b\n"
        "from . import c\n"
        "if TYPE_CHECKING:\n    import d\n"
        "try:\n    import e\nexcept ImportError:\n    e = None\n"
        "def f():\n    import g\n"
        "class H:\n    import i\n"
    )
    found = {ast.unparse(node): lazy for node, lazy in statements(ast.parse(source), lazy=False)}
    assert found == {
        "import a.b": False,
        "from . import c": False,
        "import d": True,
        "import e": True,
        "import g": True,
        "import i": False,
    }


def test_third_parties_are_declared(package):
    allowed = RUNTIME | OPTIONAL[package]
    found = (each for each in imports_of(package) if is_third_party(each))
    assert not offenders(each for each in found if each.top not in allowed)


def target(each: Import) -> str:
    """The imported module when *name* is one."""
    return f"{each.module}.{each.name}"


@pytest.mark.parametrize("importable", ["websocket_v6", "compat_v5"])
def test_what_an_extra_brings_is_imported_when_needed(importable):
    """A module may import it at its top if nobody imports that module before it is needed."""
    everything = list(imports_of(importable))
    early = {name for each in everything if not each.lazy for name in (each.module, target(each))}
    late = {each.importer for each in everything} - early - {importable}
    assert not offenders(
        each
        for each in everything
        if is_third_party(each) and not each.lazy
        if each.top not in RUNTIME and each.importer not in late
    )


def test_the_runtime_can_be_copied_into_another_tree():
    assert not offenders(
        e for e in imports_of("websocket_v6") if e.top in PACKAGES and not e.relative
    )


def test_the_runtime_knows_nothing_above_it():
    found = (each for each in imports_of("websocket_v6") if each.top in ("compat_v5", "codemods"))
    assert not offenders(found)


def test_what_decides_neither_waits_nor_looks_around():
    found = (
        e for e in imports_of("websocket_v6") if e.importer.startswith("websocket_v6.protocol")
    )
    assert not offenders(
        each
        for each in found
        if each.top in PURE | {"websockets"} or each.module.startswith("websocket_v6._async")
    )


def test_the_emulator_shares_no_table_with_the_client():
    found = (e for e in imports_of("websocket_v6") if e.importer.startswith("websocket_v6.testing"))
    assert not offenders(
        each
        for each in found
        if each.module.startswith(("websocket_v6.protocol", "websocket_v6._async"))
    )


def test_the_legacy_layer_uses_public_names_only():
    """Public: nothing with a leading underscore, and `protocol` is nobody's door."""
    found = (each for each in imports_of("compat_v5") if each.top == "websocket_v6")
    assert not offenders(
        each
        for each in found
        if any(part.startswith("_") for part in (*each.module.split("."), each.name or "")
               if part != "__version__")
        or each.module.startswith("websocket_v6.protocol")
    )  # fmt: skip


def test_the_legacy_layer_does_not_know_the_migration_tool():
    found = (each for each in imports_of("compat_v5") if each.top in ("codemods", "libcst"))
    assert not offenders(found)


def test_the_migration_tool_reads_the_rename_table_and_no_other_runtime_code():
    found = (e for e in imports_of("codemods") if e.top in ("websocket_v6", "compat_v5"))
    assert not offenders(
        each
        for each in found
        if each.module not in LIGHT
        and (each.module, each.name) != ("compat_v5", "renames")
        and each.importer not in COMPARISON_COMMANDS
    )
    loading = (each for each in imports_of("codemods") if not each.lazy)
    assert not offenders(
        e for e in loading if e.module in COMPARISON_COMMANDS or target(e) in COMPARISON_COMMANDS
    )


def test_rewriting_loads_no_connection_code(tmp_path):
    finished = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "codemods", "run", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    loaded = {line.rpartition("|")[2].strip() for line in finished.stderr.splitlines()}
    assert "codemods.run" in loaded
    assert not loaded & {"websockets", "websocket_v6", "compat_v5.parity"}


@pytest.mark.parametrize("module", ["compat_v5", "compat_v5.renames", "compat_v5.pytest_plugin"])
def test_light_modules_load_no_connection_code(module):
    heavy = "{'websockets', 'websocket_v6', 'jwt', 'msgspec', 'libcst'}"
    shown = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    ).stdout
    assert shown.strip() == "[]"
