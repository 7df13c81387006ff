import upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_public_client as v5pub
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5 import upbit_websocket_private_client

HAVE_KEYS = False


def public():
    return v5pub.UpbitWebSocketPublicV5()


async def private(access, secret):
    client = upbit_websocket_private_client.UpbitWebSocketPrivateV5(access, secret)
    await client.connect()
    return client


class Runner:
    def __init__(self, factory=public):
        self.client = factory()
        self.subs = []

    async def __aenter__(self):
        await self.client.connect()
        return self.client

    async def __aexit__(self, *exc):
        for sub in self.subs:
            await self.client.unsubscribe(sub)
        await self.client.disconnect()
