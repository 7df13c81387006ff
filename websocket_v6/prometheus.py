"""Metrics for Prometheus, read from the manager's own figures. Needs the extra ``metrics``.

::

    from prometheus_client import start_http_server

    start_http_server(9000)
    async with PrometheusExporter(manager):
        ...

A scrape comes in on a thread of its own, while the figures live on the manager's event loop. So
they are read there every few seconds, and a scrape gets the last reading; its age is a metric too.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from .exceptions import MissingExtra, UpbitWebSocketError

if TYPE_CHECKING:
    from prometheus_client.core import Metric
    from prometheus_client.registry import CollectorRegistry

__all__ = ["PrometheusExporter", "StatusSource"]

logger = logging.getLogger(__name__)

PREFIX: Final = "upbit_ws_"

_COUNTERS: Final[Mapping[str, tuple[str, str]]] = {
    "messages_received": ("messages_received", "Frames received."),
    "bytes_received": ("received_bytes", "Bytes received."),
    "decode_errors": ("decode_errors", "Frames that could not be decoded."),
    "duplicate_trades": ("duplicate_trades", "Trades received twice and delivered once."),
    "drift_repairs": ("drift_repairs", "Topics the exchange had lost and was asked for again."),
    "list_requests_sent": ("list_requests", "Requests for the list of subscriptions."),
    "connects": ("connects", "Sockets opened."),
}
_GAUGES: Final[Mapping[str, tuple[str, str, float]]] = {
    "health_score": ("health_score", "How well it runs, from 0 to 100.", 1),
    "uptime_seconds": ("uptime_seconds", "Time since the first use.", 1),
    "average_latency_ms": (
        "average_latency_seconds",
        "From the exchange's time stamp to the receipt, averaged over the uptime.",
        1e-3,
    ),
    "memory_usage_mb": ("peak_memory_bytes", "Peak memory of the process.", 1 << 20),
}
_PER_CONNECTION: Final[Mapping[str, tuple[str, str, bool]]] = {
    "topics": ("connection_topics", "Topics wanted on the connection.", False),
    "last_frame_age_seconds": (
        "connection_last_frame_age_seconds",
        "Time since the last frame.",
        False,
    ),
    "reconnects": ("connection_reconnects", "Times it was opened again.", True),
    "outage_seconds": ("connection_outage_seconds", "Time it was wanted and down.", True),
    "requests_sent": ("connection_requests", "Requests sent.", True),
}
_PER_CALLBACK: Final[Mapping[str, tuple[str, str, bool, Callable[[Iterable[float]], float]]]] = {
    "delivered": ("callback_delivered", "Frames given to the callback.", True, sum),
    "dropped": ("callback_dropped", "Frames dropped because it was too slow.", True, sum),
    "errors": ("callback_errors", "Exceptions it raised.", True, sum),
    "waiting": ("callback_waiting_frames", "Frames that wait for it.", False, sum),
    "queue_lag_seconds": ("callback_lag_seconds", "Age of the oldest of them.", False, max),
}


class StatusSource(Protocol):
    """What is exported: the manager, or a proxy."""

    async def health_check(self) -> dict[str, Any]: ...

    async def get_performance_metrics(self) -> dict[str, Any]: ...


class PrometheusExporter:
    """Registers the manager's figures with Prometheus while it is open; use it with ``async with``.

    Counters of a callback begin anew when its subscription does, which Prometheus takes for a
    restart.

    Args:
        source: the manager.
        registry: ``None`` means prometheus_client's own.
        every: seconds between two readings.

    Raises:
        MissingExtra: prometheus_client is not installed.
    """

    def __init__(
        self,
        source: StatusSource,
        *,
        registry: CollectorRegistry | None = None,
        every: float = 5.0,
    ) -> None:
        try:
            from prometheus_client import REGISTRY
        except ImportError as error:
            raise MissingExtra("the Prometheus exporter", "metrics") from error
        self._source = source
        self._registry = REGISTRY if registry is None else registry
        self._every = every
        self._reading: dict[str, Any] = {}
        self._read_at = time.monotonic()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.refresh()
        self._registry.register(self)
        self._task = asyncio.create_task(self._read_regularly())
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._registry.unregister(self)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def refresh(self) -> None:
        """Read the figures now."""
        performance = await self._source.get_performance_metrics()
        self._reading = performance | await self._source.health_check()
        self._read_at = time.monotonic()

    async def _read_regularly(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.refresh()
            except UpbitWebSocketError as error:
                # The figures grow old, which shows in the metric of their age.
                logger.warning("prometheus.not_read", extra={"cause": str(error)})

    def describe(self) -> list[Metric]:
        """Nothing: the registry need not collect in order to register."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The last reading as metric families; called by the registry, on any thread."""
        reading = self._reading
        age = time.monotonic() - self._read_at
        yield _family("reading_age_seconds", "Age of these figures.", False, [((), age)])
        for key, (name, text) in _COUNTERS.items():
            yield _family(name, text, True, [((), reading.get(key))])
        for key, (name, text, factor) in _GAUGES.items():
            value = reading.get(key)
            scaled = None if value is None else value * factor
            yield _family(name, text, False, [((), scaled)])
        drift = [((str(kind),), count) for kind, count in reading.get("schema_drift", {}).items()]
        yield _family("schema_drift", "Unknown keys, types and words.", True, drift, ("kind",))
        yield from _connections(reading.get("connections", {}))
        yield from _callbacks(reading.get("callbacks", []))


def _connections(connections: Mapping[str, Mapping[str, Any]]) -> Iterator[Metric]:
    label = ("connection",)
    up = [((name,), float(one.get("state") == "connected")) for name, one in connections.items()]
    yield _family("connection_up", "1 while the connection is open.", False, up, label)
    for key, (name, text, counts) in _PER_CONNECTION.items():
        values = [((connection,), one.get(key)) for connection, one in connections.items()]
        yield _family(name, text, counts, values, label)


def _callbacks(callbacks: Iterable[Mapping[str, Any]]) -> Iterator[Metric]:
    """Subscriptions of one callback to one data type count together."""
    labels = ("proxy", "callback", "data_type")
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for one in callbacks:
        groups.setdefault(tuple(str(one.get(label)) for label in labels), []).append(one)
    for key, (name, text, counts, combine) in _PER_CALLBACK.items():
        values = [
            (group, combine([one.get(key) or 0 for one in members]))
            for group, members in groups.items()
        ]
        yield _family(name, text, counts, values, labels)


def _family(
    name: str,
    text: str,
    counts: bool,
    values: Iterable[tuple[tuple[str, ...], float | None]],
    labels: tuple[str, ...] = (),
) -> Metric:
    """One metric with its values; those that are ``None`` are unknown and left out."""
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    kind = CounterMetricFamily if counts else GaugeMetricFamily
    family = kind(PREFIX + name, text, labels=labels)
    for label_values, value in values:
        if value is not None:
            family.add_metric(label_values, value)
    return family
