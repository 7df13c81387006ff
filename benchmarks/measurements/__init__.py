"""One module per topic; each has `measure(effort) -> list[Row]`."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FULL", "QUICK", "Effort"]


@dataclass(frozen=True, slots=True)
class Effort:
    """How long and how often."""

    runs: int
    frames: int
    """Frames of a flood."""
    seconds: float
    """Length of a paced measurement."""
    soak: float
    """Length of the whole-exchange run, in seconds."""


FULL = Effort(runs=5, frames=30_000, seconds=5.0, soak=600.0)
QUICK = Effort(runs=5, frames=15_000, seconds=3.0, soak=60.0)
