"""The rate limiter's settings, as legacy callers construct them.

Nothing reads them: pacing is part of the connection, always on, and keeps the exchange's limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from .lazy_names import module_getattr

__all__ = ["AdaptiveStrategy", "DynamicConfig"]

if not TYPE_CHECKING:  # a type checker shall know the real names only
    __getattr__ = module_getattr(__name__)


class AdaptiveStrategy(Enum):
    """How eagerly the legacy limiter slowed down after a 429."""

    CONSERVATIVE = "conservative"
    BALANCED = "balanced"
    AGGRESSIVE = "aggressive"


@dataclass
class DynamicConfig:
    """Settings of the legacy limiter; times in seconds, ratios between 0 and 1."""

    error_429_threshold: int = 3
    error_429_window: float = 60.0
    reduction_ratio: float = 0.8
    min_ratio: float = 0.5
    recovery_delay: float = 180.0
    recovery_step: float = 0.1
    recovery_interval: float = 30.0
    strategy: AdaptiveStrategy = AdaptiveStrategy.BALANCED
