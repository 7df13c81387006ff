"""What else there is, on the same frames: left out where it is not installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

from benchmarks.process import MeasurementError
from benchmarks.rows import Row, interleaved, ratio, smallest

from . import Effort
from .cpu import KINDS, flood

PEERS = {
    "picows": "picows and msgspec, nothing else",
    "pyupbit": "pyupbit",
    "ccxt": "ccxt.pro",
    "cryptofeed": "cryptofeed",
}
WITHOUT_TICKER = ("cryptofeed",)
RUNS = 3


def measure(effort: Effort) -> list[Row]:
    there = [name for name in PEERS if find_spec(name) is not None]
    rows = [
        Row("peers", PEERS[name], None, "x bare", note=f"{name} is not installed")
        for name in PEERS
        if name not in there
    ]
    for kind in KINDS if there else ():
        frames = effort.frames // 2
        variants = {"bare": flood("bare", kind, frames), "v6": flood("v6", kind, frames)}
        for name in there:
            if kind != "ticker" or name not in WITHOUT_TICKER:
                variants[name] = optional(flood(f"{name}_peer", kind, frames))
        results = interleaved(variants, RUNS)
        rows += [row(kind, name, results) for name in ("v6", *there) if name in results]
    return rows


def optional(variant: Callable[[], Mapping[str, Any]]) -> Callable[[], Mapping[str, Any]]:
    """A peer that fails loses its row and nothing else."""

    def once() -> Mapping[str, Any]:
        try:
            return variant()
        except MeasurementError as failure:
            lines = str(failure).strip().splitlines()
            return {"failure": lines[-1] if lines else "no result"}

    return once


def row(kind: str, name: str, results: dict[str, list[dict[str, Any]]]) -> Row:
    label = f"{kind}, {PEERS.get(name, 'v6, dict')}"
    failed = next((run["failure"] for run in results[name] if "failure" in run), None)
    if failed is not None:
        return Row("peers", label, None, "x bare", note=failed)
    value, spread = ratio(results, name, "bare")
    note = f"{smallest(results, name):.2f} us"
    return Row("peers", label, value, "x bare", spread=spread, note=note)
