"""Programs in processes of their own, and what becomes of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from websocket_v6.testing import TEST_ACCESS_KEY, TEST_SECRET_KEY, ExchangeEmulator

__all__ = ["PROGRAMS", "Ended", "Running", "environment", "running"]

_SLOW = re.compile("Executing .* took .* seconds")
PROGRAMS = Path(__file__).with_name("programs")


@dataclass(frozen=True, slots=True)
class Ended:
    code: int | None
    out: str
    said: str
    """Standard error."""
    seconds: float
    """From the last that was done to it (the start, a line waited for, a signal) to its end."""


class Running:
    """A program that runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._read = ""
        self._since = time.monotonic()

    async def ready(self) -> None:
        """It has printed the line ``ready``."""
        await self.prints("ready")

    async def prints(self, beginning: str) -> None:
        """It has printed a line that begins so."""
        assert self._process.stdout is not None
        async with asyncio.timeout(30):
            while True:
                line = (await self._process.stdout.readline()).decode()
                if not line:
                    raise AssertionError(f"it ended: {await self.ended()}")
                self._read += line
                if line.startswith(beginning):
                    break
        self._since = time.monotonic()

    def send(self, number: signal.Signals) -> None:
        self._since = time.monotonic()
        self._process.send_signal(number)

    async def ended(self) -> Ended:
        """Wait for the end.

        Raises:
            TimeoutError: it hangs.
        """
        async with asyncio.timeout(20):
            out, said = await self._process.communicate()
        seconds = time.monotonic() - self._since
        # What a loop in debug mode says about a machine that is busy is no fault of the program's.
        lines = [one for one in said.decode().splitlines() if not _SLOW.fullmatch(one)]
        out_so_far = self._read + out.decode()
        return Ended(self._process.returncode, out_so_far, "\n".join(lines), seconds)


def environment(exchange: ExchangeEmulator | None = None) -> dict[str, str]:
    """This process's environment; with *exchange* it leads there, with keys."""
    variables = dict(os.environ)
    if exchange is not None:
        variables["UPBIT_WS_URL"] = exchange.url
        variables["UPBIT_ACCESS_KEY"] = TEST_ACCESS_KEY
        variables["UPBIT_SECRET_KEY"] = TEST_SECRET_KEY
    return variables


@contextlib.asynccontextmanager
async def running(
    *command: str,
    env: dict[str, str],
    python: tuple[str, ...] = ("-X", "dev", "-W", "error"),
    folder: Path = PROGRAMS,
) -> AsyncIterator[Running]:
    """Start Python with *command* in *folder*; it is killed if it outlives the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *python,
        *command,
        cwd=folder,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
