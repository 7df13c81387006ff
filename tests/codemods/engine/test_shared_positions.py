"""Values that stand at the same place, or under the same name, and are not the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Migrate

V5 = "upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5"
HEAD = f"from {V5} import UpbitWebSocketPublicV5\n\n\n"


def test_a_tuple_is_not_its_first_element(migrate: Migrate) -> None:
    source = f"""{HEAD}class Book:
    def __init__(self):
        self.last, self.seen = {{}}, []
        self.client = UpbitWebSocketPublicV5()

    async def start(self):
        await self.client.subscribe_ticker(["KRW-BTC"], self.on_tick)

    def on_tick(self, symbol, data_type, data):
        self.last[symbol] = data
        self.seen.append(data)

    def price(self, symbol):
        return self.last[symbol]["data"]["trade_price"], self.seen[-1]["data"]["code"]
"""
    text = migrate({"app/module.py": source}).text()
    assert 'return self.last[symbol]["trade_price"], self.seen[-1]["code"]' in text


def test_a_property_and_its_setter_share_a_name(migrate: Migrate) -> None:
    source = f"""{HEAD}class Feed:
    _client = None

    @property
    def client(self):
        return self._client

    @client.setter
    def client(self, value):
        self._client = value

    @client.deleter
    def client(self):
        self._client = None


async def main(feed):
    feed = Feed()
    feed.client = UpbitWebSocketPublicV5()
    await feed.client.connect()
    await feed._client.disconnect()
"""
    text = migrate({"app/module.py": source}).text()
    assert "await feed._client.unsubscribe_all()" in text
    assert ".connect()" not in text
    assert "PublicV5" not in text
