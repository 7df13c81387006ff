"""The figures of one run where people read them: benchmarks/README.md and docs/scale.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from .reasons import REASONS
from .report import cell, machine, number
from .rows import Row

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
KINDS = {"ticker": "ticker", "trade": "trade", "orderbook": "order book, 30 units"}


def write_readme(path: Path, rows: Sequence[Row], runs: int) -> None:
    """Machine, table, and why goals were missed."""
    about = machine()
    versions = ", ".join(f"{name} {found}" for name, found in about["versions"].items())
    made = [
        f"{about['processor']}, {about['cores']} cores, {about['system']}, Python {about['python']}; "
        f"{versions}; {about['at'][:10]}, load {about['load']}. {runs} interleaved runs.",
        "",
        "| what | value | goal | verdict | note |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        name, value, goal, verdict, _, note = cell(row)
        made.append(f"| {row.topic}: {name} | {value} | {goal} | {verdict} | {note} |")
    missed = [row for row in rows if row.verdict == "missed"]
    busy = about["load"] is not None and about["load"] > about["cores"]
    unknown = "The machine was busy with other work." if busy else "No reason is known yet."
    made += ["", "### Goals that are not reached, and why", ""]
    for row in missed:
        why = REASONS.get((row.topic, row.name), unknown)
        made.append(f"- **{row.topic}: {row.name}**, {cell(row)[1]} instead of {row.goal}. {why}")
    if not missed:
        made.append("None in this run.")
    replace(path, made)


def write_scale(path: Path, rows: Sequence[Row]) -> None:
    """What the model on paper calculates with. A part whose rows were left out is left out as well."""
    found = {(row.topic, row.name): row for row in rows if row.value is not None}
    made: list[str] = []
    for part in (cost_of_a_frame, cost_of_everything, cost_of_components):
        with suppress(KeyError, StopIteration):
            made += part(found)
    replace(path, made)


def cost_of_a_frame(found: Mapping[tuple[str, str], Row]) -> list[str]:
    made = [
        "CPU time in microseconds from socket to a plain callback, one subscriber:",
        "",
        "| | bare loop | v6, dict | v6, typed | one more plain callback | one more coroutine callback |",
        "|---|---|---|---|---|---|",
    ]
    for kind, label in KINDS.items():
        figures = [
            number(found["control", f"{kind}, bare loop"].value or 0),
            found["socket to callback", f"{kind}, dict"].note.removesuffix(" us"),
            found["socket to callback", f"{kind}, typed"].note.removesuffix(" us"),
            number(found["further callback", f"{kind}, plain"].value or 0),
            number(found["further callback", f"{kind}, coroutine"].value or 0),
        ]
        made.append(f"| {label} | {' | '.join(figures)} |")
    return made


def cost_of_everything(found: Mapping[tuple[str, str], Row]) -> list[str]:
    exchange = {name: row for (topic, name), row in found.items() if topic.startswith("whole")}
    growth = next(row for name, row in exchange.items() if name.startswith("growth"))
    return [
        "",
        f"Everything at once, 855 markets, one plain callback each: {exchange['CPU'].note}, "
        f"**{cell(exchange['CPU'])[1]}**, one socket; resident memory {growth.note} "
        f"({growth.name.removeprefix('growth of resident memory ')}).",
    ]


def cost_of_components(found: Mapping[tuple[str, str], Row]) -> list[str]:
    hundred = "100 components, 50 frames/s"
    over_tls = found["100 components against 100 legacy sockets, over TLS", "resident memory saved"]
    cpu = found["100 components against 100 legacy sockets", "CPU saved"]
    memory = found[hundred, "memory of one more component"]
    return [
        "",
        "A hundred components on one topic at 50 frames per second, against one: "
        f"{found[hundred, 'CPU against 1 component'].note}, one socket, {cell(memory)[1]} for each. "
        f"Against a hundred legacy clients over TLS: {over_tls.note} of resident memory, "
        f"{cell(cpu)[1]} of the CPU time saved.",
    ]


def replace(path: Path, lines: Sequence[str]) -> None:
    """Put *lines* between the two marks."""
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    text = "\n".join([before + BEGIN, "", *lines, "", END + after])
    path.write_text(text, encoding="utf-8")
