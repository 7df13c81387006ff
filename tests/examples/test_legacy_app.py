"""The legacy example runs unchanged on compat_v5, on one public and one private connection."""

from __future__ import annotations

import ast
import asyncio
from pathlib import Path

import pytest

from compat_v5.parity.before_after import before_program
from compat_v5.parity.demo import legacy_app
from compat_v5.parity.program import run

LONG_PATH = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"


def imports(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]


def test_it_imports_v5_in_the_ways_people_did() -> None:
    desk = legacy_app() / "desk"
    assert imports(desk / "exchange.py") == [f"{LONG_PATH}.upbit_websocket_public_client"]
    assert "exchange" in imports(desk / "chart.py")
    handlers = [
        node
        for node in ast.walk(ast.parse((desk / "bot.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
    ]
    assert ast.unparse(handlers[0]).startswith("except ImportError")


def test_it_runs_unchanged_on_one_connection_of_each_kind(tmp_path: Path) -> None:
    done = asyncio.run(
        run(
            before_program(legacy_app(), "main.py 20"),
            frames=2000,
            seed=1,
            logs=tmp_path,
            time_limit=30.0,
            progress=lambda _: None,
        )
    )
    output = done.output.read_text(encoding="utf-8")
    assert done.recording.problems == (), output
    assert done.recording.ended_itself
    assert done.recording.sockets == {"public": 1, "private": 1}
    callbacks = {topic.callback for topic in done.recording.by_topic()}
    assert callbacks == {
        "ChartWidget.on_tick",
        "MarketDataCollector.on_orderbook",
        "MarketDataCollector.on_order",
        "MarketDataCollector.on_ticker",
        "MarketDataCollector.on_trade",
        "TradingBot.on_my_asset",
        "TradingBot.on_my_order",
        "TradingBot.on_price",
    }
    assert "chart KRW-BTC:" in output
    assert not list(legacy_app().rglob("__pycache__"))


@pytest.mark.parametrize("key", ["UPBIT_ACCESS_KEY", "UPBIT_SECRET_KEY"])
def test_it_holds_no_key(key: str) -> None:
    assert f"os.getenv('{key}')" in (legacy_app() / "main.py").read_text(encoding="utf-8")
