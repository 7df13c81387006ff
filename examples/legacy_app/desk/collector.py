"""Keeps the last values of a few markets and, if asked, of the account."""
import logging

from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_public_client import UpbitWebSocketPublicV5
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_private_client import UpbitWebSocketPrivateV5

logger = logging.getLogger(__name__)


class MarketDataCollector:

    def __init__(self, symbols):
        self.symbols = symbols
        self.public_client = None
        self.private_client = None
        self.subscriptions = []
        self.last_price = {}
        self.volume = {}
        self.spread = {}
        self.orders = {}
        self.frames = {'ticker': 0, 'trade': 0, 'orderbook': 0, 'myOrder': 0}

    async def start(self, access_key=None, secret_key=None):
        self.public_client = UpbitWebSocketPublicV5()
        await self.public_client.connect()
        self.subscriptions.append(await self.public_client.subscribe_ticker(self.symbols, self.on_ticker))
        self.subscriptions.append(await self.public_client.subscribe_trade(self.symbols, self.on_trade))
        self.subscriptions.append(await self.public_client.subscribe_orderbook(self.symbols, self.on_orderbook))

        # account data only when there are keys
        if access_key and secret_key:
            self.private_client = UpbitWebSocketPrivateV5(access_key, secret_key)
            await self.private_client.connect()
            self.subscriptions.append(await self.private_client.subscribe_my_orders(self.on_order))

    async def stop(self):
        # we do not remember which id belongs to which client, an unknown one does no harm
        for sub_id in self.subscriptions:
            if self.public_client:
                await self.public_client.unsubscribe(sub_id)
            if self.private_client:
                await self.private_client.unsubscribe(sub_id)
        self.subscriptions = []
        if self.public_client:
            await self.public_client.disconnect()
        if self.private_client:
            await self.private_client.disconnect()

    def on_ticker(self, symbol, data_type, data):
        self.last_price[symbol] = data.get('trade_price', 0)
        self.frames[data_type] += 1

    async def on_trade(self, symbol, data_type, data):
        self.volume[symbol] = self.volume.get(symbol, 0) + data.get('trade_volume', 0)
        self.frames[data_type] += 1

    async def on_orderbook(self, symbol, data_type, data):
        units = data.get('orderbook_units', [])
        if units:
            self.spread[symbol] = units[0]['ask_price'] - units[0]['bid_price']
        self.frames[data_type] += 1

    def on_order(self, symbol, data_type, data):
        self.orders[data.get('uuid')] = data.get('state')
        self.frames[data_type] += 1
        logger.debug('order %s -> %s', data.get('uuid'), data.get('state'))
