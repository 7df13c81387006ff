"""``python -m compat_v5`` runs programs as the interpreter itself does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

from codemods.shim import plan_shim, write_shim
from codemods.shim_files import shim_files
from compat_v5.__main__ import parse

V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"

REPORT = """\
import sys
print([__name__, __file__, __package__, __spec__ and __spec__.name, sys.argv, sys.path[0]])
print(sys.modules["__main__"].__dict__ is globals())
"""


def python(*arguments: str, cwd: Path, prefix: list[str] | None = None) -> tuple[int, str, str]:
    result = subprocess.run(
        [sys.executable, *(prefix or []), *arguments],
        cwd=cwd,
        env={key: value for key, value in os.environ.items() if not key.startswith("UPBIT")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return result.returncode, result.stdout, result.stderr


def redirected(*arguments: str, cwd: Path) -> tuple[int, str, str]:
    return python(*arguments, cwd=cwd, prefix=["-W", "error", "-m", "compat_v5"])


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ("scripts/program.py", "-x", "--override", "1"),
        ("scripts", "a"),
        ("program.zip",),
        ("-m", "module", "-m", "--v6"),
        ("-mmodule",),
        ("-m", "package.inner", "y"),
        ("-m", "package"),
        ("missing.py",),
        ("-m", "missing"),
        ("-m", "missing.inner"),
        ("-m", "bare"),
        ("broken.py",),
        ("fails.py",),
        ("fails.py", "exit"),
        ("fails.py", "text"),
        ("fails.py", "atexit"),
        ("-m", "fails"),
    ],
)
def test_it_is_as_if_python_had_run_it(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    for name in (
        "scripts/program.py",
        "scripts/__main__.py",
        "module.py",
        "package/__main__.py",
        "package/inner.py",
        "package/__init__.py",
    ):
        write(tmp_path / name, REPORT if "__init__" not in name else "")
    write(tmp_path / "bare/__init__.py", "")
    write(tmp_path / "broken.py", "x = (")
    write(
        tmp_path / "fails.py",
        """\
        import atexit, sys

        VALUE = "still here"

        def inner():
            raise ValueError("wrong")

        if "exit" in sys.argv:
            sys.exit(7)
        if "text" in sys.argv:
            sys.exit("a last word")
        if "atexit" in sys.argv:
            atexit.register(lambda: print(VALUE))
        else:
            inner()
        """,
    )
    with zipfile.ZipFile(tmp_path / "program.zip", "w") as archive:
        archive.writestr("__main__.py", REPORT)

    ours = redirected(*arguments, cwd=tmp_path)
    plain = python(*arguments, cwd=tmp_path)
    without_runpy = [
        line for line in plain[2].splitlines() if "<frozen runpy>" not in line
    ]  # an extra the interpreter shows for -m
    assert ours[:2] == plain[:2]
    assert ours[2].splitlines() == without_runpy


def test_a_link_finds_its_neighbours_where_the_file_is(tmp_path: Path) -> None:
    write(tmp_path / "real/program.py", "import neighbour")
    write(tmp_path / "real/neighbour.py", "print('found')")
    (tmp_path / "link.py").symlink_to(tmp_path / "real/program.py")
    assert redirected("link.py", cwd=tmp_path) == (0, "found\n", "")


def test_legacy_imports_lead_to_this_distribution(tmp_path: Path) -> None:
    write(
        tmp_path / "program.py",
        f"""\
        from {V5}.models import DataType
        import {V5} as v5
        print(DataType.__module__, v5.__name__, v5.__version__)
        """,
    )
    status, out, err = redirected("program.py", cwd=tmp_path)
    assert (status, out, err) == (0, "compat_v5.models compat_v5 5.0.0\n", "")


CHILD = f"from {V5}.models import DataType; print(DataType.__module__)"


def test_processes_that_the_program_starts_are_redirected_too(tmp_path: Path) -> None:
    write(tmp_path / "child.py", CHILD)
    write(
        tmp_path / "program.py",
        f"""\
        import multiprocessing, subprocess, sys
        from {V5}.models import DataType

        def work():
            print(DataType.__module__, flush=True)

        if __name__ == "__main__":
            worker = multiprocessing.get_context("spawn").Process(target=work)
            worker.start()
            worker.join()
            subprocess.run([sys.executable, "child.py"], check=True)
            sys.exit(worker.exitcode)
        """,
    )
    status, out, err = redirected("program.py", cwd=tmp_path)
    assert (status, out, err) == (0, "compat_v5.models\n" * 2, "")


def test_the_environments_own_start_up_code_still_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "own/sitecustomize.py", "print('own start-up')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "own"))
    write(tmp_path / "child.py", CHILD)
    write(
        tmp_path / "program.py",
        "import subprocess, sys\nsys.stdout.flush()\nsubprocess.run([sys.executable, 'child.py'])",
    )
    status, out, err = redirected("program.py", cwd=tmp_path)
    assert (status, out, err) == (0, "own start-up\n" * 2 + "compat_v5.models\n", "")


def test_a_legacy_module_can_be_run(tmp_path: Path) -> None:
    status, out, err = redirected("-m", f"{V5}.state", cwd=tmp_path)
    assert (status, out, err) == (0, "", "")


def test_a_real_v5_needs_override(tmp_path: Path) -> None:
    folder = tmp_path / V5.replace(".", "/")
    write(folder / "__init__.py", "print('real')")
    write(tmp_path / "program.py", f"import {V5}\nprint('done')")
    status, out, err = redirected("program.py", cwd=tmp_path)
    assert (status, out) == (0, "real\ndone\n")
    assert "is not redirected" in err
    assert "--override" in err
    status, out, err = redirected("--override", "program.py", cwd=tmp_path)
    assert (status, out, err) == (0, "done\n", "")


def test_the_shim_is_not_spoken_of(tmp_path: Path) -> None:
    write_shim(plan_shim(tmp_path, shim_files()))
    write(tmp_path / "program.py", f"import compat_v5, {V5} as v5\nprint(v5 is compat_v5)")
    assert python("program.py", cwd=tmp_path)[1] == "True\n"
    assert redirected("program.py", cwd=tmp_path) == (0, "True\n", "")


def test_what_the_program_has_is_looked_for_beside_the_script(tmp_path: Path) -> None:
    write(tmp_path / "app" / V5.replace(".", "/") / "__init__.py", "print('real')")
    write(tmp_path / "app/program.py", f"import {V5}")
    status, out, err = python("-m", "compat_v5", "app/program.py", cwd=tmp_path)
    assert (status, out) == (0, "real\n")
    assert "is not redirected" in err


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_interrupted_program_ends_by_its_signal(tmp_path: Path) -> None:
    write(
        tmp_path / "program.py",
        "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(30)",
    )
    status, _, err = python("-m", "compat_v5", "program.py", cwd=tmp_path)
    assert status == -signal.SIGINT
    assert err.endswith("KeyboardInterrupt\n")
    assert "compat_v5" not in err


def test_without_a_program_the_usage_says_what_to_name(tmp_path: Path) -> None:
    for arguments in ((), ("--override",), ("-m",)):
        status, out, err = redirected(*arguments, cwd=tmp_path)
        assert (status, out) == (2, "")
        assert "name a SCRIPT, or a module with -m MODULE" in err
    status, out, _ = redirected("--help", cwd=tmp_path)
    assert status == 0
    assert "UPBIT_V5_USAGE" in out


def test_options_behind_the_program_are_its_own() -> None:
    chosen, program = parse(["--v6", "app.v6", "main.py", "--override", "-m", "x"])
    assert (chosen.override, chosen.v6) == (False, "app.v6")
    assert program == ["main.py", "--override", "-m", "x"]
    chosen, program = parse(["--override", "-m", "x", "--v6"])
    assert (chosen.override, program) == (True, ["-m", "x", "--v6"])


def test_a_bad_value_for_the_warnings_stops_it_before_the_program(tmp_path: Path) -> None:
    program = write(tmp_path / "program.py", "print('ran')")
    for value, expected in (("loud", (2, "")), ("off", (0, "ran\n"))):
        result = subprocess.run(
            [sys.executable, "-m", "compat_v5", str(program)],
            cwd=tmp_path,
            env=os.environ | {"UPBIT_V5_WARNINGS": value},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (result.returncode, result.stdout) == expected
        assert ("UPBIT_V5_WARNINGS='loud': use one of off, once" in result.stderr) is (
            value == "loud"
        )
