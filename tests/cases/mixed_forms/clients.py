# -*- coding: utf-8 -*-
import asyncio
from typing import Optional, TYPE_CHECKING
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5 import upbit_websocket_public_client as pub, models
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.exceptions import SubscriptionError, WebSocketConnectionError
import upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_private_client as priv

async def one():
    c = pub.UpbitWebSocketPublicV5(None, None, 3)
    try:
        await asyncio.wait_for(c.connect(), timeout=5)
        await c.subscribe_ticker(['KRW-BTC'], lambda s, t, d: print(d['data']['trade_price']), True)
    except WebSocketConnectionError as e:
        print(e)
    except (SubscriptionError, ValueError):
        pass
    finally:
        await asyncio.gather(c.disconnect(), return_exceptions=True)

async def two():
    clients = [pub.UpbitWebSocketPublicV5() for _ in range(3)]
    await asyncio.gather(*[c.connect() for c in clients])
    for c in clients:
        await c.subscribe_trade(['KRW-BTC'], on_trade)
    for c in clients:
        if c.is_connected():
            await c.disconnect()

def on_trade(data):
    price = data.get('data', {}).get('trade_price')
    market = data["market"]
    return price, market

async def three():
    c = await pub.create_public_client()
    await c.subscribe_candle(["KRW-BTC"], "1h", on_candle)
    p = priv.UpbitWebSocketPrivateV5(access_key="A" * 40, secret_key="B" * 40)
    results = await asyncio.gather(c.connect(), p.connect(), asyncio.sleep(1))
    await p.subscribe_my_orders(["KRW-BTC"], on_candle)
    await p.subscribe_my_orders(None, on_candle)
    await p.subscribe_my_orders(markets=["KRW-BTC"], callback=on_candle)
    await p.subscribe_my_orders(["KRW-BTC"], callback=on_candle)
    while p.is_connected:
        await asyncio.sleep(1)

async def on_candle(symbol, kind, data): ...

async def four():
    async with pub.UpbitWebSocketPublicV5() as ws:
        await ws.connect()
        await ws.subscribe_orderbook(callback=on_candle, symbols=["KRW-BTC"])
        print(ws.stats)
