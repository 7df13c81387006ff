"""Import time of the runtime, in fresh interpreters."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping

from benchmarks.process import ROOT
from benchmarks.rows import Row, interleaved, smallest

from . import Effort

WHAT = {
    "nothing": "pass",
    "dependencies": "import websockets.asyncio.client, jwt, msgspec",
    "all": "from websocket_v6 import WebSocketClientProxy, GlobalWebSocketManager",
    "package": "import websocket_v6",
}


def importing(statement: str, compiled: str) -> Callable[[], Mapping[str, float]]:
    """Time a fresh interpreter; *compiled* is where all modules' bytecode is kept."""
    variables = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)

    def once() -> Mapping[str, float]:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", statement], check=True, cwd=ROOT, env=variables)
        return {"ms": (time.perf_counter() - began) * 1000}

    return once


def measure(effort: Effort) -> list[Row]:
    with tempfile.TemporaryDirectory() as compiled:
        variants = {name: importing(code, compiled) for name, code in WHAT.items()}
        results = interleaved(variants, effort.runs * 2)
    empty, base, everything, package = (smallest(results, name, "ms") for name in WHAT)
    base -= empty
    return [
        Row("import time", "proxy, manager and runtime, against the dependencies alone",
            (everything - empty) / base, "x", 1.3,
            note=f"{everything - empty:.0f} ms, dependencies {base:.0f} ms"),
        Row("import time", "the package's name alone",
            (package - empty) / base, "x", note=f"{package - empty:.0f} ms"),
    ]  # fmt: skip
