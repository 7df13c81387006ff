"""Delays between attempts to connect."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..config import Config

__all__ = ["configured_delays", "delays"]


def configured_delays(config: Config, random: Callable[[], float]) -> Iterator[float]:
    """``delays`` by the settings ``reconnect_first``, ``_fast_window``, ``_fast_max_gap``, ``_max_delay``."""
    return delays(
        first=config.reconnect_first,
        fast_window=config.reconnect_fast_window,
        fast_max_gap=config.reconnect_fast_max_gap,
        maximum=config.reconnect_max_delay,
        random=random,
    )


def delays(
    *,
    first: float,
    fast_window: float,
    fast_max_gap: float,
    maximum: float,
    random: Callable[[], float],
) -> Iterator[float]:
    """Seconds to wait before each further attempt, for ever.

    While the waits so far add up to less than *fast_window* seconds no gap is longer than
    *fast_max_gap*: an exchange that restarts is found again at once. After that the bound doubles up
    to *maximum*, with full jitter, so that many clients do not return together.

    Args:
        first: upper bound of the first wait.
        random: uniform in [0, 1); the jitter.
    """
    waited = 0.0
    bound = first
    while waited < fast_window:
        delay = min(bound, fast_max_gap) * (0.5 + 0.5 * random())
        waited += delay
        yield delay
        bound = min(bound * 2, fast_max_gap)
    bound = fast_max_gap * 2
    while True:
        yield bound * random()
        bound = min(bound * 2, maximum)
