"""What went through one connection: the counts that ``get_performance_metrics`` adds up."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Counters"]


@dataclass(slots=True)
class Counters:
    """What went through one router, and those that went on with its routes."""

    frames: int = 0
    bytes: int = 0
    strays: int = 0
    """Frames of topics that nobody wants any more."""
    suppressed_snapshots: int = 0
    duplicates: int = 0
    decode_errors: int = 0
    unexpected: int = 0
    """Messages that broke the router's own code; always a defect, never the consumer's."""
    latency_sum: float = 0.0
    latency_count: int = 0
    """Sampled seconds between the exchange's timestamp and the reception; depends on both clocks."""
