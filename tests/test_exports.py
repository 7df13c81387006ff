"""`__all__`, `dir()` and what a module really holds agree."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PUBLIC_PACKAGES = ("websocket_v6", "websocket_v6.testing", "compat_v5")

PROMISED = {
    "websocket_v6": {
        "Credentials",
        "GlobalWebSocketManager",
        "WebSocketClientProxy",
        "__version__",
    },
    "websocket_v6.testing": {"ExchangeEmulator", "TEST_ACCESS_KEY", "TEST_SECRET_KEY"},
    "compat_v5": {
        "UpbitWebSocketPrivateV5",
        "UpbitWebSocketPublicV5",
        "create_private_client",
        "create_public_client",
    },
}
BESIDE_THE_LEGACY_NAMES = ("LegacyV5Warning", "install", "uninstall", "usage_report")
"""Importable from `compat_v5`; `from ... import *` brings what it always brought."""


def modules() -> list[str]:
    """Dotted names of all modules that declare `__all__`; entry points are run, not imported."""
    found = []
    for package in ("websocket_v6", "compat_v5", "codemods"):
        for path in sorted((REPOSITORY / package).rglob("*.py")):
            if "legacy_app" in path.parts or path.name == "__main__.py":
                continue
            if "__all__" in path.read_text(encoding="utf-8"):
                parts = path.relative_to(REPOSITORY).with_suffix("").parts
                found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found


@pytest.mark.parametrize("name", modules())
def test_every_exported_name_exists(name):
    module = importlib.import_module(name)
    for exported in module.__all__:
        assert hasattr(module, exported), (
            f"{name}.__all__ names {exported!r}, which it does not hold"
        )


@pytest.mark.parametrize("name", modules())
def test_no_name_is_exported_twice(name):
    exported = list(importlib.import_module(name).__all__)
    assert sorted(exported) == sorted(set(exported))


@pytest.mark.parametrize("package", PUBLIC_PACKAGES)
def test_promised_names_are_exported(package):
    module = importlib.import_module(package)
    assert set(module.__all__) >= PROMISED[package]
    assert set(dir(module)) >= set(module.__all__)


@pytest.mark.parametrize("name", BESIDE_THE_LEGACY_NAMES)
def test_the_layers_own_names_stand_beside_the_legacy_ones(name):
    compat = importlib.import_module("compat_v5")
    assert getattr(compat, name).__doc__
    assert name in dir(compat)
    assert name not in compat.__all__


@pytest.mark.parametrize("package", PUBLIC_PACKAGES)
def test_star_import_gives_what_is_exported(package):
    namespace: dict[str, object] = {}
    exec(f"from {package} import *", namespace)  # noqa: S102 - the statement under test
    assert set(importlib.import_module(package).__all__) <= set(namespace)


@pytest.mark.parametrize("package", PUBLIC_PACKAGES)
def test_unknown_name_raises_attribute_error(package):
    with pytest.raises(AttributeError, match="no_such_name"):
        importlib.import_module(package).no_such_name  # noqa: B018 - the access is the test


@pytest.mark.parametrize("package", PUBLIC_PACKAGES)
def test_classes_call_themselves_by_a_name_that_imports(package):
    """What a traceback or a pickle shows can be imported again."""
    module = importlib.import_module(package)
    for exported in module.__all__:
        value = getattr(module, exported)
        if isinstance(value, type):
            assert getattr(importlib.import_module(value.__module__), value.__qualname__) is value


def test_public_functions_and_classes_are_documented():
    missing = []
    for name in PUBLIC_PACKAGES:
        module = importlib.import_module(name)
        for exported in module.__all__:
            value = getattr(module, exported)
            if callable(value) and not (value.__doc__ or "").strip():
                missing.append(f"{name}.{exported}")
    assert not missing


@pytest.mark.parametrize("name", modules())
def test_exports_are_written_as_a_literal(name):
    """Type checkers read `__all__` from the source; a computed one is invisible to them."""
    path = REPOSITORY.joinpath(*name.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    assigned = [
        node
        for node in ast.parse(source.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign | ast.AnnAssign) and "__all__" in ast.unparse(node)[:10]
    ]
    assert assigned, f"{name} assigns __all__ nowhere at its top level"
    for node in assigned:
        assert node.value is not None
        ast.literal_eval(node.value)
