"""Legacy import paths lead to this distribution, in processes of their own."""

from __future__ import annotations

import pytest

from compat_v5.renames import LEGACY_SUBMODULES

from .legacy_packages import UPBIT, V5, Run

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
