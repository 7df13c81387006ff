"""A Qt signal's ``emit`` given as the callback: how it is called follows from what the signal declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Migrate

PROGRAM = """\
from {package} import QObject, {kind}
from app.net.websocket_v5 import UpbitWebSocketPublicV5

class Feed(QObject):
    {declared}

    def __init__(self):
        super().__init__()
        self.client = UpbitWebSocketPublicV5()

    async def start(self):
        await self.client.connect()
        await self.client.subscribe_ticker(["KRW-BTC"], self.tick.emit)
"""


def program(declared: str, package: str = "PyQt5.QtCore", kind: str = "pyqtSignal") -> str:
    return PROGRAM.format(package=package, kind=kind, declared=declared)


@pytest.mark.parametrize(
    "source",
    [
        program("tick = pyqtSignal(str, str, object)"),
        program("tick = Signal(str, str, object)", "PySide6.QtCore", "Signal"),
        program("pass"),
    ],
    ids=["PyQt", "PySide", "not to be seen"],
)
def test_it_stays_as_it_is(migrate: Migrate, source: str) -> None:
    text = migrate({"app/module.py": source}).text()
    assert 'subscribe_ticker(["KRW-BTC"], self.tick.emit)' in text
    assert "UpbitWebSocketPublicV5" not in text


def test_a_signal_of_one_argument_gets_the_payload(migrate: Migrate) -> None:
    text = migrate({"app/module.py": program("tick = pyqtSignal(object)")}).text()
    assert "lambda symbol, data_type, data: self.tick.emit(data)" in text


def test_any_other_signal_keeps_the_client(migrate: Migrate) -> None:
    done = migrate({"app/module.py": program("tick = pyqtSignal(str, object)")})
    assert "from compat_v5 import UpbitWebSocketPublicV5" in done.text()
    assert "UWS161" in done.rules("kept")
