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


NO_HANDSHAKE = "no handshake within 0.5 s"
DROPPED = "connection lost without a close frame"
TOO_LONG = "exceeds limit of 4194304 bytes"
CAUSES = {
    "gigabyte_frame": TOO_LONG,
    "deep_nesting": "<list>: m",
    "endless_fragments": DROPPED,
    "empty_fragments": DROPPED,
    "compressed_bomb": TOO_LONG,
    "huge_ping": "control frame too long",
    "ping_flood": DROPPED,
    "bad_close_reason": "'utf-8' codec can't decode",
    "masked_and_reserved": "incorrect masking",
}
"""Why a connection ends that was made."""
NEVER_MADE = ("slow_handshake", "endless_headers", "endless_header_line", "endless_body")
OFTEN = ("gigabyte_frame", "key_flood", "compressed_bomb", "endless_fragments", "ping_flood")


def awaited(name: str) -> str:
    """The event that shows the outcome; empty where no event does."""
    return "Lost" if name in CAUSES else "" if name in NEVER_MADE else "Connected"


async def suffer(name: str) -> dict[str, Any]:
    async with hostile_server(ATTACKS[name]) as server:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("UPBIT_")}
        victim = await asyncio.create_subprocess_exec(
            sys.executable,
            str(VICTIM),
            str(server.port),
            str(SECONDS),
            awaited(name),
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
    report |= {"connections": server.connections, "sent": server.sent}
    return report


def test_each_attack_has_its_outcome() -> None:
    assert sorted([*CAUSES, *NEVER_MADE, "key_flood"]) == sorted(ATTACKS)


def check_outcome(name: str, report: dict[str, Any]) -> None:
    """The attack took place, and ended in the one way it should."""
    assert report["connections"] >= 1
    assert report["sent"] > 0
    seen = report["performance"]
    assert seen["router_errors"] == 0
    if name in NEVER_MADE:
        assert report["events"] == []
        assert report["failure"] == [NO_HANDSHAKE]
        assert report["connections"] >= 2, "it tried again"
    elif name in CAUSES:
        assert {"Connected", "Lost"} <= set(report["events"])
        assert all(CAUSES[name] in cause for cause in report["causes"]), report["causes"]
    else:
        assert report["events"] == ["Connected"], "it went on"
        assert seen["messages_received"] > 100
        assert seen["stray_frames"] > 0
    if name == "deep_nesting":
        assert seen["decode_errors"] >= 4


@pytest.mark.parametrize(
    "name",
    [name if name in OFTEN else pytest.param(name, marks=pytest.mark.slow) for name in ATTACKS],
)
async def test_memory_and_time_are_bounded(name: str) -> None:
    report = await suffer(name)
    check_outcome(name, report)
    assert report["grown_megabytes"] < GROWTH, report
    assert report["longest_pause"] < PAUSE, report
    assert report["shutdown_seconds"] < PAUSE, report
