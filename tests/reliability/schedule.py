"""Which fault happens when: decided by a seed alone."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

__all__ = ["FAULTS", "Fault", "FaultKind", "schedule"]


@dataclass(frozen=True, slots=True)
class FaultKind:
    """*heals* is the time in seconds within which fresh data must be back; ``None``: it never goes."""

    name: str
    weight: int
    heals: float | None


# What a client can do about each: reconnect at once; notice (ping interval + pong timeout = 25 s) and
# reconnect; wait as told (10 s) and reconnect; nothing, the stream goes on.
_AT_ONCE: Final = 1.5
_NOTICED: Final = 25.0 + _AT_ONCE
_WAITED: Final = 10.0 + _AT_ONCE

FAULTS: Final = (
    FaultKind("kill", 4, _AT_ONCE),
    FaultKind("cut", 2, _AT_ONCE),
    FaultKind("close_1000", 3, _AT_ONCE),
    FaultKind("reset_in_a_frame", 2, _AT_ONCE),
    FaultKind("oversize", 1, _AT_ONCE),
    FaultKind("restart", 2, _AT_ONCE + 1.0),
    FaultKind("half_open", 1, _NOTICED),
    FaultKind("slow_handshake", 1, _AT_ONCE + 2.0),
    FaultKind("refused_429", 1, _WAITED),
    FaultKind("refused_429_retry_after", 1, _WAITED + 2.0),
    FaultKind("refused_418", 1, _WAITED),
    FaultKind("refused_503", 1, _AT_ONCE + 1.0),
    FaultKind("too_many_request", 1, _WAITED),
    FaultKind("refused_401", 1, None),
    FaultKind("lost_topic", 2, None),
    FaultKind("stalled_topic", 1, None),
    FaultKind("duplicate", 2, None),
    FaultKind("reorder", 1, None),
    FaultKind("garbage", 1, None),
    FaultKind("truncated_json", 1, None),
    FaultKind("truncated_utf8", 1, None),
    FaultKind("clock_jump", 1, None),
    FaultKind("blocked_loop", 1, 3.0 + _AT_ONCE),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """*at* is seconds after the start; *number* picks among topics."""

    at: float
    kind: FaultKind
    number: int


def schedule(
    seed: int, seconds: float, *, settle: float = 8.0, only: set[str] | None = None
) -> list[Fault]:
    """Faults over *seconds*, each left the time to heal before the next.

    The first round holds every kind once where the time allows, so that no run leaves one out.
    """
    chance = random.Random(seed)
    kinds = [kind for kind in FAULTS if only is None or kind.name in only]
    first = list(kinds)
    chance.shuffle(first)
    at = settle
    faults: list[Fault] = []
    while True:
        kind = first.pop() if first else chance.choices(kinds, [k.weight for k in kinds])[0]
        heals = kind.heals or 0.0
        if at + heals + settle > seconds:
            if first:
                continue
            return faults
        faults.append(Fault(at, kind, chance.randrange(1 << 30)))
        at += heals + settle * (0.5 + chance.random())
