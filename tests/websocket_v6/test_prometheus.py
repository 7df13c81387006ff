from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from websocket_v6 import GlobalWebSocketManager, LoopUnavailable, WebSocketClientProxy
from websocket_v6.prometheus import PrometheusExporter
from websocket_v6.testing import ExchangeEmulator

PERFORMANCE: dict[str, Any] = {
    "messages_received": 120,
    "average_latency_ms": 45.5,
    "decode_errors": 2,
    "memory_usage_mb": None,
    "schema_drift": {"key ticker.new": 3},
    "callbacks": [
        {"proxy": "chart", "callback": "on_tick", "data_type": "ticker", "delivered": 5,
         "dropped": 1, "errors": 0, "waiting": 2, "queue_lag_seconds": 0.5},
        {"proxy": "chart", "callback": "on_tick", "data_type": "ticker", "delivered": 7,
         "dropped": 0, "errors": 0, "waiting": 1, "queue_lag_seconds": 0.25},
    ],
}  # fmt: skip
HEALTH: dict[str, Any] = {
    "health_score": 85,
    "uptime_seconds": 61.5,
    "connections": {
        "public": {"state": "connected", "reconnects": 4, "last_frame_age_seconds": None},
        "private:default": {"state": "reconnecting", "reconnects": 1, "outage_seconds": 2.5},
    },
}


class Source:
    def __init__(self) -> None:
        self.performance = PERFORMANCE

    async def get_performance_metrics(self) -> dict[str, Any]:
        return dict(self.performance)

    async def health_check(self) -> dict[str, Any]:
        return dict(HEALTH)


async def test_the_figures_appear_with_their_units() -> None:
    registry = CollectorRegistry()
    async with PrometheusExporter(Source(), registry=registry):
        values = {
            name: registry.get_sample_value("upbit_ws_" + name)
            for name in (
                "messages_received_total",
                "decode_errors_total",
                "average_latency_seconds",
                "health_score",
                "uptime_seconds",
                "peak_memory_bytes",
            )
        }
        drift = registry.get_sample_value("upbit_ws_schema_drift_total", {"kind": "key ticker.new"})
    assert values == {
        "messages_received_total": 120,
        "decode_errors_total": 2,
        "average_latency_seconds": pytest.approx(0.0455),
        "health_score": 85,
        "uptime_seconds": 61.5,
        "peak_memory_bytes": None,
    }
    assert drift == 3


async def test_connections_and_callbacks_are_labelled() -> None:
    registry = CollectorRegistry()
    async with PrometheusExporter(Source(), registry=registry):

        def value(name: str, **labels: str) -> float | None:
            return registry.get_sample_value("upbit_ws_" + name, labels)

        assert value("connection_up", connection="public") == 1
        assert value("connection_up", connection="private:default") == 0
        assert value("connection_reconnects_total", connection="public") == 4
        assert value("connection_outage_seconds_total", connection="private:default") == 2.5
        assert value("connection_last_frame_age_seconds", connection="public") is None
        one = {"proxy": "chart", "callback": "on_tick", "data_type": "ticker"}
        assert value("callback_delivered_total", **one) == 12
        assert value("callback_waiting_frames", **one) == 3
        assert value("callback_lag_seconds", **one) == 0.5


async def test_a_refresh_reads_anew_and_the_end_leaves_nothing_behind() -> None:
    registry, source = CollectorRegistry(), Source()
    async with PrometheusExporter(source, registry=registry) as exporter:
        source.performance = PERFORMANCE | {"messages_received": 121}
        await exporter.refresh()
        assert registry.get_sample_value("upbit_ws_messages_received_total") == 121
    assert generate_latest(registry) == b""


async def test_a_reading_that_fails_leaves_the_last_one_and_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    registry, source = CollectorRegistry(), Source()
    failed, recovered = asyncio.Event(), asyncio.Event()

    async def read() -> dict[str, Any]:
        if not failed.is_set():
            failed.set()
            raise LoopUnavailable(5.0)
        recovered.set()
        return PERFORMANCE | {"messages_received": 121}

    async with PrometheusExporter(source, registry=registry, every=0.001):
        source.get_performance_metrics = read  # type: ignore[method-assign]
        await asyncio.wait_for(failed.wait(), 5)
        assert registry.get_sample_value("upbit_ws_messages_received_total") == 120
        await asyncio.wait_for(recovered.wait(), 5)
    assert "prometheus.not_read" in caplog.text


async def test_the_figures_of_a_running_manager() -> None:
    registry = CollectorRegistry()
    manager = await GlobalWebSocketManager.get_instance()
    async with ExchangeEmulator(rate=0) as exchange:
        proxy = WebSocketClientProxy("chart", endpoint=exchange.url)
        snapshot = await proxy.get_ticker_snapshot(["KRW-BTC"])
        assert set(snapshot) == {"KRW-BTC"}
        await proxy.subscribe_ticker(["KRW-BTC"], print)
        async with PrometheusExporter(manager, registry=registry):
            assert registry.get_sample_value("upbit_ws_connects_total") == 1
            text = generate_latest(registry).decode()
        await manager.shutdown()
    assert "upbit_ws_connection_up{connection=" in text
    assert 'proxy="chart"' in text


def test_without_the_extra_the_error_names_it() -> None:
    code = (
        "import sys; sys.modules['prometheus_client'] = None\n"
        "from websocket_v6.prometheus import PrometheusExporter\n"
        "from websocket_v6 import MissingExtra\n"
        "try: PrometheusExporter(None)\n"
        "except MissingExtra as error: print(error)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert 'pip install "upbit-websocket-v6[metrics]"' in shown.stdout
