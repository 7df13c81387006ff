"""The table on the terminal and the JSON file beside it."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .rows import Row

DISTRIBUTIONS = (
    "upbit-websocket-v6",
    "websockets",
    "msgspec",
    "PyJWT",
    "libcst",
    "picows",
    "uvloop",
    "pyupbit",
    "ccxt",
    "cryptofeed",
)


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "versions": {name: found for name in DISTRIBUTIONS if (found := installed(name))},
    }


def processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


HEAD = ("what", "value", "goal", "verdict", "spread", "note")


def table(rows: Iterable[Row]) -> str:
    """Plain text, one block per topic, columns aligned."""
    lines, topic = [], None
    cells = [(row, cell(row)) for row in rows]
    widths = [max([len(HEAD[at]), *(len(each[at]) for _, each in cells)]) for at in range(5)]
    for row, texts in cells:
        if row.topic != topic:
            topic = row.topic
            lines += ["", topic]
        padded = [text.ljust(width) for text, width in zip(texts[:5], widths, strict=True)]
        lines.append(("  " + "  ".join([*padded, texts[5]])).rstrip())
    heads = [text.ljust(width) for text, width in zip(HEAD[:5], widths, strict=True)]
    return "\n".join(["  " + "  ".join([*heads, HEAD[5]]), *lines])


def cell(row: Row) -> Sequence[str]:
    value = "-" if row.value is None else f"{number(row.value)} {row.unit}".strip()
    spread = "" if row.spread is None else f"{number(row.spread[0])}..{number(row.spread[1])}"
    return row.name, value, row.goal, row.verdict, spread, row.note


def number(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"


def write_json(path: Path, rows: Iterable[Row], effort: str) -> None:
    made = {
        "machine": machine(),
        "effort": effort,
        "rows": [{**asdict(row), "goal": row.goal, "verdict": row.verdict} for row in rows],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
