"""A program that follows one ticker, for as long as it is told, and reports what that cost.

Runs as a process of its own: the highest memory it ever had is its own and nobody else's.
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import sys
import time
from pathlib import Path

from websocket_v6 import GlobalWebSocketManager, WebSocketClientProxy
from websocket_v6.events import Lost
from websocket_v6.exceptions import UpbitWebSocketError

LONGEST = 30.0
"""Seconds after which what is awaited will not come."""
SETTLING = 0.2
"""Seconds that follow it at least."""
COUNTED = ("messages_received", "decode_errors", "router_errors", "stray_frames", "connects")


def peak_megabytes() -> float:
    """The most memory this process ever had. Linux hands ``ru_maxrss`` down from the parent."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text(encoding="ascii"))
        assert found is not None
        return int(found.group(1)) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


async def main(port: int, seconds: float, awaited: str) -> None:
    """Report on *seconds*, or more if the event called *awaited*, or else the end of the
    subscription, takes longer."""
    GlobalWebSocketManager.configure(
        url=f"ws://127.0.0.1:{port}/websocket/v1",
        compression=True,
        # On a machine with other work a connection that is to be made may take its time.
        connect_timeout=10.0 if awaited else 0.5,
        subscribe_timeout=LONGEST if awaited else seconds,
        reconnect_first=0.05,
        reconnect_fast_max_gap=0.1,
        rate_limit_wait=0.1,
        # A callback that does nothing takes as long as the machine's other work lets it.
        slow_callback_ms=LONGEST * 1000,
    )
    manager = await GlobalWebSocketManager.get_instance()
    events: list[object] = []
    manager.on_connection_event(events.append)
    ws = WebSocketClientProxy("victim")
    before = peak_megabytes()
    longest = 0.0
    task = asyncio.ensure_future(ws.subscribe_ticker(["KRW-BTC"], lambda *_: None))
    latest = time.monotonic() + LONGEST
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - now)
        came = task.done() if not awaited else awaited in {type(one).__name__ for one in events}
        if not came:
            end = min(latest, max(end, time.monotonic() + SETTLING))
    outcome = "pending"
    if task.done():
        error = task.exception()
        assert error is None or isinstance(error, UpbitWebSocketError)
        outcome = "subscribed" if error is None else type(error).__name__
    performance = await manager.get_performance_metrics()
    status = await manager.get_system_status()
    failure = [one["last_failure"] for one in status["connections"].values()]
    task.cancel()
    started = time.monotonic()
    await manager.shutdown(timeout=2.0)
    report = {
        "grown_megabytes": peak_megabytes() - before,
        "longest_pause": longest,
        "shutdown_seconds": time.monotonic() - started,
        "outcome": outcome,
        "events": [type(event).__name__ for event in events],
        "causes": sorted({event.cause for event in events if isinstance(event, Lost)}),
        "failure": failure,
        "performance": {name: performance[name] for name in COUNTED},
    }
    print(json.dumps(report))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]))
