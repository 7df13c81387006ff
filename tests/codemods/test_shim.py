"""``upbit-migrate shim``: legacy paths as files in the application's tree."""

from __future__ import annotations

import ast
import errno
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from codemods.cli.main import main
from codemods.exceptions import UsageError
from codemods.shim import plan_shim, write_shim
from codemods.shim_files import MARK, PACKAGE_FOLDER, ShimFile, shim_files
from compat_v5.renames import EXPORTS_BY_SUBMODULE, LEGACY_PACKAGE, LEGACY_PREFIX, LEGACY_SUBMODULES

UPBIT_FOLDER = LEGACY_PREFIX.replace(".", "/")


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    write(folder / "script.py", code)
    return subprocess.run(
        [sys.executable, "-W", "error", "script.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )


# Contents


def test_every_public_name_has_a_place_in_its_stub() -> None:
    stubs = {file.path: file.text for file in shim_files() if file.path.endswith(".pyi")}
    for submodule in LEGACY_SUBMODULES:
        names = set()
        for node in ast.parse(stubs[f"{PACKAGE_FOLDER}/{submodule}.pyi"]).body:
            if isinstance(node, ast.ImportFrom):
                names |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                names.add(node.name)
                assert "legacy v5: " in ast.unparse(node.decorator_list[0])
        assert set(EXPORTS_BY_SUBMODULE[submodule].public) <= names
    package = stubs[f"{PACKAGE_FOLDER}/__init__.pyi"]
    for name in EXPORTS_BY_SUBMODULE[""].public:
        assert f"import {name} as {name}\n" in package


def test_typing_extensions_stands_in_stubs_alone() -> None:
    assert not [
        file.path
        for file in shim_files()
        if "typing_extensions" in file.text and not file.path.endswith(".pyi")
    ]
    for file in shim_files():
        assert file.text.startswith(MARK)
        compile(file.text, file.path, "exec")


# Planning and writing


def test_a_second_run_has_nothing_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shim", str(tmp_path), "--dry-run"]) == 1
    assert tree(tmp_path) == {}
    assert main(["shim", str(tmp_path)]) == 0
    written = tree(tmp_path)
    assert set(written) == {file.path for file in shim_files()}
    capsys.readouterr()
    assert main(["shim", str(tmp_path)]) == 0
    assert tree(tmp_path) == written
    assert "0 files written" in capsys.readouterr().err
    assert main(["shim", str(tmp_path), "--dry-run"]) == 0


def test_an_older_shim_is_brought_up_to_date(tmp_path: Path) -> None:
    old = write(tmp_path / PACKAGE_FOLDER / "models.pyi", f"{MARK}: an older text\n")
    assert main(["shim", str(tmp_path)]) == 0
    assert "an older text" not in old.read_text()


def test_what_the_application_has_is_kept(tmp_path: Path) -> None:
    own = write(tmp_path / UPBIT_FOLDER / "upbit_auth.py", "OWN = 1\n")
    parent = write(tmp_path / "upbit_auto_trading/__init__.py", "OWN = 2\n")
    assert main(["shim", str(tmp_path)]) == 0
    assert own.read_text() == "OWN = 1\n"
    assert parent.read_text() == "OWN = 2\n"
    # Folders that did without __init__.py go on doing so: they may be namespace packages.
    assert not (tmp_path / UPBIT_FOLDER / "__init__.py").exists()
    assert (tmp_path / PACKAGE_FOLDER / "__init__.py").exists()


def test_a_real_v5_is_refused_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / PACKAGE_FOLDER / "__init__.py", "REAL = 1\n")
    before = tree(tmp_path)
    assert main(["shim", str(tmp_path)]) == 2
    assert tree(tmp_path) == before
    err = capsys.readouterr().err
    assert "is a real websocket_v5" in err
    assert "--force" in err


def test_force_sets_a_real_v5_aside_and_loses_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / PACKAGE_FOLDER / "__init__.py", "REAL = 1\n")
    write(tmp_path / PACKAGE_FOLDER / "models.py", "REAL = 2\n")
    assert main(["shim", str(tmp_path), "--force"]) == 0
    aside = tmp_path / f"{PACKAGE_FOLDER}.before-shim"
    assert tree(aside) == {"__init__.py": b"REAL = 1\n", "models.py": b"REAL = 2\n"}
    assert not (tmp_path / PACKAGE_FOLDER / "models.py").exists()
    assert "renamed" in capsys.readouterr().out

    write(tmp_path / PACKAGE_FOLDER / "__init__.py", "REAL = 3\n")
    assert main(["shim", str(tmp_path), "--force"]) == 2
    assert "in the way" in capsys.readouterr().err


@pytest.mark.parametrize("real", [True, False])
def test_what_fails_half_way_is_taken_back(
    real: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if real:
        write(tmp_path / PACKAGE_FOLDER / "__init__.py", "REAL = 1\n")
    old = write(tmp_path / "upbit_auto_trading/__init__.py", f"{MARK}: an older text\n")
    write(tmp_path / UPBIT_FOLDER / "own.py", "OWN = 1\n")
    before = tree(tmp_path)
    replace = Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if target.name == "models.pyi":
            raise OSError(errno.ENOSPC, "No space left on device", os.fspath(target))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    assert main(["shim", str(tmp_path), "--force"]) == 2
    said = "models.pyi: cannot be written: No space left on device; nothing was changed\n"
    assert capsys.readouterr().err.endswith(said)
    assert tree(tmp_path) == before
    assert "an older text" in old.read_text()
    assert (tmp_path / PACKAGE_FOLDER).exists() == real


def test_a_left_over_folder_is_no_real_v5(tmp_path: Path) -> None:
    write(tmp_path / PACKAGE_FOLDER / "__pycache__/models.pyc")
    assert main(["shim", str(tmp_path)]) == 0
    assert (tmp_path / PACKAGE_FOLDER / "__init__.py").exists()


def test_a_directory_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["shim", str(tmp_path / "missing")]) == 2
    assert "missing' is no directory" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
@pytest.mark.parametrize("level", ["upbit_auto_trading", UPBIT_FOLDER, PACKAGE_FOLDER])
def test_nothing_is_written_behind_a_link_out_of_the_directory(tmp_path: Path, level: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "root"
    (root / level).parent.mkdir(parents=True)
    (root / level).symlink_to(outside, target_is_directory=True)
    with pytest.raises(UsageError, match="leads out of"):
        plan_shim(root, shim_files())
    assert main(["shim", str(root)]) == 2
    assert tree(outside) == {}


def test_a_path_that_climbs_out_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="leads out of"):
        plan_shim(tmp_path, [ShimFile("../other/__init__.py", MARK)])


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_at_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    target = write(tmp_path / "target.pyi", MARK)
    folder = tmp_path / PACKAGE_FOLDER
    folder.mkdir(parents=True)
    (folder / "models.pyi").symlink_to(target)
    with pytest.raises(UsageError, match="is a symbolic link"):
        plan_shim(tmp_path, shim_files())


def test_a_foreign_file_in_the_place_of_a_stub_is_refused(tmp_path: Path) -> None:
    write(tmp_path / PACKAGE_FOLDER / "models.pyi", "DataType: object\n")
    with pytest.raises(UsageError, match="not a file of the shim"):
        plan_shim(tmp_path, shim_files())


def test_a_plan_is_carried_out_as_it_stands(tmp_path: Path) -> None:
    plan = plan_shim(tmp_path, [ShimFile("a/b.py", f"{MARK}\n")])
    assert plan.create == {tmp_path.resolve() / "a/b.py": f"{MARK}\n"}
    assert tree(tmp_path) == {}
    write_shim(plan)
    assert tree(tmp_path) == {"a/b.py": f"{MARK}\n".encode()}


# Using it


def test_legacy_imports_work_without_any_redirect(tmp_path: Path) -> None:
    assert main(["shim", str(tmp_path)]) == 0
    result = python(
        f"""\
        import sys
        from {LEGACY_PACKAGE}.models import DataType
        import {LEGACY_PACKAGE}.state as state
        from {LEGACY_PREFIX} import websocket_v5, UpbitWebSocketPublicClient
        from {LEGACY_PREFIX.rpartition(".")[0]} import UpbitWebSocketPrivateClient
        from {LEGACY_PREFIX}.upbit_auth import UpbitAuthenticator
        from {LEGACY_PREFIX}.dynamic_rate_limiter_wrapper import DynamicConfig
        from {LEGACY_PACKAGE} import *
        import compat_v5
        assert websocket_v5 is compat_v5
        assert state is compat_v5.state
        assert DataType is compat_v5.models.DataType
        assert UpbitWebSocketPublicClient is UpbitWebSocketPublicV5
        assert UpbitWebSocketPublicV5 is compat_v5.UpbitWebSocketPublicV5
        assert compat_v5.__spec__.name == "compat_v5"
        assert not [f for f in sys.meta_path if type(f).__module__.startswith("compat_v5")]
        """,
        tmp_path,
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_type_checkers_see_real_types_and_deprecations(tmp_path: Path) -> None:
    assert main(["shim", str(tmp_path)]) == 0
    write(
        tmp_path / "caller.py",
        f"""\
        from {LEGACY_PACKAGE} import models, load_config
        from {LEGACY_PACKAGE}.upbit_websocket_public_client import (
            UpbitWebSocketPublicV5,
            create_public_client,
        )
        from {LEGACY_PREFIX} import UpbitWebSocketPublicClient

        async def main() -> None:
            client: UpbitWebSocketPublicV5 = UpbitWebSocketPublicClient()
            client = await create_public_client()
            reveal_type(await client.subscribe_ticker(["KRW-BTC"], print))
            reveal_type(load_config().connection.url)
            reveal_type(models.DataType.TICKER.is_candle())
            await client.subscribe_ticker(5)
        """,
    )
    result = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--enable-error-code", "deprecated"),
            *("--cache-dir", str(tmp_path / "cache"), "--no-color-output", "caller.py"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
    )
    lines = result.stdout.splitlines()
    revealed = [line.partition("Revealed type is ")[2] for line in lines if "Revealed" in line]
    assert [name.replace("builtins.", "") for name in revealed] == ['"str"', '"str"', '"bool"']
    errors = [line for line in lines if ": error: " in line]
    assert [line for line in errors if "[arg-type]" in line and 'expected "Iterable[str]"' in line]
    deprecated = [line for line in errors if line.endswith("[deprecated]")]
    assert {line.partition(":")[0] for line in errors} == {"caller.py"}
    assert len(errors) == len(deprecated) + 1, result.stdout
    assert any("write WebSocketClientProxy" in line for line in deprecated)
    assert any("MIGRATION.md#construction" in line for line in deprecated)


def test_a_migration_moves_the_callers_and_leaves_the_shim_alone(tmp_path: Path) -> None:
    assert main(["shim", str(tmp_path)]) == 0
    shim = tree(tmp_path)
    caller = write(
        tmp_path / "caller.py",
        f"""\
        from {LEGACY_PREFIX} import UpbitWebSocketPublicClient


        async def main(on_tick):
            client = UpbitWebSocketPublicClient()
            await client.connect()
            await client.subscribe_ticker(["KRW-BTC"], on_tick)
            await client.disconnect()
        """,
    )
    assert main(["run", str(tmp_path), "--write"]) == 0
    assert "from websocket_v6 import WebSocketClientProxy" in caller.read_text()
    assert {path: tree(tmp_path)[path] for path in shim} == shim
