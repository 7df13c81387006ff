"""Trading bot. It only watches here: placing orders goes over REST and is not part of this file."""
try:
    from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5 import (
        UpbitWebSocketPublicV5,
        UpbitWebSocketPrivateV5,
    )
except ImportError:
    print('upbit_auto_trading is not on the path, the bot cannot run')
    raise


class TradingBot:

    def __init__(self, access_key, secret_key):
        self.access_key = access_key
        self.secret_key = secret_key
        self.public_ws = None
        self.private_ws = None
        self.price = 0
        self.high = 0
        self.balances = {}
        self.open_orders = set()
        self.stopped = False
        self.frames = {'ticker': 0, 'myOrder': 0, 'myAsset': 0}

    async def start(self, symbol):
        try:
            self.public_ws = UpbitWebSocketPublicV5()
            self.private_ws = UpbitWebSocketPrivateV5(
                access_key=self.access_key,
                secret_key=self.secret_key,
            )
            await self.public_ws.connect()
            await self.private_ws.connect()

            await self.public_ws.subscribe_ticker([symbol], self.on_price)
            await self.private_ws.subscribe_my_orders(callback=self.on_my_order)
            await self.private_ws.subscribe_my_assets(callback=self.on_my_asset)
        except Exception as e:
            print(f'bot failed to start: {e}')
            await self.emergency_stop()
            raise

    async def emergency_stop(self):
        self.stopped = True
        try:
            if self.public_ws:
                await self.public_ws.disconnect()
            if self.private_ws:
                await self.private_ws.disconnect()
        except Exception as e:
            print(f'error while stopping: {e}')

    async def on_price(self, symbol, data_type, data):
        # the frame sits inside the envelope
        self.price = data['data']['trade_price']
        self.high = max(self.high, self.price)
        self.frames[data_type] += 1

    async def on_my_order(self, symbol, data_type, data):
        if data.get('state') in ('wait', 'watch'):
            self.open_orders.add(data.get('uuid'))
        else:
            self.open_orders.discard(data.get('uuid'))
        self.frames[data_type] += 1

    async def on_my_asset(self, symbol, data_type, data):
        for asset in data.get('assets', []):
            self.balances[asset['currency']] = asset['balance']
        self.frames[data_type] += 1
