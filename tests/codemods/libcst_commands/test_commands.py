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
from codemods.rule import Rule

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


EVERYTHING = f"""\
from {LEGACY} import UpbitWebSocketPublicV5, create_public_client, load_config
from {LEGACY}.models import DataType
from {LEGACY}.exceptions import SubscriptionError
from upbit_auto_trading.infrastructure.external_apis.upbit.upbit_auth import UpbitAuthenticator


class Feed(UpbitWebSocketPublicV5):
    pass


async def main(on_tick: object) -> None:
    client = UpbitWebSocketPublicV5(max_tickets=3)
    await client.connect()
    try:
        await client.subscribe("ticker", ["KRW-BTC"], lambda data: print(data["data"]["code"]))
    except SubscriptionError:
        await client.disconnect()
    print(client.is_connected(), client.stats, DataType.TRADE, load_config())
"""


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_each_rule_does_its_work_on_one_file_or_refuses(rule: Rule) -> None:
    command = getattr(codemods.libcst_commands, rule.code)(CodemodContext(filename="a.py"))
    module = libcst.parse_module(EVERYTHING)
    if rule.project_wide:
        with pytest.raises(UsageError, match=f"upbit-migrate run PATH --select {rule.code}"):
            command.transform_module(module)
        return
    text = command.transform_module(module).code
    assert text != EVERYTHING
    compile(text, "a.py", "exec")
    assert command.transform_module(libcst.parse_module(text)).code == text
    before, after = EVERYTHING.splitlines(), text.splitlines()
    unchanged = [line for line in before if "import" not in line]
    assert [line for line in after if line in unchanged] == unchanged, (
        "only imports are its business"
    )


def test_what_v6_does_not_have_is_imported_from_compat_and_nothing_else() -> None:
    command = codemods.libcst_commands.UWS103(CodemodContext(filename="a.py"))
    text = command.transform_module(libcst.parse_module(EVERYTHING)).code
    assert "from compat_v5.models import DataType" in text
    assert "from compat_v5 import load_config" in text
    assert f"from {LEGACY} import UpbitWebSocketPublicV5, create_public_client" in text
    assert f"from {LEGACY}.exceptions import SubscriptionError" in text


def test_rules_for_one_file_are_these() -> None:
    assert [rule.code for rule in all_rules() if not rule.project_wide] == ["UWS101", "UWS103"]


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
