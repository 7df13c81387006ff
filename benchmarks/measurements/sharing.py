"""What many components cost: on one topic, and against one legacy socket each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.process import measure as run
from benchmarks.rows import Row, interleaved, smallest

from . import Effort

RATE = "ticker=50"
KIB = 1024


def paced(
    client: str, measurement: str, count: int, seconds: float
) -> Callable[[], Mapping[str, Any]]:
    worker = [client, measurement, "--count", str(count), "--option", f"seconds={seconds}"]

    def once() -> Mapping[str, Any]:
        result, counts = run(worker, ["--rate", RATE])
        return {**result, **counts}

    return once


def measure(effort: Effort) -> list[Row]:
    runs = max(3, effort.runs - 2)
    one_topic = interleaved(
        {
            "1": paced("v6", "components", 1, effort.seconds),
            "100": paced("v6", "components", 100, effort.seconds),
        },
        runs,
    )
    alone, many = (smallest(one_topic, which, "cpu_share") for which in ("1", "100"))
    rows = [
        Row("100 components, 50 frames/s", "CPU against 1 component", many / alone, "x", 1.2,
            note=f"{alone:.2%} and {many:.2%} of a core"),
        Row("100 components, 50 frames/s", "sockets",
            max(each["sockets"] for each in one_topic["100"]), "", 1),
        Row("100 components, 50 frames/s", "memory of one more component",
            smallest(one_topic, "100", "bytes_each") / KIB, "KiB", 2.0),
    ]  # fmt: skip
    for count, memory_goal, cpu_goal in ((10, 70.0, None), (100, 95.0, 90.0)):
        fleets = interleaved(
            {
                "v5": paced("reference_v5", "fleet", count, effort.seconds),
                "v6": paced("v6", "fleet", count, effort.seconds),
            },
            runs,
        )
        rows += against_v5(fleets, count, memory_goal, cpu_goal)
    return rows


def against_v5(
    fleets: Mapping[str, list[dict[str, Any]]],
    count: int,
    memory_goal: float,
    cpu_goal: float | None,
) -> list[Row]:
    topic = f"{count} components against {count} legacy sockets"
    old, new = (smallest(fleets, which, "held_bytes") / KIB for which in ("v5", "v6"))
    grown = {which: smallest(fleets, which, "resident_growth") / KIB for which in ("v5", "v6")}
    old_cpu, new_cpu = (smallest(fleets, which, "cpu_share") for which in ("v5", "v6"))
    return [
        Row(topic, "memory saved", (1 - new / old) * 100, "%", memory_goal, at_least=True,
            note=f"{old:.0f} -> {new:.0f} KiB held; resident +{grown['v5']:.0f} -> "
                 f"+{grown['v6']:.0f} KiB"),
        Row(topic, "CPU saved", (1 - new_cpu / old_cpu) * 100, "%", cpu_goal, at_least=True,
            note=f"{old_cpu:.2%} -> {new_cpu:.2%} of a core"),
    ]  # fmt: skip
