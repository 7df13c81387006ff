"""CPU per frame at full speed: socket to callback, further callbacks, sustained rate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

from benchmarks.process import measure as run
from benchmarks.rows import Row, interleaved, ratio, smallest

from . import Effort

KINDS = ("ticker", "trade", "orderbook")
SINGLE = {"ticker": 1.0, "trade": 1.1, "orderbook": 1.0}
FURTHER_US = {"ticker": 0.3, "trade": 0.3, "orderbook": 3.0}
COROUTINE_US = 2.5
MORE = 10


def flood(
    client: str, kind: str, frames: int, *, uvloop: bool = False, **options: str
) -> Callable[[], Mapping[str, Any]]:
    passed = [part for name, value in options.items() for part in ("--option", f"{name}={value}")]
    worker = [client, "flood", "--kind", kind, "--count", str(frames), *passed]
    worker += ["--uvloop"] if uvloop else []

    def once() -> Mapping[str, Any]:
        result, counts = run(worker, ["--count", str(frames)])
        return {**result, **counts}

    return once


def measure(effort: Effort) -> list[Row]:
    rows = []
    for kind in KINDS:
        variants = {
            "bare": flood("bare", kind, effort.frames),
            "undecoded": flood("bare", kind, effort.frames, decode="false"),
            "dict": flood("v6", kind, effort.frames),
            "typed": flood("v6", kind, effort.frames, typed="true"),
            "plain": flood("v6", kind, effort.frames, plain=str(MORE)),
            "coroutine": flood("v6", kind, effort.frames // 4, coroutines=str(MORE)),
        }
        if kind == "orderbook":
            variants |= {
                f"read {what}": flood("v6", kind, effort.frames, typed="true", read=f'"{what}"')
                for what in ("best", "all")
            }
        if find_spec("uvloop") is not None:
            variants["uvloop"] = flood("v6", kind, effort.frames, uvloop=True)
        rows += of_kind(kind, interleaved(variants, effort.runs))
    return rows


def of_kind(kind: str, results: Mapping[str, list[dict[str, Any]]]) -> list[Row]:
    bare = smallest(results, "bare")
    rows = [
        Row("control", f"{kind}, bare loop", bare, "us/frame", details={"runs": results["bare"]}),
        Row("control", f"{kind}, received but not decoded", *shown(results, "undecoded")),
        goal("socket to callback", f"{kind}, dict", results, "dict", SINGLE[kind]),
        goal("socket to callback", f"{kind}, typed", results, "typed", 0.9),
    ]
    if "read all" in results:
        rows += [
            Row("socket to callback", f"{kind}, typed, {what}", *shown(results, which))
            for which, what in (("read best", "best unit read"), ("read all", "every unit read"))
        ]
    if "uvloop" in results:
        rows.append(goal("socket to callback", f"{kind}, dict on uvloop", results, "uvloop", 0.5))
    else:
        rows.append(left_out("socket to callback", f"{kind}, dict on uvloop", "uvloop"))
    one = smallest(results, "dict")
    plain = (smallest(results, "plain") - one) / MORE
    later = (smallest(results, "coroutine") - one) / MORE
    rows += [
        Row("further callback", f"{kind}, plain", plain, "us", FURTHER_US[kind]),
        Row("further callback", f"{kind}, coroutine", later, "us", FURTHER_US[kind] + COROUTINE_US),
    ]
    rates = {name: max(run["per_second"] for run in results[name]) for name in ("bare", "dict")}
    rows.append(
        Row("sustained", f"{kind}, no loss", rates["dict"], "frames/s",
            min(50_000, rates["bare"]) if kind == "ticker" else None, at_least=True,
            note=f"bare loop {rates['bare']:,.0f}")
    )  # fmt: skip
    return rows


def left_out(topic: str, name: str, library: str) -> Row:
    note = f"{library} is not installed (extra `fast`)"
    return Row(topic, name, None, "x bare", note=note)


def goal(
    topic: str, name: str, results: Mapping[str, list[dict[str, Any]]], which: str, limit: float
) -> Row:
    value, spread = ratio(results, which, "bare")
    note = f"{smallest(results, which):.2f} us"
    return Row(topic, name, value, "x bare", limit, spread=spread, note=note,
               details={"runs": results[which]})  # fmt: skip


def shown(
    results: Mapping[str, list[dict[str, Any]]], which: str
) -> tuple[float, str, None, bool, tuple[float, float], str]:
    value, spread = ratio(results, which, "bare")
    return value, "x bare", None, False, spread, f"{smallest(results, which):.2f} us"
