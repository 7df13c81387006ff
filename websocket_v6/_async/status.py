"""Status as plain numbers: times in seconds unless the name says otherwise, no formatted texts."""

from __future__ import annotations

import sys
from time import monotonic, time
from typing import Any, Protocol

from ..protocol.drift import Drift
from ..protocol.ledger import Want
from ..protocol.liveness import TopicFacts, Verdict, judge
from ..subscription import EVERY_CODE, PRIVATE_TYPES
from ..typing import AccountRef
from .accounts import Accounts
from .connection import Connection
from .records import ConnectionKey, Record

__all__ = [
    "describe_health",
    "describe_performance",
    "describe_subscription",
    "describe_system",
    "explain_topic",
]


class _Described(Protocol):
    """Whose status it is."""

    accounts: Accounts
    connections: dict[ConnectionKey, Connection]
    records: dict[str, Record]
    drift: Drift
    started: float | None

    def is_available(self, *, private: bool, account: AccountRef) -> bool: ...


def describe_system(hub: _Described) -> dict[str, Any]:
    """``get_system_status``: what is running, and for whom."""
    records = list(hub.records.values())
    return {
        "state": _state(hub),
        "uptime_seconds": _uptime(hub),
        "proxies": len({record.order.token for record in records}),
        "subscriptions": len(records),
        "topics": sum(len(one.ledger.topics()) for one in hub.connections.values()),
        "public_available": hub.is_available(private=False, account=None),
        "private_available": hub.is_available(private=True, account=None),
        "connections": {one.name: _connection(one) for one in hub.connections.values()},
    }


def describe_health(hub: _Described) -> dict[str, Any]:
    """``health_check``: how well it runs, 100 is best.

    50 points go when a connection that is wanted is down, 20 when one that is up has heard nothing for
    30 s, 20 when the exchange refuses topics that are subscribed, 15 when more than 1 % of callbacks failed
    or frames were undecodable, 15 when a callback is slow.
    """
    wanted = [one for one in hub.connections.values() if one.ledger.topics()]
    score = 100
    if any(not one.up for one in wanted):
        score -= 50
    if any(one.up and (_frame_age(one) or 0.0) > 30.0 for one in wanted):
        score -= 20
    rejected = _rejected(hub)
    if rejected:
        score -= 20
    if _error_rate(hub) > 1.0:
        score -= 15
    if any(delivery["slow"] for delivery in _callbacks(hub)):
        score -= 15
    uptime = _uptime(hub)
    return {
        "status": "healthy" if score >= 90 else "degraded" if score >= 50 else "unhealthy",
        "health_score": max(score, 0),
        "rejected_topics": rejected,
        "uptime_seconds": uptime,
        "uptime_minutes": uptime / 60,
        "connections": {one.name: _connection(one) for one in hub.connections.values()},
    }


def _rejected(hub: _Described) -> list[list[str]]:
    """``[type, code]`` of the topics that the exchange refuses, of subscriptions that still exist."""
    refused = {
        (record.order.data_type, code)
        for record in hub.records.values()
        for code in record.rejections
    }
    refused.update(topic for one in hub.connections.values() for topic in one.refusals.aside)
    return [list(topic) for topic in sorted(refused)]


def describe_subscription(record: Record) -> dict[str, Any]:
    """One entry of ``get_active_subscriptions``."""
    delivery, connection = record.delivery(), record.connection
    want = connection.ledger.get(record.order.key) if connection is not None else None
    return {
        "data_type": record.order.data_type,
        "symbols": list(want.codes) if want is not None else [],
        "status": _state_of_subscription(record, want),
        "created_at": record.created_at,
        "delivered": delivery.delivered if delivery is not None else 0,
        "dropped": delivery.mailbox.dropped if delivery is not None else 0,
        "callback": delivery.name if delivery is not None else "",
    }


def _state_of_subscription(record: Record, want: Want | None) -> str:
    connection = record.connection
    if record.rejections and want is None:
        return "rejected"
    if connection is None:
        return "ended"
    if connection.locked_out:
        return "auth_failed"
    if connection.session is None:
        return "reconnecting" if connection.history.ever_connected else "connecting"
    on_wire = connection.session.wire.items or {}
    data_type = record.order.data_type
    named = all(
        (data_type, code) in on_wire or (data_type, EVERY_CODE) in on_wire
        for code in (want.codes if want is not None else ())
    )
    return "active" if named else "pending"


def describe_performance(hub: _Described) -> dict[str, Any]:
    """``get_performance_metrics``: counters since the start and rates over the uptime."""
    connections = list(hub.connections.values())
    counters = [one.router.counters for one in connections]
    frames = sum(one.frames for one in counters)
    latency_count = sum(one.latency_count for one in counters)
    latency = sum(one.latency_sum for one in counters)
    uptime = _uptime(hub)
    callbacks = _callbacks(hub)
    return {
        "messages_received": frames,
        "bytes_received": sum(one.bytes for one in counters),
        "messages_per_second": frames / uptime if uptime > 0 else 0.0,
        "average_latency_ms": latency / latency_count * 1000 if latency_count else None,
        "callbacks": callbacks,
        "delivered": sum(one["delivered"] for one in callbacks),
        "dropped": sum(one["dropped"] for one in callbacks),
        "callback_errors": sum(one["errors"] for one in callbacks),
        "error_rate_percent": _error_rate(hub),
        "decode_errors": sum(one.decode_errors for one in counters),
        "router_errors": sum(one.unexpected for one in counters),
        "stray_frames": sum(one.strays for one in counters),
        "suppressed_snapshots": sum(one.suppressed_snapshots for one in counters),
        "duplicate_trades": sum(one.duplicates for one in counters),
        "drift_repairs": sum(one.history.tally.drift_repairs for one in connections),
        "schema_drift": dict(hub.drift.counts),
        "requests_sent": sum(one.history.tally.requests for one in connections),
        "list_requests_sent": sum(one.history.tally.lists for one in connections),
        "connects": sum(one.history.tally.connects for one in connections),
        "reconnects": sum(one.history.tally.reconnects for one in connections),
        "memory_usage_mb": _memory_megabytes(),
    }


def explain_topic(
    hub: _Described, data_type: str, code: str, account: AccountRef, endpoint: str | None
) -> Verdict:
    """The verdict on one topic. Reads only; safe from any thread."""
    now = time()
    record, connection = _find(hub, data_type, code, account, endpoint)
    if record is None or connection is None:
        return judge(TopicFacts(wanted=False, now=now))
    topic = data_type, code
    route = connection.routes.get(topic)
    wanted = bool(connection.ledger.holders(topic))
    # What one subscriber was refused, another may be served since.
    rejection = connection.refusals.aside.get(topic) if wanted else record.rejections.get(code)
    heard = route.last_at if route is not None else None
    session = connection.session
    to_wall = now - monotonic()
    locked_out = connection.account if connection.locked_out else None
    return judge(
        TopicFacts(
            wanted=wanted,
            now=now,
            connected_since=connection.history.connected_since,
            lost_since=connection.history.lost_since,
            lost_cause=connection.history.lost_cause,
            rate_limited_until=connection.connecting.rate_limited_until,
            auth_failure=locked_out.refusal if locked_out is not None else None,
            rejection=rejection,
            on_wire_since=connection.history.connected_since,
            last_frame=_wall(heard, to_wall),
            last_heartbeat=_wall(connection.last_heartbeat, to_wall),
            last_verified=_wall(connection.verification.last_verified, to_wall),
            usual_gap=route.usual_gap if route is not None else None,
            not_served=session is not None and session.is_silent(topic),
            repairing=connection.verification.is_repairing(topic),
            pong_missing=session is not None and session.pong_is_late(monotonic()),
        )
    )


def _wall(at: float | None, to_wall: float) -> float | None:
    """Unix time of a moment in the clock of ``monotonic``."""
    return None if at is None else at + to_wall


def _find(
    hub: _Described, data_type: str, code: str, account: AccountRef, endpoint: str | None
) -> tuple[Record | None, Connection | None]:
    """The subscription and the connection that a topic is on, as far as there are any."""
    chosen = hub.accounts.known(account) if data_type in PRIVATE_TYPES else None
    found: tuple[Record | None, Connection | None] = None, None
    for record in tuple(hub.records.values()):
        order, connection = record.order, record.connection
        same = order.data_type == data_type and code in order.codes and order.endpoint == endpoint
        if not same or connection is None or connection.account is not chosen:
            continue
        if code not in record.rejections:
            return record, connection
        found = record, connection  # the last word of the exchange, unless somebody is served
    return found


def _connection(connection: Connection) -> dict[str, Any]:
    tally = connection.history.tally
    state = "connected" if connection.up else "idle"
    if not connection.up and connection.ledger.topics():
        state = "reconnecting" if connection.history.ever_connected else "connecting"
        if connection.locked_out:
            state = "auth_failed"
    return {
        "state": state,
        "url": connection.url,
        "topics": len(connection.ledger.topics()),
        "last_frame_age_seconds": _frame_age(connection),
        "connected_since": connection.history.connected_since,
        "reconnects": tally.reconnects,
        "outage_seconds": tally.outage_seconds,
        "outages": list(tally.outages),
        "requests_sent": tally.requests,
        "last_failure": connection.history.lost_cause,
    }


def _state(hub: _Described) -> str:
    wanted = [one for one in hub.connections.values() if one.ledger.topics()]
    if not wanted:
        return "idle"
    return "running" if all(one.up for one in wanted) else "reconnecting"


def _frame_age(connection: Connection) -> float | None:
    last = connection.router.last_frame
    return None if last is None else monotonic() - last


def _uptime(hub: _Described) -> float:
    return monotonic() - hub.started if hub.started is not None else 0.0


def _callbacks(hub: _Described) -> list[dict[str, Any]]:
    found = []
    for key, record in hub.records.items():
        delivery = record.delivery()
        if delivery is not None:
            found.append(
                {
                    "subscription": key,
                    "proxy": record.order.proxy,
                    "callback": delivery.name,
                    "data_type": delivery.data_type,
                    "delivered": delivery.delivered,
                    "dropped": delivery.mailbox.dropped,
                    "errors": delivery.errors,
                    "waiting": len(delivery.mailbox),
                    "queue_lag_seconds": delivery.lag,
                    "slow": delivery.mailbox.overflowing,
                }
            )
    return found


def _error_rate(hub: _Described) -> float:
    """Failed callbacks and undecodable frames, in percent of deliveries and frames."""
    callbacks = _callbacks(hub)
    counters = [one.router.counters for one in hub.connections.values()]
    bad = sum(one["errors"] for one in callbacks) + sum(one.decode_errors for one in counters)
    total = sum(one["delivered"] for one in callbacks) + sum(one.frames for one in counters)
    return bad / total * 100 if total else 0.0


def _memory_megabytes() -> float | None:
    """Peak resident memory of this process in MiB; ``None`` where the platform does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / 1024
