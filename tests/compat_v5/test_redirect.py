"""Legacy import paths lead to this distribution, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from compat_v5.renames import LEGACY_SUBMODULES

UPBIT = "upbit_auto_trading.infrastructure.external_apis.upbit"
V5 = f"{UPBIT}.websocket_v5"
V6 = f"{UPBIT}.websocket_v6"
FOLDER = UPBIT.replace(".", "/")

PREAMBLE = f"""\
import importlib, importlib.util, pathlib, sys, warnings
import compat_v5
UPBIT, V5, V6 = {UPBIT!r}, {V5!r}, {V6!r}
"""

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run code in a new interpreter, warnings being errors, in a folder with the given files."""

    def run(code: str, files: Mapping[str, str] | None = None) -> str:
        for name, content in (files or {}).items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(content), encoding="utf-8")
        script = tmp_path / "script.py"
        script.write_text(PREAMBLE + textwrap.dedent(code), encoding="utf-8")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("UPBIT")}
        result = subprocess.run(
            [sys.executable, "-W", "error", str(script)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert result.returncode == 0, result.stderr
        assert result.stderr == ""
        return result.stdout

    return run


def package(*names: str) -> dict[str, str]:
    """The parents of the legacy package as regular packages, and *names* below them."""
    parts = FOLDER.split("/")
    parents = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    files = dict.fromkeys((f"{folder}/__init__.py" for folder in parents), "")
    return files | {f"{FOLDER}/{name}": "" for name in names}


REAL_V5 = package() | {
    f"{FOLDER}/websocket_v5/__init__.py": "from .models import REAL",
    f"{FOLDER}/websocket_v5/models.py": "REAL = True",
}


# Nothing changes


def test_importing_compat_v5_redirects_nothing(run: Run) -> None:
    run(
        """
        before = list(sys.meta_path)
        dir(compat_v5)
        import compat_v5.models
        assert sys.meta_path == before
        try:
            importlib.import_module(V5)
        except ModuleNotFoundError as error:
            assert error.name == "upbit_auto_trading"
        else:
            raise AssertionError
        """
    )


def test_unrelated_imports_are_found_as_before(run: Run) -> None:
    run(
        """
        compat_v5.install()
        finder = sys.meta_path[0]
        for name in ("json", "email.mime", "upbit", "websockets", "websocket_v6", "no.such"):
            assert finder.find_spec(name, None) is None, name
        import json.tool
        assert importlib.util.find_spec("upbit_auto_trading_extras") is None
        """
    )


def test_uninstall_restores_everything(run: Run) -> None:
    run(
        """
        import upbit_auto_trading
        before = set(sys.modules), list(sys.meta_path), set(vars(upbit_auto_trading))
        compat_v5.install()
        loaded = importlib.import_module(V5 + ".models")
        importlib.import_module(UPBIT + ".upbit_auth")
        own = sys.modules[UPBIT.rpartition(".")[0]]
        compat_v5.uninstall()
        compat_v5.uninstall()
        legacy = [name for name in sys.modules if name.startswith("upbit_auto_trading")]
        assert legacy == ["upbit_auto_trading"], legacy
        assert sys.meta_path == before[1]
        assert set(vars(upbit_auto_trading)) == before[2]
        assert loaded.DataType.TICKER == "ticker"  # objects go on working
        try:
            importlib.import_module(V5)
        except ModuleNotFoundError:
            pass
        else:
            raise AssertionError
        """,
        {"upbit_auto_trading/__init__.py": "OWN = 1"},
    )


def test_the_context_manager_takes_back_only_itself(run: Run) -> None:
    run(
        """
        with compat_v5.install() as redirection:
            importlib.import_module(V5)
        assert V5 not in sys.modules
        outer = compat_v5.install()
        with compat_v5.install():
            pass
        importlib.import_module(V5)
        with outer:  # it is not the current one any more
            pass
        importlib.import_module(V5)
        """
    )


# What leads where


def test_install_says_what_leads_where(run: Run) -> None:
    run(
        """
        redirection = compat_v5.install()
        assert dict(redirection.redirected) == {V5: "compat_v5", V6: "websocket_v6"}
        assert dict(redirection.shadowed) == {}
        again = compat_v5.install()
        assert again.redirected == redirection.redirected
        assert sum(type(f).__name__ == "LegacyFinder" for f in sys.meta_path) == 1
        """
    )


@pytest.mark.parametrize("submodule", ["", *(f".{name}" for name in LEGACY_SUBMODULES)])
def test_each_legacy_module_is_the_same_object(run: Run, submodule: str) -> None:
    run(
        f"""
        compat_v5.install()
        legacy = importlib.import_module(V5 + {submodule!r})
        ours = importlib.import_module("compat_v5" + {submodule!r})
        assert legacy is ours
        assert sys.modules[V5 + {submodule!r}] is ours
        assert ours.__spec__.name == ours.__name__ == "compat_v5" + {submodule!r}
        """
    )


@pytest.mark.parametrize("submodule", ["", ".exceptions", ".protocol.fields", ".testing"])
def test_v6_is_found_below_the_application_at_any_depth(run: Run, submodule: str) -> None:
    run(
        f"""
        compat_v5.install()
        legacy = importlib.import_module(V6 + {submodule!r})
        assert legacy is importlib.import_module("websocket_v6" + {submodule!r})
        """
    )


def test_every_form_of_import_reaches_the_same_objects(run: Run) -> None:
    run(
        f"""
        compat_v5.install()
        import {V5}.state as state
        import {V5}.models
        from {V5} import models as legacy_models, config, WebSocketState
        from {V5}.models import DataType, TICKER_FIELDS as fields
        from {UPBIT} import websocket_v5
        from {V5}.models import *
        assert state is compat_v5.state
        assert {V5}.models is legacy_models is compat_v5.models
        assert websocket_v5 is compat_v5
        assert websocket_v5.config is config
        assert DataType is compat_v5.models.DataType
        assert WebSocketState is state.WebSocketState
        assert fields is TICKER_FIELDS
        namespace = {{}}
        exec("from {V5} import *", namespace)
        del namespace["__builtins__"]
        assert set(namespace) == set(compat_v5.__all__)
        assert len(namespace) == 26
        """
    )


@pytest.mark.parametrize("first", ["compat_v5.models", f"{V5}.models", V5, "compat_v5"])
@pytest.mark.parametrize("second", [f"{V5}.models", f"{V5}.state"])
def test_the_order_of_imports_does_not_matter(run: Run, first: str, second: str) -> None:
    run(
        f"""
        compat_v5.install()
        importlib.import_module({first!r})
        importlib.import_module({second!r})
        import compat_v5.models, compat_v5.state
        for name in ("models", "state"):
            legacy = importlib.import_module(f"{{V5}}.{{name}}")
            assert legacy is getattr(compat_v5, name) is sys.modules["compat_v5." + name]
        """
    )


def test_parents_carry_the_old_re_exports(run: Run) -> None:
    run(
        f"""
        compat_v5.install()
        from {UPBIT} import UpbitWebSocketPublicClient
        from {UPBIT.rpartition(".")[0]} import UpbitWebSocketPrivateClient
        assert UpbitWebSocketPublicClient is compat_v5.UpbitWebSocketPublicV5
        assert UpbitWebSocketPrivateClient is compat_v5.UpbitWebSocketPrivateV5
        from {UPBIT}.upbit_auth import UpbitAuthenticator
        from {UPBIT}.dynamic_rate_limiter_wrapper import AdaptiveStrategy, DynamicConfig
        assert DynamicConfig().strategy is AdaptiveStrategy.BALANCED
        import upbit_auto_trading
        assert not hasattr(upbit_auto_trading, "UpbitWebSocketPublicClient")
        """
    )


def test_what_never_existed_is_not_found(run: Run) -> None:
    run(
        """
        compat_v5.install()
        for name in (V5 + ".subscription_manager_v4", V6 + ".nothing", UPBIT + ".rest_client"):
            try:
                importlib.import_module(name)
            except ModuleNotFoundError as error:
                assert name.rpartition(".")[2] in str(error), error
            else:
                raise AssertionError(name)
            assert importlib.util.find_spec(name) is None
        """
    )


# The machinery around imports


def test_find_spec_describes_without_importing(run: Run) -> None:
    run(
        """
        compat_v5.install()
        spec = importlib.util.find_spec(V5 + ".config")
        assert spec.name == V5 + ".config"
        assert spec.origin.endswith("config.py")
        assert spec.loader.get_source(spec.name) == pathlib.Path(spec.origin).read_text("utf-8")
        assert not spec.loader.is_package(spec.name)
        assert "compat_v5.config" not in sys.modules
        package = importlib.util.find_spec(V5)
        assert list(package.submodule_search_locations) == list(compat_v5.__path__)
        """
    )


def test_reload_keeps_one_module(run: Run) -> None:
    run(
        """
        compat_v5.install()
        legacy = importlib.import_module(V5 + ".models")
        before = legacy.DataType
        assert importlib.reload(legacy) is legacy is sys.modules["compat_v5.models"]
        assert legacy.DataType is not before
        assert compat_v5.models.DataType is legacy.DataType
        importlib.reload(sys.modules[UPBIT])
        assert hasattr(sys.modules[UPBIT], "UpbitWebSocketPublicClient")
        """
    )


def test_pickles_travel_both_ways(run: Run) -> None:
    run(
        """
        import pickle
        compat_v5.install()
        legacy = importlib.import_module(V5 + ".models")
        ours = pickle.dumps(legacy.DataType.TICKER)
        assert pickle.loads(ours) is legacy.DataType.TICKER
        # What the old package wrote names the legacy path.
        old = b"c" + V5.encode() + b".models\\nDataType\\n(S'ticker'\\ntR."
        assert pickle.loads(old) is legacy.DataType.TICKER
        compat_v5.uninstall()
        assert pickle.loads(ours) is legacy.DataType.TICKER
        """
    )


def test_mock_patch_on_a_legacy_path_reaches_the_class_in_use(run: Run) -> None:
    run(
        """
        from unittest import mock
        compat_v5.install()
        import compat_v5.config
        with mock.patch(V5 + ".config.WebSocketConfig") as fake:
            assert compat_v5.config.load_config() is fake.return_value
            assert compat_v5.WebSocketConfig is fake
        assert isinstance(compat_v5.config.load_config(), compat_v5.WebSocketConfig)
        with mock.patch(V5 + ".load_config") as fake:
            from compat_v5 import load_config
            assert load_config is fake
        assert compat_v5.load_config is compat_v5.config.load_config
        """
    )


def test_threads_that_import_at_once_get_the_same_modules(run: Run) -> None:
    run(
        """
        import threading
        sys.setswitchinterval(1e-6)
        compat_v5.install()
        names = [V5, V5 + ".models", V5 + ".config", V5 + ".exceptions", UPBIT, V6]
        count = 16
        barrier = threading.Barrier(count)
        seen, failures = [], []

        def work(number):
            barrier.wait()
            try:
                for name in names[number % len(names):] + names:
                    seen.append((name, id(importlib.import_module(name))))
                space = {}
                exec(f"from {V5}.models import DataType\\nfrom {V5} import state", space)
                seen.append(("DataType", id(space["DataType"])))
                seen.append(("state", id(space["state"])))
            except BaseException as error:
                failures.append(repr(error))

        threads = [threading.Thread(target=work, args=(n,)) for n in range(count)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        assert not failures, failures
        assert len(set(seen)) == len({name for name, _ in seen}), set(seen)
        assert ("DataType", id(compat_v5.models.DataType)) in seen
        """
    )


def test_a_thread_that_held_the_stand_in_still_gets_the_real_names(run: Run) -> None:
    run(
        """
        compat_v5.install()
        import compat_v5.models
        spec = importlib.util.find_spec(V5 + ".models")
        stand = importlib.util.module_from_spec(spec)  # what a second thread may pick up
        assert stand.DataType is compat_v5.models.DataType
        """
    )


def test_another_finder_that_asks_the_import_system_is_no_endless_loop(run: Run) -> None:
    run(
        """
        class Asking:
            asked = busy = 0

            def find_spec(self, name, path=None, target=None):
                if name != "upbit_auto_trading" or self.busy:
                    return None
                self.busy, self.asked = 1, self.asked + 1
                try:
                    return importlib.util.find_spec(name)
                finally:
                    self.busy = 0

        compat_v5.install()
        sys.meta_path.append(asking := Asking())
        importlib.import_module(V5)
        assert asking.asked == 1
        """
    )


def test_a_finder_of_the_application_is_respected(run: Run) -> None:
    """An editable install finds its packages through a finder, not through sys.path."""
    run(
        """
        from importlib.machinery import PathFinder

        class Editable:
            def find_spec(self, name, path=None, target=None):
                if name == "upbit_auto_trading":
                    return PathFinder.find_spec(name, [str(pathlib.Path.cwd() / "src")])

        sys.meta_path.append(Editable())
        compat_v5.install()
        import upbit_auto_trading
        assert upbit_auto_trading.OWN == 1
        importlib.import_module(V5)
        """,
        {"src/upbit_auto_trading/__init__.py": "OWN = 1"},
    )


# Applications with a package of their own


def test_an_application_without_v5_keeps_its_own_packages(run: Run) -> None:
    files = package("rest.py") | {
        f"{FOLDER}/__init__.py": """\
            from .websocket_v5.upbit_websocket_public_client import (
                UpbitWebSocketPublicV5 as UpbitWebSocketPublicClient,
            )
            from .websocket_v5 import models
            """,
        f"{FOLDER}/rest.py": "from ..upbit.websocket_v5.models import DataType",
    }
    run(
        """
        compat_v5.install()
        upbit = importlib.import_module(UPBIT)
        assert upbit.__file__.endswith("__init__.py")
        assert upbit.UpbitWebSocketPublicClient is compat_v5.UpbitWebSocketPublicV5
        assert upbit.models is compat_v5.models
        rest = importlib.import_module(UPBIT + ".rest")
        assert rest.DataType is compat_v5.models.DataType
        compat_v5.uninstall()
        assert not hasattr(upbit, "websocket_v5")
        assert sys.modules[UPBIT] is upbit
        """,
        files,
    )


def test_missing_levels_are_filled_in_below_real_ones(run: Run) -> None:
    run(
        """
        compat_v5.install()
        importlib.import_module(V5)
        import upbit_auto_trading.ui
        assert upbit_auto_trading.__file__.endswith("__init__.py")
        assert not hasattr(upbit_auto_trading.infrastructure, "__file__")
        """,
        {"upbit_auto_trading/__init__.py": "", "upbit_auto_trading/ui.py": ""},
    )


def test_namespace_packages_and_leftover_folders_are_no_real_v5(run: Run) -> None:
    files = {f"{FOLDER}/rest.py": "OWN = 1", f"{FOLDER}/websocket_v5/__pycache__/x.pyc": ""}
    run(
        f"""
        redirection = compat_v5.install()
        assert V5 in redirection.redirected
        assert importlib.import_module(V5) is compat_v5
        from {UPBIT} import UpbitWebSocketPublicClient, rest
        assert UpbitWebSocketPublicClient is compat_v5.UpbitWebSocketPublicV5
        assert rest.OWN == 1
        """,
        files,
    )


def test_a_real_v5_wins_and_install_says_so(run: Run) -> None:
    run(
        f"""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            redirection = compat_v5.install()
        assert len(caught) == 1, caught
        assert caught[0].category is RuntimeWarning
        assert "override=True" in str(caught[0].message)
        assert caught[0].filename == __file__
        assert set(redirection.shadowed) == {{V5}}
        assert redirection.shadowed[V5].endswith("__init__.py")
        assert set(redirection.redirected) == {{V6}}
        assert "upbit_auto_trading" not in sys.modules  # asked without importing
        from {V5}.models import REAL
        from {V5} import models
        assert importlib.util.find_spec(V5 + ".config") is None
        assert importlib.import_module(V6 + ".exceptions") is sys.modules["websocket_v6.exceptions"]
        """,
        REAL_V5,
    )


SHIM = """\
# Written by `upbit-migrate shim`: legacy imports lead to the installed package.
import sys
import compat_v5
from compat_v5 import config
sys.modules[f"{__name__}.config"] = config
sys.modules[__name__] = compat_v5
"""


@pytest.mark.parametrize("imported_before", [True, False])
def test_the_shim_is_no_package_of_the_applications_own(run: Run, imported_before: bool) -> None:
    run(
        f"""
        if {imported_before}:
            assert importlib.import_module(V5) is compat_v5
        redirection = compat_v5.install()  # without a warning
        assert set(redirection.redirected) == {{V5, V6}}
        assert importlib.import_module(V5) is compat_v5
        assert importlib.import_module(V5 + ".models") is compat_v5.models
        compat_v5.uninstall()
        assert importlib.import_module(V5) is compat_v5
        """,
        {**package(), f"{FOLDER}/websocket_v5/__init__.py": SHIM},
    )


def test_override_beats_a_real_v5_even_when_it_is_imported(run: Run) -> None:
    run(
        """
        real = importlib.import_module(V5)
        real_models = importlib.import_module(V5 + ".models")
        upbit = sys.modules[UPBIT]
        redirection = compat_v5.install(override=True)
        assert V5 in redirection.redirected
        assert importlib.import_module(V5) is compat_v5 is upbit.websocket_v5
        assert importlib.import_module(V5 + ".models") is compat_v5.models
        compat_v5.uninstall()
        assert importlib.import_module(V5) is real is upbit.websocket_v5
        assert importlib.import_module(V5 + ".models") is real_models is real.models
        """,
        REAL_V5,
    )


def test_the_applications_own_siblings_win(run: Run) -> None:
    run(
        """
        compat_v5.install()
        auth = importlib.import_module(UPBIT + ".upbit_auth")
        assert auth.OWN == 1
        limiter = importlib.import_module(UPBIT + ".dynamic_rate_limiter_wrapper")
        assert limiter is sys.modules["compat_v5.dynamic_rate_limiter_wrapper"]
        """,
        package() | {f"{FOLDER}/upbit_auth.py": "OWN = 1"},
    )


# A copy of v6 in the application's tree

COPY = {
    "__init__.py": "from .exceptions import MARK\n__version__ = 'copy'",
    "exceptions.py": "MARK = 'copy'\nclass UpbitWebSocketError(Exception): pass",
}


@pytest.mark.parametrize("name", ["app.vendor.websocket_v6", V6])
def test_everything_binds_to_the_copy_that_is_named(run: Run, name: str) -> None:
    folder = name.replace(".", "/")
    files = {f"{folder}/{file}": text for file, text in COPY.items()}
    run(
        f"""
        redirection = compat_v5.install(v6={name!r})
        import websocket_v6
        copy = importlib.import_module({name!r})
        assert websocket_v6 is copy
        assert websocket_v6.__version__ == "copy"
        assert importlib.import_module(V6) is copy
        import websocket_v6.exceptions as exceptions
        assert exceptions is copy.exceptions is importlib.import_module(V6 + ".exceptions")
        assert not redirection.shadowed
        compat_v5.uninstall()
        assert "websocket_v6" not in sys.modules
        import websocket_v6
        assert websocket_v6.__version__ != "copy"
        """,
        files,
    )


def test_a_copy_that_is_not_named_is_reported_as_shadowing(run: Run) -> None:
    files = {f"{V6.replace('.', '/')}/{file}": text for file, text in COPY.items()}
    run(
        """
        redirection = compat_v5.install()
        assert set(redirection.shadowed) == {V6}
        assert importlib.import_module(V6).__version__ == "copy"
        """,
        files,
    )


def test_a_wrong_copy_is_refused_and_nothing_is_installed(run: Run) -> None:
    run(
        """
        before = list(sys.meta_path)
        try:
            compat_v5.install(v6="app.websocket_v6")
        except ModuleNotFoundError as error:
            assert "app.websocket_v6" in str(error)
        else:
            raise AssertionError
        import websocket_v6
        try:
            compat_v5.install(v6="own.websocket_v6")
        except ImportError as error:
            assert "imported already" in str(error)
        else:
            raise AssertionError
        assert sys.meta_path == before
        """,
        {f"own/websocket_v6/{file}": text for file, text in COPY.items()},
    )
