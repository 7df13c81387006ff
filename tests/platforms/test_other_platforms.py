"""Every command on a system without POSIX calls, and on a console that shows Korean in CP949."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

REPOSITORY = Path(__file__).parents[2]
LIKE_WINDOWS = [sys.executable, str(Path(__file__).with_name("like_windows.py"))]
CP949 = {"PYTHONIOENCODING": "cp949:strict"}
KEYS = {"UPBIT_ACCESS_KEY": TEST_ACCESS_KEY, "UPBIT_SECRET_KEY": TEST_SECRET_KEY}
V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"

APPLICATION = f"""\
# \uc2dc\uc138 \U0001f7e2 \u00e9 \u2713
import asyncio
from {V5} import UpbitWebSocketPublicV5


class Chart:
    async def run(self):
        self.client = UpbitWebSocketPublicV5()
        await self.client.connect()  # \uc5f0\uacb0 \U0001f7e2
        self.done = asyncio.get_running_loop().create_future()
        await self.client.subscribe_ticker(["KRW-BTC"], self.on_tick)
        print("price", await asyncio.wait_for(self.done, 20))
        await self.client.disconnect()

    def on_tick(self, symbol, data_type, data):
        if not self.done.done():
            self.done.set_result(data.get("trade_price"))


if __name__ == "__main__":
    asyncio.run(Chart().run())
"""


@pytest.fixture
def application(tmp_path: Path) -> Path:
    folder = tmp_path / "application"
    folder.mkdir()
    (folder / "main.py").write_bytes(APPLICATION.replace("\n", "\r\n").encode())
    return folder


async def run(
    *command: str, environ: dict[str, str] | None = None, cwd: Path = REPOSITORY
) -> tuple[int | None, bytes, bytes]:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)} | (environ or {}),
        cwd=cwd,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode, out, err


async def test_watch_record_and_doctor(tmp_path: Path) -> None:
    recording = tmp_path / "session.jsonl.gz"
    async with ExchangeEmulator(rate=50) as exchange:
        ways = [
            ("watch", "ticker", "KRW-BTC", "KRW-ETH", "--count", "20"),
            ("record", "trade,orderbook", "KRW-BTC", "--count", "20", "--out", str(recording)),
            ("doctor",),
        ]
        results = await asyncio.gather(
            *(
                run(*LIKE_WINDOWS, "websocket_v6", *way, "--url", exchange.url, environ=KEYS)
                for way in ways
            )
        )
    assert [(code, b"Traceback" in err) for code, _, err in results] == [(0, False)] * 3
    assert len(results[0][1].splitlines()) == 20
    assert b"20 frames in" in results[1][2]
    assert b"ok    keys" in results[2][1]


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C goes to the whole console there")
def test_the_emulator_ends_with_ctrl_c_where_the_loop_takes_no_signals() -> None:
    process = subprocess.Popen(
        [*LIKE_WINDOWS, "websocket_v6", "emulator"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith("listening ws://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (0, "", "")


async def test_a_legacy_program_runs_is_counted_and_migrated(application: Path) -> None:
    usage = application / "usage.json"
    async with ExchangeEmulator(rate=0) as exchange:
        code, out, err = await run(
            *LIKE_WINDOWS, "compat_v5", "main.py", cwd=application,
            environ={"UPBIT_WS_URL": exchange.url, "UPBIT_V5_USAGE": str(usage), **CP949},
        )  # fmt: skip
    assert (code, out[:6]) == (0, b"price "), err
    members = {site["member"] for site in json.loads(usage.read_text("utf-8"))["call_sites"]}
    assert "UpbitWebSocketPublicV5.connect" in members

    before = (application / "main.py").read_bytes()
    for arguments, expected in ((("run", ".", "--write"), 0), (("undo", "."), 0)):
        code, out, err = await run(*LIKE_WINDOWS, "codemods", *arguments, cwd=application)
        assert code == expected, err
        migrated = (application / "main.py").read_bytes()
        assert (migrated == before) is (arguments[0] == "undo")
        assert b"\r\n" in migrated
        assert b"\n" not in migrated.replace(b"\r\n", b"")


async def test_every_migration_command_on_a_korean_console(application: Path) -> None:
    git = shutil.which("git")
    commands = [
        ("--help",), ("rules",), ("explain", "UWS101"), ("census", "."), ("run", "."),
        ("run", ".", "--format", "json"), ("run", ".", "--report", "report.html"),
        ("run", "nowhere"), ("undo", "."), ("shim", "."),
    ]  # fmt: skip
    results = dict(
        zip(
            commands,
            await asyncio.gather(
                *(
                    run(sys.executable, "-m", "codemods", *each, environ=CP949, cwd=application)
                    for each in commands
                )
            ),
            strict=True,
        )
    )
    for command, (code, out, err) in results.items():
        assert code in (0, 1, 2), command
        assert b"Traceback" not in out + err, (command, err)
        if command[:2] != ("run", "."):
            out.decode("cp949")
        err.decode("cp949")
    patch = results["run", "."][1]
    assert "\uc5f0\uacb0 \U0001f7e2".encode() in patch  # the file's own bytes, not the console's
    if git is not None:
        checked = await asyncio.to_thread(
            subprocess.run,
            [git, "apply", "--check", "-"],
            input=patch,
            cwd=application,
            capture_output=True,
        )
        assert checked.returncode == 0, checked.stderr


async def test_every_terminal_command_on_a_korean_console(tmp_path: Path) -> None:
    async with ExchangeEmulator(rate=0) as exchange:
        there = ("--url", exchange.url)
        exchange.faults.reject_next("INVALID_PARAM", kind="public")
        commands = [
            ("watch", "ticker", "KRW-BTC", "--count", "1", *there),
            ("watch", "ticker", "krw-btc"),
            ("watch", "\uc2dc\uc138", "KRW-BTC"),
            ("record", "ticker", "KRW-BTC", "--out", str(tmp_path / "\uae30\ub85d \u00e9.jsonl"),
             "--count", "1", *there),
            ("doctor", *there),
            ("completion", "powershell"),
            ("emulator", "--replay", "\uc5c6\uc74c \u00e9.jsonl"),
            ("emulator", "--help"),
        ]  # fmt: skip
        results = [
            await run(sys.executable, "-m", "websocket_v6", *each, environ=CP949)
            for each in commands
        ]
    for command, (code, out, err) in zip(commands, results, strict=True):
        assert code in (0, 1, 2), (command, err)
        assert b"Traceback" not in out + err, (command, err)
        (out + err).decode("cp949")
