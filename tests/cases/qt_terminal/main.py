import asyncio
import sys
import time

from PyQt5.QtWidgets import QApplication

from terminal.net import OrderWorker
from terminal.ui.window import MainWindow


async def orders():
    worker = OrderWorker()
    seen = []
    worker.order.connect(seen.append)
    await worker.open()
    for _ in range(200):
        if len(seen) >= 3:
            break
        await asyncio.sleep(0.05)
    await worker.close()
    return len(seen) >= 3


def main():
    app = QApplication(sys.argv)
    window = MainWindow(["KRW-BTC", "KRW-ETH"])
    window.start()
    end = time.monotonic() + 20
    while time.monotonic() < end and (window.price.count < 20 or window.depth.count < 20):
        time.sleep(0.05)
    ok = asyncio.run(orders())
    window.close()
    print("online", window.online, "ticks", window.price.count >= 20, "books", window.depth.count >= 20, "orders", ok, "db", window.db.open)
    return app.exec_()


if __name__ == "__main__":
    sys.exit(main())
