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

__all__ = ["PROGRAMS", "Ended", "Running", "Stopwatch", "environment", "running"]

_SLOW = re.compile("Executing .* took .* seconds")
PROGRAMS = Path(__file__).with_name("programs")


@dataclass(frozen=True, slots=True)
class Ended:
    code: int | None
    out: str
    said: str
    """Standard error."""
    seconds: float
    """From the last that was done to it (the start, a line waited for, a signal) to its end, by the
    stopwatch."""


class Stopwatch:
    """Seconds of a process, without those in which its main thread waited for a processor.

    Those are the doing of other programs; where the system does not count them (it does on Linux), they
    are included.
    """

    def __init__(self, pid: int) -> None:
        self._counts = Path(f"/proc/{pid}/schedstat")
        self._waited = 0.0
        self.begin()

    def begin(self) -> None:
        self._read()
        self._begun, self._waited_before = time.monotonic(), self._waited

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The count goes with the process, so it is read all the time until then."""

        async def read() -> None:
            while True:
                self._read()
                await asyncio.sleep(0.02)

        reader = asyncio.create_task(read())
        try:
            yield
        finally:
            reader.cancel()

    def seconds(self) -> float:
        return time.monotonic() - self._begun - (self._waited - self._waited_before)

    def _read(self) -> None:
        try:
            counts = self._counts.read_text(encoding="ascii")
        except OSError:
            return  # it has ended, or this is no Linux
        self._waited = int(counts.split()[1]) / 1e9


class Running:
    """A program that runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._read = ""
        self._stopwatch = Stopwatch(process.pid)

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
        self._stopwatch.begin()

    def send(self, number: signal.Signals) -> None:
        self._stopwatch.begin()
        self._process.send_signal(number)

    async def ended(self) -> Ended:
        """Wait for the end.

        Raises:
            TimeoutError: it hangs.
        """
        async with asyncio.timeout(30), self._stopwatch.running():
            out, said = await self._process.communicate()
        seconds = self._stopwatch.seconds()
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
