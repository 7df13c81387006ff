"""What a measurement ends as: a figure, its goal, and how far repeated runs lay apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .process import MeasurementError

TOLERANCE = 1.10
"""A ratio within ten per cent over its goal is noise of the machine, and shown as such."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report.

    *value* is `None` when the row was left out; *note* then says why.
    """

    topic: str
    name: str
    value: float | None
    unit: str
    limit: float | None = None
    at_least: bool = False
    spread: tuple[float, float] | None = None
    note: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def goal(self) -> str:
        if self.limit is None:
            return "-"
        return f"{'>=' if self.at_least else '<='} {self.limit:g}"

    @property
    def verdict(self) -> str:
        """`met`, `tolerated` (missed by at most ten per cent), `missed`, `shown` or `left out`."""
        if self.value is None:
            return "left out"
        if self.limit is None:
            return "shown"
        short = self.limit / self.value if self.at_least else self.value / self.limit
        return "met" if short <= 1 else "tolerated" if short <= TOLERANCE else "missed"


def interleaved(
    variants: Mapping[str, Callable[[], Mapping[str, Any]]], runs: int
) -> dict[str, list[dict[str, Any]]]:
    """Run all *variants* in turn, *runs* times, so that the machine's moods hit them alike.

    A run that fails is repeated once: a handshake that a busy machine let time out must not cost the rest.
    """
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in variants}
    for _ in range(runs):
        for name, variant in variants.items():
            try:
                result = variant()
            except MeasurementError:
                result = variant()
            results[name].append(dict(result))
    return results


def ratio(
    results: Mapping[str, list[dict[str, Any]]], name: str, base: str, key: str = "cpu_us"
) -> tuple[float, tuple[float, float]]:
    """Ratio of the minima, and the range of the ratios within each turn."""
    ours, theirs = ([run[key] for run in results[which]] for which in (name, base))
    turns = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return min(ours) / min(theirs), (min(turns), max(turns))


def smallest(results: Mapping[str, list[dict[str, Any]]], name: str, key: str = "cpu_us") -> float:
    return float(min(run[key] for run in results[name]))
