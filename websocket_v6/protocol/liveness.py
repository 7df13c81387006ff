"""Verdicts: what a topic's silence means.

One timer cannot tell a dead socket from a quiet market. The verdict names which of them it is, since when,
and what shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["State", "TopicFacts", "Verdict", "judge"]

State = Literal[
    "live",
    "market_quiet",
    "awaiting_first_frame",
    "not_served",
    "topic_lost",
    "transport_dead",
    "connecting",
    "rate_limited",
    "auth_failed",
    "rejected",
    "not_subscribed",
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of one topic and why.

    *since* is Unix time in seconds, ``None`` when there is no beginning (nothing is subscribed).
    *evidence* holds the figures behind the verdict; times in seconds.
    """

    state: State
    reason: str
    since: float | None
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """Everything a verdict rests on. Times are Unix seconds; ``None`` = has not happened."""

    wanted: bool
    now: float
    connected_since: float | None = None
    lost_since: float | None = None
    lost_cause: str | None = None
    rate_limited_until: float | None = None
    auth_failure: str | None = None
    rejection: str | None = None
    on_wire_since: float | None = None
    last_frame: float | None = None
    last_heartbeat: float | None = None
    last_verified: float | None = None
    usual_gap: float | None = None
    not_served: bool = False
    repairing: bool = False
    pong_missing: bool = False


QUIET_AFTER = 5.0
"""Seconds without a frame after which a topic is called quiet and not live."""


def judge(facts: TopicFacts) -> Verdict:
    """The verdict that *facts* give, the first that applies from the outside in."""
    evidence = {
        name: value
        for name, value in (
            ("last_frame_age_seconds", _age(facts.now, facts.last_frame)),
            ("last_heartbeat_age_seconds", _age(facts.now, facts.last_heartbeat)),
            ("last_verified_age_seconds", _age(facts.now, facts.last_verified)),
            ("usual_gap_seconds", facts.usual_gap),
        )
        if value is not None
    }
    if facts.rejection is not None:
        return Verdict("rejected", facts.rejection, facts.lost_since, evidence)
    if not facts.wanted:
        return Verdict("not_subscribed", "nobody subscribes to this topic", None, evidence)
    if facts.auth_failure is not None:
        return Verdict("auth_failed", facts.auth_failure, facts.lost_since, evidence)
    if facts.connected_since is None:
        return _disconnected(facts, evidence)
    if facts.pong_missing:
        reason = "a ping is unanswered; the connection is replaced when the pong is overdue"
        return Verdict("transport_dead", reason, facts.last_heartbeat, evidence)
    return _connected(facts, evidence)


def _disconnected(facts: TopicFacts, evidence: dict[str, Any]) -> Verdict:
    if facts.rate_limited_until is not None and facts.rate_limited_until > facts.now:
        evidence["wait_seconds"] = facts.rate_limited_until - facts.now
        reason = "the exchange asked to wait before connecting again"
        return Verdict("rate_limited", reason, facts.lost_since, evidence)
    if facts.lost_since is not None:
        reason = f"the connection was lost ({facts.lost_cause}); reconnecting"
        return Verdict("transport_dead", reason, facts.lost_since, evidence)
    return Verdict("connecting", "the first connection is being made", None, evidence)


def _connected(facts: TopicFacts, evidence: dict[str, Any]) -> Verdict:
    if facts.not_served:
        reason = (
            "the exchange accepts the code and stays silent, as it does for codes it does not know"
        )
        return Verdict("not_served", reason, facts.on_wire_since, evidence)
    if facts.repairing:
        reason = "the exchange no longer listed it; the full request was sent again"
        return Verdict("topic_lost", reason, facts.last_verified, evidence)
    if facts.last_frame is None:
        reason = "subscribed; no frame has come on this connection yet"
        return Verdict("awaiting_first_frame", reason, facts.on_wire_since, evidence)
    if facts.now - facts.last_frame > max(QUIET_AFTER, 3 * (facts.usual_gap or 0.0)):
        reason = "listed by the exchange and the connection is alive: the market is quiet"
        if facts.last_verified is None or facts.last_verified < facts.last_frame:
            reason = (
                "the connection is alive: the market is quiet, or if the silence lasts the exchange is "
                "asked whether it still lists it"
            )
        return Verdict("market_quiet", reason, facts.last_frame, evidence)
    return Verdict("live", "frames are arriving", facts.connected_since, evidence)


def _age(now: float, then: float | None) -> float | None:
    return None if then is None else now - then
