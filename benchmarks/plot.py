"""The figures as one picture: each ratio beside the bare loop's 1.0, each against its goal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.report import number
from benchmarks.rows import Row

INK, GRID = "#22313f", "#d5dbe0"
BACKGROUND = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85}
COLOURS = {
    "met": "#2a7f62",
    "tolerated": "#c58b1b",
    "missed": "#b2383a",
    "shown": "#7d8a97",
    "left out": "#d5dbe0",
}


def draw(rows: Sequence[Row], path: Path) -> None:
    """Write an SVG or PNG, by the ending of *path*. The same rows give the same bytes."""
    mpl.rcParams["svg.hashsalt"] = "benchmarks"
    mpl.rcParams["svg.fonttype"] = "none"
    mpl.rcParams["font.family"] = "DejaVu Sans"
    ratios = [row for row in rows if row.unit == "x bare" and row.value is not None]
    others = [row for row in rows if row.limit is not None and row.unit != "x bare" and row.value]
    figure = Figure(figsize=(9.5, 1.6 + 0.30 * (len(ratios) + len(others))), layout="constrained")
    upper, lower = figure.subplots(
        2, 1, gridspec_kw={"height_ratios": [max(1, len(ratios)), max(1, len(others))]}
    )
    against_bare(upper, ratios)
    against_goal(lower, others)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=120)


def against_bare(axes: Axes, rows: Sequence[Row]) -> None:
    bars(axes, rows, [row.value or 0 for row in rows])
    for at, row in enumerate(rows):
        if row.limit is not None:
            axes.plot([row.limit] * 2, [at - 0.42, at + 0.42], color=INK, linewidth=2)
    axes.axvline(1.0, color=INK, linewidth=0.8, linestyle=":")
    axes.set_xscale("log", base=2)  # other clients take several times the bare loop
    axes.set_xlim(left=0.125)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_title("Against a bare loop (dotted); black mark: goal", loc="left")
    axes.set_xlabel("ratio, smaller is better")


def against_goal(axes: Axes, rows: Sequence[Row]) -> None:
    """Share of the goal that is used up; 1.0 is the goal itself."""
    used = [
        (row.limit / row.value if row.at_least else row.value / row.limit)
        for row in rows
        if row.value is not None and row.limit is not None
    ]
    bars(axes, rows, used)
    axes.axvline(1.0, color=INK, linewidth=2)
    axes.set_title("Share of each goal used up (black line: the goal)", loc="left")
    axes.set_xlabel("1.0 is the goal, smaller is better")


def bars(axes: Axes, rows: Sequence[Row], lengths: Sequence[float]) -> None:
    axes.barh(range(len(rows)), lengths, color=[COLOURS[row.verdict] for row in rows], height=0.62)
    names = [f"{row.topic}: {row.name}" for row in rows]
    axes.set_yticks(range(len(rows)), names, fontsize=7.5, color=INK)
    axes.invert_yaxis()
    axes.grid(axis="x", color=GRID)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    for at, (row, length) in enumerate(zip(rows, lengths, strict=True)):
        label = f" {number(row.value or 0)} {row.unit}"
        axes.text(length, at, label, va="center", fontsize=7, color=INK, bbox=BACKGROUND)
