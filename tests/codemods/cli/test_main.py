"""The command line: arguments, output, exit status."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codemods.cli.main import main

LINE = "import websocket_v5\n"
COMMANDS = ["run", "rules", "explain", "undo", "census", "shim", "parity", "prove", "demo"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: one file that mentions v5."""
    (tmp_path / "a.py").write_text(LINE, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        status = main(arguments)
    except SystemExit as stopped:  # argparse
        status = int(stopped.code or 0)
    captured = capfd.readouterr()
    return status, captured.out, captured.err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(
    command: str, capfd: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = call(capfd, command, "--help")
    assert status == 0
    assert "example" in out
    out.encode("ascii")


def test_help_names_every_command(capfd: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capfd, "--help")
    assert status == 0
    assert all(f"    {command} " in out for command in COMMANDS)
    assert call(capfd)[0] == 2
    assert call(capfd, "--version")[1].startswith("upbit-migrate ")


def test_help_and_complaints_need_no_extra(tmp_path: Path) -> None:
    """Without libcst, rich, jinja2, pygments and pathspec."""
    for name in ("libcst", "rich", "jinja2", "pygments", "pathspec"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(
            f"raise ModuleNotFoundError(name={name!r})\n", "utf-8"
        )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}

    def python(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "codemods", *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    for command in ("run", "rules", "explain", "undo", "census"):
        assert python(command, "--help").returncode == 0
    (tmp_path / "app").mkdir()
    (tmp_path / "app/a.py").write_text(LINE, "utf-8")
    refused = python("run", "app", "--write", "--report", "report.html")
    assert refused.returncode == 2
    assert "pip install 'upbit-websocket-v6[migrate]'" in refused.stderr
    assert (tmp_path / "app/a.py").read_text("utf-8") == LINE


def test_starting_loads_no_heavy_library() -> None:
    script = (
        "import sys, codemods.__main__\n"
        "try: codemods.__main__.main(['run', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'libcst', 'rich', 'jinja2', 'pygments', 'pathspec', 'asyncio', 'websockets'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.usefixtures("small_engine")
def test_a_dry_run_prints_a_patch_and_speaks_on_standard_error(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    status, out, err = call(capfd, "run", ".")
    assert status == 1
    assert out.startswith("--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n")
    assert "1 file read, would change 1: 1 place rewritten" in err
    assert "--write applies this" in err
    subprocess.run(["git", "apply", "-"], input=out.encode(), check=True)
    assert (project / "a.py").read_text() == "import websocket_v6\n"


@pytest.mark.usefixtures("small_engine")
def test_write_undo_and_the_status_of_each(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    status, out, err = call(capfd, "run", ".", "--write")
    assert (status, out) == (0, "")
    assert "upbit-migrate undo" in err
    status, out, _ = call(capfd, "undo")
    assert (status, out) == (0, "restored a.py\n")
    assert (project / "a.py").read_text() == LINE
    status, _, err = call(capfd, "undo")
    assert status == 2
    assert "no run to take back" in err
    assert call(capfd, "run", ".", "--write", "--diff")[1].startswith("--- a/")


@pytest.mark.usefixtures("small_engine")
def test_paths_of_the_patch_are_relative_to_the_working_directory(
    project: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "src").mkdir()
    (project / "src/b.py").write_text(LINE, "utf-8")
    assert "+++ b/src/b.py" in call(capfd, "run", "src")[1]
    monkeypatch.chdir(project / "src")
    assert "+++ b/b.py" in call(capfd, "run", ".")[1]
    _, out, err = call(capfd, "run", "..")
    assert "+++ b/a.py" in out
    assert "+++ b/src/b.py" in out
    assert f"relative to {project}\n" in err


@pytest.mark.usefixtures("small_engine")
def test_json_is_the_only_thing_on_standard_output(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = call(capfd, "run", ".", "--format", "json")
    document = json.loads(out)
    assert (status, document["exit_code"], document["schema_version"]) == (1, 1, 1)
    assert document["files"][0]["hunks"][0]["lines"] == [
        "-import websocket_v5\n",
        "+import websocket_v6\n",
    ]


@pytest.mark.usefixtures("small_engine")
def test_a_hunk_with_a_key_is_a_notice_and_the_others_apply(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    key = "TEST-ACCESS-KEY-0001"
    middle = "x = 1\n" * 20
    (project / "a.py").write_text(f'access_key = "{key}"\n{LINE}{middle}{LINE}', "utf-8")
    status, out, err = call(
        capfd, "run", ".", "--report", "r.html", "--report", "r.json", "--report", "r.sarif"
    )
    assert status == 1
    texts = [out, err, *((project / f"r.{s}").read_text() for s in ("html", "json", "sarif"))]
    assert not any(key in text for text in texts)
    assert "# a.py: hunk @@ -1,5 +1,5 @@ is withheld" in out
    assert "is withheld" in err
    subprocess.run(["git", "apply", "-"], input=out.encode(), check=True)
    assert (project / "a.py").read_text().endswith("import websocket_v6\n")
    (project / "a.py").write_text(f'access_key = "{key}"\n{LINE}', "utf-8")
    assert key in call(capfd, "run", ".", "--show-secrets")[1]
    assert key not in call(capfd, "run", ".", "--write", "--diff")[1]
    assert (project / "a.py").read_text() == f'access_key = "{key}"\nimport websocket_v6\n'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "PATH"),
        (["run", "nowhere"], "does not exist"),
        (["run", "a.py", "sub"], "mixes files"),
        (["run", ".", "sub"], "lies inside"),
        (["run", "/"], "--allow-broad-root"),
        (["run", ".", "--select", "UWS999"], "no rule has the code 'UWS999'"),
        (["run", ".", "--ignore", "X"], "no rule has the code 'X'"),
        (["run", ".", "--jobs", "two"], "is no number"),
        (["run", ".", "--format", "xml"], "xml"),
        (["run", ".", "--report", "r.pdf"], "must end in .html"),
        (["run", ".", "--report", "no/r.html"], "make it first"),
        (["run", ".", "--report", "sub/mine.json"], "is no report"),
        (["run", ".", "--target-package", "a-b"], "no dotted package name"),
        (["run", ".", "--wirte"], "--wirte"),
        (["explain", "UWS999"], "no rule has the code"),
        (["undo", "nowhere"], "no directory"),
        (["undo"], "no run to take back"),
        (["census", "nowhere"], "does not exist"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_wrong_arguments_are_status_2_and_write_nothing(
    arguments: list[str], message: str, project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "sub").mkdir()
    (project / "sub/mine.json").write_text("{}", "utf-8")
    status, out, err = call(capfd, *arguments, *(["--write"] if arguments[0] == "run" else []))
    assert (status, out) == (2, "")
    assert message in err
    assert (project / "a.py").read_text() == LINE
    assert sorted(path.name for path in project.iterdir()) == ["a.py", "sub"]


def test_a_root_without_write_permission_is_refused(
    project: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and access(path, mode))
    status, _, err = call(capfd, "run", ".", "--write")
    assert status == 2
    assert "not writable" in err


@pytest.mark.usefixtures("small_engine")
def test_a_defect_is_status_2_with_its_traceback(
    project: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("codemods.run.build_index", fail)
    status, _, err = call(capfd, "run", ".")
    assert status == 2
    assert "ZeroDivisionError" in err
    assert "defect of upbit-migrate" in err


@pytest.mark.usefixtures("small_engine")
def test_ctrl_c_is_status_130(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (project / "b.py").write_text(LINE + "# STOP\n", "utf-8")
    status, _, err = call(capfd, "run", ".", "--write")
    assert status == 130
    assert "interrupted" in err
    assert (project / "a.py").read_text() == LINE


@pytest.mark.usefixtures("small_engine")
def test_settings_of_the_project_hold_and_the_command_line_wins(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "pyproject.toml").write_text(
        "[tool.upbit-migrate]\nexclude = ['a.py']\ntarget-package = 'x.y'\n", "utf-8"
    )
    assert call(capfd, "run", ".")[0] == 0
    status, out, _ = call(capfd, "run", ".", "--exclude", "z.py", "--format", "json")
    assert status == 1
    assert json.loads(out)["target_package"] == "x.y"
    (project / "pyproject.toml").write_text("[tool.upbit-migrate]\nselct = []\n", "utf-8")
    status, _, err = call(capfd, "run", ".")
    assert status == 2
    assert "did you mean 'select'" in err


@pytest.mark.usefixtures("small_engine")
@pytest.mark.parametrize("encoding", ["cp949", "ascii", "cp1252"])
def test_a_console_of_any_encoding_is_printed_to(
    encoding: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "\u20ac \U0001f4b9 \udcff.py").write_bytes(LINE.encode() + "# \u20ac".encode())
    (project / "b.py").write_bytes("# \U0001f4b9 websocket_v5 KEEP\n".encode())
    for interactive in (False, True):
        raw_out, raw_err = io.BytesIO(), io.BytesIO()
        out = io.TextIOWrapper(raw_out, encoding)
        err = io.TextIOWrapper(raw_err, encoding)
        monkeypatch.setattr(out, "isatty", lambda answer=interactive: answer)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        assert main(["run", "."]) == 1
        assert main(["census", "."]) == 1
        out.flush()
        err.flush()
        assert b"websocket_v6" in raw_out.getvalue()


@pytest.mark.usefixtures("small_engine")
def test_a_terminal_gets_colours_unless_they_are_unwanted(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "a.py").write_text(LINE + "# \x1b]0;owned\x07\n", "utf-8")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("NO_COLOR", raising=False)
    main(["run", "."])
    coloured = capsys.readouterr().out
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    main(["run", "."])
    plain = capsys.readouterr().out
    assert "\x1b[32m+import websocket_v6\x1b[0m" in coloured
    assert "\x1b" not in plain
    assert "\x1b]" not in coloured
    assert "\\x1b]0;owned\\x07" in plain


def test_a_reader_that_goes_away_is_no_crash(project: Path) -> None:
    (project / "c.txt").write_text("websocket_v5\n" * 20000, "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "codemods", "census", "."],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    process.wait()
    assert b"Traceback" not in err


def test_census_lists_by_kind(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (project / "conf.yaml").write_text("x: websocket_v5\n", "utf-8")
    status, out, err = call(capfd, "census", ".")
    assert status == 1
    assert out == (
        "import (1):\n  a.py:1: import websocket_v5\n\n"
        "config file (1):\n  conf.yaml:1: x: websocket_v5\n\n"
    )
    assert err == "2 lines mention v5\n"
    document = json.loads(call(capfd, "census", ".", "--format", "json")[1])
    assert [mention["kind"] for mention in document["mentions"]] == ["import", "config file"]
    (project / "a.py").write_text("", "utf-8")
    (project / "conf.yaml").write_text("", "utf-8")
    assert call(capfd, "census", ".") == (0, "", "no line mentions v5\n")


def test_migrate_is_a_function_for_the_demonstration(project: Path, small_engine: None) -> None:
    from codemods.cli.run import migrate

    report, diff = project / "r.html", project / "c.diff"
    summary = migrate(project, write=True, report=report, diff=diff)
    assert (summary.files_changed, summary.exit_code, summary.diff_path) == (1, 0, diff)
    assert b"+import websocket_v6" in diff.read_bytes()
    assert report.read_text().startswith("<!DOCTYPE html>")


def test_ctrl_c_inside_an_import_is_no_defect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python 3.11 wraps what ``__set_name__`` raises while a class is made."""

    def interrupted_import(arguments: list[str]) -> int:
        raise RuntimeError("Error calling __set_name__") from KeyboardInterrupt()

    monkeypatch.setattr("codemods.cli.main._run", interrupted_import)
    assert main(["demo"]) == 130
    assert capsys.readouterr().err == "interrupted; nothing further was written\n"


def test_a_program_without_standard_output_is_no_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["rules"]) == 0
