"""The wheel, installed where nothing else is, does what its metadata promises."""

from __future__ import annotations

import json

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]


def test_all_three_packages_import_from_another_folder(installation):
    shown = installation.run(
        "-c",
        "import websocket_v6, compat_v5, codemods; "
        "print(websocket_v6.__version__, websocket_v6.__file__)",
    ).stdout
    assert "site-packages" in shown


@pytest.mark.parametrize("name", ["upbit-migrate", "upbit-ws"])
def test_help_works_without_any_extra(installation, name):
    finished = installation.script(name, "--help")
    assert finished.returncode == 0, finished.stderr
    assert "usage" in finished.stdout.lower()
    assert "Traceback" not in finished.stdout + finished.stderr


@pytest.mark.parametrize("module", ["codemods", "websocket_v6"])
def test_commands_run_as_modules_too(installation, module):
    assert "usage" in installation.run("-m", module, "--help").stdout.lower()


def test_runtime_brings_nothing_of_the_migration_tool(installation):
    listed = json.loads(installation.run("-m", "pip", "list", "--format", "json").stdout)
    present = {entry["name"].lower() for entry in listed} - {"pip", "setuptools"}
    assert present == {"upbit-websocket-v6", "websockets", "pyjwt", "msgspec"}


def test_missing_extra_is_named_with_its_pip_line(installation, tmp_path):
    (tmp_path / "app.py").write_text(
        "from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
        ".upbit_websocket_public_client import UpbitWebSocketPublicV5\n",
        encoding="utf-8",
    )
    finished = installation.script("upbit-migrate", "run", str(tmp_path), "--report", "page.html")
    assert finished.returncode == 2
    assert "upbit-websocket-v6[migrate]" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_demo_application_is_found_in_the_installed_package(installation):
    shown = installation.run(
        "-c",
        "from importlib.resources import files; "
        "print((files('compat_v5') / 'parity' / 'legacy_app' / 'main.py').is_file())",
    ).stdout
    assert shown.strip() == "True"


@pytest.mark.parametrize("module", ["compat_v5", "compat_v5.renames"])
def test_light_imports_stay_light(installation, module):
    loaded = installation.run(
        "-c",
        f"import sys, {module}; print(sorted({{'websockets', 'websocket_v6'}} & set(sys.modules)))",
    ).stdout
    assert loaded.strip() == "[]"


def test_entry_point_of_the_pytest_plugin_resolves(installation):
    shown = installation.run(
        "-c",
        "from importlib.metadata import entry_points; "
        "print([p.value for p in entry_points(group='pytest11') if p.name == 'upbit_websocket'])",
    ).stdout
    assert shown.strip() == "['compat_v5.pytest_plugin']"


def test_environment_is_consistent(installation):
    assert installation.run("-m", "pip", "check").returncode == 0


def test_commands_run_from_a_folder_that_is_no_environment(installation, distributions, tmp_path):
    """As `pipx run` and `uvx` do: beside the application's environment, not in it."""
    target = tmp_path / "tools"
    installation.run(
        "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--target", str(target), str(distributions.wheel),
    )  # fmt: skip
    for module, script in (("codemods", "upbit-migrate"), ("websocket_v6", "upbit-ws")):
        shown = installation.run(
            "-c",
            f"import runpy, sys; sys.path.insert(0, {str(target)!r}); sys.argv = ['x', '--version']\n"
            f"import {module}; print({module}.__file__)\n"
            f"runpy.run_module({module!r}, run_name='__main__')",
        ).stdout
        assert str(target) in shown
        assert script in shown
        assert list((target / "bin").glob(f"{script}*"))
