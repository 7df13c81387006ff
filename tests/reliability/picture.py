"""How long each fault kept fresh data away, against what was promised, as one SVG."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.reliability.report import Recovery, Report
from tests.reliability.schedule import FAULTS, FaultKind

__all__ = ["draw", "svg"]

_INK: Final = "#22313f"
_QUIET: Final = "#7d8a97"
_GRID: Final = "#d5dbe0"
_PROMISED: Final = "#e4ece8"
_IN_TIME: Final = "#2a7f62"
_LATE: Final = "#b2383a"

_LEFT: Final = 190
_RIGHT: Final = 860
_TOP: Final = 64
_ROW: Final = 21
_SHORTEST, _LONGEST = 0.1, 100.0
"""Seconds at the ends of the logarithmic axis."""
_TICKS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


def draw(reports: Sequence[Report], path: Path) -> None:
    """Write the picture of these runs to *path*. The same runs give the same bytes."""
    path.write_text(svg(reports), encoding="utf-8", newline="\n")


def svg(reports: Sequence[Report]) -> str:
    """The picture: a row for each kind of fault that interrupts, a dot for each time it happened."""
    happened = {name for report in reports for name in report.faults}
    rows = [kind for kind in FAULTS if kind.name in happened and _promised(kind) is not None]
    calm = [kind for kind in FAULTS if kind.name in happened and _promised(kind) is None]
    height = _TOP + _ROW * len(rows) + 84
    body = [*_axis(_TOP + _ROW * len(rows)), *_rows(rows, reports), *_footer(calm, reports, height)]
    seeds = ", ".join(f"{report.seed}" for report in reports)
    simulated = sum(report.simulated for report in reports) / 60
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 920 {height}" role="img" '
            f'aria-label="Time to fresh data after each fault" '
            f'font-family="system-ui, \'DejaVu Sans\', sans-serif" font-size="12" fill="{_INK}">',
            f'<rect width="920" height="{height}" fill="#ffffff"/>',
            '<text x="16" y="26" font-size="16" font-weight="600">'
            "Seconds without fresh data after each fault</text>",
            f'<text x="16" y="46" fill="{_QUIET}">{simulated:.0f} simulated minutes, seeds {seeds}; '
            "a dot is public data, a ring private data, the bar ends where the promise does</text>",
            *body,
            "</svg>",
            "",
        ]
    )


def _x(seconds: float) -> float:
    share = math.log(max(seconds, _SHORTEST) / _SHORTEST) / math.log(_LONGEST / _SHORTEST)
    return _LEFT + (_RIGHT - _LEFT) * min(share, 1.0)


def _axis(bottom: int) -> Iterator[str]:
    for tick in _TICKS:
        x = _x(tick)
        yield f'<path d="M{x:.1f} {_TOP - 6}V{bottom}" stroke="{_GRID}"/>'
        yield (
            f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle" fill="{_QUIET}">'
            f"{tick:g} s</text>"
        )


def _rows(kinds: Sequence[FaultKind], reports: Sequence[Report]) -> Iterator[str]:
    for row, kind in enumerate(kinds):
        y = _TOP + _ROW * row + 8
        end = _x(_promised(kind) or 0.0)
        yield (
            f'<rect x="{_LEFT}" y="{y - 7}" width="{end - _LEFT:.1f}" height="14" rx="2" '
            f'fill="{_PROMISED}"/>'
        )
        yield f'<path d="M{end:.1f} {y - 8}v16" stroke="{_INK}" stroke-width="2"/>'
        yield f'<text x="{_LEFT - 10}" y="{y + 4}" text-anchor="end">{_words(kind)}</text>'
        for report in reports:
            for stream, recoveries in (
                ("public", report.recoveries),
                ("private", report.private_recoveries),
            ):
                for recovery in recoveries:
                    if recovery.kind == kind.name:
                        yield _dot(report, recovery, stream, y)


def _dot(report: Report, recovery: Recovery, stream: str, y: int) -> str:
    """Full for public data, a ring for private."""
    colour = _LATE if report.is_late(recovery) else _IN_TIME
    look = (
        f'r="4" fill="{colour}" fill-opacity="0.75"'
        if stream == "public"
        else f'r="3.5" fill="none" stroke="{colour}" stroke-width="1.5"'
    )
    return (
        f'<circle cx="{_x(recovery.seconds):.1f}" cy="{y}" {look}><title>seed {report.seed}, '
        f"{stream}: {recovery.seconds:.2f} s, promised {recovery.bound:g} s</title></circle>"
    )


def _promised(kind: FaultKind) -> float | None:
    """Seconds at which the bar of a kind ends; ``None`` for one that must not interrupt anything."""
    return kind.bound_of("public") or kind.bound_of("private")


def _footer(calm: Sequence[FaultKind], reports: Sequence[Report], height: int) -> Iterator[str]:
    """The faults that must not interrupt anything have no time to show."""
    injected = sum(report.faults[kind.name] for report in reports for kind in calm)
    survived = sum(report.survived[kind.name] for report in reports for kind in calm)
    if not injected:
        return
    names = ", ".join(_words(kind) for kind in calm)
    yield (
        f'<text x="16" y="{height - 30}">No interruption allowed, none seen in {survived} of '
        f"{injected}:</text>"
    )
    yield f'<text x="16" y="{height - 13}" fill="{_QUIET}">{names}</text>'


def _words(kind: FaultKind) -> str:
    return kind.name.replace("_", " ")
