"""What an import loads, and what only the first use does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import websocket_v6

WAITS = ("websockets", "jwt", "msgspec", "tomllib", "difflib")


def loaded_by(code: str) -> set[str]:
    program = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    return set(done.stdout.decode().split())


def test_an_import_of_the_package_loads_nothing_else() -> None:
    loaded = loaded_by("import websocket_v6")
    assert not loaded.intersection(WAITS)
    assert {name for name in loaded if name.startswith("websocket_v6.")} == {
        "websocket_v6._version"
    }


def test_the_emulator_does_without_the_runtime() -> None:
    loaded = loaded_by("from websocket_v6.testing import ExchangeEmulator")
    assert not {name for name in loaded if name.startswith("websocket_v6._async")}


@pytest.mark.parametrize("name", ["WebSocketClientProxy", "GlobalWebSocketManager"])
def test_what_talks_to_the_exchange_is_there_before_an_event_loop_is(name: str) -> None:
    loaded = loaded_by(f"from websocket_v6 import {name}")
    assert {"websockets.asyncio.client", "websocket_v6._async.hub"} <= loaded


def test_names_that_do_nothing_do_not_load_it() -> None:
    loaded = loaded_by("from websocket_v6 import Lost, UpbitWebSocketError, Config, latest")
    assert not loaded.intersection(("websockets", "jwt"))
    assert "websocket_v6._async.hub" not in loaded


def test_all_names_and_modules_are_found() -> None:
    for name in websocket_v6.__all__:
        assert getattr(websocket_v6, name) is not None
    assert set(websocket_v6.__all__) <= set(dir(websocket_v6))
    loaded = loaded_by("import websocket_v6; websocket_v6.messages.Ticker")
    assert "websocket_v6.messages" in loaded
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        websocket_v6.nonsense  # noqa: B018


@pytest.mark.slow
def test_a_type_checker_finds_a_misspelt_name(tmp_path: Path) -> None:
    pytest.importorskip("mypy.api", reason="mypy comes with the extra `lint`")
    program = tmp_path / "program.py"
    program.write_text("from websocket_v6 import WebSocketClientProxi, WebSocketClientProxy\n")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path / "cache"), str(program)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert 'has no attribute "WebSocketClientProxi"' in done.stdout
    assert done.stdout.count("error:") == 1
