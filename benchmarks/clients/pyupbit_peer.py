"""A peer: pyupbit's `WebSocketManager`, which receives in a process of its own and hands over by a queue."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import websockets
from pyupbit.websocket_api import WebSocketManager

from benchmarks.meter import Meter


def flood(url: str, kind: str, count: int) -> dict[str, float]:
    """CPU time of both processes; that of the other one is known to 10 ms."""
    real = websockets.connect
    # It knows one address only.
    websockets.connect = lambda _, **options: real(url, **options)  # type: ignore[assignment,misc]
    manager = WebSocketManager(kind, ["KRW-BTC"])
    meter = Meter(count)
    receiver = 0.0
    try:
        while meter.seen < count:
            data: Any = manager.get()
            if data == "ConnectionClosedError":
                raise RuntimeError("pyupbit lost the connection")
            meter.one(data)
            if meter.seen == meter.first:
                receiver = -processor_time(manager.pid)
        receiver += processor_time(manager.pid)
    finally:
        manager.terminate()
    result = meter.result()
    result["cpu_us"] += receiver / (meter.last - meter.first) * 1e6
    return result


def processor_time(pid: int | None) -> float:
    """Seconds of user and system time of another process (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
