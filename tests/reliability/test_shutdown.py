"""How programs end: by a signal or by themselves, without a hang and without a stray word.

Every test asserts the bound from what ends the program to the end of its process: the two seconds a
shutdown may take, and an allowance for the rest of its exit. Waiting for a processor does not count, so a
busy machine fails nothing.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.reliability.running import PROGRAMS, Ended, Running, Stopwatch, environment, running
from tests.windows import need_windows
from websocket_v6.testing import ExchangeEmulator

SHUTDOWN = 2.0  # seconds: the deadline of a shutdown
ALLOWANCE = 2.0  # seconds of a processor for the rest, of which pytest's last words take 1.5
TOO_SLOW = f"a hang: over {SHUTDOWN:g} s of shutdown and {ALLOWANCE:g} s of allowance"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX systems"),
]


@pytest.fixture
async def exchange() -> AsyncIterator[ExchangeEmulator]:
    async with ExchangeEmulator(rate=50.0) as exchange:
        yield exchange


@pytest.fixture
async def quiet_exchange() -> AsyncIterator[ExchangeEmulator]:
    async with ExchangeEmulator(rate=0) as exchange:
        yield exchange


async def end_of(program: Running) -> Ended:
    """How it ended, which it did soon after what was to end it."""
    ended = await program.ended()
    assert ended.seconds < SHUTDOWN + ALLOWANCE, f"{TOO_SLOW}: {ended}"
    return ended


def handled(out: str) -> int:
    """How many trades the script's callback finished."""
    found = re.search(r"handled (\d+)\n", out)
    assert found, out
    return int(found[1])


@pytest.mark.parametrize(
    ("how", "number", "code"),
    [
        ("finally", signal.SIGINT, 130),
        ("handler", signal.SIGTERM, 143),
        ("bare", signal.SIGINT, 130),
        ("bare", signal.SIGTERM, -signal.SIGTERM),
    ],
)
async def test_a_signal_ends_a_script(
    exchange: ExchangeEmulator, how: str, number: signal.Signals, code: int
) -> None:
    async with running("script.py", how, "0.001", env=environment(exchange)) as script:
        await script.ready()
        script.send(number)
        ended = await end_of(script)
    assert (ended.code, ended.said) == (code, "")


async def test_a_script_that_just_ends_says_nothing(exchange: ExchangeEmulator) -> None:
    async with running("script.py", "ends", "0.001", env=environment(exchange)) as script:
        await script.ready()
        ended = await end_of(script)
    assert (ended.code, ended.said) == (0, "")


async def test_what_waits_is_delivered_before_the_end(quiet_exchange: ExchangeEmulator) -> None:
    async with running("script.py", "finally", "0.05", env=environment(quiet_exchange)) as script:
        await script.ready()
        for price in range(20):
            await quiet_exchange.publish("trade", "KRW-BTC", trade_price=float(price))
        await wait_until_read(quiet_exchange)
        script.send(signal.SIGINT)
        ended = await end_of(script)
    assert (ended.code, ended.said) == (130, "")
    assert handled(ended.out) == 20


async def test_a_callback_that_takes_too_long_is_cut_off(quiet_exchange: ExchangeEmulator) -> None:
    async with running("script.py", "finally", "30", env=environment(quiet_exchange)) as script:
        await script.ready()
        await quiet_exchange.publish("trade", "KRW-BTC", trade_price=1.0)
        await wait_until_read(quiet_exchange)
        script.send(signal.SIGINT)
        ended = await end_of(script)
    assert (ended.code, ended.said) == (130, "")
    assert handled(ended.out) == 0


async def test_a_script_ends_while_the_exchange_is_gone(exchange: ExchangeEmulator) -> None:
    async with running("script.py", "finally", "0.001", env=environment(exchange)) as script:
        await script.ready()
        await exchange.stop()
        script.send(signal.SIGINT)
        ended = await end_of(script)
    # Without any logging of its own a script shows this one warning.
    others = [line for line in ended.said.splitlines() if not line.startswith("connection_lost: ")]
    assert (ended.code, others) == (130, [])
    assert re.search("^handled ", ended.out, re.MULTILINE)


async def test_a_script_ends_while_the_exchange_is_silent(exchange: ExchangeEmulator) -> None:
    async with running("script.py", "finally", "0.001", env=environment(exchange)) as script:
        await script.ready()
        exchange.faults.half_open()
        script.send(signal.SIGINT)
        ended = await end_of(script)
    assert (ended.code, ended.said) == (130, "")
    assert re.search("^handled ", ended.out, re.MULTILINE)


@pytest.mark.parametrize("where", ["cell", "callback"])
@pytest.mark.parametrize("end", ["shutdown", "none"])
async def test_an_interrupted_cell_leaves_the_streams_running(
    exchange: ExchangeEmulator, where: str, end: str
) -> None:
    async with running("persistent_loop.py", where, end, env=environment(exchange)) as kernel:
        if where == "cell":
            await kernel.ready()
            kernel.send(signal.SIGINT)
        await kernel.prints("ending")
        ended = await end_of(kernel)
    assert (ended.code, ended.said) == (0, "")
    assert ended.out.endswith("interrupted\nending\ndone\n")


async def test_sigterm_ends_a_loop_of_cells(exchange: ExchangeEmulator) -> None:
    async with running("persistent_loop.py", "cell", "none", env=environment(exchange)) as kernel:
        await kernel.ready()
        kernel.send(signal.SIGTERM)
        ended = await end_of(kernel)
    assert (ended.code, ended.out, ended.said) == (-signal.SIGTERM, "ready\n", "")


async def test_a_suite_that_leaves_everything_open_passes(
    exchange: ExchangeEmulator, tmp_path: Path
) -> None:
    async with suite("open or after", exchange, tmp_path) as run:
        await run.prints("2 passed")
        ended = await end_of(run)
    assert (ended.code, ended.said) == (0, ""), ended.out


async def test_an_interrupted_suite_ends(exchange: ExchangeEmulator, tmp_path: Path) -> None:
    async with suite("waits", exchange, tmp_path) as run:
        await run.ready()
        run.send(signal.SIGINT)
        ended = await end_of(run)
    assert (ended.code, ended.said) == (2, ""), ended.out
    assert "KeyboardInterrupt" in ended.out


async def test_sigterm_ends_a_suite(exchange: ExchangeEmulator, tmp_path: Path) -> None:
    async with suite("waits", exchange, tmp_path) as run:
        await run.ready()
        run.send(signal.SIGTERM)
        ended = await end_of(run)
    assert (ended.code, ended.said) == (-signal.SIGTERM, ""), ended.out


def suite(
    tests: str, exchange: ExchangeEmulator, folder: Path
) -> AbstractAsyncContextManager[Running]:
    """An application's tests, outside this project: its fixtures take the environment away."""
    shutil.copy(PROGRAMS / "suite.py", folder)
    without = "-p", "no:cacheprovider", "-p", "no:asyncio"
    command = "-m", "pytest", "-q", "-s", *without, "suite.py", "-k", tests
    return running(*command, env=environment(exchange), folder=folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_a_qt_program(
    exchange: ExchangeEmulator, number: signal.Signals
) -> None:
    need_windows()
    env = environment(exchange) | {"QT_QPA_PLATFORM": "offscreen"}
    async with running("qt.py", env=env) as program:
        await program.ready()
        program.send(number)
        ended = await end_of(program)
    assert (ended.code, ended.out, ended.said) == (0, "ready\nshut down\n", "")


async def wait_until_read(exchange: ExchangeEmulator) -> None:
    """The client has answered a ping that was sent after everything else."""
    for connection in exchange.connections:
        pong = await connection._socket.ping()
        await pong


@pytest.mark.parametrize(("how", "code"), [("request", 0), ("sigterm", -signal.SIGTERM)])
async def test_a_notebook_kernel_survives_an_interrupt_and_ends(
    exchange: ExchangeEmulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
    code: int,
) -> None:
    # Neither the kernels of the user's home nor their settings, and no history left there.
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    from jupyter_client.manager import start_new_async_kernel

    async def cell(code: str) -> str:
        # Otherwise a cell that comes right after an interrupted one may be refused with it.
        reply = await client.execute(code, reply=True, timeout=20, stop_on_error=False)
        return str(reply["content"].get("ename", reply["content"]["status"]))

    with (tmp_path / "stderr").open("wb") as stderr:
        kernel, client = await start_new_async_kernel(env=environment(exchange), stderr=stderr)
        try:
            assert (
                await cell("import asyncio; from websocket_v6 import WebSocketClientProxy") == "ok"
            )
            assert await cell("frames = []; ws = WebSocketClientProxy('notebook')") == "ok"
            await cell("key = await ws.subscribe_trade(['KRW-BTC'], lambda *a: frames.append(a))")
            endless = asyncio.create_task(cell("print('begun'); await asyncio.sleep(60)"))
            while (await client.get_iopub_msg(timeout=20))["msg_type"] != "stream":
                pass
            await kernel.interrupt_kernel()
            assert await endless in ("KeyboardInterrupt", "CancelledError")
            more = "n = len(frames)\nwhile len(frames) < n + 10: await asyncio.sleep(0.01)"
            assert await cell(more) == "ok"
            stopwatch = Stopwatch(kernel.provisioner.pid)
            if how == "request":
                # Not the manager's shutdown_kernel(), which after a while kills a kernel that hangs.
                await client.shutdown(reply=True, timeout=20)
            else:
                await kernel.signal_kernel(signal.SIGTERM)
            async with asyncio.timeout(20), stopwatch.running():
                ended_with = await kernel.provisioner.wait()
            assert stopwatch.seconds() < SHUTDOWN + ALLOWANCE, TOO_SLOW
            assert ended_with == code
        finally:
            client.stop_channels()
            await kernel.shutdown_kernel(now=True)  # kills what is left of it
    said = (tmp_path / "stderr").read_text(encoding="utf-8")
    assert not re.search(r"destroyed|never awaited|ResourceWarning|Traceback", said), said
