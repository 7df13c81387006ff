"""A server that wants to harm its client gets little: a bound on memory, and a loop that goes on."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from .hostile_server import ATTACKS, hostile_server

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="no resource module to measure with"),
    pytest.mark.xdist_group("hostile"),
]

SECONDS = 1.0
GROWTH = 64.0
"""Megabytes. The size limit of a message is 4 MiB; a few of them may exist at the same time."""
PAUSE = 5.0
"""Seconds. Far above what was seen, for machines with other work; without a bound it is for ever."""
VICTIM = Path(__file__).parent / "victim.py"


async def suffer(name: str) -> dict[str, Any]:
    async with hostile_server(ATTACKS[name]) as port:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("UPBIT_")}
        victim = await asyncio.create_subprocess_exec(
            sys.executable,
            str(VICTIM),
            str(port),
            str(SECONDS),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
        try:
            out, err = await asyncio.wait_for(victim.communicate(), 60)
        except BaseException:
            victim.kill()
            raise
    assert victim.returncode == 0, err.decode(errors="replace")[-2000:]
    assert len(err) < 200_000, "the log itself must not become the flood"
    report: dict[str, Any] = json.loads(out)
    return report


OFTEN = ("gigabyte_frame", "key_flood", "compressed_bomb", "endless_fragments")


@pytest.mark.parametrize(
    "name",
    [name if name in OFTEN else pytest.param(name, marks=pytest.mark.slow) for name in ATTACKS],
)
async def test_memory_and_time_are_bounded(name: str) -> None:
    report = await suffer(name)
    assert report["grown_megabytes"] < GROWTH, report
    assert report["longest_pause"] < PAUSE, report
    assert report["shutdown_seconds"] < PAUSE, report
