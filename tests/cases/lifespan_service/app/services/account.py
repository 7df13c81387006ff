from app.config import Settings
from upbit_auto_trading.infrastructure.external_apis.upbit.websocket_v5.upbit_websocket_private_client import (
    UpbitWebSocketPrivateV5 as PrivateFeed,
)


class AccountService:
    feed: PrivateFeed

    def __init__(self, settings: Settings):
        self.settings = settings
        self.events = []

    async def __aenter__(self) -> "AccountService":
        self.feed = PrivateFeed(access_key=self.settings.access_key, secret_key=self.settings.secret_key)
        await self.feed.connect()
        self.order_sub = await self.feed.subscribe_my_orders(callback=self.on_event)
        self.asset_sub = await self.feed.subscribe_my_assets(callback=self.on_event)
        return self

    async def __aexit__(self, *exc_info) -> None:
        try:
            await self.feed.unsubscribe(self.order_sub)
            await self.feed.unsubscribe(self.asset_sub)
        finally:
            await self.feed.disconnect()

    async def on_event(self, symbol, data_type, data):
        self.events.append((data_type, data["data"].get("uuid") or data["data"].get("asset_uuid")))
