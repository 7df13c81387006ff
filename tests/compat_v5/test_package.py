"""The package itself: lazy, complete, and quiet while it is imported."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import compat_v5
from compat_v5.renames import LEGACY_SUBMODULES

RUNTIME = ("websockets", "websocket_v6", "jwt", "msgspec", "yaml", "libcst")


def loaded_by(code: str) -> list[str]:
    report = f"import sys\n{code}\nprint(*({set(RUNTIME)!r} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", report], capture_output=True, text=True, check=True
    )
    return sorted(result.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import compat_v5",
        "import compat_v5; dir(compat_v5)",
        "import compat_v5.renames",
        "import compat_v5; compat_v5.install(); compat_v5.uninstall()",
        "import compat_v5.pytest_plugin",
        "from compat_v5 import LegacyV5Warning, usage_report",
        "import compat_v5.models, compat_v5.config, compat_v5.state, compat_v5.exceptions",
    ],
)
def test_the_runtime_loads_when_it_is_needed(code: str) -> None:
    assert loaded_by(code) == []


def test_everything_imports_without_a_word() -> None:
    names = ", ".join(f"compat_v5.{name}" for name in LEGACY_SUBMODULES)
    assert "websocket_v6" in loaded_by(f"import {names}\nfrom compat_v5 import *")


def test_submodules_are_attributes_without_an_import() -> None:
    code = "import compat_v5\nassert compat_v5.models.__name__ == 'compat_v5.models'"
    assert loaded_by(code) == []


def test_the_package_lists_what_it_has() -> None:
    listed = dir(compat_v5)
    for name in (*compat_v5.__all__, *LEGACY_SUBMODULES, "install", "uninstall", "usage_report"):
        assert name in listed
        assert getattr(compat_v5, name) is not None
    assert not hasattr(compat_v5, "nothing_of_the_kind")


def test_what_a_test_patched_does_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("compat_v5.config")
    real = module.load_config
    with monkeypatch.context() as patch:
        patch.setattr(module, "load_config", print)
        assert compat_v5.load_config is print
    assert compat_v5.load_config is real


def test_names_of_documents_that_never_existed_name_the_way_out() -> None:
    for name in ("UpbitWebSocketV5", "quick_subscribe"):
        with pytest.raises(AttributeError, match=f"{name}.*never existed in code"):
            getattr(compat_v5, name)
        with pytest.raises(ImportError, match=f"{name}.*never existed in code"):
            exec(f"from compat_v5 import {name}")  # noqa: S102 - the code stands in this test
        assert not hasattr(compat_v5, name)


@pytest.mark.parametrize("name", ["DynamicUpbitRateLimiter", "get_dynamic_rate_limiter"])
def test_the_rate_limiter_of_the_sibling_module_names_the_way_out(name: str) -> None:
    with pytest.raises(ImportError, match="the rate limiter is part of the connection"):
        exec(f"from compat_v5.dynamic_rate_limiter_wrapper import {name}")  # noqa: S102 - the code stands in this test
    assert not hasattr(importlib.import_module("compat_v5.dynamic_rate_limiter_wrapper"), name)


def test_a_try_around_an_import_takes_what_it_took() -> None:
    scope: dict[str, object] = {}
    code = """
try:
    from compat_v5.models import TickerData, DataType
except ImportError:
    TickerData = None
    from compat_v5.models import DataType
"""
    exec(code, scope)  # noqa: S102 - the interpreter runs code of this test
    assert scope["TickerData"] is None
