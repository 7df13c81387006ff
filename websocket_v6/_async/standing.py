"""What the exchange holds against this process: recent connects, and the waits it imposed."""

from __future__ import annotations

from ..config import Config
from ..protocol.imposed_waits import ImposedWaits
from ..protocol.pacing import RollingWindows, Window

__all__ = ["Standing"]


class Standing:
    """Outlives settings and shutdowns: the exchange goes on counting, whatever ends and begins here."""

    def __init__(self) -> None:
        self.imposed = ImposedWaits()
        self._connects: RollingWindows | None = None
        self._window: Window | None = None

    def connects(self, config: Config) -> RollingWindows:
        """The windows of these settings over all connects so far."""
        window = Window(config.connects_per_second, config.second_window)
        if self._connects is None or window != self._window:
            self._connects = RollingWindows([window], self._connects)
            self._window = window
        return self._connects
