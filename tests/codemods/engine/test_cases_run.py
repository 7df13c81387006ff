"""Whole projects run before and after: what ran on v5 runs on v6, and says the same."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codemods.cli.main import main
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[3]
CASES = ROOT / "tests/cases"
PROGRAMS = (
    "qt_terminal",
    "telegram_alerts",
    "entry_point_plugins",
    "threads_with_loops",
    "lifespan_service",
    "rebuilt_on_failure",
    "korean_encodings",
)
"""Projects with a ``main.py`` that ends by itself and prints what does not depend on the moment."""


async def output(program: Sequence[str], folder: Path, url: str) -> str:
    """What a program prints; a failure of it, or of one of its callbacks, fails the test."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *program,
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(CASES / "__stubs__"), str(ROOT)]),
            "PYTHONUTF8": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "UPBIT_WS_URL": url,
            "UPBIT_ACCESS_KEY": TEST_ACCESS_KEY,
            "UPBIT_SECRET_KEY": TEST_SECRET_KEY,
            "UPBIT_V5_WARNINGS": "off",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            said, complained = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, complained.decode()
    assert b"Traceback" not in complained, complained.decode()
    return said.decode()


async def trade(exchange: ExchangeEmulator) -> None:
    """Keep the account busy until cancelled."""
    account = exchange.account()
    while True:
        account.place_order("KRW-BTC", "BID", price=100_000_000, volume="0.002")
        account.deposit("KRW", 1_000_000)
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("name", PROGRAMS)
async def test_the_same_before_and_after(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    shutil.copytree(CASES / name, before, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(before, after)
    assert main(["run", str(after), "--write"]) in (0, 1)
    capfd.readouterr()
    async with ExchangeEmulator(rate=50.0) as exchange:
        busy = asyncio.create_task(trade(exchange))
        said = await asyncio.gather(
            output(["-m", "compat_v5", "--override", "main.py"], before, exchange.url),
            output(["main.py"], after, exchange.url),
        )
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)
    assert said[0] == said[1]
    assert said[0]
