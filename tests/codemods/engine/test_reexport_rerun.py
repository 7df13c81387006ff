"""A package that re-exports the client keeps its alias; a second run sees the new class behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Migrate

UPBIT = "upbit_auto_trading/infrastructure/external_apis/upbit"
FILES = {
    f"{UPBIT}/__init__.py": (
        b"from .websocket_v5 import UpbitWebSocketPublicV5 as UpbitWebSocketPublicClient\n"
    ),
    f"{UPBIT}/websocket_v5/__init__.py": b"class UpbitWebSocketPublicV5: ...\n",
    "upbit_auto_trading/collector.py": (
        b"from .infrastructure.external_apis.upbit import UpbitWebSocketPublicClient\n\n"
        b"client = UpbitWebSocketPublicClient()\n\n\n"
        b"async def main(symbols, on_tick):\n"
        b"    await client.connect()\n"
        b"    await client.subscribe_ticker(symbols, on_tick)\n"
    ),
}


def test_second_run_changes_nothing(migrate: Migrate) -> None:
    first = migrate(dict(FILES))
    assert b"connect()" not in first.files["upbit_auto_trading/collector.py"]

    second = migrate(dict(first.files))

    assert second.files == first.files
    assert not [finding for finding in second.findings if finding.outcome == "kept"]
