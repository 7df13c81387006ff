"""Import time of the runtime, in fresh interpreters."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping

from benchmarks.process import ROOT
from benchmarks.rows import Row, interleaved, smallest

from . import Effort

WHAT = {
    "nothing": "pass",
    "dependencies": "import websockets.asyncio.client, jwt, msgspec",
    "websocket_v6": "from websocket_v6 import WebSocketClientProxy, GlobalWebSocketManager",
}


def importing(statement: str) -> Callable[[], Mapping[str, float]]:
    def once() -> Mapping[str, float]:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", statement], check=True, cwd=ROOT)
        return {"ms": (time.perf_counter() - began) * 1000}

    return once


def measure(effort: Effort) -> list[Row]:
    results = interleaved({name: importing(code) for name, code in WHAT.items()}, effort.runs * 2)
    empty, base, ours = (smallest(results, name, "ms") for name in WHAT)
    return [
        Row("import time", "against its dependencies alone", (ours - empty) / (base - empty), "x",
            1.3, note=f"{ours - empty:.0f} ms, dependencies {base - empty:.0f} ms")
    ]  # fmt: skip
