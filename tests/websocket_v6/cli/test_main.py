from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from websocket_v6.cli import COMMANDS, _reader_has_left, build_parser, main

BLOCK_EXTRAS = """
import sys
for name in ("rich", "prometheus_client"):
    sys.modules[name] = None
from websocket_v6.cli import main
sys.exit(main(sys.argv[1:]))
"""


def run(*arguments: str, code: str | None = None) -> subprocess.CompletedProcess[str]:
    start = ["-c", code] if code else ["-m", "websocket_v6"]
    return subprocess.run(
        [sys.executable, *start, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )


def test_help_lists_every_command_with_examples_and_exit_codes() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    for name in COMMANDS:
        assert f"  {name}" in shown.stdout
    assert "examples:" in shown.stdout
    assert "exit codes: 0" in shown.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_help_works_without_any_extra(name: str) -> None:
    shown = run(name, "--help", code=BLOCK_EXTRAS)
    assert shown.returncode == 0, shown.stderr
    assert f"upbit-ws {name}" in shown.stdout or "usage" in shown.stdout


@pytest.mark.parametrize("name", ["watch", "record", "doctor", "emulator", "completion"])
def test_help_ends_with_examples(name: str) -> None:
    parser = build_parser(name)
    with pytest.raises(SystemExit):
        parser.parse_args([name, "--help"])
    assert "examples:" in run(name, "--help").stdout


def test_help_loads_no_command() -> None:
    loaded = run(
        "--help",
        code="import sys; from websocket_v6.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "finally:\n    print(sorted(m for m in sys.modules if m.startswith('websocket_v6.cli')))",
    )
    assert loaded.stdout.endswith("['websocket_v6.cli']\n")


@pytest.mark.parametrize("arguments", [[], ["nope"], ["watch"], ["doctor", "--nope"]])
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5"])
def test_a_count_is_a_whole_number(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["watch", "ticker", "KRW-BTC", f"--count={value}"])
    assert "is not a whole number above 0" in capsys.readouterr().err


def test_the_version_is_the_packages() -> None:
    from websocket_v6 import __version__

    assert run("--version").stdout == f"upbit-ws {__version__}\n"


def test_the_console_script_is_the_module() -> None:
    script = Path(sys.executable).parent / "upbit-ws"
    if not script.exists():
        pytest.skip("the distribution is not installed in this environment")
    shown = subprocess.run([script, "--version"], capture_output=True, text=True, timeout=60)
    assert shown.stdout == run("--version").stdout


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX pipe")
def test_a_reader_that_has_had_enough_is_no_error() -> None:
    command = f"{sys.executable} -m websocket_v6 completion fish | head -1; echo ${{PIPESTATUS[0]}}"
    shown = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert shown.stderr == ""
    assert shown.stdout.splitlines()[-1] == "0"


@pytest.mark.parametrize(
    ("typed", "meant"), [("wacth", "watch"), ("Doctor", "doctor"), ("emulater", "emulator")]
)
def test_a_misspelt_command_is_recognised(
    typed: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([typed]) == 2
    assert f"no command {typed!r}; did you mean {meant!r}?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("platform", "error", "left"),
    [
        ("linux", BrokenPipeError(errno.EPIPE, "Broken pipe"), True),
        ("win32", OSError(errno.EINVAL, "Invalid argument"), True),
        ("linux", OSError(errno.EINVAL, "Invalid argument"), False),
        ("win32", OSError(errno.ENOSPC, "No space left on device"), False),
    ],
)
def test_a_reader_that_left_is_told_from_other_faults_of_the_output(
    platform: str, error: OSError, left: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert _reader_has_left(error) is left


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize(
    ("redirection", "code", "words"),
    [
        (">&-", 0, ""),
        (">&- 2>&-", 0, ""),
        pytest.param(
            "> /dev/full",
            1,
            "upbit-ws: No space left on device\n",
            marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it"),
        ),
    ],
)
def test_an_output_that_is_closed_or_full(redirection: str, code: int, words: str) -> None:
    command = f"{sys.executable} -m websocket_v6 completion bash {redirection}"
    ended = subprocess.run(
        ["/bin/sh", "-c", command], stderr=subprocess.PIPE, text=True, timeout=30
    )
    assert (ended.returncode, ended.stderr) == (code, words)


def test_an_option_before_the_command_is_sent_behind_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--url", "ws://127.0.0.1:1/v1", "watch", "ticker", "KRW-BTC"]) == 2
    assert capsys.readouterr().err == "upbit-ws: --url: options stand behind the command\n"
