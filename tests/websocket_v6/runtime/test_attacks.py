"""What hostile surroundings do: clocks that jump, loggers that print everything, two copies, flags."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

import websocket_v6
from websocket_v6 import GlobalWebSocketManager, Lost, Resumed, WebSocketClientProxy
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

from .conftest import Events, Inbox, eventually


@pytest.mark.usefixtures("manager")
@pytest.mark.parametrize("jump", [-3600, 3600])
async def test_a_clock_that_jumps_by_an_hour(
    exchange: ExchangeEmulator,
    events: Events,
    inbox: Inbox,
    monkeypatch: pytest.MonkeyPatch,
    jump: int,
) -> None:
    ws = WebSocketClientProxy("component")
    await ws.subscribe_ticker(["KRW-BTC"], inbox)
    await inbox.wait()
    real = time.time

    def evidence() -> dict[str, Any]:
        return ws.explain("ticker", "KRW-BTC").evidence

    for module in ("connecting", "connection", "history", "hub", "home", "status", "router"):
        monkeypatch.setattr(f"websocket_v6._async.{module}.time", lambda: real() + jump)
    await exchange.stop()
    await events.wait(Lost)
    jump = -jump
    await exchange.start(exchange.port)
    resumed = await events.wait(Resumed)
    assert 0 <= resumed.outage_seconds < 10
    await inbox.wait(2)
    health = await ws.health_check()
    assert health["uptime_seconds"] >= 0
    assert health["status"] == "healthy"
    assert 0 <= health["connections"]["public"]["outage_seconds"] < 10
    await eventually(lambda: "last_verified_age_seconds" in evidence(), "the check is answered")
    jump *= 2
    assert all(0 <= age < 10 for age in evidence().values())
    assert ws.explain("ticker", "KRW-BTC").state == "live"


async def test_no_logger_at_all_prints_a_secret(
    exchange: ExchangeEmulator, manager: GlobalWebSocketManager, caplog: pytest.LogCaptureFixture
) -> None:
    """At DEBUG the websockets library prints each header and frame it sees."""
    caplog.set_level(logging.DEBUG)
    await manager.initialize(TEST_ACCESS_KEY, TEST_SECRET_KEY)
    orders = Inbox()
    ws = WebSocketClientProxy("bot")
    await ws.subscribe_my_orders(orders)
    await exchange.wait_subscribed("myOrder")
    exchange.account().place_order("KRW-BTC", "BID", price=1234567, volume=2)
    await orders.wait()
    identifier = orders.frames[0][2]["uuid"]
    lines = [
        f"{record.name} {record.getMessage()}"
        for record in caplog.records
        # The emulator's own side stands for the exchange's.
        if not record.name.startswith(("websockets.server", "websocket_v6.testing"))
    ]
    text = "\n".join(lines)
    assert "connected" in text
    for secret in ("Bearer", "Authorization", TEST_ACCESS_KEY, TEST_SECRET_KEY, identifier):
        assert secret not in text


PROGRAM = """
    import asyncio, gc, sys, {imports}
    from {first} import GlobalWebSocketManager, WebSocketClientProxy
    from {second} import TwoInstallations
    import {second} as other

    async def main(url):
        GlobalWebSocketManager.configure(url=url)
        other.GlobalWebSocketManager.configure(url=url)
        ws, frames = WebSocketClientProxy("first"), asyncio.Queue()
        await ws.subscribe_ticker(["KRW-BTC"], lambda *a: frames.put_nowait(a))
        await asyncio.wait_for(frames.get(), 10)
        for call in (
            lambda p: p.subscribe_ticker(["KRW-BTC"], print),
            lambda p: p.get_ticker_snapshot(["KRW-BTC"]),
            lambda p: anext(p.stream("ticker", ["KRW-BTC"])),
        ):
            proxy = other.WebSocketClientProxy("second")
            try:
                await call(proxy)
            except BaseException as error:
                assert type(error).__name__ == "TwoInstallations", repr(error)
                assert "{first}" in str(error) and "{second}" in str(error), error
                assert "compat_v5.install(v6=" in str(error), error
            else:
                raise SystemExit("the second copy connected")
        await (await GlobalWebSocketManager.get_instance()).shutdown()
        # With the first one gone the second may connect.
        proxy = other.WebSocketClientProxy("second")
        snapshot = await proxy.get_ticker_snapshot(["KRW-BTC"])
        assert snapshot["KRW-BTC"]["code"] == "KRW-BTC"
        await (await other.GlobalWebSocketManager.get_instance()).shutdown()
        print("ok")

    asyncio.run(main(sys.argv[1]))
"""


async def run(program: str, *arguments: str, flags: tuple[str, ...] = (), at: Path) -> str:
    import asyncio

    script = at / "program.py"
    script.write_text(textwrap.dedent(program), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *flags, str(script), *arguments,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=at,
    )  # fmt: skip
    out, error = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, error.decode()
    assert error == b""
    return out.decode().strip()


@pytest.mark.parametrize("order", ["installed first", "copy first"])
async def test_two_copies_in_one_process(
    exchange: ExchangeEmulator, tmp_path: Path, order: str
) -> None:
    source = Path(websocket_v6.__file__).parent
    for package in ("app", "app/vendor"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    shutil.copytree(
        source,
        tmp_path / "app/vendor/websocket_v6",
        ignore=shutil.ignore_patterns("__pycache__", "frames"),
    )
    names = ["websocket_v6", "app.vendor.websocket_v6"]
    if order == "copy first":
        names.reverse()
    program = PROGRAM.format(first=names[0], second=names[1], imports=", ".join(names))
    assert await run(program, exchange.url, at=tmp_path) == "ok"


EVERYTHING = """
    import asyncio, gc, sys
    from websocket_v6 import Credentials, GlobalWebSocketManager, WebSocketClientProxy

    async def main(url, access, secret):
        GlobalWebSocketManager.configure(url=url)
        manager = await GlobalWebSocketManager.get_instance()
        await manager.initialize(access, secret)
        got = asyncio.Queue()

        async def coroutine(*a):
            got.put_nowait(a)

        ws = WebSocketClientProxy("everything")
        await ws.subscribe_ticker(["KRW-BTC"], lambda *a: got.put_nowait(a))
        await ws.subscribe_trade(["KRW-BTC"], coroutine, as_model=True)
        await ws.subscribe_orderbook(["KRW-BTC"], coroutine, units=5)
        await ws.subscribe_candle(["KRW-BTC"], "1m", coroutine, deliver=None)
        await ws.subscribe_my_orders(coroutine)
        await ws.subscribe_my_assets(coroutine)
        seen = set()
        async with asyncio.timeout(20):
            while len(seen) < 4:
                seen.add((await got.get())[1])
        async with ws.stream("ticker", ["KRW-ETH"]) as frames:
            await anext(frames)
        await ws.get_candle_snapshot(["KRW-BTC"], "1m")
        ws.explain("ticker", "KRW-BTC")
        await ws.health_check(), await ws.get_system_status(), await ws.get_performance_metrics()
        await ws.aclose()
        if sys.argv[4] == "shutdown":
            await manager.shutdown()
        print("ok")

    asyncio.run(main(*sys.argv[1:4]))
    gc.collect()
"""


@pytest.mark.parametrize("end", ["shutdown", "none"])
async def test_interpreter_flags_change_nothing(
    exchange: ExchangeEmulator, tmp_path: Path, end: str
) -> None:
    """No asserts, no docstrings, and every warning is an error."""
    keys = (TEST_ACCESS_KEY, TEST_SECRET_KEY)
    flags = ("-OO", "-bb", "-W", "error")
    assert await run(EVERYTHING, exchange.url, *keys, end, flags=flags, at=tmp_path) == "ok"
    await eventually(lambda: not exchange.connections, "the process left")
