"""The example application runs unchanged: three ways, with and without packages of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from codemods.shim import plan_shim, write_shim
from codemods.shim_files import shim_files
from compat_v5.renames import LEGACY_PACKAGE, LEGACY_PREFIX
from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

APPLICATION = Path(__file__).parents[2] / "examples" / "legacy_app"
FRAMES = 5

INSTALLED = """\
import runpy, sys
import compat_v5
compat_v5.install()
sys.argv = ["main.py", *sys.argv[1:]]
runpy.run_path("main.py", run_name="__main__")
"""


def command(way: str, folder: Path) -> list[str]:
    if way == "run":
        return ["-m", "compat_v5", "main.py"]
    if way == "install":
        (folder / "start.py").write_text(INSTALLED)
        return ["start.py"]
    write_shim(plan_shim(folder, shim_files()))
    return ["main.py"]


async def trade(exchange: ExchangeEmulator) -> None:
    """Something happens on the account again and again."""
    account = exchange.account(TEST_ACCESS_KEY)
    while True:
        account.deposit("KRW", 10_000_000)
        account.place_order("KRW-BTC", "bid", price=1_000_000, volume=1)
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("own_package", [False, True])
@pytest.mark.parametrize("way", ["run", "install", "shim"])
async def test_the_application_runs_unchanged(way: str, own_package: bool, tmp_path: Path) -> None:
    folder = tmp_path / "application"
    shutil.copytree(APPLICATION, folder, ignore=shutil.ignore_patterns("__pycache__"))
    if own_package:
        package = folder
        for part in LEGACY_PREFIX.split("."):
            package /= part
            package.mkdir()
            (package / "__init__.py").write_text("OWN = True\n")
    arguments = [*command(way, folder), str(FRAMES)]

    async with ExchangeEmulator(rate=50) as exchange:
        environment: dict[str, Any] = {
            **{key: value for key, value in os.environ.items() if not key.startswith("UPBIT")},
            "UPBIT_WS_URL": exchange.url,
            "UPBIT_ACCESS_KEY": TEST_ACCESS_KEY,
            "UPBIT_SECRET_KEY": TEST_SECRET_KEY,
        }
        trading = asyncio.create_task(trade(exchange))
        program = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            cwd=folder,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await asyncio.wait_for(program.communicate(), 60)
        finally:
            trading.cancel()
            if program.returncode is None:
                program.kill()
        assert (program.returncode, err.decode()) == (0, ""), out.decode()
        assert (exchange.opened("public"), exchange.opened("private")) == (1, 1)
    if own_package:
        files = folder / LEGACY_PACKAGE.rpartition(".")[0].replace(".", "/") / "__init__.py"
        assert files.read_text() == "OWN = True\n"
