"""Running a program: its trace, its end, and what stays behind (nothing)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from compat_v5.parity.exceptions import ParityError
from compat_v5.parity.program import Program, run, stop
from compat_v5.parity.received import Topic
from compat_v5.parity.trace import TraceReader

LINE = {
    "n": 1,
    "callback": "Chart.on_tick",
    "symbol": "KRW-BTC",
    "data_type": "ticker",
    "stream_type": "REALTIME",
    "code": "KRW-BTC",
    "id": 7,
    "keys": ["code", "type"],
    "digest": "0123456789abcdef",
}


def in_process(tmp_path: Path, source: str, **options: object) -> object:
    (tmp_path / "main.py").write_text(source, encoding="utf-8")
    settings = {"frames": 10, "seed": 0, "time_limit": 20.0, "progress": lambda _: None}
    program = Program("after", ("main.py",), tmp_path)
    return asyncio.run(run(program, logs=tmp_path, **(settings | options)))


class TestTraceReader:
    def test_a_growing_trace_is_read_line_by_line(self, tmp_path: Path) -> None:
        path = tmp_path / "trace.jsonl"
        reader = TraceReader(path)
        reader.read()  # not there yet
        assert (reader.frames, reader.last_growth) == ([], None)
        text = json.dumps({"socket": "public", "url": "ws://127.0.0.1:1/"}) + "\n"
        text += json.dumps(LINE) + "\n" + json.dumps(LINE | {"id": 8})
        path.write_text(text, encoding="utf-8")
        reader.read()
        assert [frame.id for frame in reader.frames] == [7]
        assert reader.frames[0].topic == Topic("ticker", "KRW-BTC", "Chart.on_tick")
        path.write_text(text + "\n", encoding="utf-8")
        reader.read()
        assert [frame.id for frame in reader.frames] == [7, 8]

    @pytest.mark.parametrize("line", ["no json", "[]", '{"callback": "f"}'])
    def test_another_kind_of_file_is_an_error(self, tmp_path: Path, line: str) -> None:
        path = tmp_path / "trace.jsonl"
        path.write_text(line + "\n", encoding="utf-8")
        with pytest.raises(ParityError, match="no delivery trace"):
            TraceReader(path).read()


PRELUDE = """\
import asyncio, sys
from websocket_v6 import WebSocketClientProxy

async def main(end):
    ws, full, count = WebSocketClientProxy("test"), asyncio.Event(), 0
    def on_tick(symbol, data_type, data):
        nonlocal count
        count += data["stream_type"] == "REALTIME"
        if count == 10:
            full.set()
    await ws.subscribe_ticker(["KRW-BTC"], on_tick)
    await full.wait()
    await end(ws)

"""


class TestEnd:
    def test_a_component_that_starts_late_is_seen(self, tmp_path: Path) -> None:
        """Its subscription comes when the feed of the first has nothing more to give."""
        source = PRELUDE + (
            "async def end(ws):\n"
            "    await asyncio.sleep(1.5)\n"
            "    await ws.subscribe_trade(['KRW-BTC'], lambda *frame: None)\n"
            "    await asyncio.Event().wait()\n"
            "asyncio.run(main(end))\n"
        )
        done = in_process(tmp_path, source, listen=3.0)
        assert {topic.data_type for topic in done.recording.by_topic()} == {"ticker", "trade"}
        assert not done.ending.itself
        assert done.ending.quiet >= 3.0

    def test_a_program_is_left_alone_for_as_long_as_asked(self, tmp_path: Path) -> None:
        source = PRELUDE + (
            "async def end(ws):\n    await asyncio.Event().wait()\nasyncio.run(main(end))\n"
        )
        done = in_process(tmp_path, source, listen=0.1, stay=1.0)
        assert done.ending.lived >= 1.0
        assert done.ending.in_order
        assert done.released == frozenset()

    def test_what_was_let_go_of_is_told_from_what_is_held(self, tmp_path: Path) -> None:
        source = PRELUDE + (
            "async def end(ws):\n"
            "    await ws.subscribe_trade(['KRW-BTC'], lambda *frame: None)\n"
            "    await ws.unsubscribe_symbols('ticker', ['KRW-BTC'])\n"
            "    await asyncio.Event().wait()\n"
            "asyncio.run(main(end))\n"
        )
        done = in_process(tmp_path, source, listen=2.0)
        assert done.released == {("ticker", "KRW-BTC")}

    @pytest.mark.skipif(sys.platform == "win32", reason="signals")
    def test_a_stop_path_that_fails_is_seen(self, tmp_path: Path) -> None:
        source = PRELUDE + (
            "async def end(ws):\n"
            "    try:\n"
            "        await asyncio.Event().wait()\n"
            "    finally:\n"
            "        await ws.disconnect()\n"
            "asyncio.run(main(end))\n"
        )
        done = in_process(tmp_path, source, listen=0.1)
        assert (done.ending.status, done.ending.in_order, done.ending.killed) == (1, False, False)
        assert "disconnect" in done.ending.words[-1]


class TestRun:
    def test_a_program_that_subscribes_nothing_is_a_problem(self, tmp_path: Path) -> None:
        done = in_process(tmp_path, "print('hello')")
        assert "no callback was called" in done.recording.problems[0]

    def test_a_program_that_fails_is_quoted(self, tmp_path: Path) -> None:
        done = in_process(tmp_path, "import sys\nprint('the last words')\nsys.exit(3)")
        assert "ended with exit code 3" in done.recording.problems[0]
        assert "the last words" in done.recording.problems[0]

    def test_a_program_that_fails_without_a_word_is_not_quoted(self, tmp_path: Path) -> None:
        done = in_process(tmp_path, "import os\nos._exit(3)")
        assert done.recording.problems == ("after: ended with exit code 3 and printed nothing",)

    def test_a_program_that_hangs_is_stopped_and_named(self, tmp_path: Path) -> None:
        done = in_process(tmp_path, "import time\ntime.sleep(60)", time_limit=0.5)
        assert done.recording.problems == ("after: still running after 0.5 s",)

    def test_the_program_is_led_to_the_emulator_with_test_keys(self, tmp_path: Path) -> None:
        source = "import os\nprint({k: v for k, v in os.environ.items() if k[:6] == 'UPBIT_'})"
        done = in_process(tmp_path, source)
        output = done.output.read_text(encoding="utf-8")
        assert "'UPBIT_WS_URL': 'ws://127.0.0.1:" in output
        assert "'UPBIT_WS_TRACE': " in output
        assert "'UPBIT_ACCESS_KEY': 'TEST-" in output


async def test_a_child_that_ignores_the_interrupt_is_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("compat_v5.parity.program.GRACE", 0.1)
    source = (
        "import signal, time\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", source, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    await stop(process)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_ends_the_command_and_its_child(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import os, pathlib, time\n"
        "pathlib.Path('pid').write_text(str(os.getpid()))\n"
        "time.sleep(60)\n",
        encoding="utf-8",
    )
    command = (
        "import argparse, sys\n"
        "from compat_v5.parity.cli import add_prove_parser, run_prove\n"
        "parser = argparse.ArgumentParser()\n"
        "add_prove_parser(parser.add_subparsers())\n"
        "sys.exit(run_prove(parser.parse_args(sys.argv[1:])))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", command, "prove", "--before", tmp_path, "--after", tmp_path],
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 20
    pid = tmp_path / "pid"
    while not (pid.exists() and pid.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    child = int(pid.read_text())
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert errors.endswith("interrupted\n")
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="process groups")
def test_ctrl_c_of_a_terminal_reaches_the_program_once(tmp_path: Path) -> None:
    """A terminal signals the whole foreground group; the program must not get it a second time."""
    source = "import os, sys\nsys.exit(0 if os.getpgrp() == os.getpid() else 3)"
    done = in_process(tmp_path, source)
    assert not any("exit code" in problem for problem in done.recording.problems)


async def test_a_second_ctrl_c_kills_the_child_at_once() -> None:
    source = (
        "import signal, time\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", source, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    stopping = asyncio.create_task(stop(process))
    await asyncio.sleep(0)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    assert await process.wait() == -signal.SIGKILL
