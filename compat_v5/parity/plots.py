"""Plots of a comparison as inline SVG: nothing to install, nothing to load."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

__all__ = ["arrivals_plot", "delay_plot"]

WIDTH, HEIGHT = 420, 170
LEFT, RIGHT, TOP, BOTTOM = 24, 10, 22, 34
INNER_WIDTH, INNER_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
BINS = 24
POINTS = 400  # more would not be visible


def arrivals_plot(
    labels: tuple[str, str], arrivals: tuple[Sequence[float], Sequence[float]]
) -> str:
    """Frames received so far over time, one line per side; times in seconds."""
    last = max((side[-1] for side in arrivals if side), default=0.0) or 1.0
    most = max((len(side) for side in arrivals), default=0) or 1
    lines = []
    for name, times in zip(("left", "right"), arrivals, strict=True):
        step = max(1, len(times) // POINTS)
        points = [(0.0, 0), *((times[n], n + 1) for n in range(0, len(times), step))]
        if times:
            points.append((times[-1], len(times)))
        path = " ".join(
            f"{LEFT + at / last * INNER_WIDTH:.1f},{_y(count / most):.1f}" for at, count in points
        )
        lines.append(f'<polyline class="line {name}" points="{path}"/>')
    title = f"Frames received over time, {labels[0]} and {labels[1]}"
    return _figure(title, lines, "seconds", f"{last:.1f}", f"{most} frames")


def delay_plot(labels: tuple[str, str], delays: tuple[Sequence[float], Sequence[float]]) -> str:
    """How far each side was behind the other, as a share of its frames; delays in seconds."""
    everything = [value for side in delays for value in side]
    longest = _percentile(everything, 0.99) or 0.001
    tallest = 0.0
    shares = []
    for side in delays:
        bins = [0] * BINS
        for value in side:
            bins[min(BINS - 1, int(value / longest * BINS))] += 1
        shares.append([count / (len(side) or 1) for count in bins])
        tallest = max([tallest, *shares[-1]])
    bar = INNER_WIDTH / BINS / 2
    bars = []
    for offset, (name, side_shares) in enumerate(zip(("left", "right"), shares, strict=True)):
        for index, share in enumerate(side_shares):
            if share:
                height = share / (tallest or 1) * INNER_HEIGHT
                x = LEFT + (2 * index + offset) * bar
                bars.append(
                    f'<rect class="bar {name}" x="{x:.1f}" y="{TOP + INNER_HEIGHT - height:.1f}" '
                    f'width="{bar - 0.5:.1f}" height="{height:.1f}"/>'
                )
    title = f"Delay of each frame behind the faster side, {labels[0]} and {labels[1]}"
    return _figure(title, bars, "milliseconds", f"{longest * 1000:.3g}", f"{tallest:.0%} of frames")


def _y(share: float) -> float:
    return TOP + (1 - share) * INNER_HEIGHT


def _percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def _figure(title: str, marks: Sequence[str], unit: str, last_x: str, last_y: str) -> str:
    base = TOP + INNER_HEIGHT
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'<path class="axis" d="M{LEFT} {TOP}V{base}H{WIDTH - RIGHT}"/>'
        + "".join(marks)
        + f'<text x="{LEFT}" y="{base + 14}">0</text>'
        f'<text x="{WIDTH - RIGHT}" y="{base + 14}" text-anchor="end">{escape(last_x)}</text>'
        f'<text x="{LEFT + INNER_WIDTH / 2}" y="{base + 28}" text-anchor="middle">{escape(unit)}'
        f'</text><text x="{LEFT}" y="{TOP - 8}">{escape(last_y)}</text></svg>'
    )
