"""When the machine fails: each ends in a clear error, or in nothing at all."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.reliability.running import Ended, environment, running
from websocket_v6.testing import ExchangeEmulator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX systems"),
]

LEGACY = """\
import asyncio
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5 import (
    UpbitWebSocketPublicV5,
)

async def main():
    client = UpbitWebSocketPublicV5()
    await client.connect()
    await client.subscribe_ticker(["KRW-BTC"], print)
    await client.disconnect()
"""
LIMITED = """\
import resource, runpy, sys, tempfile
size, module = int(sys.argv[1]), sys.argv[2]
if size:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
else:
    tempfile._candidate_tempdir_list = lambda: ["/nonexistent"]
sys.argv = sys.argv[2:]
runpy.run_module(module, run_name="__main__")
"""
"""Runs a module with files of *size* bytes at most, or (0) without a directory for temporary ones."""


@pytest.fixture
async def exchange() -> AsyncIterator[ExchangeEmulator]:
    async with ExchangeEmulator(rate=50.0) as exchange:
        yield exchange


async def run(*command: str, folder: Path | None = None, **env: str) -> Ended:
    where = {} if folder is None else {"folder": folder}
    async with running(*command, env=environment() | env, python=(), **where) as program:
        return await program.ended()


async def limited(size: int, *command: str, folder: Path, **env: str) -> Ended:
    return await run("-c", LIMITED, f"{size}", *command, folder=folder, **env)


# -- full disks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
async def test_a_recording_on_a_full_disk_ends_whole(
    exchange: ExchangeEmulator, tmp_path: Path, name: str
) -> None:
    size = 40_000 if name == "out.jsonl" else 6_000
    command = "websocket_v6", "record", "orderbook", "KRW-BTC", "--out", name
    ended = await limited(size, *command, folder=tmp_path, UPBIT_WS_URL=exchange.url)
    assert ended.code == 1
    assert f"cannot write {name}: File too large" in ended.said
    read = gzip.open if name.endswith(".gz") else open
    with read(tmp_path / name, "rt", encoding="utf-8") as file:
        frames = [json.loads(line)["frame"] for line in file]
    assert f"{len(frames)} frames in {name}" in ended.said
    assert frames


async def test_a_migration_on_a_full_disk_leaves_whole_files(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"part{number:02}.py").write_text(LEGACY, encoding="utf-8")
    before = {path: path.read_bytes() for path in tmp_path.glob("*.py")}
    # Enough for each file, too little for a journal of all of them.
    ended = await limited(3_000, "codemods", "run", "--write", ".", folder=tmp_path)
    assert ended.code == 3
    assert "File too large" in ended.said + ended.out
    after = {path: path.read_bytes() for path in tmp_path.glob("*.py")}
    changed = {path for path in before if before[path] != after[path]}
    assert 0 < len(changed) < 30
    assert len({after[path] for path in changed}) == 1
    undone = await run("-m", "codemods", "undo", folder=tmp_path)
    assert undone.code == 0
    assert {path: path.read_bytes() for path in tmp_path.glob("*.py")} == before


async def test_a_trace_on_a_full_disk_ends_and_the_streams_go_on(
    exchange: ExchangeEmulator, tmp_path: Path
) -> None:
    trace = tmp_path / "trace.jsonl"
    command = "-c", LIMITED, "2000", "stream"
    async with running(
        *command,
        env=environment(exchange) | {"UPBIT_WS_TRACE": str(trace)},
    ) as program:
        ended = await program.ended()
    assert (ended.code, ended.out) == (0, "done\n")
    assert ended.said == f"trace_ended: {trace}: File too large"


# -- directories that are not there -----------------------------------------------------------------


async def test_no_home_and_no_place_for_temporary_files(
    exchange: ExchangeEmulator, tmp_path: Path
) -> None:
    nowhere = {"HOME": "/dev/null/home", "TMPDIR": "/dev/null/tmp"}
    async with running("stream.py", env=environment(exchange) | nowhere) as program:
        streamed = await program.ended()
    assert (streamed.code, streamed.out, streamed.said) == (0, "done\n", "")
    (tmp_path / "app.py").write_text(LEGACY, encoding="utf-8")
    planned = await limited(0, "codemods", "run", ".", folder=tmp_path, **nowhere)
    assert planned.code == 1, planned.said
    demo = await limited(0, "codemods", "demo", folder=tmp_path, **nowhere)
    assert demo.code == 2
    assert demo.said.startswith("upbit-migrate: error: ")
    assert "temporary directory" in demo.said


async def test_a_trace_into_nowhere_names_the_setting(exchange: ExchangeEmulator) -> None:
    env = environment(exchange) | {"UPBIT_WS_TRACE": "/dev/null/trace"}
    async with running("stream.py", env=env) as program:
        ended = await program.ended()
    assert ended.code == 1
    assert "ConfigError: trace: cannot write /dev/null/trace: Not a directory" in ended.said


# -- limits, clocks, interpreters -------------------------------------------------------------------


@pytest.mark.parametrize("limit", ["files=20", "back"])
async def test_it_just_works(exchange: ExchangeEmulator, limit: str) -> None:
    async with running("stream.py", limit, env=environment(exchange)) as program:
        ended = await program.ended()
    assert (ended.code, ended.out, ended.said) == (0, "done\n", "")


async def test_no_descriptor_left_is_named_and_passes(exchange: ExchangeEmulator) -> None:
    env = environment(exchange) | {"UPBIT_WS_SUBSCRIBE_TIMEOUT": "2"}
    async with running("stream.py", "exhausted", env=env, python=()) as program:
        ended = await program.ended()
    assert ended.code == 0, ended.said
    assert "Too many open files" in ended.out
    assert ended.out.endswith("done\n")


@pytest.mark.parametrize(
    "python", [("-O", "-W", "error"), ("-OO",), ("-X", "dev", "-W", "error"), ("-I",)]
)
async def test_any_mode_of_the_interpreter(
    exchange: ExchangeEmulator, python: tuple[str, ...]
) -> None:
    async with running("stream.py", env=environment(exchange), python=python) as program:
        ended = await program.ended()
    assert (ended.code, ended.out, ended.said) == (0, "done\n", "")
