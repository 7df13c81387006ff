from PyQt5.QtWidgets import QLabel, QMainWindow

from terminal.net import FeedWorker


class PriceLabel(QLabel):
    def __init__(self, parent=None):
        super().__init__("-", parent)
        self.count = 0

    def on_tick(self, symbol, data):
        self.count += 1
        self.setText("%s %s" % (symbol, data.get("trade_price", 0)))


class DepthView(QLabel):
    def __init__(self, parent=None):
        super().__init__("-", parent)
        self.count = 0

    def on_book(self, envelope):
        frame = envelope["data"]
        best = frame["orderbook_units"][0]
        self.count += 1
        self.setText(f"{best['bid_price']} / {best['ask_price']}")


class Database:
    """Has the same verbs, is nothing of the kind."""

    def __init__(self):
        self.open = False

    def connect(self):
        self.open = True

    def disconnect(self):
        self.open = False

    def is_connected(self):
        return self.open


class MainWindow(QMainWindow):
    def __init__(self, symbols):
        super().__init__()
        self.db = Database()
        self.db.connect()
        self.price = PriceLabel(self)
        self.depth = DepthView(self)
        self.worker = FeedWorker(symbols, parent=self)
        self.worker.tick.connect(self.price.on_tick)
        self.worker.book.connect(self.depth.on_book)
        self.worker.failed.connect(self.price.setText)
        self.worker.connected.connect(self._on_connected)
        self.online = None

    def _on_connected(self, yes):
        self.online = yes

    def start(self):
        self.worker.start()

    def closeEvent(self, event):
        self.worker.tick.disconnect(self.price.on_tick)
        self.worker.stop()
        self.worker.wait(8000)
        if self.db.is_connected():
            self.db.disconnect()
