"""Which fault happens when: decided by a seed alone."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["FAULTS", "Fault", "FaultKind", "schedule"]


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One way for things to go wrong.

    *bound* is the time in seconds within which fresh data must be back; ``None``: it must never go,
    and no connection may be given up for it. *hits* says which connections are lost by it.
    """

    name: str
    weight: int
    bound: float | None = None
    hits: Literal["all", "public", "private", "none"] = "none"


# What a client can do about each: reconnect at once; notice (ping interval + pong timeout = 25 s) and
# reconnect; wait as told (10 s) and reconnect; nothing, the stream goes on.
_AT_ONCE: Final = 1.5
_NOTICED: Final = 25.0 + _AT_ONCE
_WAITED: Final = 10.0 + _AT_ONCE
DOWN: Final = 0.5
"""Seconds for which the exchange, or its name, is not to be found."""
BLOCKED: Final = 3.0
ASLEEP: Final = 40.0
SUSPICION: Final = 30.0
"""Seconds of silence after which a topic among flowing ones is looked after."""

FAULTS: Final = (
    FaultKind("kill", 4, _AT_ONCE, "all"),
    FaultKind("cut", 2, _AT_ONCE, "all"),
    FaultKind("close_1000", 3, _AT_ONCE, "all"),
    FaultKind("reset_in_a_frame", 2, _AT_ONCE, "all"),
    FaultKind("oversize", 1, _AT_ONCE, "public"),
    FaultKind("protocol_error", 1, _AT_ONCE, "public"),
    # Two connections each, so two delays: at most 0.2 s and 1.0 s.
    FaultKind("close_1000_after_error", 1, _AT_ONCE + 1.0, "public"),
    FaultKind("refused_503", 1, _AT_ONCE + 1.0, "public"),
    FaultKind("restart", 2, _AT_ONCE + DOWN + 1.0, "all"),
    FaultKind("dns_failure", 1, _AT_ONCE + DOWN + 1.0, "all"),
    FaultKind("slow_handshake", 1, _AT_ONCE + 2.0, "all"),
    FaultKind("half_open", 1, _NOTICED, "all"),
    FaultKind("laptop_sleep", 1, ASLEEP + _NOTICED, "all"),
    FaultKind("refused_429", 1, _WAITED, "public"),
    FaultKind("refused_429_retry_after", 1, _WAITED + 2.0, "public"),
    FaultKind("refused_418", 1, _WAITED, "public"),
    FaultKind("too_many_request", 1, _WAITED, "public"),
    FaultKind("blocked_loop", 1, BLOCKED + _AT_ONCE),
    FaultKind("lost_topic", 2, SUSPICION + 1.0 + _AT_ONCE),
    FaultKind("refused_401", 1, None, "private"),
    FaultKind("stalled_topic", 1),
    FaultKind("duplicate", 2),
    FaultKind("reorder", 1),
    FaultKind("garbage", 1),
    FaultKind("truncated_json", 1),
    FaultKind("truncated_utf8", 1),
    FaultKind("clock_jump", 1),
    FaultKind("own_clock_jump", 1),
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
        heals = kind.bound or 0.0
        if at + heals + settle > seconds:
            if first:
                continue
            return faults
        faults.append(Fault(at, kind, chance.randrange(1 << 30)))
        at += heals + settle * (0.5 + chance.random())
