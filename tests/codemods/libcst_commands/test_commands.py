"""Rules as plain libcst commands: one file is enough, or the command refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import libcst
import pytest
from libcst.codemod import CodemodContext

import codemods.libcst_commands
from codemods.exceptions import FileError, UsageError
from codemods.registry import all_rules

LEGACY = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
SOURCE = f"""\
from {LEGACY}.upbit_websocket_public_client import UpbitWebSocketPublicV5  # noqa: E501
client = UpbitWebSocketPublicV5()
"""


def libcst_tool(code: str, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-m", "libcst.tool", "codemod", "--no-format", "--hide-progress"),
            *("-x", f"codemods.libcst_commands.{code}", str(path)),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=path.parent,
    )


def test_every_rule_is_a_command() -> None:
    codes = [rule.code for rule in all_rules()]
    assert dir(codemods.libcst_commands) == codes
    for code in codes:
        command = getattr(codemods.libcst_commands, code)
        assert command is getattr(codemods.libcst_commands, code)
        assert command.DESCRIPTION.startswith(f"{code}: ")
    with pytest.raises(AttributeError):
        _ = codemods.libcst_commands.UWS999


def test_a_rule_for_one_file_rewrites_it(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text(SOURCE, "utf-8")
    result = libcst_tool("UWS101", file)
    assert result.returncode == 0, result.stderr
    text = file.read_text("utf-8")
    assert "from compat_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5" in text
    assert LEGACY not in text
    assert libcst_tool("UWS101", file).returncode == 0
    assert file.read_text("utf-8") == text


def test_a_rule_for_the_project_refuses_and_names_the_command(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text(SOURCE, "utf-8")
    result = libcst_tool("UWS120", file)
    assert result.returncode == 2
    assert "run: upbit-migrate run PATH --select UWS120" in result.stderr
    assert file.read_text("utf-8") == SOURCE
    command = codemods.libcst_commands.UWS120(CodemodContext(filename="a.py"))
    with pytest.raises(UsageError, match="upbit-migrate run"):
        command.transform_module(libcst.parse_module(SOURCE))


def test_a_file_that_stays_the_same_is_the_same_object() -> None:
    module = libcst.parse_module("x = 1\n")
    command = codemods.libcst_commands.UWS101(CodemodContext(filename="a.py"))
    assert command.transform_module(module).bytes == module.bytes


def test_what_the_engine_cannot_handle_is_an_error() -> None:
    module = libcst.parse_module(f"import {LEGACY}\ntry:\n    pass\nexcept A, e:\n    pass\n")
    command = codemods.libcst_commands.UWS101(CodemodContext(filename="a.py"))
    if sys.version_info < (3, 14):
        with pytest.raises(FileError, match="parse"):
            command.transform_module(module)
