"""Every Python block of the documents runs, or at least type-checks."""

from __future__ import annotations

import ast
import asyncio
import inspect
import subprocess
import sys
import types
from typing import Any

import pytest

from tests.documents import reader
from tests.windows import need_windows
from websocket_v6 import Credentials, GlobalWebSocketManager, WebSocketClientProxy
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

BLOCKS = [block for path in reader.documents() for block in reader.blocks(path)]
OTHER_ACCESS_KEY = "TEST-ACCESS-KEY-OF-THE-SECOND-ACCOUNT"
OTHER_SECRET_KEY = "TEST-SECRET-KEY-OF-THE-SECOND-ACCOUNT-64-CHARACTERS-LONG-AND-NOT-REAL"


def marked(word: str) -> list[reader.Block]:
    return [block for block in BLOCKS if block.mark[:1] == (word,)]


def test_there_is_something_to_check():
    for word in ("run", "snippet", "types", "v5", "v6"):
        assert marked(word), word


@pytest.mark.parametrize("block", marked("run"), ids=str)
def test_program_runs(block: reader.Block, environment: dict[str, str], tmp_path):
    for name, text in reader.named_files(reader.REPOSITORY / block.document).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    program = tmp_path / "program.py"
    program.write_text(block.text, encoding="utf-8")
    finished = subprocess.run(
        [sys.executable, "-W", "error", str(program)],
        env=environment,
        cwd=reader.REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == ""


@pytest.mark.parametrize("block", marked("snippet"), ids=str)
async def test_snippet_runs(block: reader.Block, monkeypatch: pytest.MonkeyPatch):
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    code = compile(block.text, str(block), "exec", flags=flags)
    second = (OTHER_ACCESS_KEY, OTHER_SECRET_KEY)
    keys = {TEST_ACCESS_KEY: TEST_SECRET_KEY, second[0]: second[1]}
    async with ExchangeEmulator(keys=keys, rate=50) as exchange:
        monkeypatch.setenv("UPBIT_WS_URL", exchange.url)
        manager = await GlobalWebSocketManager.get_instance()
        try:
            result = eval(code, names(manager))  # noqa: S307 - the text of our own documents
            if inspect.isawaitable(result):
                await asyncio.wait_for(result, 30)
        finally:
            await manager.shutdown()


def names(manager: GlobalWebSocketManager) -> dict[str, Any]:
    """What a snippet may use without saying where it comes from."""

    def plain(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        """Receives and forgets."""

    async def later(symbol: str, data_type: str, data: dict[str, Any]) -> None:
        """The same, awaited."""

    return {
        "__name__": "__snippet__",
        "asyncio": asyncio,
        "manager": manager,
        "ws": WebSocketClientProxy("snippet"),
        "Credentials": Credentials,
        "GlobalWebSocketManager": GlobalWebSocketManager,
        "WebSocketClientProxy": WebSocketClientProxy,
        "access_key": TEST_ACCESS_KEY,
        "secret_key": TEST_SECRET_KEY,
        "other_access_key": OTHER_ACCESS_KEY,
        "other_secret_key": OTHER_SECRET_KEY,
        "on_tick": plain,
        "on_order": plain,
        "on_asset": plain,
        "on_book": later,
        "on_trade": later,
    }


@pytest.mark.slow
def test_whole_programs_type_check(tmp_path):
    """One mypy run over all blocks that stand alone."""
    pytest.importorskip("mypy.api", reason="mypy comes with the extra `lint`")
    paths = []
    for number, block in enumerate([*marked("run"), *marked("types")]):
        path = tmp_path / f"block_{number}.py"
        path.write_text(f"# {block}\n{block.text}", encoding="utf-8")
        paths.append(str(path))
    finished = subprocess.run(
        [sys.executable, "-m", "mypy", "--ignore-missing-imports", "--check-untyped-defs",
         "--no-error-summary", "--allow-subclassing-any", "--cache-dir", str(tmp_path / "cache"), *paths],
        cwd=reader.REPOSITORY,
        capture_output=True,
        text=True,
        timeout=110,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize("block", marked("types"), ids=str)
def test_block_compiles(block: reader.Block):
    assert isinstance(compile(block.text, str(block), "exec"), types.CodeType)


WINDOWS = [
    block
    for block in marked("types")
    if "PySide6" in block.text and not block.document.endswith(".ko.md")
]
CLOSE_WHEN_A_PRICE_IS_SHOWN = """
import runpy
from PySide6.QtWidgets import QLabel

shown = QLabel.setText

def show_and_close(label, text):
    shown(label, text)
    print(text)
    label.close()

QLabel.setText = show_and_close
runpy.run_path("program.py", run_name="__main__")
"""


def test_there_are_windows_to_open():
    assert len(WINDOWS) == 2


@pytest.mark.parametrize("block", WINDOWS, ids=str)
def test_window_shows_a_price_and_ends_when_it_is_closed(
    block: reader.Block, environment: dict[str, str], tmp_path
):
    need_windows()
    (tmp_path / "program.py").write_text(block.text, encoding="utf-8")
    finished = subprocess.run(
        [sys.executable, "-c", CLOSE_WHEN_A_PRICE_IS_SHOWN],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == ""
    assert any(character.isdigit() for character in finished.stdout)
