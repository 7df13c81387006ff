"""The legacy status dictionaries, built from plain values.

Every value is measured. Where the shared connection has nothing to measure the value is ``None``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from .message_rate import MessageRate
from .models import create_connection_status
from .status_texts import (
    CONNECTED,
    DISCONNECTED,
    TOKEN_INVALID,
    TOKEN_VALID,
    overall_status,
    performance_grade,
)

__all__ = [
    "auth_status",
    "connection_state",
    "connection_status",
    "limiter_settings",
    "new_statistics",
    "performance_analysis",
    "pool_usage",
    "private_health",
    "public_health",
    "rate_limiter_status",
    "subscription_breakdown",
]

Statistics = dict[str, Any]
"""A client's ``stats``; see ``new_statistics``."""


def new_statistics(now: datetime, *, private: bool) -> Statistics:
    """Counters of one client. Times are naive local datetimes, ``None`` = never."""
    statistics: Statistics = {
        "messages_received": 0,
        "messages_processed": 0,
        "errors": 0,
        "reconnect_count": 0,
        "start_time": now,
        "last_message_time": None,
        "subscription_requests": 0,
        "subscription_429_count": 0,
        "rate_limit_waits": 0,
    }
    if private:
        statistics |= {"auth_token_refreshes": 0, "auth_failures": 0}
    return statistics


def connection_status(
    state: str,
    connection_id: str,
    statistics: Statistics,
    now: datetime,
    *,
    connected_at: datetime | None,
    active_subscriptions: int,
    subscription_state: Mapping[str, Any],
    rate_limiter: Mapping[str, Any],
) -> dict[str, Any]:
    """``get_status()``. *connected_at* and *last_message_at* are real times, ``None`` = never."""
    return {
        **create_connection_status(state, connection_id),
        "connected_at": connected_at,
        "last_message_at": statistics["last_message_time"],
        "message_count": statistics["messages_received"],
        "active_subscriptions": active_subscriptions,
        "uptime_seconds": round(_uptime(statistics, now), 2),
        "messages_received": statistics["messages_received"],
        "messages_processed": statistics["messages_processed"],
        "error_count": statistics["errors"],
        "subscription_state": dict(subscription_state),
        "subscription_requests": statistics["subscription_requests"],
        "subscription_429_count": statistics["subscription_429_count"],
        "rate_limit_waits": statistics["rate_limit_waits"],
        "rate_limiter": dict(rate_limiter),
    }


def connection_state(
    topics: Iterable[tuple[str, Iterable[str]]], *, connected: bool, since: float, ticket: str
) -> dict[str, Any]:
    """One connection in ``get_state()``.

    Args:
        topics: ``(data_type, symbols)`` of each subscription.
        connected: whether the client counts as connected.
        since: Unix time of the latest subscription.
        ticket: a name for the set.
    """
    symbols: dict[str, None] = {}
    data_types: dict[str, None] = {}
    for data_type, codes in topics:
        data_types[data_type] = None
        symbols.update(dict.fromkeys(codes))
    active = None
    if data_types:
        active = {
            "ticket_id": ticket,
            "symbols": list(symbols),
            "data_types": list(data_types),
            "timestamp": since,
        }
    return {
        "connected": connected,
        "active_subscription": active,
        "websocket_status": "connected" if connected else "disconnected",
    }


def limiter_settings(given: object | None, *, private: bool) -> dict[str, Any]:
    """The limiter settings a client was *given*, or its generation's defaults."""
    strategy = getattr(given, "strategy", "conservative" if private else "balanced")
    return {
        "strategy": getattr(strategy, "value", strategy),
        "error_threshold": getattr(given, "error_429_threshold", 1 if private else 2),
        "reduction_ratio": getattr(given, "reduction_ratio", 0.6 if private else 0.7),
        "recovery_delay": getattr(given, "recovery_delay", 300.0 if private else 120.0),
    }


def rate_limiter_status(
    dynamic: bool, settings: Mapping[str, Any], statistics: Statistics
) -> dict[str, Any]:
    """``get_status()["rate_limiter"]``. The shared connection paces all clients alike.

    Args:
        dynamic: the client's ``use_dynamic_limiter``.
        settings: strategy, error_threshold, reduction_ratio, recovery_delay as configured.
        statistics: the client's ``stats``.
    """
    kind = "dynamic" if dynamic else "legacy"
    if not statistics["subscription_requests"]:
        return {"type": kind, "initialized": False}
    if not dynamic:
        return {"type": kind, "initialized": True}
    group = {
        "total_requests": statistics["subscription_requests"],
        "error_429_count": statistics["subscription_429_count"],
        "current_rate_ratio": 1.0,
        "recent_429_errors": statistics["subscription_429_count"],
        "time_since_last_reduction": None,
        "time_since_last_recovery": None,
    }
    return {"config": dict(settings), "groups": {"websocket": group}, "type": kind}


def public_health(
    statistics: Statistics, now: datetime, *, connected: bool, active_subscriptions: int
) -> dict[str, Any]:
    """``health_check()`` of a public client."""
    silent = _silence(statistics, now)
    score = 100
    score -= 50 * (not connected)
    score -= 20 * (silent is not None and silent > 30)
    score -= 15 * (_error_ratio(statistics) > 0.01)
    return {
        "overall_status": overall_status(max(score, 0)),
        "health_score": max(score, 0),
        "connection_status": CONNECTED if connected else DISCONNECTED,
        "uptime_minutes": round(_uptime(statistics, now) / 60, 1),
        "last_message_seconds_ago": silent,
        "error_count": statistics["errors"],
        "active_subscriptions": active_subscriptions,
    }


def private_health(
    statistics: Statistics,
    now: datetime,
    *,
    connected: bool,
    token_valid: bool,
    active_subscriptions: int,
) -> dict[str, Any]:
    """``health_check()`` of a private client. *token_valid*: the keys were not refused."""
    silent = _silence(statistics, now)
    score = 100
    score -= 50 * (not connected)
    score -= 30 * (not token_valid)
    score -= 15 * (silent is not None and silent > 60)
    score -= 10 * (_error_ratio(statistics) > 0.02)
    score -= 5 * (statistics["auth_failures"] > 0)
    return {
        "overall_status": overall_status(max(score, 0)),
        "health_score": max(score, 0),
        "connection_status": CONNECTED if connected else DISCONNECTED,
        "auth_status": TOKEN_VALID if token_valid else TOKEN_INVALID,
        "uptime_minutes": round(_uptime(statistics, now) / 60, 1),
        "last_message_seconds_ago": silent,
        "error_count": statistics["errors"],
        "active_subscriptions": active_subscriptions,
        "token_auto_refresh": connected and token_valid,
    }


def auth_status(
    state: str,
    now: float,
    *,
    connected: bool,
    token_valid: bool,
    subscriptions: int,
    connection: Mapping[str, Any],
) -> dict[str, Any]:
    """``get_auth_status()``.

    *expires_at* and *time_to_expiry* are ``None``: each connection signs a token of its own, which
    the exchange checks once.
    """
    return {
        "jwt": {
            "exists": token_valid,
            "expires_at": None,
            "time_to_expiry": None,
            "auto_refresh_active": connected and token_valid,
        },
        "connection": {"connected": connected, "connection_state": state},
        "subscriptions": {
            "realtime_intents": subscriptions,
            "private_connection": dict(connection),
        },
        "security_level": "private_authenticated" if token_valid else "unauthenticated",
        "status_checked_at": now,
    }


def pool_usage(public: int, private: int, capacities: tuple[int, int]) -> dict[str, Any]:
    """``get_ticket_stats()`` of generation C: one ticket per subscription, as far as the pool goes.

    Args:
        public: public subscriptions.
        private: private subscriptions.
        capacities: size of the public and the private pool.
    """

    def pool(wanted: int, capacity: int) -> dict[str, Any]:
        used = min(wanted, capacity)
        return {
            "total_capacity": capacity,
            "used": used,
            "available": capacity - used,
            "utilization_percent": round(100 * used / capacity, 1) if capacity else 0.0,
        }

    public_pool, private_pool = pool(public, capacities[0]), pool(private, capacities[1])
    return {
        "public_pool": public_pool,
        "private_pool": private_pool,
        "total_tickets": public_pool["used"] + private_pool["used"],
        "max_total_tickets": sum(capacities),
    }


def subscription_breakdown(
    topics: Iterable[tuple[str, Iterable[str]]], statistics: Statistics, now: datetime
) -> dict[str, Any]:
    """``get_subscription_stats()``; *topics* as in ``connection_state``."""
    by_type: dict[str, int] = {}
    symbols: set[str] = set()
    count = 0
    for data_type, codes in topics:
        count += 1
        by_type[data_type] = by_type.get(data_type, 0) + 1
        symbols.update(codes)
    return {
        "total_subscriptions": count,
        "unique_symbols": len(symbols),
        "data_type_breakdown": by_type,
        "active_tickets": 1 if count else 0,
        "connection_uptime_minutes": round(_uptime(statistics, now) / 60, 2),
    }


def performance_analysis(
    statistics: Statistics, now: datetime, *, subscriptions: int, symbols: int, rate: MessageRate
) -> dict[str, Any]:
    """``get_performance_analysis()``; rates are messages per second."""
    uptime = _uptime(statistics, now)
    average = statistics["messages_received"] / uptime if uptime > 0 else 0.0
    error_percent = 100 * _error_ratio(statistics)
    received = statistics["messages_received"]
    return {
        "performance_grade": performance_grade(average),
        "avg_message_rate": round(average, 2),
        "peak_message_rate": rate.peak,
        "uptime_minutes": round(uptime / 60, 2),
        "reliability_score": round(max(0.0, 100.0 - error_percent), 1),
        "recent_performance": rate.recent(),
        "efficiency_metrics": {
            "symbols_per_subscription": round(symbols / subscriptions, 2) if subscriptions else 0.0,
            "data_efficiency": round(statistics["messages_processed"] / received, 3)
            if received
            else 0.0,
            "error_rate_percent": round(error_percent, 2),
        },
    }


def _uptime(statistics: Statistics, now: datetime) -> float:
    return float((now - statistics["start_time"]).total_seconds())


def _silence(statistics: Statistics, now: datetime) -> float | None:
    last = statistics["last_message_time"]
    return None if last is None else float((now - last).total_seconds())


def _error_ratio(statistics: Statistics) -> float:
    return float(statistics["errors"]) / max(int(statistics["messages_received"]), 1)
