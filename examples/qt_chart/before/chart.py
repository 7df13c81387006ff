"""The price chart as it was: it opens a connection of its own."""

from __future__ import annotations

from collections import deque
from typing import Any

from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5 import (
    UpbitWebSocketPublicV5,
)

FRAMES_PER_SECOND = 30
POINTS = 300
RISE, FALL = QColor("#d24545"), QColor("#3b6fd4")
GRID, SCALE = QColor("#d8d8d8"), QColor("#5a6875")


class PriceChart(QWidget):
    """The last prices of one market as a line.

    However many tickers arrive, the widget is painted at most `FRAMES_PER_SECOND` times a second: a
    callback only keeps the price, a timer paints what has changed.
    """

    closed = Signal()

    def __init__(self, market: str) -> None:
        super().__init__()
        self.market = market
        self.prices: deque[float] = deque(maxlen=POINTS)
        self.received = 0
        self.painted = 0
        self.client: UpbitWebSocketPublicV5 | None = None
        self.subscription_id: str | None = None
        self._changed = False
        self._timer = QTimer(self, interval=1000 // FRAMES_PER_SECOND, timeout=self._repaint)
        self.setWindowTitle(market)
        self.resize(640, 360)

    async def start(self) -> None:
        self.client = UpbitWebSocketPublicV5()
        await self.client.connect()
        self.subscription_id = await self.client.subscribe_ticker(
            symbols=[self.market], callback=self.on_ticker
        )
        self._timer.start()

    async def stop(self) -> None:
        self._timer.stop()
        if self.client:
            await self.client.unsubscribe(self.subscription_id)
            await self.client.disconnect()

    def on_ticker(self, symbol: str, data_type: str, data: dict[str, Any]) -> None:
        self.prices.append(data["trade_price"])
        self.received += 1
        self._changed = True

    def _repaint(self) -> None:
        if self._changed:
            self._changed = False
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), Qt.GlobalColor.white)
        area = self.rect().adjusted(16, 56, -16, -24)
        painter.setPen(QPen(GRID, 1))
        for part in range(5):
            y = area.top() + area.height() * part / 4
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        if not self.prices:
            return
        low, high = min(self.prices), max(self.prices)
        scale = area.height() / ((high - low) or 1.0)
        step = area.width() / max(len(self.prices) - 1, 1)
        line = [
            QPointF(area.left() + index * step, area.bottom() - (price - low) * scale)
            for index, price in enumerate(self.prices)
        ]
        last = self.prices[-1]
        painter.setPen(QPen(RISE if last >= self.prices[0] else FALL, 2))
        painter.drawPolyline(line)
        painter.drawText(16, 30, f"{self.market}  {last:,.0f}")
        painter.setPen(SCALE)
        corner = Qt.AlignmentFlag.AlignRight
        painter.drawText(area.adjusted(0, -18, 0, 0), corner, f"{high:,.0f}")
        painter.drawText(
            area.adjusted(0, 0, 0, 18), corner | Qt.AlignmentFlag.AlignBottom, f"{low:,.0f}"
        )
        self.painted += 1

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        self.closed.emit()
        super().closeEvent(event)
