"""Legacy import paths in applications that have packages of those names, or a copy of v6, themselves."""

from __future__ import annotations

import pytest

from .legacy_packages import FOLDER, REAL_V5, UPBIT, V5, V6, Run, package

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
