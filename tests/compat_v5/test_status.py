"""The legacy status dictionaries as functions of plain values."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from compat_v5.message_rate import MessageRate
from compat_v5.status import (
    auth_status,
    connection_state,
    new_statistics,
    performance_analysis,
    pool_usage,
    private_health,
    public_health,
    rate_limiter_status,
    subscription_breakdown,
)

START = datetime(2026, 1, 1, 9, 0, 0)


def statistics(*, private=False, **values):
    return {**new_statistics(START, private=private), **values}


def after(seconds):
    return START + timedelta(seconds=seconds)


def test_statistics_have_the_keys_of_the_last_generation():
    public = {
        "messages_received",
        "messages_processed",
        "errors",
        "reconnect_count",
        "start_time",
        "last_message_time",
        "subscription_requests",
        "subscription_429_count",
        "rate_limit_waits",
    }
    assert set(statistics()) == public
    assert set(statistics(private=True)) == public | {"auth_token_refreshes", "auth_failures"}


@pytest.mark.parametrize(
    ("values", "connected", "score", "overall"),
    [
        ({}, True, 100, "🟢 EXCELLENT"),
        ({"last_message_time": after(10)}, True, 80, "🟡 GOOD"),
        ({"errors": 1, "messages_received": 100}, True, 100, "🟢 EXCELLENT"),
        ({"errors": 2, "messages_received": 100}, True, 85, "🟡 GOOD"),
        ({"last_message_time": after(10), "errors": 1}, True, 65, "🟠 WARNING"),
        ({}, False, 50, "🟠 WARNING"),
        ({"last_message_time": after(10), "errors": 1}, False, 15, "🔴 CRITICAL"),
    ],
)
def test_public_health(values, connected, score, overall):
    health = public_health(
        statistics(**values), after(60), connected=connected, active_subscriptions=2
    )
    assert (health["health_score"], health["overall_status"]) == (score, overall)
    assert health["uptime_minutes"] == 1.0
    assert health["error_count"] == values.get("errors", 0)
    assert set(health) == {
        "overall_status",
        "health_score",
        "connection_status",
        "uptime_minutes",
        "last_message_seconds_ago",
        "error_count",
        "active_subscriptions",
    }


@pytest.mark.parametrize(
    ("values", "connected", "valid", "score"),
    [
        ({}, True, True, 100),
        ({}, True, False, 70),
        ({"last_message_time": after(0)}, True, True, 85),
        ({"errors": 3, "messages_received": 100}, True, True, 90),
        ({"auth_failures": 1}, True, True, 95),
        ({"auth_failures": 1, "errors": 1, "last_message_time": after(0)}, False, False, 0),
    ],
)
def test_private_health(values, connected, valid, score):
    health = private_health(
        statistics(private=True, **values),
        after(61),
        connected=connected,
        token_valid=valid,
        active_subscriptions=0,
    )
    assert health["health_score"] == score
    assert health["auth_status"] == ("🟢 Valid Token" if valid else "🔴 Invalid Token")
    assert health["token_auto_refresh"] is (connected and valid)


def test_a_connection_without_subscriptions():
    assert connection_state([], connected=True, since=0.0, ticket="t") == {
        "connected": True,
        "active_subscription": None,
        "websocket_status": "connected",
    }


def test_a_connection_names_each_symbol_once_in_order():
    topics = [("ticker", ("B", "A")), ("trade", ("A", "C"))]
    state = connection_state(topics, connected=False, since=5.0, ticket="t")
    assert state["active_subscription"] == {
        "ticket_id": "t",
        "symbols": ["B", "A", "C"],
        "data_types": ["ticker", "trade"],
        "timestamp": 5.0,
    }
    assert state["websocket_status"] == "disconnected"


def test_rate_limiter_before_and_after_the_first_subscribe():
    settings = {"strategy": "balanced"}
    idle, used = statistics(), statistics(subscription_requests=4, subscription_429_count=1)
    assert rate_limiter_status(True, settings, idle) == {"type": "dynamic", "initialized": False}
    assert rate_limiter_status(False, settings, used) == {"type": "legacy", "initialized": True}
    dynamic = rate_limiter_status(True, settings, used)
    assert dynamic["config"] == settings
    assert dynamic["groups"]["websocket"]["total_requests"] == 4
    assert dynamic["groups"]["websocket"]["error_429_count"] == 1


def test_auth_status_without_accepted_keys():
    status = auth_status(
        "CONNECTED", 5.0, connected=True, token_valid=False, subscriptions=0, connection={}
    )
    assert status["security_level"] == "unauthenticated"
    assert status["jwt"]["auto_refresh_active"] is False
    assert status["status_checked_at"] == 5.0


def test_pools_never_use_more_than_they_have():
    pools = pool_usage(5, 1, (3, 2))
    assert pools["public_pool"]["used"] == 3
    assert pools["public_pool"]["available"] == 0
    assert pools["private_pool"]["utilization_percent"] == 50.0
    assert (pools["total_tickets"], pools["max_total_tickets"]) == (4, 5)


def test_subscriptions_are_counted_by_type():
    topics = [("ticker", ("A", "B")), ("ticker", ("A",)), ("trade", ("C",))]
    assert subscription_breakdown(topics, statistics(), after(90)) == {
        "total_subscriptions": 3,
        "unique_symbols": 3,
        "data_type_breakdown": {"ticker": 2, "trade": 1},
        "active_tickets": 1,
        "connection_uptime_minutes": 1.5,
    }


def test_performance_is_measured():
    rate = MessageRate()
    for second in (1, 1, 1, 2):
        rate.note(after(second))
    values = statistics(messages_received=200, messages_processed=100, errors=2)
    analysis = performance_analysis(values, after(10), subscriptions=2, symbols=3, rate=rate)
    assert analysis["performance_grade"] == "GRADE"
    assert analysis["avg_message_rate"] == 20.0
    assert analysis["peak_message_rate"] == 3
    assert [sample["rate"] for sample in analysis["recent_performance"]] == [3, 1]
    assert analysis["reliability_score"] == 99.0
    assert analysis["efficiency_metrics"] == {
        "symbols_per_subscription": 1.5,
        "data_efficiency": 0.5,
        "error_rate_percent": 1.0,
    }
    nothing = performance_analysis(statistics(), START, subscriptions=0, symbols=0, rate=rate)
    assert nothing["performance_grade"] == "DEVELOPMENT"
    assert nothing["efficiency_metrics"]["symbols_per_subscription"] == 0.0


def test_rates_are_kept_for_a_while_only():
    rate = MessageRate(seconds=2)
    for second in (1, 2, 3):
        rate.note(after(second))
    assert [sample["total_messages"] for sample in rate.recent()] == [2, 3]
