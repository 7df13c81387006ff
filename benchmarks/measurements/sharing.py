"""What many components cost: on one topic, and against one legacy socket each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.certificate import Certificate, available, certificate
from benchmarks.process import measure as run
from benchmarks.rows import Row, interleaved, smallest

from . import Effort

RATE = "ticker=50"
KIB = 1024
COMPARED = ((10, 70.0, None), (100, 95.0, 90.0))
"""Components, per cent of memory to save, per cent of CPU to save."""


def paced(
    client: str,
    measurement: str,
    count: int,
    seconds: float,
    tls: Certificate | None = None,
) -> Callable[[], Mapping[str, Any]]:
    worker = [client, measurement, "--count", str(count), "--option", f"seconds={seconds}"]
    if tls:
        worker += ["--option", "trace=false"]

    def once() -> Mapping[str, Any]:
        serve = ["--rate", RATE, *(tls.serve if tls else ())]
        result, counts = run(worker, serve, variables=tls.trust if tls else None)
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
    for count, memory_goal, cpu_goal in COMPARED:
        fleets = interleaved(
            {
                "v5": paced("reference_v5", "fleet", count, effort.seconds),
                "v6": paced("v6", "fleet", count, effort.seconds),
            },
            runs,
        )
        rows += against_v5(fleets, count, memory_goal, cpu_goal)
    return [*rows, *over_tls(effort, runs)]


def against_v5(
    fleets: Mapping[str, list[dict[str, Any]]],
    count: int,
    memory_goal: float,
    cpu_goal: float | None,
) -> list[Row]:
    topic = f"{count} components against {count} legacy sockets"
    old, new = (smallest(fleets, which, "held_bytes") / KIB for which in ("v5", "v6"))
    old_cpu, new_cpu = (smallest(fleets, which, "cpu_share") for which in ("v5", "v6"))
    return [
        Row(topic, "memory saved, without TLS", (1 - new / old) * 100, "%", memory_goal, at_least=True,
            note=f"{old:.0f} -> {new:.0f} KiB of Python objects"),
        Row(topic, "CPU saved", (1 - new_cpu / old_cpu) * 100, "%", cpu_goal, at_least=True,
            note=f"{old_cpu:.2%} -> {new_cpu:.2%} of a core"),
    ]  # fmt: skip


def over_tls(effort: Effort, runs: int) -> list[Row]:
    """Resident memory as in use, where each socket has its TLS session and its context."""
    if not available():
        return [
            Row("over TLS", "resident memory saved", None, "%", note="openssl is not installed")
        ]
    rows = []
    with certificate() as made:
        for count, memory_goal, _ in COMPARED:
            fleets = interleaved(
                {
                    "v5": paced("reference_v5", "fleet", count, 2.0, made),
                    "v6": paced("v6", "fleet", count, 2.0, made),
                },
                runs,
            )
            old, new = (smallest(fleets, which, "resident_growth") for which in ("v5", "v6"))
            rows.append(
                Row(f"{count} components against {count} legacy sockets, over TLS",
                    "resident memory saved", (1 - new / old) * 100, "%", memory_goal, at_least=True,
                    note=f"{old / KIB:.0f} -> {new / KIB:.0f} KiB")
            )  # fmt: skip
    return rows
