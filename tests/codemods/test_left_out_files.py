"""Runs over a part of a program: what files that stay as they are have to do with stays, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.options import Options
from codemods.result import FindingOutcome
from codemods.run import Run, execute
from codemods.targets import resolve_target

CLIENT = """\
from app.websocket_v5 import UpbitWebSocketPublicV5
from pkg.b import on_tick


async def start():
    c = UpbitWebSocketPublicV5()
    await c.connect()
    await c.subscribe_ticker(["KRW-BTC"], on_tick)
    return c
"""
CALLBACK = """\
def on_tick(symbol, data_type, data):
    print(data["data"]["trade_price"])
"""
MAIN = """\
from pkg.a import start


async def main():
    c = await start()
    await c.disconnect()
"""
PROGRAM = {"pyproject.toml": "", "main.py": MAIN, "pkg/a.py": CLIENT, "pkg/b.py": CALLBACK}


def make(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        full = root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text, "utf-8")


def run(root: Path, *paths: str, exclude: tuple[str, ...] = ()) -> Run:
    target = resolve_target([str(root / path) for path in paths or (".",)])
    return execute(target, Options(), write=True, exclude=exclude)


def texts(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text("utf-8")
        for path in root.rglob("*.py")
        if ".upbit-migrate" not in path.parts
    }


def kept(result: Run) -> list[str]:
    return [f"{f.path}: {f.message}" for f in result.findings if f.outcome is FindingOutcome.KEPT]


def without_marks(text: str) -> str:
    return "".join(line for line in text.splitlines(True) if "# TODO(upbit" not in line)


@pytest.mark.parametrize(
    "named", [("pkg/a.py",), ("main.py", "pkg/b.py"), ("main.py",), ("pkg/b.py",)]
)
def test_a_client_that_named_files_hold_only_in_part_stays(
    tmp_path: Path, named: tuple[str, ...]
) -> None:
    make(tmp_path, PROGRAM)
    first = run(tmp_path, *named)
    after = texts(tmp_path)
    assert "websocket_v6" not in "".join(after.values())
    assert "disconnect()" in after["main.py"]
    assert '["data"]' in after["pkg/b.py"]
    assert first.exit_code == 1
    others = set(PROGRAM) - set(named)
    for path in named:
        told = [line for line in kept(first) if line.startswith(path)]
        assert any(other in line for line in told for other in others)
        assert all("run upbit-migrate over the whole tree" in line for line in told[-1:])
        assert "# TODO(upbit-migrate" in after[path]
    second = run(tmp_path, *named)
    assert texts(tmp_path) == after
    assert second.exit_code == 1


@pytest.mark.parametrize("named", [("pkg/a.py",), ("main.py", "pkg/b.py")])
def test_the_whole_tree_moves_after_a_run_over_a_part(
    tmp_path: Path, named: tuple[str, ...]
) -> None:
    whole = tmp_path / "whole"
    parts = tmp_path / "parts"
    for root in (whole, parts):
        make(root, PROGRAM)
    run(parts, *named)
    assert run(whole).exit_code == run(parts).exit_code == 0
    assert texts(parts) == texts(whole)


def test_a_client_that_lies_in_the_named_file_alone_moves(tmp_path: Path) -> None:
    own = "async def main():\n    c = UpbitWebSocketPublicV5()\n    await c.disconnect()\n"
    source = f"from app.websocket_v5 import UpbitWebSocketPublicV5\n\n\n{own}"
    make(tmp_path, PROGRAM | {"own.py": source})
    result = run(tmp_path, "own.py")
    assert "WebSocketClientProxy" in texts(tmp_path)["own.py"]
    assert result.exit_code == 0


def test_the_callback_in_an_excluded_file_holds_its_client(tmp_path: Path) -> None:
    make(tmp_path, PROGRAM)
    result = run(tmp_path, exclude=("pkg/b.py",))
    after = texts(tmp_path)
    assert after["pkg/b.py"] == CALLBACK
    assert "websocket_v6" not in "".join(after.values())
    assert any("pkg/b.py" in line and "without excluding it" in line for line in kept(result))
    assert result.file_count == 2
    run(tmp_path, exclude=("pkg/b.py",))
    assert texts(tmp_path) == after


def test_a_use_in_an_excluded_directory_holds_its_client(tmp_path: Path) -> None:
    make(tmp_path, PROGRAM | {"tools/deep/stop.py": MAIN})
    result = run(tmp_path, exclude=("tools/",))
    assert texts(tmp_path)["tools/deep/stop.py"] == MAIN
    assert any("tools/deep/stop.py" in line for line in kept(result))
    assert all(not mention.path.startswith("tools/") for mention in result.mentions)


def test_an_excluded_directory_of_another_program_holds_nothing(tmp_path: Path) -> None:
    make(tmp_path, PROGRAM | {f"old/{path}": text for path, text in PROGRAM.items()})
    result = run(tmp_path, exclude=("old/",))
    assert (result.exit_code, kept(result)) == (0, [])
    assert {path.split("/")[0] for path, text in texts(tmp_path).items() if "_v5" in text} == {
        "old"
    }


CATCHING = """\
from app.websocket_v5 import WebSocketError
from pkg.a import start


async def careful():
    try:
        c = await start()
        await c.connect()
    except WebSocketError:
        print("failed")
"""


def test_what_stays_is_not_moved_to_compat_beside_files_that_go_on_with_v5(tmp_path: Path) -> None:
    make(tmp_path, PROGRAM | {"careful.py": CATCHING})
    run(tmp_path, "pkg/a.py")
    assert "compat_v5 import" not in "".join(texts(tmp_path).values())
    assert without_marks(texts(tmp_path)["pkg/a.py"]) == CLIENT
    run(tmp_path, "careful.py")
    assert without_marks(texts(tmp_path)["careful.py"]) == CATCHING


@pytest.mark.parametrize(
    "callback",
    [
        f"{CALLBACK}\ndef (\n",
        "def on_tick(symbol, data_type, data):\n    handle(data['data'])\n!\n",
    ],
)
@pytest.mark.parametrize(
    "use",
    [
        "    await c.subscribe_ticker(['KRW-BTC'], on_tick)\n",
        "    await c.subscribe_ticker(['KRW-BTC'], lambda *a: on_tick(*a))\n",
        "    chosen = on_tick\n    await c.subscribe_ticker(['KRW-BTC'], chosen)\n",
        "    def mine(symbol, data_type, data):\n        on_tick(symbol, data_type, data)\n"
        "    await c.subscribe_ticker(['KRW-BTC'], mine)\n",
    ],
)
def test_a_callback_from_a_file_that_does_not_parse_holds_its_client(
    tmp_path: Path, callback: str, use: str
) -> None:
    source = CLIENT.replace('    await c.subscribe_ticker(["KRW-BTC"], on_tick)\n', use)
    make(tmp_path, PROGRAM | {"pkg/a.py": source, "pkg/b.py": callback})
    result = run(tmp_path)
    assert "websocket_v6" not in texts(tmp_path)["pkg/a.py"]
    assert any("pkg/b.py" in line and "could not be read" in line for line in kept(result))
    after = texts(tmp_path)
    run(tmp_path)
    assert texts(tmp_path) == after


@pytest.mark.parametrize(
    "broken",
    [
        "from pkg.a import start\n!\nasync def stop(c):\n    await c.disconnect()\n",
        "from pkg import (\n    a,  # the client\n)\n!\n",
        "import pkg.a as made\n!\n",
    ],
)
def test_a_use_in_a_file_that_does_not_parse_holds_its_client(tmp_path: Path, broken: str) -> None:
    make(tmp_path, PROGRAM | {"main.py": broken})
    result = run(tmp_path)
    assert "websocket_v6" not in texts(tmp_path)["pkg/a.py"]
    assert result.exit_code == 3
    assert [failed.path for failed in result.failed] == ["main.py"]


def test_a_base_class_from_a_file_that_does_not_parse_holds_its_clients(tmp_path: Path) -> None:
    source = (
        "from app.websocket_v5 import UpbitWebSocketPublicV5\nfrom pkg.b import Base\n\n\n"
        "class Feed(Base):\n    def __init__(self):\n        self.client = UpbitWebSocketPublicV5()\n"
    )
    broken = "!\nclass Base:\n    async def stop(self):\n        await self.client.disconnect()\n"
    make(tmp_path, {"pkg/a.py": source, "pkg/b.py": broken})
    run(tmp_path)
    assert "websocket_v6" not in texts(tmp_path)["pkg/a.py"]


def test_a_file_that_does_not_parse_and_touches_nothing_holds_nothing(tmp_path: Path) -> None:
    make(tmp_path, PROGRAM | {"other.py": "import json\n!\n"})
    result = run(tmp_path)
    assert (result.exit_code, kept(result)) == (0, [])
