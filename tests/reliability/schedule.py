"""Which fault happens when: decided by a seed alone."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["FAULTS", "Fault", "FaultKind", "schedule"]


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One way for things to go wrong.

    *bound* is the time in seconds within which fresh public data must be back; ``None``: it must never
    go, and no public connection may be given up for it. *hits* says which connections are lost by it;
    private data must be back within *private_bound*, by default within *bound*.

    *at_least* is how long fresh data is away at the least: a shorter time shows that nothing happened.
    *imposes* is the wait that the exchange demands, of *whom*: no connect may come in it. *silent*: the
    connection shows no sign of it before a ping remains unanswered.
    """

    name: str
    weight: int
    bound: float | None = None
    hits: Literal["all", "public", "private", "none"] = "none"
    private_bound: float | None = None
    at_least: float = 0.0
    imposes: float = 0.0
    whom: Literal["host", "connection"] = "host"
    silent: bool = False

    def takes(self, kind: str) -> bool:
        """Whether connections of this kind, ``public`` or ``private``, are lost by it."""
        return self.hits in ("all", kind)

    def bound_of(self, kind: str) -> float | None:
        """Seconds within which this kind's data must be back; ``None``: it must never go."""
        if kind == "public":
            return self.bound
        return (self.private_bound or self.bound) if self.takes(kind) else None


# What a client can do about each: reconnect at once; notice (ping interval + pong timeout = 25 s) and
# reconnect; wait as told (10 s) and reconnect; nothing, the stream goes on.
AT_ONCE: Final = 1.5
_PONG: Final = 10.0
_IMPOSED: Final = 10.0
_NOTICED: Final = 15.0 + _PONG + AT_ONCE
_WAITED: Final = _IMPOSED + AT_ONCE
DOWN: Final = 0.5
"""Seconds for which the exchange, or its name, is not to be found."""
BLOCKED: Final = 3.0
ASLEEP: Final = 40.0
SLOW: Final = 2.0
"""Seconds that a slow handshake takes."""
NEW_KEYS: Final = 0.5
"""Seconds after which refused keys are replaced."""
SUSPICION: Final = 30.0
"""Seconds of silence after which a topic among flowing ones is looked after."""
FOUND: Final = SUSPICION + 1.0 + AT_ONCE
"""Seconds after which it flows again, at the latest."""

FAULTS: Final = (
    FaultKind("kill", 4, AT_ONCE, "all"),
    FaultKind("cut", 2, AT_ONCE, "all"),
    FaultKind("close_1000", 3, AT_ONCE, "all"),
    FaultKind("reset_in_a_frame", 2, AT_ONCE, "all"),
    FaultKind("oversize", 1, AT_ONCE, "public"),
    FaultKind("protocol_error", 1, AT_ONCE, "public"),
    # Two connections each, so two delays: at most 0.2 s and 1.0 s.
    FaultKind("close_1000_after_error", 1, AT_ONCE + 1.0, "public"),
    FaultKind("refused_503", 1, AT_ONCE + 1.0, "public"),
    FaultKind("restart", 2, AT_ONCE + DOWN + 1.0, "all", at_least=DOWN),
    FaultKind("dns_failure", 1, AT_ONCE + DOWN + 1.0, "all", at_least=DOWN),
    FaultKind("slow_handshake", 1, AT_ONCE + SLOW, "all", at_least=SLOW),
    FaultKind("half_open", 1, _NOTICED, "all", at_least=_PONG, silent=True),
    FaultKind("laptop_sleep", 1, ASLEEP + _NOTICED, "all", at_least=ASLEEP, silent=True),
    # Public connects are refused, and the private connection is lost in the wait that this imposes.
    FaultKind("refused_429", 1, _WAITED, "all", imposes=_IMPOSED),
    FaultKind("refused_429_retry_after", 1, _WAITED + 2.0, "all", imposes=_IMPOSED + 2.0),
    FaultKind("refused_418", 1, _WAITED, "all", imposes=_IMPOSED),
    FaultKind("too_many_request", 1, _WAITED, "public", imposes=_IMPOSED, whom="connection"),
    FaultKind("blocked_loop", 1, BLOCKED + AT_ONCE, at_least=BLOCKED),
    FaultKind("lost_topic", 2, FOUND),
    # The refusal takes one more delay, and somebody has to give new keys.
    FaultKind("refused_401", 1, None, "private", AT_ONCE + 1.0 + NEW_KEYS),
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
