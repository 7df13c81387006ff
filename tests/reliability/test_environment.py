"""When the machine fails: each ends in a clear error, or in nothing at all."""

from __future__ import annotations

import gzip
import json
import re
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
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
if not size:
    try:
        sys.exit(f"the limit does not bite: {tempfile.gettempdir()}")
    except FileNotFoundError:
        pass
sys.argv = sys.argv[2:]
runpy.run_module(module, run_name="__main__")
"""
"""Runs a module with files of *size* bytes at most, also as root; with 0 no folder is good for temporary
files either, for each is tried with a file."""
CALLS = """\
import asyncio, sys
from compat_v5 import UpbitWebSocketPublicV5

async def main():
    client = UpbitWebSocketPublicV5()
    await client.connect()
    await client.disconnect()

asyncio.run(main())
sys.exit(5)
"""
PROVED = """\
import asyncio
from compat_v5 import UpbitWebSocketPublicV5

def on_ticker(symbol, data_type, data):
    {prints}

async def main():
    client = UpbitWebSocketPublicV5()
    await client.connect()
    await client.subscribe_ticker(["KRW-BTC"], on_ticker)
    await asyncio.sleep(60)

asyncio.run(main())
"""


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


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below *folder*."""
    files = (
        path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


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


@pytest.mark.parametrize("older", [True, False], ids=["older", "none"])
@pytest.mark.parametrize("name", ["report.html", "report.json", "report.sarif"])
async def test_a_report_on_a_full_disk_is_the_older_one_or_none(
    tmp_path: Path, name: str, older: bool
) -> None:
    app = tmp_path / "app"
    app.mkdir()
    (app / "main.py").write_text(LEGACY, encoding="utf-8")
    command = "codemods", "run", "app", "--report", name
    if older:
        assert (await run("-m", *command, folder=tmp_path)).code == 1
        (tmp_path / name).chmod(0o600)
    before = tree(tmp_path)
    ended = await limited(500, *command, folder=tmp_path)
    assert ended.code == 2
    assert f"upbit-migrate: error: --report {name} cannot be written: File too large" in ended.said
    assert "Traceback" not in ended.said
    assert "+++ " in ended.out  # the patch is there, whatever became of the report
    assert tree(tmp_path) == before
    assert (await run("-m", *command, folder=tmp_path)).code == 1
    assert set(tree(tmp_path)) == {"app/main.py", name}
    if older:
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["run", "run --format json", "census", "rules"])
async def test_output_into_a_file_on_a_full_disk_says_so(
    tmp_path: Path, command: str, unbuffered: str
) -> None:
    (tmp_path / "app.py").write_text(LEGACY, encoding="utf-8")
    into = "import os, sys; os.dup2(os.open('patch', os.O_WRONLY | os.O_CREAT), 1)\n"
    words = command.split() if command == "rules" else [*command.split(), "app.py"]
    program = "-c", into + LIMITED, "50", "codemods", *words
    ended = await run(*program, folder=tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert ended.code == 2
    said = "upbit-migrate: error: standard output cannot be written: File too large"
    assert ended.said.splitlines()[-1] == said
    assert "Traceback" not in ended.said


@pytest.mark.parametrize("real", [True, False], ids=["real", "none"])
async def test_a_shim_on_a_full_disk_leaves_the_tree_as_it_was(tmp_path: Path, real: bool) -> None:
    legacy = tmp_path / "upbit_auto_trading/infrastructure/external_apis/upbit/websocket_v5"
    if real:
        legacy.mkdir(parents=True)
        (legacy / "__init__.py").write_text("REAL = 1\n", encoding="utf-8")
    before = tree(tmp_path)
    # Enough for the packages above, too little for the stubs.
    ended = await limited(500, "codemods", "shim", ".", "--force", folder=tmp_path)
    assert ended.code == 2
    assert ended.said.startswith("upbit-migrate: error: ")
    assert ".py" in ended.said
    assert ended.said.endswith("cannot be written: File too large; nothing was changed")
    assert tree(tmp_path) == before
    assert real or list(tmp_path.iterdir()) == []
    whole = await run("-m", "codemods", "shim", ".", "--force", folder=tmp_path)
    assert whole.code == 0, whole.said
    assert (legacy / "__init__.py").read_text(encoding="utf-8").startswith("# Written by")


@pytest.mark.parametrize("older", [True, False], ids=["older", "none"])
async def test_usage_on_a_full_disk_leaves_the_older_file_and_the_exit_code(
    exchange: ExchangeEmulator, tmp_path: Path, older: bool
) -> None:
    (tmp_path / "app.py").write_text(CALLS, encoding="utf-8")
    usage = tmp_path / "usage.json"
    env = {"UPBIT_V5_USAGE": str(usage), "UPBIT_WS_URL": exchange.url, "UPBIT_V5_WARNINGS": "off"}
    if older:
        assert (await run("app.py", folder=tmp_path, **env)).code == 5
        assert json.loads(usage.read_text(encoding="utf-8"))["members"]
    before = tree(tmp_path)
    ended = await limited(100, "app", folder=tmp_path, **env)
    assert ended.code == 5
    assert ended.said == (f"the usage of the legacy layer was not written: {usage}: File too large")
    assert tree(tmp_path) | {"usage.json.lock": b""} == before | {"usage.json.lock": b""}


@pytest.mark.parametrize(
    ("prints", "frames", "limit", "file"),
    [
        ("pass", 40, 6_000, "before.trace.jsonl"),
        ("print('x' * 20_000, flush=True)", 5, 30_000, "before.log"),
    ],
    ids=["trace", "output"],
)
@pytest.mark.parametrize("named", [True, False], ids=["named", "temporary"])
async def test_prove_on_a_full_disk_is_no_verdict(
    tmp_path: Path, prints: str, frames: int, limit: int, file: str, named: bool
) -> None:
    work = tmp_path / "work"
    for folder in (work, tmp_path / "tmp"):
        folder.mkdir()
    (work / "main.py").write_text(PROVED.format(prints=prints), encoding="utf-8")
    command = ["prove", "--before", "work", "--after", "work", "--frames", f"{frames}"]
    if named:
        command += ["--logs", "logs"]
    ended = await limited(
        limit, "codemods", *command, folder=tmp_path, TMPDIR=str(tmp_path / "tmp")
    )
    assert ended.code == 2, ended
    assert "Traceback" not in ended.said
    assert ended.out == ""
    said = ended.said.splitlines()[-1]
    assert said.startswith("upbit-migrate: error: ")
    assert f"{file} cannot be written: " in said
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not (tmp_path / "logs" / file).exists()


async def test_the_page_of_prove_on_a_full_disk_comes_after_the_verdict(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "main.py").write_text(PROVED.format(prints="pass"), encoding="utf-8")
    command = "prove", "--before", "work", "--after", "work", "--frames", "2", "--html", "page.html"
    ended = await limited(3_000, "codemods", *command, folder=tmp_path)
    assert ended.code == 2, ended
    assert ended.out
    said = ended.said.splitlines()[-1]
    assert said.startswith(
        "upbit-migrate: error: --html page.html cannot be written: File too large"
    )
    assert not [path for path in tmp_path.iterdir() if "page.html" in path.name]


# -- directories that are not there -----------------------------------------------------------------


async def test_no_home_and_no_place_for_any_file(
    exchange: ExchangeEmulator, tmp_path: Path
) -> None:
    nowhere = {"HOME": "/dev/null/home", "TMPDIR": "/dev/null/tmp"}
    command = "-c", LIMITED, "0", "stream"
    async with running(*command, env=environment(exchange) | nowhere) as program:
        streamed = await program.ended()
    assert (streamed.code, streamed.out, streamed.said) == (0, "done\n", "")
    (tmp_path / "app.py").write_text(LEGACY, encoding="utf-8")
    planned = await limited(0, "codemods", "run", ".", folder=tmp_path, **nowhere)
    assert planned.code == 1, planned.said
    demo = await limited(0, "codemods", "demo", folder=tmp_path, **nowhere)
    assert demo.code == 2
    assert demo.said.startswith("upbit-migrate: error: ")
    assert "temporary directory" in demo.said


@pytest.fixture(params=["kernel", "file"])
def read_only_home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A home that takes nothing, also from root, who ignores the modes of files.

    The kernel's own file system has folders that can be read, look writable to root, and take no file;
    a file takes none anywhere.
    """
    if request.param == "kernel" and not sys.platform.startswith("linux"):
        pytest.skip("/sys is Linux's")
    home = Path("/sys/kernel")
    if request.param == "file":
        home = tmp_path_factory.mktemp("home") / "home"
        home.touch()
    with pytest.raises(OSError, match=r"denied|Not a directory|not permitted|Read-only"):
        (home / "probe").touch()
    return str(home)


async def test_a_read_only_home_is_none_of_their_business(
    exchange: ExchangeEmulator, tmp_path: Path, read_only_home: str
) -> None:
    env = {key: value for key, value in environment(exchange).items() if "XDG_" not in key}
    env["HOME"] = read_only_home

    async def ends(*command: str) -> Ended:
        async with running(*command, env=env, python=(), folder=tmp_path) as program:
            return await program.ended()

    async with running("stream.py", env=env) as program:
        streamed = await program.ended()
    assert (streamed.code, streamed.out, streamed.said) == (0, "done\n", "")
    (tmp_path / "app.py").write_text(LEGACY, encoding="utf-8")
    for code, *command in (
        (0, "codemods", "run", ".", "--write", "--report", "report.html"),
        (0, "codemods", "undo"),
        (1, "codemods", "census", "."),
        (0, "codemods", "shim", "."),
        (0, "websocket_v6", "record", "trade", "KRW-BTC", "--count", "5", "--out", "out.jsonl"),
    ):
        ended = await ends("-m", *command)
        assert ended.code == code, (command, ended)
        assert read_only_home not in ended.said
        assert "Traceback" not in ended.said


async def test_a_trace_into_nowhere_names_the_setting(exchange: ExchangeEmulator) -> None:
    env = environment(exchange) | {"UPBIT_WS_TRACE": "/dev/null/trace"}
    async with running("stream.py", env=env) as program:
        ended = await program.ended()
    assert ended.code == 1
    assert "ConfigError: trace: cannot write /dev/null/trace: Not a directory" in ended.said


# -- limits, clocks, interpreters -------------------------------------------------------------------


async def test_few_descriptors_are_enough(exchange: ExchangeEmulator) -> None:
    async with running("stream.py", "files=20", env=environment(exchange)) as program:
        ended = await program.ended()
    assert (ended.code, ended.out, ended.said) == (0, "done\n", "")


async def test_a_clock_that_is_set_back_changes_nothing(exchange: ExchangeEmulator) -> None:
    async with running("stream.py", "back", env=environment(exchange)) as program:
        ended = await program.ended()
    assert (ended.code, ended.said) == (0, "")
    assert re.fullmatch(r"clocks set back: [1-9]\d*\ndone\n", ended.out)


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
