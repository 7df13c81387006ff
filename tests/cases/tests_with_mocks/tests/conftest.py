import pytest

from desk.ticker import TickerBoard


class FakeClient:
    def __init__(self):
        self.calls = []

    async def connect(self):
        self.calls.append("connect")

    async def disconnect(self):
        self.calls.append("disconnect")

    async def subscribe_ticker(self, symbols, callback):
        self.calls.append("subscribe")
        return "id"


@pytest.fixture
def fake():
    return FakeClient()


@pytest.fixture
def board(fake):
    return TickerBoard(fake)
