"""Start the two processes of a measurement and read what they say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TIMEOUT = 120.0


class MeasurementError(RuntimeError):
    """A worker ended with an error; the text is its own."""


class Server:
    """A running `benchmarks.server`."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.server", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        ready = self._line()
        self.url: str = ready["url"]
        self.listening: int = ready["listening"]

    @property
    def port(self) -> int:
        return int(self.url.split(":")[2].split("/")[0])

    def _line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise MeasurementError(f"the server ended with {self.process.wait()}")
        return json.loads(line)  # type: ignore[no-any-return]

    def kill(self) -> None:
        """Gone without a close frame."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> dict[str, int]:
        """End it and return what it counted."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        counts = self._line()
        self.process.wait(timeout=10)
        return counts


@contextmanager
def server(*arguments: str) -> Iterator[Server]:
    running = Server(*arguments)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.kill()


def start(*arguments: str, variables: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """A worker in its own process, with *variables* added to its environment."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.worker", *arguments],
        cwd=ROOT,
        env={**os.environ, **(variables or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(worker: subprocess.Popen[str], timeout: float = TIMEOUT) -> dict[str, Any]:
    """Wait for a worker and return the JSON object it printed last."""
    try:
        out, err = worker.communicate(timeout=timeout)
    except subprocess.TimeoutExpired as late:
        worker.kill()
        worker.communicate()
        raise MeasurementError(f"no result within {timeout:g} s: {worker.args!r}") from late
    if worker.returncode != 0 or not out.strip():
        raise MeasurementError(err.strip()[-2000:] or f"exit code {worker.returncode}")
    return json.loads(out.strip().splitlines()[-1])  # type: ignore[no-any-return]


def measure(
    worker: list[str],
    serve: list[str],
    timeout: float = TIMEOUT,
    variables: Mapping[str, str] | None = None,
) -> tuple[dict[str, Any], dict[str, int]]:
    """Run *worker* against a server of its own. Returns its result and the server's counts."""
    with server(*serve) as running:
        result = finish(start(*worker, "--url", running.url, variables=variables), timeout)
        return result, running.stop()
