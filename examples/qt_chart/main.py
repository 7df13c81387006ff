"""A window with a price chart: python main.py [MARKET]"""

from __future__ import annotations

import argparse
import asyncio
import sys

import qasync
from chart import PriceChart
from PySide6.QtWidgets import QApplication

from websocket_v6 import GlobalWebSocketManager


async def main(arguments: argparse.Namespace) -> None:
    manager = await GlobalWebSocketManager.get_instance()
    chart = PriceChart(arguments.market)
    closed = asyncio.Event()
    chart.closed.connect(closed.set)
    try:
        await chart.start()
        chart.show()
        if arguments.screenshot:
            while len(chart.prices) < arguments.points:  # noqa: ASYNC110 - a picture may wait
                await asyncio.sleep(0.05)
            chart.grab().save(arguments.screenshot)
            chart.close()
        await closed.wait()
        print(f"{chart.received} tickers, painted {chart.painted} times")
    finally:
        await chart.stop()
        await manager.shutdown()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("market", nargs="?", default="KRW-BTC")
    parser.add_argument("--screenshot", metavar="FILE", help="save a picture and close the window")
    parser.add_argument("--points", type=int, default=100, help="prices to wait for before that")
    app = QApplication(sys.argv[:1])
    # One loop for both: app.exec() would block the coroutines, and cannot be awaited.
    app.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        runner.run(main(parser.parse_args()))
