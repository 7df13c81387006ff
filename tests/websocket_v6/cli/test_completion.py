from __future__ import annotations

import shutil
import subprocess

import pytest

from websocket_v6.cli import ALIASES, COMMANDS, main


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_every_command_and_its_words_are_offered(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = script(shell, capsys)
    for word in (*COMMANDS, *ALIASES, "ticker", "candle.240m", "my-orders"):
        assert word in text
    for option in ("url", "rotate-minutes", "symbol", "replay"):
        assert option in text


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_the_shell_accepts(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed here")
    checked = subprocess.run(
        [program, "-n"], input=script(shell, capsys), capture_output=True, text=True, timeout=30
    )
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["re"], ["record"]),
        (["watch", "my"], ["my-orders", "my-assets"]),
        (["doctor", "--s"], ["--symbol"]),
        (["status", "--j"], ["--json"]),
    ],
)
def test_bash_completes(
    words: list[str], offered: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    program = shutil.which("bash")
    if program is None:
        pytest.skip("bash is not installed here")
    line = " ".join(["upbit-ws", *words])
    ask = (
        f"COMP_WORDS=({line}); COMP_CWORD={len(words)}; _upbit_ws; printf '%s\\n' ${{COMPREPLY[@]}}"
    )
    shown = subprocess.run(
        [program, "-c", script("bash", capsys) + ask], capture_output=True, text=True, timeout=30
    )
    assert shown.stdout.split() == offered


def test_powershell_gets_one_quoted_list_per_command(capsys: pytest.CaptureFixture[str]) -> None:
    text = script("powershell", capsys)
    assert text.startswith(
        "Register-ArgumentCompleter -Native -CommandName upbit-ws -ScriptBlock {"
    )
    assert text.count("{") == text.count("}")
    for name in (*COMMANDS, *ALIASES):
        assert f"    '{name}' = @('" in text
