from __future__ import annotations

from dataclasses import replace

import pytest

from websocket_v6.protocol.liveness import QUIET_AFTER, TopicFacts, judge

NOW = 1000.0
LIVE = TopicFacts(
    wanted=True,
    now=NOW,
    connected_since=900.0,
    on_wire_since=901.0,
    last_frame=999.0,
    last_heartbeat=995.0,
    last_verified=990.0,
    usual_gap=1.0,
)
DOWN = replace(LIVE, connected_since=None, lost_since=950.0, lost_cause="reset")


@pytest.mark.parametrize(
    ("facts", "state", "since", "words"),
    [
        (LIVE, "live", 900.0, "frames are arriving"),
        (replace(LIVE, last_frame=994.9), "market_quiet", 994.9, "the market is quiet"),
        (
            replace(LIVE, last_frame=980.0),
            "market_quiet",
            980.0,
            "listed by the exchange and the connection is alive: the market is quiet",
        ),
        (
            replace(LIVE, last_frame=980.0, last_verified=979.0),
            "market_quiet",
            980.0,
            "if the silence lasts",
        ),
        (
            replace(LIVE, last_frame=980.0, last_verified=None),
            "market_quiet",
            980.0,
            "if the silence lasts",
        ),
        (replace(LIVE, last_frame=995.0), "live", 900.0, "arriving"),
        (replace(LIVE, last_frame=971.0, usual_gap=10.0), "live", 900.0, "arriving"),
        (replace(LIVE, last_frame=969.0, usual_gap=10.0), "market_quiet", 969.0, "quiet"),
        (replace(LIVE, last_frame=994.0, usual_gap=None), "market_quiet", 994.0, "quiet"),
        (replace(LIVE, last_frame=None), "awaiting_first_frame", 901.0, "no frame has come"),
        (replace(LIVE, repairing=True), "topic_lost", 990.0, "no longer listed it"),
        (replace(LIVE, not_served=True, repairing=True), "not_served", 901.0, "stays silent"),
        (replace(LIVE, pong_missing=True), "transport_dead", 995.0, "a ping is unanswered"),
        (replace(LIVE, connected_since=None), "connecting", None, "the first connection"),
        (DOWN, "transport_dead", 950.0, "the connection was lost (reset); reconnecting"),
        (replace(DOWN, rate_limited_until=1007.5), "rate_limited", 950.0, "asked to wait"),
        (replace(DOWN, rate_limited_until=NOW), "transport_dead", 950.0, "lost"),
        (replace(DOWN, auth_failure="refused"), "auth_failed", 950.0, "refused"),
        (
            replace(DOWN, wanted=False, auth_failure="x"),
            "not_subscribed",
            None,
            "nobody subscribes",
        ),
        (replace(DOWN, wanted=False, rejection="no"), "rejected", 950.0, "no"),
    ],
)
def test_the_first_fault_from_the_outside_in(
    facts: TopicFacts, state: str, since: float | None, words: str
) -> None:
    verdict = judge(facts)
    assert verdict.state == state
    assert verdict.since == since
    assert words in verdict.reason
    assert verdict.reason == verdict.reason.strip("X")


def test_the_evidence_holds_the_figures_that_there_are() -> None:
    assert judge(LIVE).evidence == {
        "last_frame_age_seconds": 1.0,
        "last_heartbeat_age_seconds": 5.0,
        "last_verified_age_seconds": 10.0,
        "usual_gap_seconds": 1.0,
    }
    assert judge(TopicFacts(wanted=True, now=NOW)).evidence == {}
    limited = replace(TopicFacts(True, NOW), rate_limited_until=1007.5)
    assert judge(limited).evidence == {"wait_seconds": 7.5}


def test_a_quiet_market_is_called_so_after_five_seconds() -> None:
    assert QUIET_AFTER == 5.0
